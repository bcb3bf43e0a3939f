"""Joins are undone and CIs are split along what the sources themselves speak of; nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cmdb.errors import Invalid, NotFound
from cmdb.graph import joins
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile, redrawing
from reconciliation.joining import join
from reconciliation.splitting import split, undo_join
from tests.conftest import empty
from tests.reconciliation.dump import dump

Maker = Callable[..., Observation]
TOLD: dict[str, Any] = {"by": "ada", "reason": "two machines on one desk"}


def machine(n: int, ports: tuple[str, ...] = ("eth0", "eth1"), **said: Any) -> list[tuple[Any, ...]]:
    shows = {"serial": f"SER10{n}A", "mac": f"00:1b:21:00:00:0{n}", "hostname": f"host{n}"}
    items: list[tuple[Any, ...]] = [("pc", "server", shows, {"model": f"M{n}", **said})]
    return items + [(port, "interface", {"if_name": port}, {"mtu": 1500 + n}, "pc") for port in ports]


LOOKED = [("pc", "interfaces", "complete"), ("pc", "software", "complete")]


def _of(graph: Graph, serial: str) -> str:
    return str(graph.read("MATCH (i:Identifier {key: $k})-[:IDENTIFIES]->(c:CI) RETURN c.id AS id", k=f"serial||{serial.lower()}")[0]["id"])


def _pair(graph: Graph, catalogue: Catalogue, observed: Maker) -> tuple[str, str]:
    for n in (1, 2):
        soft = {"pc": [("bash", "5.2"), ("vim", f"{n}.0")]}
        reconcile(graph, catalogue, observed(machine(n), coverage=LOOKED, software=soft, minute=n))
    uses = [*machine(2)[:1], ("s", "service", {"name": "Mail"}), ("b", "person", {"email": "bob@example.org"})]
    reconcile(graph, catalogue, observed(uses, [("depends_on", "s", "pc"), ("owned_by", "pc", "b")], source="import:list", minute=3))
    owns = [*machine(1)[:1], ("a", "person", {"email": "ada@example.org"})]
    reconcile(graph, catalogue, observed(owns, [("owned_by", "pc", "a")], source="import:list", minute=4))
    return _of(graph, "SER101A"), _of(graph, "SER102A")


def test_a_join_is_undone_to_the_same_graph(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Interfaces that are twins, software, a service, two owners: joined there is one of each, undone everything is as it was."""
    one, two = _pair(graph, catalogue, observed)
    before = dump(graph)
    join(graph, catalogue, one, two, reason="mistaken", by="bob")
    assert graph.read("MATCH (c:Server) RETURN count(c) AS n") == [{"n": 1}]
    assert graph.read("MATCH (:Server)-[r:OWNED_BY]->(p) RETURN p.email AS email") == [{"email": "ada@example.org"}]
    assert graph.read("MATCH (:Interface)-[:PART_OF]->(c:Server) RETURN count(*) AS n") == [{"n": 2}]
    assert [row["id"] for row in joins.joined_into(graph, one)] == [two]
    joined = dump(graph)
    foreseen = undo_join(graph, catalogue, two, **TOLD, apply=False)
    assert dump(graph) == joined
    done = undo_join(graph, catalogue, two, **TOLD)
    assert [c.to_json() for c in done.changes if c.kind != "split"] == [c.to_json() for c in foreseen.changes if c.kind != "split"]
    assert dump(graph) == before
    assert (_of(graph, "SER101A"), _of(graph, "SER102A")) == (one, two)
    assert joins.remembered(graph, two) is None
    events = graph.read("MATCH (e:Event)-[:EVENT_OF]->(c:Server) WHERE e.actor = 'ada' RETURN c.id AS ci, e.reason AS reason ORDER BY ci")
    assert events == [{"ci": one, "reason": TOLD["reason"]}, {"ci": two, "reason": TOLD["reason"]}]


@pytest.mark.parametrize("apply", [True, False])
def test_joined_by_somebody_else_while_it_is_read(
    graph: Graph, catalogue: Catalogue, observed: Maker, monkeypatch: pytest.MonkeyPatch, *, apply: bool
) -> None:
    """Who looks at what a join would change, or joins too, while it is done: there is nothing left to do, and no error."""
    one, two = _pair(graph, catalogue, observed)
    opened, asked = redrawing.opened, []

    def late(*args: Any, **words: Any) -> Any:
        asked.append(args)
        if len(asked) == 1:
            join(graph, catalogue, one, two, reason="the other was faster")
        return opened(*args, **words)

    monkeypatch.setattr(redrawing, "opened", late)
    assert join(graph, catalogue, one, two, reason="the same", apply=apply).changes == ()
    assert len(asked) == 2
    assert [row["id"] for row in joins.joined_into(graph, one)] == [two]
    assert graph.read("MATCH (c:Server) RETURN count(c) AS n") == [{"n": 1}]


