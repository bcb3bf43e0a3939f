"""Every policy on what every kind of source sends, through the real doors, as docs/reference/policies-by-source.md says it.

Two computers a source: one where all is well and one where nothing is. A source that cannot tell gives *unknown* with its reason.
Policies that the register alone answers (owner, loan, rules of use …) are the same for all sources: tests/compliance/test_all_policies.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from cmdb.compliance.policy import shipped
from tests.compliance.by_source import inventories, tellers
from tests.compliance.by_source.page import cell, told
from tests.compliance.by_source.site import Site

REGISTER = {
    *("acceptable-use-signed", "identity-not-cloned", "leaver-holds-nothing", "loan-not-overdue", "owner-known", "ownership-known"),
    *("required-software", "returned-and-wiped"),
}
POLICIES = [policy.id for policy in shipped() if policy.id not in REGISTER]
SOURCES: dict[str, Callable[..., str]] = {
    "GLPI, Windows": inventories.glpi_windows,
    "GLPI, Linux": inventories.glpi_linux,
    "GLPI, macOS": inventories.glpi_macos,
    "GLPI, Android": inventories.glpi_android,
    "FusionInventory, Windows": inventories.fusion_windows,
    "FusionInventory, Linux": inventories.fusion_linux,
    "OCS, Windows": inventories.ocs_windows,
    "OCS, Linux": inventories.ocs_linux,
    "osquery, Windows": tellers.osquery_windows,
    "osquery, macOS": tellers.osquery_macos,
    "osquery, Linux": tellers.osquery_linux,
    "Lynis": tellers.lynis,
    "XCCDF": tellers.xccdf,
    "CycloneDX": tellers.cyclonedx,
    "SPDX": tellers.spdx,
    "native, Windows": tellers.native,
    "native, Linux": tellers.native_linux,
    "native, macOS": tellers.native_macos,
    "native, phone": tellers.native_phone,
    "SSH, Linux": tellers.ssh,
    "CSV, phone": tellers.csv,
}
ONCE = ("SSH, Linux",)
"""Recorded from one host."""


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_source_can_prove(site: Site, source: str) -> None:
    found = [site.judged(SOURCES[source](site, good=good)) for good in ((True,) if source in ONCE else (True, False))]
    assert {name: cell(*(one[name] for one in found)) for name in POLICIES} == told()[source]


def _osquery(site: Site, read: Callable[[str], bytes]) -> str:
    """The recorded rows under the names of our own queries."""
    enrolled = json.loads(read("osquery-5.20.0/01-enroll.request.json"))["host_details"]
    logged = json.loads(read("osquery-5.20.0/05-log-result.request.json"))["data"]
    rows = {line["name"]: line["snapshot"] for line in logged if line.get("action") == "snapshot"}
    names = {"software_linux": "assets_deb", "system": "assets_system", "os": "assets_os"}
    return site.osquery(9, {ours: rows[theirs] for ours, theirs in names.items()}, failed=("drives_linux", "auditd_linux"), **enrolled)


def _cdxgen(site: Site, read: Callable[[str], bytes]) -> str:
    bom = base64.b64encode(read("cyclonedx-1.6/python-environment.first-12.cdx.json")).decode()
    body = {"autoCreate": "true", "projectName": "pc-9", "projectVersion": "1", "bom": bom}
    assert site.client.put("/api/v1/bom", json=body, headers={"X-Api-Key": site.token}).status_code == 200
    return site.applied()


_FUSION, _OCS = "FusionInventory-Agent_v2.6-3", "OCS-NG_unified_unix_agent_v2.10.0"
RECORDED: dict[str, Callable[[Site, Callable[[str], bytes]], str]] = {
    "FusionInventory 2.6": lambda site, read: site.send(
        inventories.recorded_xml(read("fusioninventory-agent-2.6/02-inventory.request.xml")), **{"User-Agent": _FUSION}
    ),
    "OCS 2.10.0": lambda site, read: site.send(
        inventories.recorded_xml(read("ocsinventory-agent-2.10.0/02-inventory-with-tag.request.xml")), **{"User-Agent": _OCS}
    ),
    "GLPI 1.12": lambda site, read: site.send(
        inventories.recorded_json(read("glpi-agent-1.12-dev/03-inventory-full.request.json")), **{"User-Agent": "GLPI-Agent_v1.12-dev"}
    ),
    "osquery 5.20.0": _osquery,
    "Lynis 3.0.8": lambda site, read: site.send(read("lynis-3.0.8/lynis-report.dat").replace(b"\nvm=1\n", b"\nvm=0\n")),
    "OpenSCAP 1.3.7": lambda site, read: site.send(read("openscap-1.3.7/xccdf-testresult-17pass-1fail-26na.rc2.xml")),
    "OpenSCAP, wrong content": lambda site, read: site.send(read("openscap-1.3.7/xccdf-testresult-all-notapplicable.rc0.xml")),
    "cdxgen 12.8.4": _cdxgen,
}


@pytest.mark.parametrize("agent", RECORDED)
def test_what_recorded_agents_prove(site: Site, recording: Callable[[str], bytes], agent: str) -> None:
    """The same little Linux host by all of them, as if it were made of metal: a virtual one is no endpoint."""
    found = site.judged(RECORDED[agent](site, recording))
    assert {name: cell(found[name]) for name in POLICIES} == told()[agent]


def test_the_page_is_whole() -> None:
    """All policies but those of the register, for all sources; and no cell says `error`."""
    page = told()
    assert set(page) == {*SOURCES, *RECORDED}
    assert all(list(column) == POLICIES for column in page.values())
    assert not any("error" in value for column in page.values() for value in column.values())
