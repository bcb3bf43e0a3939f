"""What real agents' recordings come out as: only what a source can vouch for passes, the rest is unknown with its reason."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.report import of_endpoint
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from discovery.reports.message import Headers
from reconciliation import reconcile
from tests.compliance.conftest import few
from tests.discovery.reports.made import AT, GLPI, endpoint, glpi, observed

RECORDED = {
    "fusioninventory-agent-2.6/02-inventory.request.xml": Headers("FusionInventory-Agent_v2.6-3"),
    "ocsinventory-agent-2.10.0/02-inventory-with-tag.request.xml": Headers("OCS-NG_unified_unix_agent_v2.10.0"),
    "glpi-agent-1.12-dev/03-inventory-full.request.json": Headers("GLPI-Agent_v1.12-dev", "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8"),
}
WINDOWS = {
    "bios": {"smanufacturer": "Dell Inc.", "smodel": "Latitude 5420", "ssn": "7XK2M13"},
    "hardware": {"name": "ada-pc", "chassis_type": "Laptop"},
    "operatingsystem": {
        "full_name": "Microsoft Windows 11 Pro",
        "kernel_name": "MSWin32",
        "kernel_version": "10.0.26200",
        "name": "Windows",
    },
    "drives": [{"letter": "C:", "systemdrive": True, "encrypt_status": "Yes", "encrypt_name": "BitLocker"}],
    "firewalls": [{"profile": "PublicProfile", "status": "on"}, {"profile": "DomainProfile", "status": "off"}],
    "antivirus": [{"name": "Windows Defender", "enabled": True, "uptodate": True, "version": "4.18"}],
}


def _judged(graph: Graph, catalogue: Catalogue, ci: str) -> dict[str, str]:
    evaluate(graph, catalogue, few(), [ci], AT + timedelta(hours=1))
    found = of_endpoint(graph, ci)
    return {one.policy.id: f"{one.state}({one.reason})" if one.reason else one.state for one in found.results} if found else {}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_linux_proves_little(embedded_graph: Graph, catalogue: Catalogue, shared: Path, name: str) -> None:
    """No agent can tell on this Linux whether disk, firewall or antimalware are off: none of it passes, none of it fails."""
    path = shared / "samples" / name
    if not path.is_file():
        pytest.skip(f"the recording {name} is not there")
    observation = observed(zlib.compress(path.read_bytes()), "corporate", RECORDED[name])
    changes = reconcile(embedded_graph, catalogue, observation)
    ci = next(str(one.ci) for one in changes.resolved if one.ref == endpoint(observation).ref)
    said = _judged(embedded_graph, catalogue, ci)
    if not said:  # a container is no endpoint: nothing is asked of it, and nothing passes
        assert endpoint(observation).cls not in catalogue.descendants("endpoint")
        return
    assert said["reported-recently"] == "pass"
    for policy in ("disk-encryption", "firewall-on", "antimalware-present", "antimalware-on", "signatures-fresh"):
        assert said[policy] in ("unknown(section_absent)", "unknown(source_cannot_tell)"), policy
    assert said["owner-known"] == "fail"


def test_a_windows_laptop_by_glpi(graph: Graph, catalogue: Catalogue, reported: Callable[..., str]) -> None:
    """Encrypted, on and current; of the firewall it cannot tell; then a full report without antimalware: nobody vouches any more."""
    ci = reported(graph, WINDOWS)
    said = _judged(graph, catalogue, ci)
    assert said == {
        "disk-encryption": "pass",
        "firewall-on": "unknown(source_cannot_tell)",
        "antimalware-present": "pass",
        "antimalware-on": "pass",
        "signatures-fresh": "pass",
        "os-supported": "pass",
        "reported-recently": "pass",
        "owner-known": "fail",
    }
    reported(graph, {name: rows for name, rows in WINDOWS.items() if name != "antivirus"}, later=True)
    said = _judged(graph, catalogue, ci)
    assert {name: said[name] for name in ("antimalware-present", "antimalware-on", "signatures-fresh")} == {
        "antimalware-present": "unknown(source_cannot_tell)",
        "antimalware-on": "unknown(source_cannot_tell)",
        "signatures-fresh": "unknown(source_cannot_tell)",
    }


def test_two_products_that_are_on_are_no_protection(graph: Graph, catalogue: Catalogue, reported: Callable[..., str]) -> None:
    second = {"name": "Kaspersky", "enabled": True, "uptodate": True}
    ci = reported(graph, {**WINDOWS, "antivirus": [*WINDOWS["antivirus"], second]})
    assert _judged(graph, catalogue, ci)["antimalware-on"] == "unknown(source_cannot_tell)"


@pytest.fixture
def reported(catalogue: Catalogue) -> Callable[..., str]:
    """A GLPI report all the way into the graph; gives the CI's id."""

    def send(graph: Graph, content: dict[str, object], *, later: bool = False) -> str:
        meta = {"received_at": (AT + timedelta(minutes=30)).isoformat()} if later else {}
        observation = observed(glpi(content), "corporate", GLPI, **meta)
        return next(str(one.ci) for one in reconcile(graph, catalogue, observation).resolved if one.ref == endpoint(observation).ref)

    return send
