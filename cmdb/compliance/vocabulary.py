"""The facts policies may read: what each is called, and from which attribute and part of a look it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactKind:
    """One fact. `attribute` of the catalogue, `part` of a look that holds it, `word`: how a partial look names that it lacks it.

    `boolean`: two live sources that differ contradict each other. `made`: worked out from other facts.
    """

    title: str
    attribute: str = ""
    part: str = ""
    word: str = ""
    boolean: bool = False
    made: bool = False


_REGISTER: Mapping[str, FactKind] = {
    "asset.class": FactKind("Class"),
    "asset.ownership": FactKind("Ownership (unknown counts as personal)"),
    "asset.ownership_declared": FactKind("Ownership as somebody declared it"),
    "asset.owner": FactKind("Owner or user"),
    "asset.owners_left": FactKind("Owners or users who have left"),
    "asset.cloned": FactKind("Identity shown by several devices"),
    "asset.acceptable_use_at": FactKind("Rules of use accepted on"),
    "asset.loan_open": FactKind("On loan now"),
    "asset.loan_due_on": FactKind("Loan due on"),
    "asset.loan_returned": FactKind("Came back from a loan"),
    "asset.wiped_since_return": FactKind("Wiped since it came back"),
    "agent.last_report_at": FactKind("Last report"),
    "network.seen_at": FactKind("Last seen on the network by another device"),
    "software.required_list": FactKind("Products the site requires"),
}
_LOOKED_AT: Mapping[str, FactKind] = {
    "os.family": FactKind("OS family", "os_family", "os"),
    "os.name": FactKind("Operating system", "os_name", "os"),
    "os.version": FactKind("OS version", "os_version", "os"),
    "os.build": FactKind("OS build", "os_build", "os"),
    "os.edition": FactKind("OS edition", "os_edition", "os"),
    "os.supported_until": FactKind("Supported until", "os_name", "os", made=True),
    "disk.encrypted": FactKind("System disk encrypted", "disk_encrypted", "security", "drives", boolean=True),
    "disk.all_encrypted": FactKind("All fixed disks encrypted", "all_disks_encrypted", "security", "drives", boolean=True),
    "firewall.enabled": FactKind("Firewall on", "firewall_enabled", "security", "firewall", boolean=True),
    "antimalware.present": FactKind("Antimalware present", "antimalware_present", "security", "antimalware", boolean=True),
    "antimalware.enabled": FactKind("Antimalware on", "antimalware_enabled", "security", "antimalware", boolean=True),
    "antimalware.up_to_date": FactKind("Signatures called current", "antimalware_up_to_date", "security", "antimalware", boolean=True),
    "antimalware.signatures_at": FactKind("Signatures of", "antimalware_signatures_at", "security", "antimalware"),
    "protection.state": FactKind("State of protection", "antimalware_enabled", "security", "antimalware", made=True),
    "patch.pending_security": FactKind("Security updates that wait", "pending_security_updates", "security", "settings"),
    "patch.last_at": FactKind("Last update installed", "last_patched_at", "security", "settings"),
    "reboot.needed": FactKind("Restart needed", "reboot_required", "security", "settings", boolean=True),
    "boot.last_at": FactKind("Last start", "last_boot_at", "os"),
    "boot.secure": FactKind("Secure boot on", "secure_boot", "security", boolean=True),
    "boot.tpm": FactKind("TPM present", "tpm_present", "security", "settings", boolean=True),
    "account.admins": FactKind("Local administrators", "local_admins", "users"),
    "screenlock.enabled": FactKind("Screen lock on", "screen_lock_enabled", "security", "settings", boolean=True),
    "screenlock.timeout_s": FactKind("Screen locks after (seconds)", "screen_lock_timeout_s", "security", "settings"),
    "macos.sip": FactKind("System integrity protection on", "sip_enabled", "security", "settings", boolean=True),
    "macos.gatekeeper": FactKind("Gatekeeper on", "gatekeeper_enabled", "security", "settings", boolean=True),
    "linux.mac_module": FactKind("Mandatory access control", "mandatory_access_control", "security", "settings"),
    "linux.auditd": FactKind("Audit daemon runs", "auditd_running", "security", "settings", boolean=True),
    "benchmark.rules_run": FactKind("Benchmark rules that ran", "benchmark_rules_run", "security"),
    "benchmark.high_failures": FactKind("Benchmark rules of high severity failed", "benchmark_high_failures", "security"),
    "software.outdated_browsers": FactKind("Browsers without updates", part="software", made=True),
    "software.forbidden": FactKind("Forbidden products", part="software", made=True),
    "software.missing": FactKind("Required products that are missing", part="software", made=True),
    "software.unsupported": FactKind("Products past their end of life", part="software", made=True),
    "software.remote_control": FactKind("Remote control tools that are not approved", part="software", made=True),
}
FACTS: Mapping[str, FactKind] = {**_REGISTER, **_LOOKED_AT}
"""By name. Facts of the register (`asset.`, `agent.`, `network.`, and the site's own lists) do not go stale."""
