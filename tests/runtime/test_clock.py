"""What is due is ordered once; counting everything leaves most of the processor to others, however long it takes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.model import times
from cmdb.runtime import clock
from cmdb.runtime.clock import Chore
from cmdb.runtime.house import House

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
STILL = threading.Event()


@pytest.fixture
def chores(monkeypatch: pytest.MonkeyPatch) -> list[Chore]:
    """The clock's list, with nothing in it but what a test puts there."""
    kept: list[Chore] = []
    monkeypatch.setattr(clock, "CHORES", kept)
    return kept


def _done(house: House, chore: Chore, took: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job that waits is worked off, and takes so many seconds."""
    job = house.ledger.jobs.claim([chore.kind])
    assert job is not None
    ticks = iter((100.0, 100.0 + took))
    with monkeypatch.context() as slow:
        slow.setattr("cmdb.runtime.clock.time.monotonic", lambda: next(ticks))
        result = clock._handler(chore)(house, job, STILL)
    assert house.ledger.jobs.finish(job, result)


def _ordered(house: House, after: timedelta, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many jobs wait when the clock looked so long after the morning."""
    monkeypatch.setattr(times, "now", lambda: MORNING + after)
    assert clock.clock_turn(house, STILL) is False
    return house.ledger.jobs.counts().get("waiting", 0)


@pytest.mark.parametrize(("took", "rest", "due_after"), [(0.1, 50, 60), (4.0, 50, 200), (4.0, 0, 60)])
def test_counting_rests_fifty_times_as_long_as_it_took(
    house: House, chores: list[Chore], monkeypatch: pytest.MonkeyPatch, took: float, rest: int, due_after: int
) -> None:
    counted = Chore("counted", timedelta(minutes=1), lambda _house: {"n": 7}, rest=rest)
    chores.append(counted)
    assert _ordered(house, timedelta(), monkeypatch) == 1
    assert _ordered(house, timedelta(seconds=30), monkeypatch) == 1
    _done(house, counted, took, monkeypatch)
    assert _ordered(house, timedelta(seconds=due_after - 1), monkeypatch) == 0
    assert _ordered(house, timedelta(seconds=due_after), monkeypatch) == 1


def test_what_counts_everything_rests() -> None:
    resting = {chore.kind for chore in clock.CHORES if chore.rest}
    assert resting >= {"recount"}
