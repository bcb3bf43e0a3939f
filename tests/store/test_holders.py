"""Claims show whose they are, and those of one that is known to be dead are given back at once; nobody else's."""

from __future__ import annotations

import pytest

from cmdb.errors import Invalid
from cmdb.store import Ledger
from cmdb.store.leases import LOST, MAX_TRIES

DEAD, LIVING = "dead01", "dead01x"
"""One name is the beginning of the other: that must not be taken for it."""


def _claimed(ledger: Ledger, holder: str, body: bytes) -> tuple[str, str]:
    """An entry and a job that this holder works on."""
    ledger.hold_as(holder)
    ledger.intake.accept("observation", body, meta={})
    ledger.jobs.enqueue("look", {"of": body.decode()})
    entry, job = ledger.intake.claim(3600), ledger.jobs.claim(["look"], 3600)
    assert entry is not None
    assert job is not None
    return entry.id, job.id


def test_only_the_work_of_the_dead_waits_again(ledger: Ledger) -> None:
    entry, job = _claimed(ledger, DEAD, b"1")
    kept, kept_job = _claimed(ledger, LIVING, b"2")
    ledger.jobs.heartbeat(ledger.jobs.get(job), {"at": 7})
    assert ledger.intake.claim(60) is None
    assert ledger.give_back(DEAD) == 2
    assert (ledger.intake.get(entry).state, ledger.intake.get(entry).reason, ledger.jobs.get(job).state) == ("waiting", LOST, "waiting")
    assert (ledger.intake.get(kept).state, ledger.jobs.get(kept_job).state) == ("running", "running")
    again, job_again = ledger.intake.claim(60), ledger.jobs.claim(["look"], 60)
    assert again is not None
    assert job_again is not None
    assert (again.id, job_again.id, job_again.progress) == (entry, job, {"at": 7})
    assert ledger.give_back(DEAD) == 0


def test_what_the_dead_one_settles_late_changes_nothing(ledger: Ledger) -> None:
    ledger.hold_as(DEAD)
    ledger.intake.accept("observation", b"1", meta={})
    held = ledger.intake.claim(3600)
    assert held is not None
    ledger.give_back(DEAD)
    assert not ledger.intake.renew(held)
    assert not ledger.intake.done(held)
    assert ledger.intake.get(held.id).state == "waiting"


def test_what_kills_its_worker_each_time_is_parked(ledger: Ledger) -> None:
    ledger.hold_as(DEAD)
    number = ledger.intake.accept("observation", b"1", meta={})
    for _ in range(MAX_TRIES):
        assert ledger.intake.claim(3600) is not None
        assert ledger.give_back(DEAD) == 1
    assert (ledger.intake.get(number).state, ledger.intake.get(number).reason) == ("parked", LOST)


@pytest.mark.parametrize("name", ["", "a-b", "a%", "a_"])
def test_a_name_that_could_stand_for_others_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        ledger.give_back(name)
    assert refused.value.field == "holder"
    with pytest.raises(Invalid):
        ledger.hold_as(name)
