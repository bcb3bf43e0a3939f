"""Who is believed, as a job: foreseen or carried out with progress. Cancelled before it begins to write; killed after, it goes on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.intake.acts import act_done
from cmdb.intake.looks import KeptLooks
from cmdb.model import times
from cmdb.model.change import Change, Changes
from cmdb.privacy import orders as privacy
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import observation_of
from cmdb.runtime.touched import run_hooks, waiting
from cmdb.store import Job
from cmdb.store.job_moves import BOUND
from reconciliation.distrusting import Course, Step
from reconciliation.orders import carry_out_doubt, order_key, taken_back

FORESEEN_KEPT, DONE_KEPT = 2_000, 200
"""Changes that a result lists; all are counted."""


class Stopped(Exception):
    """The job was cancelled, or the server stops: it goes on where it was."""


class _Course(Course):
    """One order, carried out (`apply`) or foreseen by a job."""

    def __init__(self, house: House, job: Job, stopping: threading.Event, *, apply: bool) -> None:
        self._house, self._claimed, self._stopping, self._apply = house, job, stopping, apply
        self._told: dict[str, Any] = dict(job.progress or {})
        self._told.setdefault("at", times.to_text(times.now()))
        self.job = job.id
        self.again = bool(self._told.get(BOUND))
        self.counts = Counter(self._told.get("counts", {}))
        self.first: list[dict[str, Any]] = []

    @property
    def at(self) -> str:
        """The moment of the order: the same at every try."""
        return str(self._told["at"])

    def starts(self) -> bool:
        """Whether it was given at a try before; keeps the moment of the first one."""
        self._beat({})
        return self.again and self._house.ledger.intake.known(self.job)

    def begins(self) -> None:
        """From here on it must come to its end."""
        self._beat({BOUND: True})
        self.again = True

    def stands(self) -> None:
        """The order is kept in the ledger as soon as it counts, so that a replay gives it where it was given."""
        act_done(self._house.ledger, self.job, str(self._claimed.args["name"]), self._claimed.args["args"], self.at)

    def went(self, step: Step) -> Sequence[Change]:
        """Counted, and the first of them kept. What follows from them is asked for at once."""
        if not (self._told.get("told") and step.done == 0):  # the order itself is counted once
            self.counts.update(change.kind for change in step.changes)
        room = (DONE_KEPT if self._apply else FORESEEN_KEPT) - len(self.first)
        self.first += [change.to_json() for change in step.changes[: max(0, room)]]
        if self._apply:
            self._follow(Changes("", tuple(step.changes), (), applied=True))
        self._beat({"step": step.name, "done": step.done, "total": step.total, "counts": dict(self.counts), "told": True})
        return ()

    def _follow(self, changes: Changes) -> None:
        privacy.after(self._house.ledger, changes, by=str(self._claimed.args["args"].get("by", "")))
        waiting(self._house).add(changes.touched())

    def _beat(self, more: Mapping[str, Any]) -> None:
        self._told.update(more)
        if not self._house.ledger.jobs.heartbeat(self._claimed, self._told) or self._stopping.is_set():
            raise Stopped


def doubt_job(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Carry the order out. None: stopped, or cancelled before it wrote. Raises as the order's own function."""
    return _carried_out(house, job, _Course(house, job, stopping, apply=True), apply=True)


def foresee_job(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Tell what the order would change; writes nothing. None: stopped or cancelled. Raises as the order's own function."""
    return _carried_out(house, job, _Course(house, job, stopping, apply=False), apply=False)


def _carried_out(house: House, job: Job, course: _Course, *, apply: bool) -> dict[str, Any] | None:
    name, args = str(job.args["name"]), job.args["args"]
    kept = KeptLooks(house.ledger, observation_of)
    told = {"applied": apply, "order": order_key(args)}
    try:
        if course.starts() and taken_back(house.graph, name, args):
            return told | {"counts": dict(course.counts), "changes": [], "ended": "It was trusted again before all of it was drawn."}
        with times.doing_again(times.from_text(course.at)):  # one moment for all it does, at every try and when it is done again
            carry_out_doubt(house.graph, house.catalogue, name, args, course, apply=apply, kept=kept)
    except Stopped:
        return None
    finally:
        run_hooks(house)
    return told | {"counts": dict(course.counts), "changes": course.first}
