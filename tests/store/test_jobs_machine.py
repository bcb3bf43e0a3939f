"""Any sequence of calls by several workers leaves the queue as a simple model says."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from cmdb.errors import Conflict
from cmdb.store import Job, Ledger
from tests.store.fixtures import FakeClock, memory_folder

KINDS = ("scan", "host")
WAITS = (5, 30, 120, 600)


@dataclass
class Model:
    """What is known of one job without looking."""

    kind: str
    key: str | None
    priority: int
    number: int
    parent: str | None
    ready: datetime | None = None
    state: str = "waiting"
    attempts: int = 0
    lease: str = ""
    lease_s: float = 0
    until: datetime | None = None
    progress: dict[str, Any] | None = None
    children: list[str] = field(default_factory=list)


class JobQueue(RuleBasedStateMachine):
    """The queue beside its model."""

    jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder()
        self.clock = FakeClock()
        self.ledger = Ledger(self.folder / "ledger.db", clock=self.clock)
        self.model: dict[str, Model] = {}

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    @rule(
        target=jobs,
        kind=st.sampled_from(KINDS),
        key=st.sampled_from([None, None, "a", "b"]),
        priority=st.sampled_from([-1, 0, 0, 3]),
        delay_s=st.sampled_from([0, 0, 20]),
        parent=st.one_of(st.none(), jobs),
    )
    def enqueue(self, kind: str, key: str | None, priority: int, delay_s: int, parent: str | None) -> str:
        run_at = self.clock.moment + timedelta(seconds=delay_s) if delay_s else None
        number = self.ledger.jobs.enqueue(kind, {"n": len(self.model)}, key=key, priority=priority, run_at=run_at, parent=parent)
        under_way = [
            name for name, job in self.model.items() if key and (job.kind, job.key) == (kind, key) and job.state in ("waiting", "running")
        ]
        if under_way:
            assert [number] == under_way
            return number
        assert number not in self.model
        job = self.model[number] = Model(kind, key, priority, len(self.model), parent, run_at)
        if parent:
            self.model[parent].children.append(number)
            if self.model[parent].state == "cancelled":
                job.state = "cancelled"
        return number

    def _expire(self) -> None:
        for job in self.model.values():
            if job.state == "running" and job.until is not None and job.until <= self.clock.moment:
                job.state, job.lease, job.ready = ("parked" if job.attempts >= 5 else "waiting"), "", None

    @rule(target=claims, kinds=st.sets(st.sampled_from(KINDS), min_size=1), lease_s=st.sampled_from([10, 60]))
    def claim(self, kinds: set[str], lease_s: int) -> Job | None:
        claimed = self.ledger.jobs.claim(kinds, lease_s=lease_s)
        self._expire()
        ready = [
            (-job.priority, job.number, name)
            for name, job in self.model.items()
            if job.state == "waiting" and job.kind in kinds and (job.ready is None or job.ready <= self.clock.moment)
        ]
        if not ready:
            assert claimed is None
            return None
        assert claimed is not None
        assert claimed.id == min(ready)[2]
        job = self.model[claimed.id]
        job.state, job.lease, job.lease_s, job.ready = "running", claimed.lease, lease_s, None
        job.attempts, job.until = job.attempts + 1, self.clock.moment + timedelta(seconds=lease_s)
        assert (claimed.attempts, claimed.progress) == (job.attempts, job.progress)
        return claimed

    def _holds(self, claimed: Job) -> bool:
        job = self.model[claimed.id]
        return job.state == "running" and job.lease == claimed.lease

    @rule(claimed=claims, progress=st.one_of(st.none(), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)))
    def heartbeat(self, claimed: Job | None, progress: dict[str, Any] | None) -> None:
        if claimed is None:
            return
        holds = self._holds(claimed)
        assert self.ledger.jobs.heartbeat(claimed, progress) is holds
        if holds:
            job = self.model[claimed.id]
            job.until = self.clock.moment + timedelta(seconds=job.lease_s)
            job.progress = job.progress if progress is None else progress

    @rule(claimed=claims)
    def finish(self, claimed: Job | None) -> None:
        if claimed is not None:
            holds = self._holds(claimed)
            assert self.ledger.jobs.finish(claimed, {"by": claimed.lease}) is holds
            if holds:
                self.model[claimed.id].state = "done"

    @rule(claimed=claims, retry=st.booleans())
    def fail(self, claimed: Job | None, retry: bool) -> None:
        if claimed is None:
            return
        holds = self._holds(claimed)
        assert self.ledger.jobs.fail(claimed, "no luck", retry=retry) is holds
        if holds:
            job = self.model[claimed.id]
            if not retry or job.attempts >= 5:
                job.state = "parked"
            else:
                job.state, job.ready = "waiting", self.clock.moment + timedelta(seconds=WAITS[job.attempts - 1])

    @rule(claimed=claims)
    def release(self, claimed: Job | None) -> None:
        if claimed is not None:
            holds = self._holds(claimed)
            assert self.ledger.jobs.release(claimed, delay_s=7) is holds
            if holds:
                job = self.model[claimed.id]
                job.state, job.attempts, job.ready = "waiting", job.attempts - 1, self.clock.moment + timedelta(seconds=7)

    @rule(number=jobs)
    def cancel(self, number: str) -> None:
        tree, cancelled = [number], 0
        for name in tree:
            tree += self.model[name].children
            if self.model[name].state in ("waiting", "running", "parked"):
                self.model[name].state, self.model[name].ready = "cancelled", None
                cancelled += 1
        assert self.ledger.jobs.cancel(number) == cancelled

    @rule(number=jobs)
    def retry(self, number: str) -> None:
        job = self.model[number]
        rival = any(
            other is not job and job.key and (other.kind, other.key) == (job.kind, job.key) and other.state in ("waiting", "running")
            for other in self.model.values()
        )
        may = job.state in ("parked", "cancelled") or (job.state == "waiting" and job.attempts > 0)
        if may and not rival:
            self.ledger.jobs.retry(number)
            job.state, job.attempts, job.ready = "waiting", 0, None
        else:
            try:
                self.ledger.jobs.retry(number)
            except Conflict:
                return
            raise AssertionError("retried what may not be")

    @rule(seconds=st.sampled_from([1, 6, 11, 31, 121, 601]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.db", clock=self.clock)

    @invariant()
    def is_as_the_model_says(self) -> None:
        there = {job.id: (job.state, job.attempts, job.progress, job.run_at) for job in self.ledger.jobs.list(limit=1000)}
        assert there == {name: (job.state, job.attempts, job.progress, job.ready) for name, job in self.model.items()}


TestJobQueue = JobQueue.TestCase
TestJobQueue.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
