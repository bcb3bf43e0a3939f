"""The clock: work that comes by itself every so often. What is due becomes a keyed job, so that two servers do it once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cmdb.graph import cis, repeats
from cmdb.intake import clean_up
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import HANDLERS
from cmdb.store import Job

log = logging.getLogger(__name__)

_REFUSALS_KEPT = timedelta(days=90)
_AGENTS_KEPT = timedelta(days=180)
_WORDS_KEPT = timedelta(days=60)
_LAST = "clock.last."
_TOOK = "clock.took."
COUNTING_RESTS = 50
"""What counts everything takes at most a fiftieth of a processor, however large the graph is."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that is due every `every`, as a job of kind `kind`; later, when `rest` times as long as it took last has not passed yet."""

    kind: str
    every: timedelta
    work: Callable[[House], dict[str, Any]]
    rest: int = 0


def _tidy(house: House) -> dict[str, Any]:
    gone = clean_up(house.ledger, times.now())
    return {
        "bodies": gone.bodies,
        "jobs": gone.jobs,
        "sessions": house.ledger.sessions.sweep(),
        "refusals": house.ledger.refusals.forget(times.now() - _REFUSALS_KEPT),
        "agents": house.ledger.agent_nodes.forget(times.now() - _AGENTS_KEPT),
        "repeats": repeats.forget(house.graph, times.to_text(times.now() - _WORDS_KEPT)),
    }


def _recount(house: House) -> dict[str, Any]:
    cis.recount(house.graph)
    return {"cis": sum(cis.class_counts(house.graph).values())}


CHORES: list[Chore] = [
    Chore("tidy", timedelta(days=1), _tidy),
    Chore("recount", timedelta(minutes=1), _recount, rest=COUNTING_RESTS),
]


def install() -> None:
    """Make the chores known as kinds of jobs. Doing it again is harmless."""
    for chore in CHORES:
        HANDLERS[chore.kind] = _handler(chore)


def _handler(chore: Chore) -> Callable[[House, Job, threading.Event], dict[str, Any]]:
    def handle(house: House, _job: Job, _stopping: threading.Event) -> dict[str, Any]:
        began = time.monotonic()
        done = chore.work(house)
        if chore.rest:
            house.ledger.settings.put(_TOOK + chore.kind, f"{time.monotonic() - began:.3f}")
        return done

    return handle


def clock_turn(house: House, _stopping: threading.Event) -> bool:
    """Order what is due. When it was ordered last is kept in the ledger, so that a restart does not begin all chores anew."""
    now = times.now()
    for chore in CHORES:
        last = house.ledger.settings.get(_LAST + chore.kind, "")
        if last and times.from_text(last) + max(chore.every, _rest(house, chore)) > now:
            continue
        house.ledger.jobs.enqueue(chore.kind, {}, key=chore.kind, priority=-10)
        house.ledger.settings.put(_LAST + chore.kind, times.to_text(now))
    return False


def _rest(house: House, chore: Chore) -> timedelta:
    return chore.rest * timedelta(seconds=float(house.ledger.settings.get(_TOOK + chore.kind, "0"))) if chore.rest else timedelta()
