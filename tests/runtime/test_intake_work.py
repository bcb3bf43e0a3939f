"""Accepted bodies become the graph; what cannot be applied waits, is tried again, or is set aside with its reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.errors import GraphConflict, GraphConstraint, GraphUnavailable
from cmdb.intake import submit_observation
from cmdb.metrics import REGISTRY
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.privacy.orders import APPLY
from cmdb.runtime import intake_work, touched
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off, work_one


def server(serial: str, name: str) -> Observation:
    """One server with a serial number."""
    item = Item("s", "server", (Identifier("serial", serial, "Acme"),), {"name": name})
    return Observation(uuid7(), Source("csv", "test"), datetime.now(UTC), items=(item,))


def test_what_was_accepted_is_applied_once(house: House) -> None:
    ids = [submit_observation(house.ledger, server("MX-77123", "db1"), actor="ada") for _ in range(3)]
    assert work_off(house) == 3
    results = [house.ledger.intake.get(entry) for entry in ids]
    assert [entry.state for entry in results] == ["done"] * 3
    assert [(entry.result or {})["items"][0]["outcome"] for entry in results] == ["new", "match", "match"]
    assert house.graph.read("MATCH (c:CI) RETURN count(c) AS n") == [{"n": 1}]


def test_what_nobody_can_read_is_parked(house: House) -> None:
    entries = [house.ledger.intake.accept("telegram", b"stop", meta={}), house.ledger.intake.accept("observation", b"{}", meta={})]
    work_off(house)
    parked = [house.ledger.intake.get(entry) for entry in entries]
    assert [entry.state for entry in parked] == ["parked", "parked"]
    assert "telegram" in parked[0].reason


def test_while_the_graph_is_away_it_waits_untried(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **_named: object) -> None:
        raise GraphUnavailable("The graph is away.")

    entry = submit_observation(house.ledger, server("MX-77124", "db2"), actor="ada")
    monkeypatch.setattr(intake_work, "reconcile", away)
    work_off(house)
    waiting = house.ledger.intake.get(entry)
    assert (waiting.state, waiting.attempts, waiting.reason) == ("waiting", 0, "The graph is away.")


def test_a_bug_loses_nothing_and_says_no_more_than_its_type(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **_named: object) -> None:
        raise RuntimeError("a secret of the body")

    entry = submit_observation(house.ledger, server("MX-77125", "db3"), actor="ada")
    monkeypatch.setattr(intake_work, "reconcile", broken)
    work_off(house)
    failed = house.ledger.intake.get(entry)
    assert (failed.state, failed.attempts) == ("waiting", 1)
    assert "RuntimeError" in failed.reason
    assert "secret" not in failed.reason


def test_hooks_hear_of_what_was_touched(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[set[str]] = []

    def hook(_house: House, ids: Collection[str]) -> None:
        heard.append(set(ids))
        raise RuntimeError("a hook that fails")

    monkeypatch.setattr(touched, "AFTER", [hook])
    entry = submit_observation(house.ledger, server("MX-77126", "db4"), actor="ada")
    work_off(house)
    done = house.ledger.intake.get(entry)
    assert done.state == "done"
    assert heard == [{(done.result or {})["items"][0]["ci"]}]


def test_what_was_touched_waits_while_the_graph_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[set[str]] = []

    def hook(_house: House, ids: Collection[str]) -> None:
        heard.append(set(ids))
        if len(heard) == 1:
            raise GraphUnavailable("away")

    monkeypatch.setattr(touched, "AFTER", [hook])
    submit_observation(house.ledger, server("MX-77127", "db5"), actor="ada")
    work_off(house)
    assert touched.run_hooks(house)
    assert len(heard) == 2
    assert heard[0] == heard[1] != set()
    assert not touched.run_hooks(house)


@pytest.mark.parametrize(
    "lost", [GraphConflict("others are at it"), GraphConstraint("others were first")], ids=lambda one: type(one).__name__
)
def test_what_others_were_faster_with_is_judged_again(house: House, monkeypatch: pytest.MonkeyPatch, lost: Exception) -> None:
    """What a report touched is not forgotten until the next sweep where others keep judging the same endpoint."""
    heard: list[set[str]] = []

    def hook(_house: House, ids: Collection[str]) -> None:
        heard.append(set(ids))
        if len(heard) == 1:
            raise lost

    monkeypatch.setattr(touched, "AFTER", [hook])
    submit_observation(house.ledger, server("MX-77128", "db6"), actor="ada")
    work_off(house)
    assert touched.run_hooks(house)
    assert len(heard) == 2
    assert heard[0] == heard[1] != set()


def test_what_workers_did_is_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applied, set aside, tried again, and waiting for the graph are kept apart, each with its time."""

    def counted(outcome: str) -> float:
        return REGISTRY.get_sample_value("moorings_work_total", {"line": "intake", "kind": "observation", "outcome": outcome}) or 0.0

    before = {outcome: counted(outcome) for outcome in ("done", "parked", "retried", "waiting")}
    submit_observation(house.ledger, server("MX-77125", "db3"), actor="ada")
    house.ledger.intake.accept("observation", b"{}", meta={})
    work_off(house)
    for error in (GraphUnavailable("away"), RuntimeError("a bug")):

        def broken(*_: object, error: Exception = error, **_named: object) -> None:
            raise error

        monkeypatch.setattr(intake_work, "reconcile", broken)
        other = replace(server("MX-77126", "db4"), source=Source("csv", type(error).__name__))  # a line of its own
        submit_observation(house.ledger, other, actor="ada")
        work_off(house, 1)
    assert {outcome: counted(outcome) - count for outcome, count in before.items()} == {"done": 1, "parked": 1, "retried": 1, "waiting": 1}
    assert (REGISTRY.get_sample_value("moorings_work_seconds_count", {"line": "intake", "kind": "observation"}) or 0) >= 4


