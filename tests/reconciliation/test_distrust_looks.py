"""Single looks that are not believed: what they said falls silent, what they had overwritten is said again, and all of it can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
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
from reconciliation.distrust import standing, trust
from reconciliation.distrust_looks import distrust_looks
from tests.conftest import empty
from tests.reconciliation.dump import dump
from tests.reconciliation.test_splitting import LOOKED, machine

Maker = Callable[..., Observation]
AGAIN: dict[str, Any] = {"by": "ada", "reason": "repaired"}


@dataclass
class Shelf:
    """Looks that were applied and are kept, under the names of their entries."""

    graph: Graph
    catalogue: Catalogue
    kept: dict[str, Observation] = field(default_factory=dict)

    def say(self, name: str, observation: Observation) -> Changes:
        self.kept[name] = observation
        return reconcile(self.graph, self.catalogue, observation)

    def told(self, entries: Collection[str]) -> Iterable[Observation]:
        return [self.kept[name] for name in entries]

    def others(self, source: str, without: Collection[str], cis: Collection[str]) -> Iterable[Observation]:
        assert cis
        return [one for name, one in self.kept.items() if name not in without and one.source.key == source]

    def doubt(self, *entries: str, source: str = "agent:ocs", apply: bool = True) -> Changes:
        words = {"source": source, "subject": f"look:{'+'.join(entries)}", "by": "ada", "reason": "a wrong table"}
        return distrust_looks(self.graph, self.catalogue, words, entries, self, apply=apply)

    def believe(self, *entries: str, source: str = "agent:ocs") -> Changes:
        return trust(self.graph, self.catalogue, f"{source}|look:{'+'.join(entries)}", **AGAIN)


@pytest.fixture
def shelf(graph: Graph, catalogue: Catalogue) -> Shelf:
    """An empty one."""
    return Shelf(graph, catalogue)


def _server(graph: Graph) -> dict[str, Any]:
    query = "MATCH (c:Server {serial: 'SER101A'}) RETURN c.os_version AS os, c.model AS model, c.presence AS presence"
    return dict(graph.read(query)[0])


def _ports(graph: Graph) -> list[str]:
    rows = graph.read("MATCH (i:Interface {presence: 'present'})-[:PART_OF]->(:Server) RETURN i.display_name AS name ORDER BY name")
    return [str(row["name"]) for row in rows]


def test_one_look_is_taken_out_and_put_back(graph: Graph, shelf: Shelf, observed: Maker) -> None:
    """Value, ports, absence and software of the second look go, those of the first are there again; then all is as before."""
    soft = {"pc": [("bash", "5.2")]}
    shelf.say("first", observed(machine(1, ("eth0", "eth1"), os_version="11"), coverage=LOOKED, software=soft))
    new = {"pc": [("doom", "1.9")]}
    shelf.say("second", observed(machine(1, ("eth0", "eth9"), os_version="66", model="ODD"), coverage=LOOKED, software=new, minute=1))
    shelf.say("other", observed(machine(2, ("eth0",)), minute=2))
    before = dump(graph)
    assert (_server(graph)["os"], _ports(graph)) == ("66", ["eth0", "eth0", "eth9"])
    foreseen = shelf.doubt("second", apply=False)
    assert (dump(graph), foreseen.applied) == (before, False)
    done = shelf.doubt("second")
    assert [c.to_json() for c in done.changes] == [c.to_json() for c in foreseen.changes]
    assert _server(graph) == {"os": "11", "model": "M1", "presence": "present"}
    assert _ports(graph) == ["eth0", "eth0", "eth1"]
    names = "MATCH (:CI)-[:HAS_SOFTWARE]->()-[:LISTS]->(v:SoftwareVersion) RETURN v.name AS name"
    assert [row["name"] for row in graph.read(names)] == ["bash"]
    assert [(one.subject, one.entries, one.reason) for one in standing(graph)] == [("look:second", ("second",), "a wrong table")]
    with pytest.raises(Conflict):
        shelf.doubt("second")
    shelf.believe("second")
    assert dump(graph) == before
    assert standing(graph) == ()


def test_the_same_said_later_counts(graph: Graph, shelf: Shelf, observed: Maker) -> None:
    """The order is about one look: what a later one says is believed, also when it says just the same."""
    shelf.say("first", observed(machine(1, ("eth0",), os_version="11"), coverage=LOOKED))
    shelf.say("second", observed(machine(1, ("eth0",), os_version="66"), coverage=LOOKED, minute=1))
    shelf.doubt("second")
    assert _server(graph)["os"] == "11"
    shelf.say("third", observed(machine(1, ("eth0",), os_version="66"), coverage=LOOKED, minute=2))
    assert _server(graph)["os"] == "66"
    after = dump(graph)
    shelf.believe("second")
    assert dump(graph)[0] == after[0]
    assert _server(graph)["os"] == "66"


def test_an_import_with_identifiers_that_were_wrong(graph: Graph, shelf: Shelf, observed: Maker) -> None:
    """What only the doubted file showed identifies nothing any more, and what only it spoke of is absent."""
    listed = [("a", "laptop", {"serial": "LAPTOP100"}, {"name": "lap1"})]
    shelf.say("march", observed(listed, source="import:list.csv"))
    wrong = [
        ("a", "laptop", {"serial": "LAPTOP100", "asset_tag": "A-77"}, {"name": "wrong"}),
        ("b", "laptop", {"serial": "LAPTOP200"}, {"name": "lap2"}),
    ]
    shelf.say("april", observed(wrong, source="import:list.csv", minute=5))
    before = dump(graph)
    shelf.doubt("april", source="import:list.csv")
    rows = graph.read("MATCH (c:Laptop) RETURN c.serial AS serial, c.name AS name, c.presence AS presence ORDER BY serial")
    assert rows == [
        {"serial": "LAPTOP100", "name": "lap1", "presence": "present"},
        {"serial": "LAPTOP200", "name": "lap2", "presence": "absent"},
    ]
    assert graph.read("MATCH (:Identifier {kind: 'asset_tag'})-[r:IDENTIFIES]->() RETURN count(r) AS n") == [{"n": 0}]
    shelf.believe("april", source="import:list.csv")
    assert dump(graph) == before


def test_mistakes_are_named(shelf: Shelf, observed: Maker) -> None:
    shelf.say("first", observed(machine(1)))
    shelf.say("scan", observed(machine(2), source="ssh:scan"))
    with pytest.raises(Invalid, match="Not all of it was said by agent:ocs"):
        shelf.doubt("first", "scan")
    with pytest.raises(NotFound, match="Nothing of it was applied"):
        shelf.doubt()
    with pytest.raises(Invalid, match="changed by editing"):
        shelf.doubt("first", source="person:edit")
    shelf.kept["never"] = observed([("x", "server", {"serial": "NEVERSEEN1"}, {"model": "x"})])
    with pytest.raises(NotFound, match="Nothing that it said stands"):
        shelf.doubt("never")


def _fragments(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Two things known by one number each."""
    reconcile(graph, catalogue, observed([("a", "server", {"serial": "S7654321"}, {"name": "a"})], source="import:list"))
    reconcile(graph, catalogue, observed([("b", "device", {"mac": "00:1b:21:00:00:01"}, {"vendor": "Intel"})], source="snmp:sw"))


