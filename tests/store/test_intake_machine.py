"""Any sequence of calls keeps the promises of the intake: nothing lost, one of a subject at a time, oldest first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from cmdb.errors import Conflict
from cmdb.store import Entry, Ledger
from tests.store.fixtures import FakeClock, memory_folder

WAITS = (5, 30, 120, 600)


@dataclass
class Model:
    """What is known of one entry without looking."""

    subject: str | None
    state: str = "waiting"
    attempts: int = 0
    lease: str = ""
    until: datetime | None = None
    ready: datetime | None = None


class IntakeQueue(RuleBasedStateMachine):
    """The intake beside its model. The model looks for the head of a line each time; the ledger keeps it."""

    entries = Bundle("entries")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder()
        self.clock = FakeClock()
        self.ledger = Ledger(self.folder / "ledger.db", clock=self.clock)
        self.model: dict[str, Model] = {}
        self.heads: dict[str, str] = {}

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def _settle(self, subject: str | None) -> None:
        """The head of a line stays until it leaves; then the oldest open one takes its place."""
        if subject is None:
            return
        head = self.heads.get(subject)
        if head is None or self.model[head].state not in ("waiting", "running"):
            line = [name for name, entry in self.model.items() if entry.subject == subject and entry.state in ("waiting", "running")]
            self.heads.pop(subject, None)
            if line:
                self.heads[subject] = line[0]

    @rule(target=entries, subject=st.sampled_from([None, "a", "a", "b"]))
    def accept(self, subject: str | None) -> str:
        number = self.ledger.intake.accept("x", b"body", meta={"subject": subject} if subject else {})
        assert number not in self.model
        self.model[number] = Model(subject)
        self._settle(subject)
        return number

    def _expire(self) -> None:
        for entry in self.model.values():
            if entry.state == "running" and entry.until is not None and entry.until <= self.clock.moment:
                entry.state, entry.ready = ("parked" if entry.attempts >= 5 else "waiting"), None
                self._settle(entry.subject)

    @rule(target=claims, n=st.integers(1, 3))
    def claim(self, n: int) -> list[Entry]:
        claimed = list(self.ledger.intake.claim_many(n, lease_s=10))
        self._expire()
        ready = [
            name
            for name, entry in self.model.items()
            if entry.state == "waiting"
            and (entry.ready is None or entry.ready <= self.clock.moment)
            and (entry.subject is None or self.heads[entry.subject] == name)
        ]
        assert [entry.id for entry in claimed] == ready[:n]
        for taken in claimed:
            entry = self.model[taken.id]
            entry.state, entry.lease, entry.ready = "running", taken.lease, None
            entry.attempts, entry.until = entry.attempts + 1, self.clock.moment + timedelta(seconds=10)
        return claimed

    def _holds(self, claimed: Entry) -> Model | None:
        entry = self.model[claimed.id]
        return entry if entry.state == "running" and entry.lease == claimed.lease else None

    @rule(claimed=claims, how=st.sampled_from(["done", "fail", "fail for good", "park", "release", "renew"]))
    def end(self, claimed: list[Entry], how: str) -> None:
        for taken in claimed:
            entry = self._holds(taken)
            intake = self.ledger.intake
            if how == "done":
                answer, state, ready = intake.done(taken, {}), "done", None
            elif how == "park" or how == "fail for good":
                answer = intake.park(taken, "no") if how == "park" else intake.fail(taken, "no", retry=False)
                state, ready = "parked", None
            elif how == "release":
                answer, state, ready = intake.release(taken, delay_s=7), "waiting", self.clock.moment + timedelta(seconds=7)
            elif how == "renew":
                answer, state, ready = intake.renew(taken, 10), "running", None
            else:
                answer = intake.fail(taken, "no")
                last = entry is not None and entry.attempts >= 5
                state = "parked" if last else "waiting"
                ready = None if last or entry is None else self.clock.moment + timedelta(seconds=WAITS[entry.attempts - 1])
            assert answer is (entry is not None)
            if entry is not None:
                entry.attempts -= how == "release"
                entry.until = self.clock.moment + timedelta(seconds=10) if how == "renew" else None
                entry.state, entry.ready = state, ready
                self._settle(entry.subject)

    @rule(number=entries)
    def set_aside(self, number: str) -> None:
        entry = self.model[number]
        may = entry.state in ("waiting", "running")
        assert self.ledger.intake.park(number, "by hand") is may
        if may:
            entry.state, entry.ready = "parked", None
            self._settle(entry.subject)

    @rule(number=entries)
    def retry(self, number: str) -> None:
        entry = self.model[number]
        try:
            self.ledger.intake.retry(number)
        except Conflict:
            assert entry.state != "parked"
            return
        assert entry.state == "parked"
        entry.state, entry.attempts = "waiting", 0
        self._settle(entry.subject)

    @rule(seconds=st.sampled_from([1, 6, 11, 31, 121, 601]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def forget(self) -> None:
        self.ledger.intake.forget(self.clock.moment)

    @rule()
    def restart(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.db", clock=self.clock)

    @invariant()
    def is_as_the_model_says(self) -> None:
        there = {entry.id: (entry.state, entry.attempts, entry.run_at) for entry in self.ledger.intake.list(limit=1000)}
        assert there == {name: (entry.state, entry.attempts, entry.ready) for name, entry in self.model.items()}
        counts = dict.fromkeys(("waiting", "running", "done", "parked"), 0)
        for entry in self.model.values():
            counts[entry.state] += 1
        assert self.ledger.intake.counts() == counts


TestIntakeQueue = IntakeQueue.TestCase
TestIntakeQueue.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
