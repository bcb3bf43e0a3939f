"""Reports of several devices in one transaction: the same graph as one after another, and what cannot go together goes alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from cmdb.errors import GraphConflict, GraphUnavailable
from cmdb.model.change import Changes
from cmdb.runtime import intake_work, repeats_work, together_work, touched
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.together_work import TOGETHER, work_off_together
from reconciliation import together
from tests.runtime.test_repeats_work import body, seen, send

RUN = threading.Event()
MADE_UP = ("at", "id", "ci", "recorded_at", "created_at", "updated_at", "observation", "lock", "data", "key", "subject", "rev")
"""Properties that hold ids, or what is hashed with one, or the time of writing. `rev`: what several only saw again is written once."""
OF_WORDS = ("records", "cis", "roots", "voice")


def _plain(value: object) -> object:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", value) if isinstance(value, str) else value


def _all(house: House) -> list[tuple[list[str], dict[str, Any]]]:
    """The graph without ids and the times of writing."""
    rows = house.graph.read("MATCH (n) RETURN labels(n) AS labels, n AS node")
    kept = [(sorted(row["labels"]), {k: _plain(v) for k, v in row["node"].items() if k not in (*MADE_UP, *OF_WORDS)}) for row in rows]
    return sorted(kept, key=repr)


def _revs(house: House) -> list[tuple[str, int]]:
    rows = house.graph.read("MATCH (c:CI) WHERE c.serial IS NOT NULL RETURN c.serial AS serial, c.rev AS rev ORDER BY serial, rev")
    return [(row["serial"], row["rev"]) for row in rows]


def _links(house: House) -> list[tuple[str, int]]:
    rows = house.graph.read("MATCH ()-[r]->() RETURN type(r) AS kind, count(r) AS n")
    return sorted((row["kind"], row["n"]) for row in rows)


def _story(house: House) -> None:
    """New ones, some of one site; then a few of them changed, two show one serial, one cannot be read."""
    for number in range(8):
        send(house, 0, number, **({"site": "Paris"} if number % 2 else {}))
    yield_to(house)
    for number in range(8):
        send(house, 1, number, **({"site": "Paris"} if number % 2 else {}), **({"version": "2.0"} if number in (2, 3, 5) else {}))
    yield_to(house)
    send(house, 2, 20, serial="SAME01")
    send(house, 2, 21, serial="SAME01")
    house.ledger.intake.accept("agent-report", b"{}", meta={"subject": "x", "received_at": "2026-11-20T08:00:00.000Z"})
    yield_to(house)


def yield_to(house: House) -> None:
    """As a worker does: together while there is anything, then what comes after."""
    while work_off_together(house, RUN):
        pass
    touched.run_hooks(house)


def _alone(house: House) -> None:
    work_off(house)


def _noted(told: set[tuple[str, str]]) -> touched.AfterHook:
    """A hook that notes which things it is asked about, and when each was seen last."""

    def note(house: House, ids: Collection[str]) -> None:
        about = "MATCH (c:CI) WHERE c.id IN $ids RETURN coalesce(c.serial, c.name) AS name, c.last_seen_at AS at"
        told.update((row["name"], row["at"]) for row in house.graph.read(about, ids=list(ids)))

    return note


def test_the_graph_is_as_if_they_came_one_after_another(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # Other tests make compliance one of those who are asked after; here it is noted what they are asked, and nobody else writes.
    for room, asked in ((intake_work, "freshest"), (repeats_work, "freshest_lately")):
        monkeypatch.setattr(room, asked, lambda _: timedelta())  # repeats are news too
    told: set[tuple[str, str]] = set()
    monkeypatch.setattr(touched, "AFTER", [_noted(told)])
    _story(house)
    together_made, links, revs = _all(house), _links(house), _revs(house)
    states = house.ledger.intake.counts()
    assert states["parked"] == 1
    assert states["done"] == 18
    while house.graph.write("MATCH (n) WITH n LIMIT 1000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"]:
        pass
    monkeypatch.setattr(f"{__name__}.yield_to", _alone)
    told_alone: set[tuple[str, str]] = set()
    monkeypatch.setattr(touched, "AFTER", [_noted(told_alone)])
    _story(house)
    assert _all(house) == together_made
    assert _links(house) == links
    assert _revs(house) == revs
    assert len(revs) == 9
    assert told_alone == told
    assert {name for name, _ in told} == {"Paris", "SAME01", *(f"SER{number:06d}" for number in range(8))}


def test_ten_new_ones_cost_few_statements(house: House) -> None:
    for number in range(10):
        send(house, 0, number)
    with house.graph.counting() as counter:
        assert work_off_together(house, RUN) == 10
    assert house.ledger.intake.counts()["done"] == 10
    assert counter.queries < 26, counter.statements
    assert seen(house) == ["08"] * 10


def test_ten_changed_ones_cost_few_statements(house: House) -> None:
    for number in range(10):
        send(house, 0, number)
    assert work_off_together(house, RUN) == 10
    for number in range(10):
        send(house, 1, number, version=f"2.{number}")
    with house.graph.counting() as counter:
        assert work_off_together(house, RUN) == 10
    assert house.ledger.intake.counts()["done"] == 20
    assert counter.queries < 26, counter.statements
    events = house.graph.read("MATCH (e:Event)-[:EVENT_OF]->(c:CI) RETURN c.serial AS serial, e.kind AS kind, e.count AS n ORDER BY serial")
    assert events == [{"serial": f"SER{number:06d}", "kind": "software", "n": 1} for number in range(10)]


def test_two_that_show_the_same_do_not_go_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def noted(_graph: object, _catalogue: object, decided: list[object]) -> bool:
        written.append(len(decided))
        return False

    monkeypatch.setattr(together, "_written", noted)
    for number in (1, 2, 3):
        send(house, 0, number, serial="SAME77" if number != 3 else "")
    assert work_off_together(house, RUN) == 3
    assert written == [2], "one of the two, and the third"
    assert house.ledger.intake.counts()["done"] == 3
    assert house.graph.read("MATCH (c:CI) WHERE c.serial = 'SAME77' RETURN count(c) AS n") == [{"n": 1}]


@pytest.mark.parametrize("error", [GraphConflict("Others were faster."), RuntimeError("a bug")])
def test_what_fails_together_is_applied_alone(house: House, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> list[Changes]:
        raise error

    monkeypatch.setattr(together_work, "reconcile_together", fails)
    entries = [send(house, 0, number) for number in (1, 2)]
    assert work_off_together(house, RUN) == 2
    assert [house.ledger.intake.get(entry).state for entry in entries] == ["done", "done"]


def test_while_the_graph_is_away_they_wait_untried(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> list[Changes]:
        raise GraphUnavailable("The graph is away.")

    monkeypatch.setattr(together_work, "reconcile_together", away)
    entries = [send(house, 0, number) for number in (1, 2)]
    work_off_together(house, RUN)
    assert [(e.state, e.attempts) for e in map(house.ledger.intake.get, entries)] == [("waiting", 0), ("waiting", 0)]


def test_told_to_stop_gives_back_what_is_not_begun(house: House) -> None:
    stopping = threading.Event()
    stopping.set()
    entries = [house.ledger.intake.accept("telegram", b"x", meta={}) for _ in range(2)]
    work_off_together(house, stopping)
    assert [house.ledger.intake.get(entry).state for entry in entries] == ["waiting", "waiting"]


def test_no_more_than_fit(house: House) -> None:
    assert body(1)
    for number in range(TOGETHER + 2):
        send(house, 0, number)
    assert [work_off_together(house, RUN) for _ in range(3)] == [TOGETHER, 2, 0]
