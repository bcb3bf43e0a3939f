"""The contract of the job queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import Job, Ledger
from tests.store.fixtures import FakeClock


def claimed(ledger: Ledger, *kinds: str, lease_s: float = 60) -> Job:
    job = ledger.jobs.claim(kinds, lease_s=lease_s, worker="w")
    assert job is not None
    return job


def test_a_job_goes_from_waiting_to_done(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("scan", {"targets": ["10.0.0.1"]})
    created = clock.moment
    clock.forward(seconds=3)
    assert ledger.jobs.claim([]) is None
    assert ledger.jobs.claim(["other"]) is None
    job = claimed(ledger, "other", "scan")
    assert (job.id, job.args, job.state, job.attempts, job.worker) == (number, {"targets": ["10.0.0.1"]}, "running", 1, "w")
    assert (job.created_at, job.started_at, job.finished_at) == (created, clock.moment, None)
    assert ledger.jobs.claim(["scan"]) is None
    clock.forward(seconds=3)
    assert ledger.jobs.heartbeat(job, {"hosts": 1}) is True
    assert ledger.jobs.finish(job, {"found": [1, "ä"]}) is True
    done = ledger.jobs.get(number)
    assert (done.state, done.progress, done.result, done.finished_at) == ("done", {"hosts": 1}, {"found": [1, "ä"]}, clock.moment)
    assert ledger.jobs.finish(job) is False
    assert ledger.jobs.heartbeat(job) is False


def test_higher_priority_first_then_the_oldest(ledger: Ledger) -> None:
    for name, kind, priority in [("a", "x", 0), ("b", "y", 0), ("c", "x", 5), ("d", "y", -1), ("e", "x", 0), ("f", "y", 5)]:
        ledger.jobs.enqueue(kind, {"name": name}, priority=priority)
    order = []
    while job := ledger.jobs.claim(["x", "y"]):
        order.append(job.args["name"])
    assert "".join(order) == "cfabed"


def test_a_job_waits_for_its_time(ledger: Ledger, clock: FakeClock) -> None:
    later = ledger.jobs.enqueue("x", {}, run_at=clock.moment + timedelta(hours=1), priority=9)
    sooner = ledger.jobs.enqueue("x", {})
    assert claimed(ledger, "x").id == sooner
    assert ledger.jobs.claim(["x"]) is None
    clock.forward(hours=1)
    assert claimed(ledger, "x").id == later


def test_a_clock_set_back_delays_nothing(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("x", {})
    clock.forward(hours=-5)
    assert claimed(ledger, "x").id == number


def test_the_same_key_is_not_doubled_while_it_waits_or_runs(ledger: Ledger) -> None:
    first = ledger.jobs.enqueue("scan", {"n": 1}, key="10.0.0.0/24")
    assert ledger.jobs.enqueue("scan", {"n": 2}, key="10.0.0.0/24") == first
    assert ledger.jobs.enqueue("other", {"n": 2}, key="10.0.0.0/24") != first
    job = claimed(ledger, "scan")
    assert ledger.jobs.enqueue("scan", {"n": 3}, key="10.0.0.0/24") == first
    ledger.jobs.finish(job)
    second = ledger.jobs.enqueue("scan", {"n": 4}, key="10.0.0.0/24")
    assert second != first
    assert ledger.jobs.get(first).args == {"n": 1}
    assert ledger.jobs.enqueue_many("scan", [({}, "a"), ({}, "a"), ({}, None)])[0:2] == [ledger.jobs.list(kind="scan")[1].id] * 2


def test_failures_wait_longer_each_time_then_are_parked(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("x", {})
    waits = []
    state = ledger.jobs.get(number)
    for attempt in range(1, 6):
        job = claimed(ledger, "x")
        assert job.attempts == attempt
        assert ledger.jobs.fail(job, f"reason {attempt}\nline two", retry=True) is True
        state = ledger.jobs.get(number)
        assert state.reason == f"reason {attempt} line two"
        if attempt < 5:
            assert state.retrying
            assert state.run_at is not None
            assert [each.id for each in ledger.jobs.list(state="failed")] == [number]
            waits.append((state.run_at - clock.moment).total_seconds())
            clock.forward(seconds=waits[-1] - 0.001)
            assert ledger.jobs.claim(["x"]) is None
            clock.forward(seconds=0.001)
    assert waits == [5, 30, 120, 600]
    assert (state.state, state.finished_at, state.run_at) == ("parked", clock.moment, None)
    clock.forward(days=30)
    assert ledger.jobs.claim(["x"]) is None


def test_without_retry_it_is_parked_at_once_and_a_person_can_retry(ledger: Ledger) -> None:
    number = ledger.jobs.enqueue("x", {}, key="k")
    job = claimed(ledger, "x")
    ledger.jobs.heartbeat(job, {"done": 3})
    ledger.jobs.fail(job, "no such credential", retry=False)
    assert [(each.id, each.reason) for each in ledger.jobs.list(state="parked")] == [(number, "no such credential")]
    ledger.jobs.retry(number)
    again = claimed(ledger, "x")
    assert (again.id, again.attempts, again.progress) == (number, 1, {"done": 3})
    with pytest.raises(Conflict, match="running"):
        ledger.jobs.retry(number)
    ledger.jobs.fail(again, "still", retry=False)
    ledger.jobs.enqueue("x", {}, key="k")
    with pytest.raises(Conflict, match="already under way"):
        ledger.jobs.retry(number)


def test_a_retry_by_hand_skips_the_wait(ledger: Ledger) -> None:
    number = ledger.jobs.enqueue("x", {})
    ledger.jobs.fail(claimed(ledger, "x"), "no", retry=True)
    assert ledger.jobs.claim(["x"]) is None
    ledger.jobs.retry(number)
    assert claimed(ledger, "x").attempts == 1


def test_when_a_lease_runs_out_another_worker_goes_on(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("x", {})
    lost = claimed(ledger, "x", lease_s=10)
    clock.forward(seconds=9)
    assert ledger.jobs.heartbeat(lost, {"step": 4}) is True, "a heartbeat holds it for another lease"
    clock.forward(seconds=9)
    assert ledger.jobs.claim(["x"]) is None
    clock.forward(seconds=1)
    taken = claimed(ledger, "x", lease_s=10)
    assert (taken.id, taken.progress, taken.attempts) == (number, {"step": 4}, 2)
    assert "lost" in taken.reason
    assert ledger.jobs.heartbeat(lost, {"step": 5}) is False
    assert ledger.jobs.finish(lost, "late") is False
    assert ledger.jobs.fail(lost, "late", retry=True) is False
    assert ledger.jobs.release(lost) is False
    assert ledger.jobs.finish(taken, "in time") is True
    assert (ledger.jobs.get(number).result, ledger.jobs.get(number).progress) == ("in time", {"step": 4})


def test_a_job_that_kills_its_workers_is_parked(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("x", {})
    for _ in range(5):
        assert claimed(ledger, "x").id == number
        clock.forward(seconds=61)
    assert ledger.jobs.claim(["x"]) is None
    assert (ledger.jobs.get(number).state, ledger.jobs.get(number).attempts) == ("parked", 5)


def test_release_is_no_try(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.jobs.enqueue("x", {})
    for _ in range(20):
        job = claimed(ledger, "x")
        assert job.attempts == 1
        assert ledger.jobs.release(job, "the graph is away", delay_s=5) is True
        assert ledger.jobs.claim(["x"]) is None
        clock.forward(seconds=5)
    assert ledger.jobs.get(number).reason == "the graph is away"


def test_cancel_takes_all_descendants_that_are_not_finished(ledger: Ledger) -> None:
    top = ledger.jobs.enqueue("scan", {})
    hosts = ledger.jobs.enqueue_many("host", [({"n": n}, None) for n in range(4)], parent=top)
    grandchild = ledger.jobs.enqueue("probe", {}, parent=hosts[3])
    other = ledger.jobs.enqueue("host", {"n": "other"})
    done, running = claimed(ledger, "host"), claimed(ledger, "host")
    ledger.jobs.finish(done)
    assert ledger.jobs.children_summary(top) == {"done": 1, "running": 1, "waiting": 2}
    assert ledger.jobs.cancel(top) == 5
    assert ledger.jobs.children_summary(top) == {"cancelled": 3, "done": 1}
    assert ledger.jobs.get(grandchild).state == "cancelled"
    assert ledger.jobs.heartbeat(running, {"late": 1}) is False
    assert ledger.jobs.finish(running) is False
    assert ledger.jobs.cancel(top) == 0
    late = ledger.jobs.enqueue("host", {}, parent=top)
    assert ledger.jobs.get(late).state == "cancelled", "a parent that did not notice yet adds children that never run"
    assert claimed(ledger, "host").id == other
    ledger.jobs.retry(hosts[2])
    assert claimed(ledger, "host").id == hosts[2]


def test_lists_are_filtered_and_paged(ledger: Ledger) -> None:
    top = ledger.jobs.enqueue("scan", {})
    ids = list(ledger.jobs.enqueue_many("host", [({"n": n}, None) for n in range(10)], parent=top))
    newest = ids[::-1]
    assert [job.id for job in ledger.jobs.list()] == [*newest, top]
    first = ledger.jobs.list(parent=top, limit=4)
    assert [job.id for job in first] == newest[:4]
    assert [job.id for job in ledger.jobs.list(parent=top, limit=4, before=first[-1].id)] == newest[4:8]
    assert [job.id for job in ledger.jobs.list(kind="scan")] == [top]
    claimed(ledger, "host")
    assert [job.id for job in ledger.jobs.list(kind="host", state="running", parent=top)] == [ids[0]]
    assert ledger.jobs.counts() == {"waiting": 10, "running": 1, "parked": 0}
    with pytest.raises(Invalid, match="waiting, running"):
        ledger.jobs.list(state="sleeping")
    with pytest.raises(NotFound):
        ledger.jobs.list(before="gone")


def test_thousands_of_children_are_added_at_once(ledger: Ledger) -> None:
    top = ledger.jobs.enqueue("scan", {})
    ids = ledger.jobs.enqueue_many("host", (({"host": n}, f"{top}/{n}") for n in range(2500)), parent=top)
    assert len(set(ids)) == 2500
    assert ledger.jobs.children_summary(top) == {"waiting": 2500}
    assert ledger.jobs.enqueue_many("host", [({"host": 7}, f"{top}/7")], parent=top) == [ids[7]]


def test_prune_drops_old_ended_trees_only(ledger: Ledger, clock: FakeClock) -> None:
    old, open_child, young = ledger.jobs.enqueue("scan", {}), ledger.jobs.enqueue("scan", {}), ledger.jobs.enqueue("scan", {})
    ledger.jobs.enqueue_many("host", [({}, None)] * 3, parent=old)
    ledger.jobs.enqueue("late", {}, parent=open_child)
    for _ in range(2):
        ledger.jobs.finish(claimed(ledger, "scan"))
    while job := ledger.jobs.claim(["host"]):
        ledger.jobs.finish(job)
    clock.forward(days=40)
    ledger.jobs.finish(claimed(ledger, "scan"))
    assert ledger.jobs.prune(clock.moment - timedelta(days=30)) == 1
    assert {job.id for job in ledger.jobs.list(kind="scan")} == {open_child, young}
    assert ledger.jobs.list(kind="host") == []


def test_what_is_wrong_is_named(ledger: Ledger) -> None:
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: ledger.jobs.enqueue("", {}), "kind"),
        (lambda: ledger.jobs.enqueue("x", {"a": object()}), "args"),
        (lambda: ledger.jobs.enqueue("x", {"a": "b" * 2_000_000}), "args"),
        (lambda: ledger.jobs.enqueue("x", {}, priority=10_000), "priority"),
        (lambda: ledger.jobs.claim(["x"], lease_s=0), "lease_s"),
    ]
    for call, field in calls:
        with pytest.raises(Invalid) as caught:
            call()
        assert caught.value.field == field
    with pytest.raises(NotFound, match="parent"):
        ledger.jobs.enqueue("x", {}, parent="nobody")
    for unknown in (ledger.jobs.get, ledger.jobs.cancel, ledger.jobs.retry):
        with pytest.raises(NotFound):
            unknown("nobody")
    assert ledger.jobs.list() == []


def test_a_folded_list_leaves_out_parts_and_housekeeping_that_went_well(ledger: Ledger) -> None:
    scan = ledger.jobs.enqueue("scan", {})
    ledger.jobs.enqueue("scan-host", {}, parent=scan)
    ledger.jobs.enqueue("tidy", {}, priority=-10)
    assert [job.kind for job in ledger.jobs.list(folded=True)] == ["tidy", "scan"], "what is not done yet is shown"
    ledger.jobs.finish(claimed(ledger, "tidy"), {})
    ledger.jobs.finish(claimed(ledger, "scan"), {})
    assert [job.kind for job in ledger.jobs.list(folded=True)] == ["scan"]
    assert len(ledger.jobs.list()) == 3
