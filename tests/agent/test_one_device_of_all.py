"""Every kind of report of one host, in any order, is one device; a document never removes what an agent said."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from discovery.reports.privacy import filter_body
from reconciliation import reconcile
from tests.discovery.reports.made import xml

Read = Callable[[str], bytes]


def _apply(ledger: Ledger, graph: Graph) -> None:
    catalogue = Catalogue.load()
    while (entry := ledger.intake.claim()) is not None:
        assert entry.body is not None
        reconcile(graph, catalogue, observation_from_entry(entry.kind, entry.body, {**entry.meta, "id": entry.id}))
        assert ledger.intake.done(entry, {})


def _osquery(client: FlaskClient, secret: str, recording: Read) -> None:
    """The recorded enrolment and log, under the names that the queries have here."""
    enrolment = json.loads(recording("osquery-5.20.0/01-enroll.request.json")) | {"enroll_secret": secret}
    key = client.post("/api/osquery/enroll", json=enrolment).get_json()["node_key"]
    names = {"assets_deb": "software_linux", "assets_os": "os", "assets_system": "system", "assets_net": "interfaces"}
    log = json.loads(recording("osquery-5.20.0/05-log-result.request.json")) | {"node_key": key}
    for line in log["data"]:
        line["name"] = f"moorings_{names.get(line['name'], line['name'])}"
    assert client.post("/api/osquery/log", json=log).get_json() == {"node_invalid": False}


@pytest.mark.parametrize("agents_first", [True, False])
def test_one_host_is_one_device(client: FlaskClient, ledger: Ledger, graph: Graph, recording: Read, *, agents_first: bool) -> None:
    token = ledger.agent_tokens.add("t", site="Berlin", ownership="corporate")
    address = f"/agent/{token}"

    def fusion() -> None:
        body = zlib.compress(recording("fusioninventory-agent-2.6/02-inventory.request.xml"))
        assert client.post(address, data=body, headers={"User-Agent": "FusionInventory-Agent_v2.6-3"}).status_code == 200

    def documents() -> None:
        for name in ("lynis-3.0.8/lynis-report.dat", "openscap-1.3.7/xccdf-testresult-17pass-1fail-26na.rc2.xml"):
            assert client.post(address, data=recording(name)).status_code == 200

    steps = [fusion, lambda: _osquery(client, token, recording), documents]
    for step in steps if agents_first else steps[::-1]:
        step()
        _apply(ledger, graph)
    devices = graph.read(
        "MATCH (c:CI) WHERE c.hostname IS NOT NULL RETURN c.id AS id, c.presence AS presence, c.auditd_running AS auditd,"
        " c.pending_security_updates AS updates, c.benchmark_rules_run AS rules"
    )
    assert [{**row, "id": ""} for row in devices] == [{"id": "", "presence": "present", "auditd": False, "updates": 75, "rules": 18}]
    sources = graph.read("MATCH (r:SourceRecord)-[:RECORD_OF]->(c:CI {id: $id}) RETURN r.source AS source", id=devices[0]["id"])
    assert {row["source"] for row in sources} == {"agent:fusioninventory", "agent:osquery", "agent:lynis", "agent:xccdf"}
    listed = graph.read(
        "MATCH (c:CI {id: $id})-[h:HAS_SOFTWARE]->(k:SoftwareChunk)-[:LISTS]->(v) RETURN h.source AS source, count(v) AS n",
        id=devices[0]["id"],
    )
    assert {row["source"]: row["n"] for row in listed} == {"agent:fusioninventory": 904, "agent:osquery": 904, "agent:lynis": 780}


def test_what_only_flickers_is_no_change() -> None:
    """Two runs seconds apart differ in free space, elapsed time, processes, the access log, and a boot time off by a second (measured)."""
    report = (
        "<HARDWARE><NAME>pc</NAME><ETIME>{0}</ETIME></HARDWARE><DRIVES><TYPE>/</TYPE><FREE>{0}</FREE><TOTAL>99</TOTAL></DRIVES>"
        "<PROCESSES><PID>{0}</PID></PROCESSES><ACCESSLOG><LOGDATE>2026-11-22 17:00:{0}</LOGDATE></ACCESSLOG>"
    )
    first, second = (filter_body(xml(report.format(number)), "corporate")[0] for number in (11, 12))
    assert first == second