def test_an_ownership_that_a_killed_try_wrote_is_applied_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(BaseException):
        """The process was killed."""

    def dies(*_: object, **_named: object) -> None:
        raise Died

    item = Item("s", "laptop", (Identifier("serial", "MX-77128", "Acme"),), {"name": "pc1", "ownership": "personal"})
    told = Observation(uuid7(), Source("csv", "test"), datetime.now(UTC), items=(item,))
    entry = submit_observation(house.ledger, told, actor="ada")
    with monkeypatch.context() as patched:
        patched.setattr(intake_work, "told_by", dies)
        with pytest.raises(Died):
            work_off(house)
    assert [job.kind for job in house.ledger.jobs.list() if job.kind == APPLY] == []
    held = house.ledger.intake.get(entry)
    assert house.ledger.intake.release(held.id, "The worker died.", delay_s=0)
    work_off(house)
    assert house.ledger.intake.get(entry).state == "done"
    found = house.graph.read("MATCH (c:CI) RETURN c.id AS id")
    assert [job.args["ci"] for job in house.ledger.jobs.list() if job.kind == APPLY] == [found[0]["id"]]


def test_what_is_tried_again_and_changed_no_ownership_orders_nothing(house: House) -> None:
    """After a kill, or a lost race, hundreds come again: an order for each would look through the whole ledger as often."""
    item = Item("s", "laptop", (Identifier("serial", "MX-77129", "Acme"),), {"name": "pc2"})
    for ownership, orders in (("loaned", 1), ("loaned", 0), ("corporate", 1), ("corporate", 0)):
        one = replace(item, attributes={**item.attributes, "ownership": ownership})
        told = Observation(uuid7(), Source("csv", "test"), datetime.now(UTC), items=(one,))
        submit_observation(house.ledger, told, actor="ada")
        entry = house.ledger.intake.claim()
        assert entry is not None
        work_one(house, entry, again=True)
        assert _orders(house) == orders, ownership


def _orders(house: House) -> int:
    """How many wait; they are taken out of the way."""
    done = 0
    while (job := house.ledger.jobs.claim([APPLY])) is not None:
        done += house.ledger.jobs.finish(job)
    return done