def test_a_join_that_the_look_caused_is_undone_with_it(graph: Graph, catalogue: Catalogue, shelf: Shelf, observed: Maker) -> None:
    """One report showed both numbers; it is not believed: they are two again, each with what it had; believed again they are one."""
    _fragments(graph, catalogue, observed)
    apart = graph.read("MATCH (c:CI) RETURN c.id AS id, c.presence AS presence ORDER BY id")
    both = {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}
    said = shelf.say("both", observed([("c", "server", both, {"os_name": "Debian"})], minute=9))
    assert "joined" in {c.kind for c in said.changes}
    before = dump(graph)
    foreseen = shelf.doubt("both", apply=False)
    assert (dump(graph), {"split"} <= {c.kind for c in foreseen.changes}) == (before, True)
    shelf.doubt("both")
    assert graph.read("MATCH (c:CI) RETURN c.id AS id, c.presence AS presence ORDER BY id") == apart
    shown = graph.read("MATCH (i:Identifier)-[:IDENTIFIES]->(c:CI) RETURN c.id AS id, i.kind AS kind, i.shared AS shared ORDER BY kind")
    assert {(row["kind"], row["id"], bool(row["shared"])) for row in shown if row["kind"] in ("serial", "mac")} == {
        ("serial", apart[0]["id"], False),
        ("mac", apart[1]["id"], False),
    }
    assert graph.read("MATCH (n:NotSame) RETURN count(n) AS n") == [{"n": 0}], "other evidence may join them"
    shelf.believe("both")
    assert dump(graph) == before
    assert [row["id"] for row in graph.read("MATCH (c:CI) RETURN c.id AS id")] == [apart[0]["id"]]


