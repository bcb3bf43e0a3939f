"""A source that is not believed any more: kept, silent, and heard again when it is trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.distrust import distrust, standing, trust
from tests.conftest import empty
from tests.reconciliation.dump import dump
from tests.reconciliation.test_splitting import LOOKED, machine, worlds

Maker = Callable[..., Observation]
TOLD: dict[str, Any] = {"by": "ada", "reason": "a broken collector"}
AGAIN: dict[str, Any] = {"by": "ada", "reason": "repaired"}


def _world(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A server that OCS and SSH know, one that only OCS knows, and an owner whom only a list names."""
    soft = {"pc": [("bash", "5.2")]}
    reconcile(graph, catalogue, observed(machine(1, ("eth0",), os_version="11"), coverage=LOOKED, software=soft))
    reconcile(graph, catalogue, observed(machine(2, ("eth0",)), coverage=LOOKED, minute=1))
    reconcile(graph, catalogue, observed(machine(1, (), os_version="12"), source="ssh:scan", minute=2))
    owner = [*machine(1, ()), ("a", "person", {"email": "ada@example.org"}, {"name": "Ada"})]
    reconcile(graph, catalogue, observed(owner, [("owned_by", "pc", "a")], source="import:list", minute=3))


def test_a_source_is_switched_off_and_on(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """The dry run says it all and writes nothing; then its interfaces, software and CIs are gone; then all is as before."""
    _world(graph, catalogue, observed)
    before = dump(graph)
    foreseen = distrust(graph, catalogue, "agent:ocs", **TOLD)
    assert (dump(graph), foreseen.applied) == (before, False)
    done = distrust(graph, catalogue, "agent:ocs", **TOLD, apply=True)
    assert [c.to_json() for c in done.changes] == [c.to_json() for c in foreseen.changes]
    rows = graph.read("MATCH (c:Server) RETURN c.serial AS serial, c.presence AS presence, c.model AS model ORDER BY serial")
    assert rows == [
        {"serial": "SER101A", "presence": "present", "model": "M1"},
        {"serial": "SER102A", "presence": "absent", "model": "M2"},
    ]
    assert graph.read("MATCH (:Interface)-[r:PART_OF]->() RETURN count(r) AS n") == [{"n": 0}]
    assert graph.read("MATCH (:CI)-[r:HAS_SOFTWARE]->() RETURN count(r) AS n") == [{"n": 0}]
    assert [(one.source, one.by, one.reason) for one in standing(graph)] == [("agent:ocs", "ada", "a broken collector")]
    with pytest.raises(Conflict):
        distrust(graph, catalogue, "agent:ocs", **TOLD)
    trust(graph, catalogue, "agent:ocs", **AGAIN)
    assert dump(graph) == before
    assert standing(graph) == ()


def test_what_a_distrusted_source_says_is_kept_and_not_heard(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    _world(graph, catalogue, observed)
    distrust(graph, catalogue, "agent:ocs", **TOLD, apply=True)
    later = machine(1, ("eth0", "eth9"), os_version="99", model="M9")
    reconcile(graph, catalogue, observed(later, coverage=LOOKED, minute=10))
    reconcile(graph, catalogue, observed(machine(4, ()), minute=11))
    there = graph.read("MATCH (c:Server {presence: 'present'}) RETURN c.model AS model, c.os_version AS os")
    assert there == [{"model": "M1", "os": "12"}]
    assert graph.read("MATCH (i:Interface {presence: 'present'}) RETURN count(i) AS n") == [{"n": 0}]
    trust(graph, catalogue, "agent:ocs", **AGAIN)
    after = dump(graph)
    empty(graph)
    _world(graph, catalogue, observed)
    reconcile(graph, catalogue, observed(later, coverage=LOOKED, minute=10))
    reconcile(graph, catalogue, observed(machine(4, ()), minute=11))
    assert dump(graph) == after


def test_one_agent_of_a_source(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Only the machine meant falls silent."""
    _world(graph, catalogue, observed)
    row = graph.read(
        "MATCH (s:SourceRecord {source: 'agent:ocs'})-[:RECORD_OF]->(c:Server {serial: 'SER102A'}) RETURN s.subject AS subject"
    )
    done = distrust(graph, catalogue, "agent:ocs", subject=row[0]["subject"], **TOLD, apply=True)
    assert {c.ci for c in done.changes if c.kind == "became_absent"} == {
        r["id"] for r in graph.read("MATCH (c:CI {presence: 'absent'}) RETURN c.id AS id")
    }
    assert graph.read("MATCH (c:Server {presence: 'present'}) RETURN c.serial AS serial") == [{"serial": "SER101A"}]


def test_mistakes_name_the_field(graph: Graph, catalogue: Catalogue) -> None:
    cases: list[tuple[dict[str, Any], str, type[Exception]]] = [
        ({"source": "agent:none"}, "No record of agent:none", NotFound),
        ({"source": "ocs"}, "Name a source", Invalid),
        ({"source": "person:edit"}, "changed by editing", Invalid),
        ({"source": "agent:*", "subject": "x"}, "belongs to one source", Invalid),
    ]
    for given_, words, kind in cases:
        with pytest.raises(kind, match=words):
            distrust(graph, catalogue, given_.pop("source"), **given_, **TOLD)
    with pytest.raises(NotFound, match="no such order"):
        trust(graph, catalogue, "agent:ocs", **AGAIN)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=worlds(), source=st.sampled_from(["agent:ocs", "agent:*", "ssh:scan"]))
def test_distrust_and_trust_change_nothing(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, rows: list[Any], source: str
) -> None:
    """Whatever was seen: not listened to and listened to again, the canonical dump is the same."""
    empty(embedded_graph)
    for minute, (n, told_by, ports, os_version) in enumerate([(1, "agent:ocs", (), "A"), (2, "ssh:scan", (), "A"), *rows]):
        items = [*machine(n, ports, os_version=os_version), ("s", "service", {"name": f"S{n % 2}"})]
        told = observed(items, [("depends_on", "s", "pc")], [("pc", "interfaces", "complete")], source=told_by, minute=minute)
        reconcile(embedded_graph, catalogue, told)
    before = dump(embedded_graph)
    distrust(embedded_graph, catalogue, source, **TOLD, apply=True)
    trust(embedded_graph, catalogue, source, **AGAIN)
    assert dump(embedded_graph) == before


BOTH = {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}


def _fragments(graph: Graph, catalogue: Catalogue, observed: Maker, minute: int = 0) -> None:
    """Two things known by one number each."""
    told = observed([("a", "server", {"serial": "S7654321"}, {"name": "a"})], source="import:list", minute=minute)
    reconcile(graph, catalogue, told)
    told = observed([("b", "device", {"mac": "00:1b:21:00:00:01"}, {"vendor": "Intel"})], source="snmp:sw", minute=minute)
    reconcile(graph, catalogue, told)


def _showing_both(graph: Graph, catalogue: Catalogue, observed: Maker, source: str, minute: int) -> Changes:
    items = [("c", "server", BOTH, {"os_name": "Debian", "os_version": str(minute)})]
    return reconcile(graph, catalogue, observed(items, source=source, minute=minute))


def _cis(graph: Graph) -> list[dict[str, Any]]:
    return graph.read("MATCH (c:CI) RETURN c.id AS id, c.presence AS presence ORDER BY id")


def test_joins_that_the_source_alone_caused_are_undone_with_it(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Its reports showed both numbers, more than once; it is not believed: they are two again; believed again they are one."""
    _fragments(graph, catalogue, observed)
    apart = _cis(graph)
    assert "joined" in {c.kind for c in _showing_both(graph, catalogue, observed, "agent:ocs", 9).changes}
    _showing_both(graph, catalogue, observed, "agent:ocs", 10)
    before = dump(graph)
    foreseen = distrust(graph, catalogue, "agent:ocs", **TOLD)
    assert (dump(graph), "split" in {c.kind for c in foreseen.changes}) == (before, True)
    distrust(graph, catalogue, "agent:ocs", **TOLD, apply=True)
    assert _cis(graph) == apart
    assert graph.read("MATCH (n:NotSame) RETURN count(n) AS n") == [{"n": 0}], "other evidence may join them"
    trust(graph, catalogue, "agent:ocs", **AGAIN)
    assert dump(graph) == before
    assert [row["id"] for row in _cis(graph)] == [apart[0]["id"]]


def test_a_join_that_another_source_shows_too_stands(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """OCS joined them, a scan showed both since: they stay one whatever becomes of OCS, and part when neither is believed."""
    _fragments(graph, catalogue, observed)
    _showing_both(graph, catalogue, observed, "agent:ocs", 9)
    _showing_both(graph, catalogue, observed, "ssh:scan", 10)
    before = dump(graph)
    distrust(graph, catalogue, "agent:ocs", **TOLD, apply=True)
    assert len(_cis(graph)) == 1
    trust(graph, catalogue, "agent:ocs", **AGAIN)
    assert dump(graph) == before


def test_one_thing_of_a_source_and_the_join_that_it_caused(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    _fragments(graph, catalogue, observed)
    _showing_both(graph, catalogue, observed, "agent:ocs", 9)
    reconcile(graph, catalogue, observed(machine(2, ("eth0",)), coverage=LOOKED, minute=11))
    before = dump(graph)
    query = "MATCH (s:SourceRecord {source: 'agent:ocs'})-[:RECORD_OF]->(c:Server {serial: $serial}) RETURN s.subject AS subject"
    other, mine = (graph.read(query, serial=serial)[0]["subject"] for serial in ("SER102A", "S7654321"))
    many = len(_cis(graph))
    distrust(graph, catalogue, "agent:ocs", subject=other, **TOLD, apply=True)
    assert len(_cis(graph)) == many
    distrust(graph, catalogue, "agent:ocs", subject=mine, **TOLD, apply=True)
    assert len(_cis(graph)) == many + 1
    trust(graph, catalogue, f"agent:ocs|{mine}", **AGAIN)
    trust(graph, catalogue, f"agent:ocs|{other}", **AGAIN)
    assert dump(graph) == before


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    order=st.permutations(["pieces", "agent:ocs", "ssh:scan", "agent:glpi"]),
    left=st.sets(st.sampled_from(["ssh:scan", "agent:glpi"])),
    doubted=st.permutations(["agent:ocs", "ssh:scan", "agent:*"]),
    many=st.integers(1, 2),
)
def test_doubted_and_believed_again_with_joins(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, order: list[str], left: set[str], doubted: list[str], many: int
) -> None:
    """Whoever joined the two, in whatever order the doubts come and go: the canonical dump is the same."""
    empty(embedded_graph)
    _fragments(embedded_graph, catalogue, observed)
    for minute, source in enumerate(order, 1):
        if source == "pieces":
            _fragments(embedded_graph, catalogue, observed, minute)
        elif source not in left:
            _showing_both(embedded_graph, catalogue, observed, source, minute)
    before, given_ = dump(embedded_graph), list[str]()
    for source in doubted[:many]:
        try:
            distrust(embedded_graph, catalogue, source, **TOLD, apply=True)
            given_.append(source)
        except NotFound:
            continue
    for source in reversed(given_):
        trust(embedded_graph, catalogue, source, **AGAIN)
    assert dump(embedded_graph) == before
