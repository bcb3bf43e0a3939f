"""A source keeps a record for each thing it speaks of, whatever that thing was taken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.records import Claim, Look, Record
from reconciliation.subjects import deciding, root_of
from reconciliation.voices import voices

Maker = Callable[..., Observation]
PC = {"serial": "SER100A", "uuid": "4c4c4544-0037-4410-8052-b3c04f374d32", "hostname": "ada-pc", "mac": "00:1b:21:00:00:01"}


def _subjects(graph: Graph) -> list[str]:
    return [r["s"] for r in graph.read("MATCH (s:SourceRecord) RETURN s.subject AS s ORDER BY s")]


def test_a_renamed_machine_with_another_network_card_keeps_its_record(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    reconcile(graph, catalogue, observed([("a", "laptop", PC, {"model": "A"})]))
    reconcile(graph, catalogue, observed([("a", "laptop", PC | {"hostname": "bob-pc"}, {"model": "A"})], minute=1))
    other = PC | {"hostname": "bob-pc", "mac": "00:1b:21:00:00:99"}
    reconcile(graph, catalogue, observed([("a", "laptop", other, {"model": "A"})], minute=2))
    assert len(_subjects(graph)) == 1
    assert deciding(_subjects(graph)[0]).startswith("serial:")


def test_two_machines_with_one_placeholder_have_a_record_each(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """The same serial made one CI of them; the rest of what they show keeps their records apart."""
    for minute, n in enumerate("12121"):
        shows: dict[str, Any] = {"serial": "NOTSET99", "agent_id": f"agent-{n}", "hostname": f"pc-{n}"}
        items = [("a", "laptop", shows, {"model": n}), ("e", "interface", {"if_name": f"eth{n}"}, {"mtu": 1500}, "a")]
        reconcile(graph, catalogue, observed(items, coverage=[("a", "interfaces", "complete")], minute=minute))
    rows = graph.read("MATCH (s:SourceRecord)-[:RECORD_OF]->(c:Laptop) RETURN s.source AS source, c.model AS model")
    assert rows == [{"source": "agent:ocs", "model": "1"}] * 2  # the newest word of the source speaks
    inner = [s for s in _subjects(graph) if "/" in s]
    assert {root_of(s) for s in inner} == {s for s in _subjects(graph) if "/" not in s}


def test_a_scan_with_fewer_rights_is_the_same_voice(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Root sees the serial, others do not: what either of them no longer finds is gone."""
    port = [("e", "interface", {"if_name": "eth0"}, {"mtu": 1500}, "a")]
    looked = [("a", "interfaces", "complete")]
    both = {"serial": "SER100A", "machine_id": "1" * 32}
    reconcile(graph, catalogue, observed([("a", "server", both, {"model": "A"}), *port], coverage=looked, source="ssh:scan"))
    reconcile(
        graph,
        catalogue,
        observed([("a", "server", {"machine_id": "1" * 32}, {"os_name": "Debian"})], coverage=looked, source="ssh:scan", minute=1),
    )
    assert graph.read("MATCH (i:Interface) RETURN i.presence AS presence") == [{"presence": "absent"}]
    assert graph.read("MATCH (:Interface)-[r:PART_OF]->() RETURN count(r) AS n") == [{"n": 0}]
    assert graph.read("MATCH (c:Server) RETURN c.model AS model, c.os_name AS os") == [{"model": "A", "os": "Debian"}]


def test_two_serials_are_two_voices() -> None:
    """What one machine's complete look does not show is not taken from the other."""
    claim, look = {"part_of|e|c": Claim("interfaces", "1")}, {"interfaces": Look("complete", "2", "", "2")}
    one = Record("c", "agent:ocs", "1", "serial:aa.11", relations=claim)
    other = Record("c", "agent:ocs", "2", "serial:bb.22", coverage=look)
    assert [sorted(v.live_relations()) for v in voices([one, other])] == [["part_of|e|c"], []]
    same = Record("c", "agent:ocs", "2", "serial:aa.33", coverage=look)
    assert [sorted(v.live_relations()) for v in voices([one, same])] == [[]]


def test_a_distrusted_record_is_no_voice() -> None:
    assert voices([Record("c", "agent:ocs", "1", "serial:aa", distrusted="agent:ocs")]) == []
