"""The facts policies may read: what each is called, and from which attribute and part of a look it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactKind:
    """One fact. `attribute` of the catalogue, `part` of a look that holds it, `word`: how a partial look names that it lacks it."""

    title: str
    attribute: str = ""
    part: str = ""
    word: str = ""
    boolean: bool = False


FACTS: Mapping[str, FactKind] = {
    "asset.class": FactKind("Class"),
    "asset.ownership": FactKind("Ownership (unknown counts as personal)"),
    "asset.owner": FactKind("Owner or user"),
    "agent.last_report_at": FactKind("Last report"),
    "os.family": FactKind("OS family", "os_family", "os"),
    "os.name": FactKind("Operating system", "os_name", "os"),
    "os.version": FactKind("OS version", "os_version", "os"),
    "os.supported_until": FactKind("Supported until", "os_name", "os"),
    "disk.encrypted": FactKind("System disk encrypted", "disk_encrypted", "security", "drives", boolean=True),
    "firewall.enabled": FactKind("Firewall on", "firewall_enabled", "security", "firewall", boolean=True),
    "antimalware.present": FactKind("Antimalware present", "antimalware_present", "security", "antimalware", boolean=True),
    "antimalware.enabled": FactKind("Antimalware on", "antimalware_enabled", "security", "antimalware", boolean=True),
    "antimalware.up_to_date": FactKind("Signatures called current", "antimalware_up_to_date", "security", "antimalware", boolean=True),
    "antimalware.signatures_at": FactKind("Signatures of", "antimalware_signatures_at", "security", "antimalware"),
}
"""By name. `asset.` and `agent.` facts are the register's own and do not go stale."""