def test_another_look_joins_what_a_doubted_one_had_joined(graph: Graph, catalogue: Catalogue, shelf: Shelf, observed: Maker) -> None:
    """The second report shows both as well, and is believed: they are one by its word, whatever becomes of the first."""
    _fragments(graph, catalogue, observed)
    both = {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}
    shelf.say("first", observed([("c", "server", both, {"os_name": "Debian"})], minute=9))
    shelf.doubt("first")
    assert len(graph.read("MATCH (c:CI) RETURN c.id AS id")) == 2
    shelf.say("second", observed([("c", "server", both, {"os_name": "Debian"})], minute=10))
    assert len(graph.read("MATCH (c:CI) RETURN c.id AS id")) == 1
    shelf.believe("first")
    assert len(graph.read("MATCH (c:CI) RETURN c.id AS id")) == 1


Row = tuple[int, tuple[str, ...], str, bool, str]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.lists(st.sampled_from(["eth0", "eth1", "wlan0"]), unique=True).map(tuple),
        st.sampled_from(["A", "B", "C"]),
        st.booleans(),
        st.sampled_from(["agent:ocs", "agent:ocs", "ssh:scan"]),
    ),
    min_size=2,
    max_size=7,
)
PROPERTY: Mapping[str, Any] = {
    "max_examples": 12,
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def _told(observed: Maker, minute: int, row: Row) -> Observation:
    n, ports, os_version, looked, source = row
    items = [*machine(n, ports, os_version=os_version), ("s", "service", {"name": f"S{n}"})]
    said = [("depends_on", "s", "pc")] if os_version == "A" else []
    coverage = [("pc", "interfaces", "complete"), ("s", "depends_on", "complete")] if looked else []
    return observed(items, said, coverage, source=source, minute=minute)


def _seen(graph: Graph) -> list[Any]:
    """What counts, without what is absent. `sources` names who ever spoke of it, believed or not."""
    whole = dump(graph)
    cis = [re.sub(r'"sources": \[[^]]*\]', "", row) for row in whole[0] if '"presence": "present"' in row]
    return [cis, whole[1]]


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(**PROPERTY)
@given(rows=ROWS, picks=st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True), reverse=st.booleans())
def test_doubted_and_believed_again_changes_nothing(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, rows: list[Row], picks: list[int], reverse: bool
) -> None:
    """Whatever was seen, whichever looks are doubted, one order or several, in whatever order they end: the canonical dump is the same."""
    empty(embedded_graph)
    shelf = Shelf(embedded_graph, catalogue)
    for minute, row in enumerate(rows):
        shelf.say(str(minute), _told(observed, minute, row))
    before = dump(embedded_graph)
    doubted = []
    for pick in picks:
        if pick < len(rows):
            shelf.doubt(str(pick), source=rows[pick][4])
            doubted.append(pick)
    for pick in reversed(doubted) if reverse else doubted:
        shelf.believe(str(pick), source=rows[pick][4])
    assert dump(embedded_graph) == before


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(**PROPERTY)
@given(rows=ROWS, picks=st.lists(st.integers(0, 6), min_size=1, max_size=2, unique=True))
def test_doubted_is_as_never_said(embedded_graph: Graph, catalogue: Catalogue, observed: Maker, rows: list[Row], picks: list[int]) -> None:
    """What counts then is what counts where the doubted looks were never taken."""
    empty(embedded_graph)
    shelf = Shelf(embedded_graph, catalogue)
    for minute, row in enumerate(rows):
        shelf.say(str(minute), _told(observed, minute, row))
    for pick in picks:
        if pick < len(rows):
            shelf.doubt(str(pick), source=rows[pick][4])
    left = _seen(embedded_graph)
    empty(embedded_graph)
    for minute, row in enumerate(rows):
        if minute not in picks:
            reconcile(embedded_graph, catalogue, _told(observed, minute, row))
    there = _seen(embedded_graph)
    assert [sorted(set(one) ^ set(two)) for one, two in zip(left, there, strict=True)] == [[], []]
