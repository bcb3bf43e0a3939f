"""Three agents on one host, through the door and into the graph: one CI, and what each of them said of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from reconciliation import reconcile
from tests.discovery.reports.made import glpi, windows_content

Read = Callable[[str], bytes]
GLPI = {"User-Agent": "GLPI-Agent_v1.12-dev", "GLPI-Agent-ID": "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8"}
SENT = (
    ("fusioninventory-agent-2.6/02-inventory.request.xml", {"User-Agent": "FusionInventory-Agent_v2.6-3"}),
    ("ocsinventory-agent-2.10.0/02-inventory-with-tag.request.xml", {"User-Agent": "OCS-NG_unified_unix_agent_v2.10.0"}),
    ("glpi-agent-1.12-dev/03-inventory-full.request.json", GLPI),
    ("glpi-agent-1.12-dev/04-inventory-partial.request.json", GLPI),
)


def _apply(ledger: Ledger, graph: Graph) -> None:
    catalogue = Catalogue.load()
    while (entry := ledger.intake.claim()) is not None:
        assert entry.body is not None
        reconcile(graph, catalogue, observation_from_entry(entry.kind, entry.body, {**entry.meta, "id": entry.id}))
        assert ledger.intake.done(entry, {})


def test_three_agents_are_one_device(client: FlaskClient, ledger: Ledger, graph: Graph, recording: Read) -> None:
    token = ledger.agent_tokens.add("t", site="Berlin", ownership="corporate")
    for name, headers in SENT:
        assert client.post(f"/agent/{token}", data=zlib.compress(recording(name)), headers=headers).status_code == 200
    _apply(ledger, graph)
    devices = graph.read(
        "MATCH (c:CI) WHERE c.hostname IS NOT NULL RETURN c.id AS id, c.class AS cls, c.presence AS presence, c.os_version AS os_version"
    )
    assert [(d["cls"], d["presence"], d["os_version"]) for d in devices] == [("virtual_machine", "present", "12.11")]
    sources = graph.read("MATCH (r:SourceRecord)-[:RECORD_OF]->(c:CI {id: $id}) RETURN r.key AS key", id=devices[0]["id"])
    assert sorted(row["key"].split("|")[1] for row in sources) == ["agent:fusioninventory", "agent:glpi", "agent:ocs"]
    listed = graph.read(
        "MATCH (c:CI {id: $id})-[h:HAS_SOFTWARE]->(k:SoftwareChunk)-[:LISTS]->(v) RETURN h.source AS source, count(v) AS n ORDER BY source",
        id=devices[0]["id"],
    )
    assert {row["source"]: row["n"] for row in listed} == dict.fromkeys(("agent:fusioninventory", "agent:glpi", "agent:ocs"), 904), (
        "the partial report removed nothing"
    )


@pytest.mark.parametrize("first", ["corporate", "personal"])
def test_a_device_that_changes_hands_stays_one(client: FlaskClient, ledger: Ledger, embedded_graph: Graph, first: str) -> None:
    """Its serial number is hashed while it is somebody's own, and plain when it is the organisation's; the agent on it is the same."""
    second = "corporate" if first == "personal" else "personal"
    for ownership in (first, second):
        token = ledger.agent_tokens.add(ownership, ownership=ownership)
        assert client.post(f"/agent/{token}", data=glpi(windows_content()), headers=GLPI).status_code == 200
    _apply(ledger, embedded_graph)
    rows = embedded_graph.read("MATCH (c:CI) WHERE c.hostname IS NOT NULL RETURN c.class AS cls, c.ownership AS ownership")
    assert rows == [{"cls": "laptop", "ownership": second}]
