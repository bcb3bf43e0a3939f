"""What follows from a write comes although the process died in between; what waits comes in, or is given up visibly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from cmdb.errors import Invalid
from cmdb.graph import history, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Observation
from reconciliation import reconcile
from reconciliation.catching_up import catch_up, give_up, overdue
from reconciliation.parked import parked, parked_at
from tests.reconciliation.dump import dump

conductor = import_module("reconciliation.reconcile")
Observed = Callable[..., Observation]
NAME = "crash-b.example"
MACS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")


class Died(BaseException):
    """The process was killed."""


def _first(observed: Observed, minute: int = 0) -> Observation:
    items = [("a", "server", {"serial": "CRASH-0001"}, {"name": "a"}), ("b", "server", {"hostname": NAME})]
    return observed(items, [("depends_on", "a", "b")], source="agent:one", minute=minute)


def _second(observed: Observed) -> Observation:
    return observed([("t", "server", {"serial": "CRASH-0002", "hostname": NAME}, {"name": "b"})], source="agent:two", minute=5)


def _die(*_args: object, **_named: object) -> None:
    raise Died


def _killed_after_writing(graph: Graph, catalogue: Catalogue, observation: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(conductor, "settle_after", _die)
        with pytest.raises(Died):
            reconcile(graph, catalogue, observation)


def _tied(graph: Graph) -> list[str]:
    rows = graph.read("MATCH (a:CI {display_name: 'a'})-[:DEPENDS_ON]->(c:CI) RETURN c.display_name AS name")
    return [str(row["name"]) for row in rows]


def test_the_second_try_does_what_the_first_left_undone(
    graph: Graph, catalogue: Catalogue, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(graph, catalogue, _first(observed))
    told = _second(observed)
    _killed_after_writing(graph, catalogue, told, monkeypatch)
    assert _tied(graph) == []
    changes = reconcile(graph, catalogue, told, again=True)
    assert _tied(graph) == ["b"]
    assert parked(graph) == []
    assert "relation_added" in {change.kind for change in changes.changes}


def test_doing_again_what_was_done_whole_changes_nothing(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    for seen in (_first(observed), _second(observed)):
        reconcile(graph, catalogue, seen)
    before = dump(graph)
    for seen in (_first(observed), _second(observed)):
        assert reconcile(graph, catalogue, seen, again=True).changes == ()
    assert dump(graph) == before


def test_a_question_that_the_write_answered_is_closed_by_the_second_try(
    graph: Graph, catalogue: Catalogue, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, mac in enumerate(MACS):
        shows = {"hostname": f"desk-{n}", "mac": mac, "machine_id": f"{n + 1}" * 32}
        reconcile(graph, catalogue, observed([("a", "laptop", shows, {"name": f"desk-{n}"})], source=f"ssh:{n}"))
    made = observed([("x", "laptop", {"mac": MACS[0]}, {"model": "M"})], minute=5)
    both = (*made.items[0].identifiers, Identifier("mac", MACS[1]))
    reconcile(graph, catalogue, replace(made, items=(replace(made.items[0], identifiers=both),)))
    assert reviews.count_open(graph) == 1
    more = observed([("x", "laptop", {"mac": MACS[0], "hostname": "desk-0", "machine_id": "1" * 32}, {"model": "M"})], minute=6)
    told = replace(more, items=(replace(more.items[0], identifiers=(*more.items[0].identifiers, Identifier("mac", MACS[1]))),))
    _killed_after_writing(graph, catalogue, told, monkeypatch)
    assert reviews.count_open(graph) == 1
    reconcile(graph, catalogue, told, again=True)
    assert reviews.count_open(graph) == 0


def test_the_sweep_brings_in_what_waits_for_something_known(
    graph: Graph, catalogue: Catalogue, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(graph, catalogue, _first(observed))
    _killed_after_writing(graph, catalogue, _second(observed), monkeypatch)
    assert "relation_added" in {change.kind for change in catch_up(graph, catalogue)}
    assert _tied(graph) == ["b"]
    assert parked(graph) == []
    before = dump(graph)
    assert catch_up(graph, catalogue) == []
    assert dump(graph) == before


def test_what_is_doubtful_still_waits_and_is_not_tried_all_day(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    for serial in ("CRASH-0002", "CRASH-0003"):
        seen = observed([("t", "server", {"serial": serial, "hostname": NAME}, {"name": serial})], source=f"agent:{serial}")
        reconcile(graph, catalogue, seen)
    reconcile(graph, catalogue, _first(observed, 9))
    waiting = parked(graph)
    now = datetime.now(UTC)
    assert catch_up(graph, catalogue, now=now) == []
    assert parked(graph) == waiting
    with graph.counting() as counted:
        catch_up(graph, catalogue, now=now + timedelta(minutes=1))
    assert len(counted.statements) <= 3


def test_what_waits_says_for_whom_and_since_when(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    reconcile(graph, catalogue, _first(observed))
    (one,) = parked(graph)
    assert (one.name, one.relation, one.outgoing, one.missing, one.missing_cls) == ("a", "depends_on", True, NAME, "server")
    assert one.shows == (f"hostname {NAME}",)
    assert (one.source, one.told_at[:16]) == ("agent:one", "2026-11-01T08:00")
    assert [waiting.id for waiting in parked_at(graph, one.anchor)] == [one.id]
    first_since = one.since
    reconcile(graph, catalogue, _first(observed, minute=60))
    (again,) = parked(graph)
    assert (again.id, again.since, again.told_at[:16]) == (one.id, first_since, "2026-11-01T09:00")


def test_what_nobody_tells_of_any_more_is_given_up_and_the_history_says_so(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    reconcile(graph, catalogue, _first(observed))
    (one,) = parked(graph)
    told = datetime.fromisoformat(one.told_at)
    assert overdue(graph, days=30, now=told + timedelta(days=29)) == []
    assert overdue(graph, days=30, now=told + timedelta(days=31)) == [one]
    foreseen = give_up(graph, [one.said()], by="", reason="too long", apply=False)
    assert ([c.kind for c in foreseen.changes], parked(graph)) == (["given_up"], [one])
    give_up(graph, [one.said()], by="", reason="too long")
    assert parked(graph) == []
    event = next(e for e in history.of_ci(graph, one.anchor) if e["kind"] == "given_up")
    assert (event["source"], event["reason"]) == ("rule:waiting", "too long")
    change = event["changes"][0]
    assert (change["attribute"], change["before"]) == ("depends_on", NAME)
    reconcile(graph, catalogue, _second(observed))
    assert _tied(graph) == []


def test_a_person_gives_it_up_with_a_reason(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    reconcile(graph, catalogue, _first(observed))
    (one,) = parked(graph)
    with pytest.raises(Invalid, match="why"):
        give_up(graph, [one.said()], by="ada", reason=" ")
    other = {**one.said(), "relation": "runs_on"}
    assert len(give_up(graph, [one.said(), other], by="ada", reason="scrapped long ago").changes) == 1
    event = next(e for e in history.of_ci(graph, one.anchor) if e["kind"] == "given_up")
    assert (event["actor"], event["reason"]) == ("ada", "scrapped long ago")


def test_what_others_wait_for_is_not_looked_at(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    """One that found its other end leaves with its own clues; those that somebody still waits for stay, and so do the other's."""
    for number in range(3):
        items = [("a", "server", {"serial": f"WAIT-000{number}"}, {"name": f"w{number}"}), ("b", "server", {"hostname": NAME})]
        reconcile(graph, catalogue, observed([*items], [("depends_on", "a", "b")], source=f"agent:w{number}"))
    far = [("a", "server", {"serial": "WAIT-0009"}, {"name": "w9"}), ("b", "server", {"hostname": "elsewhere.example"})]
    reconcile(graph, catalogue, observed(far, [("depends_on", "a", "b")], source="agent:w9"))
    query = "MATCH (p:Pending)-[:WAITS_FOR]->(w:Wanted) RETURN p.source AS source, w.key AS key ORDER BY source, key"
    before = graph.read(query)
    assert len({row["source"] for row in before}) == 4
    mine = parked_at(graph, next(one.anchor for one in parked(graph) if one.source == "agent:w0"))
    give_up(graph, [one.said() for one in mine], by="ada", reason="not any more")
    assert graph.read(query) == [row for row in before if row["source"] != "agent:w0"]
    reconcile(graph, catalogue, _second(observed))
    left = graph.read(query)
    assert {row["source"] for row in left} == {"agent:w9"}
    assert {row["key"] for row in graph.read("MATCH (w:Wanted) RETURN w.key AS key")} == {row["key"] for row in left}