def test_what_came_since_is_on_the_right_side(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A year after the join: new ports, a new system, a new service of the one that had gone go back with it."""
    one, two = _pair(graph, catalogue, observed)
    join(graph, catalogue, one, two, reason="mistaken")
    reconcile(graph, catalogue, observed(machine(2, ("eth0", "eth7"), os_version="13"), coverage=LOOKED, minute=60))
    web = [*machine(2)[:1], ("w", "service", {"name": "Web"})]
    reconcile(graph, catalogue, observed(web, [("depends_on", "w", "pc")], source="import:web", minute=61))
    reconcile(graph, catalogue, observed(machine(1, ("eth0", "eth1"), os_version="12"), coverage=LOOKED, minute=62))
    undo_join(graph, catalogue, two, **TOLD)
    rows = graph.read("MATCH (c:Server) RETURN c.id AS id, c.os_version AS os, c.model AS model ORDER BY model")
    assert rows == [{"id": one, "os": "12", "model": "M1"}, {"id": two, "os": "13", "model": "M2"}]
    inner = "MATCH (i:Interface)-[:PART_OF]->(c:Server {id: $id}) RETURN i.display_name AS name, i.mtu AS mtu ORDER BY name"
    assert graph.read(inner, id=one) == [{"name": "eth0", "mtu": 1501}, {"name": "eth1", "mtu": 1501}]
    assert graph.read(inner, id=two) == [{"name": "eth0", "mtu": 1502}, {"name": "eth7", "mtu": 1502}]
    services = graph.read("MATCH (s:Service)-[:DEPENDS_ON]->(c:Server) RETURN s.name AS name, c.id AS id ORDER BY name")
    assert services == [{"name": "Mail", "id": two}, {"name": "Web", "id": two}]
    again = reconcile(graph, catalogue, observed(machine(2, ("eth0", "eth7"), os_version="13"), coverage=LOOKED, minute=63))
    assert again.changes == ()
    assert [r.ci for r in again.resolved if r.ref == "pc"] == [two]


def test_two_that_one_source_took_for_one_are_split(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A placeholder for a serial made one of two: each gets its own, and the serial that both show decides nothing any more."""
    for minute, n in enumerate("1212"):
        shows: dict[str, Any] = {"serial": "NOTSET99", "agent_id": f"agent-{n}", "hostname": "pc"}
        items = [("pc", "laptop", shows, {"model": n}), ("e", "interface", {"if_name": f"eth{n}"}, {"mtu": 1500}, "pc")]
        reconcile(graph, catalogue, observed(items, coverage=[("pc", "interfaces", "complete")], minute=minute))
    ci = _of(graph, "NOTSET99")
    subjects = {r["model"]: r["s"] for r in graph.read("MATCH (s:SourceRecord {ci: $ci}) RETURN s.subject AS s, s.data AS model", ci=ci)}
    second = next(s for data, s in subjects.items() if '"model":["2"' in data)
    foreseen = split(graph, catalogue, ci, [second], **TOLD, apply=False)
    assert [c.ci for c in foreseen.changes if c.kind == "split" and c.before is None] == [ci]
    split(graph, catalogue, ci, [second], **TOLD)
    ports = "MATCH (i:Interface)-[:PART_OF]->(c:Laptop) RETURN c.model AS model, i.display_name AS port, i.presence AS there ORDER BY model"
    rows = graph.read(ports)
    assert rows == [{"model": "1", "port": "eth1", "there": "present"}, {"model": "2", "port": "eth2", "there": "present"}]
    assert graph.read("MATCH (i:Identifier {key: 'serial||notset99'}) RETURN i.shared AS shared") == [{"shared": True}]
    assert graph.read("MATCH (n:NotSame) RETURN n.by AS by") == [{"by": "ada"}]
    other = next(str(r["id"]) for r in graph.read("MATCH (c:Laptop {model: '2'}) RETURN c.id AS id"))
    before = dump(graph)
    join(graph, catalogue, ci, other, reason="they are one after all")
    undo_join(graph, catalogue, other, **TOLD)
    assert dump(graph) == before


def test_what_cannot_be_split_is_said(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    one, _ = _pair(graph, catalogue, observed)
    subjects = [r["s"] for r in graph.read("MATCH (s:SourceRecord {ci: $ci}) RETURN DISTINCT s.subject AS s", ci=one)]
    for chosen, words in (
        (["x"], "No source speaks of x"),
        (subjects, "at least one subject stays"),
        ([], "at least one subject that leaves"),
    ):
        with pytest.raises(Invalid, match=words):
            split(graph, catalogue, one, chosen, **TOLD)
    with pytest.raises(Invalid, match="Say why"):
        split(graph, catalogue, one, subjects, by="ada", reason=" ")
    with pytest.raises(NotFound):
        undo_join(graph, catalogue, one, **TOLD)


@st.composite
def worlds(draw: st.DrawFn) -> list[tuple[int, str, tuple[str, ...], str]]:
    ports = st.lists(st.sampled_from(["eth0", "eth1", "wlan0"]), unique=True).map(tuple)
    row = st.tuples(st.integers(1, 3), st.sampled_from(["agent:ocs", "ssh:scan", "person:edit"]), ports, st.sampled_from(["A", "B"]))
    return draw(st.lists(row, min_size=3, max_size=8))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=worlds())
def test_any_join_is_undone(embedded_graph: Graph, catalogue: Catalogue, observed: Maker, rows: list[Any]) -> None:
    """Whatever was seen of three machines: join two, undo it, and the canonical dump is the same."""
    empty(embedded_graph)
    for minute, (n, source, ports, os_version) in enumerate([(1, "agent:ocs", (), "A"), (2, "agent:ocs", (), "A"), *rows]):
        items = [*machine(n, ports, os_version=os_version), ("s", "service", {"name": f"S{n % 2}"})]
        told = observed(items, [("depends_on", "s", "pc")], [("pc", "interfaces", "complete")], source=source, minute=minute)
        reconcile(embedded_graph, catalogue, told)
    one, two = _of(embedded_graph, "SER101A"), _of(embedded_graph, "SER102A")
    before = dump(embedded_graph)
    join(embedded_graph, catalogue, one, two, reason="mistaken")
    assert dump(embedded_graph) != before
    undo_join(embedded_graph, catalogue, two, **TOLD)
    assert dump(embedded_graph) == before
