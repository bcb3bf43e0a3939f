"""The contract of the queue of accepted bodies."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import Entry, Ledger, incoming, intake, intake_moves
from tests.store.fixtures import FakeClock


def claimed(ledger: Ledger, lease_s: float = 60) -> Entry:
    entry = ledger.intake.claim(lease_s)
    assert entry is not None
    return entry


@pytest.mark.parametrize("body", [b"", b"x", b"<xml/>" * 10_000, os.urandom(5000), b"\x00\xff"])
def test_a_body_comes_back_byte_for_byte(ledger: Ledger, clock: FakeClock, body: bytes) -> None:
    number = ledger.intake.accept("agent-report", body, meta={"token": "t1", "subject": "pc-7", "n": [1]})
    entry = ledger.intake.get(number)
    assert (entry.body, entry.size, entry.sha256) == (body, len(body), hashlib.sha256(body).hexdigest())
    assert (entry.kind, entry.meta, entry.state) == ("agent-report", {"token": "t1", "subject": "pc-7", "n": [1]}, "waiting")
    assert (entry.received_at, entry.attempts, entry.lease) == (clock.moment, 0, "")
    taken = claimed(ledger)
    assert (taken.id, taken.body, taken.state, taken.attempts) == (number, body, "running", 1)
    assert body == b"" or repr(body) not in repr(taken)


def test_what_is_kept_beside_a_body_is_kept_with_it_or_not_at_all(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ledger.intake.accept("x", b"one", meta={}, beside=lambda entry: {"agent:a": {"full_entry": entry}, "agent:b": 1})
    assert (ledger.settings.get("agent:a"), ledger.settings.get("agent:b")) == ({"full_entry": number}, 1)
    with pytest.raises(Invalid):
        ledger.intake.accept("x", b"two", meta={}, beside=lambda _: {"agent:b": 2, "agent:c": float("nan")})

    def fails(*_: object) -> None:
        raise NotFound("The disk says no.")

    monkeypatch.setattr(intake_moves, "add_link", fails)
    with pytest.raises(NotFound):
        ledger.intake.accept("x", b"three", meta={}, beside=lambda _: {"agent:b": 3})
    assert (ledger.settings.get("agent:b"), ledger.intake.counts()["waiting"]) == (1, 1)


def test_bodies_are_kept_compressed(ledger: Ledger) -> None:
    for _ in range(20):
        ledger.intake.accept("x", b"<SOFTWARE><NAME>libc6</NAME></SOFTWARE>" * 5000, meta={})
    ledger.close()
    assert ledger.path.stat().st_size < 400_000, "4 MB went in"


def test_oldest_first_and_done_with_a_result(ledger: Ledger, clock: FakeClock) -> None:
    ids = [ledger.intake.accept("x", b"%d" % n, meta={}) for n in range(3)]
    entry = claimed(ledger)
    clock.forward(seconds=2)
    assert ledger.intake.done(entry, {"created": 2}) is True
    assert ledger.intake.done(entry, {"created": 9}) is False
    done = ledger.intake.get(ids[0])
    assert (done.state, done.result, done.finished_at) == ("done", {"created": 2}, clock.moment)
    assert [each.id for each in ledger.intake.claim_many(9)] == ids[1:]
    assert ledger.intake.claim() is None
    assert ledger.intake.counts() == {"waiting": 0, "running": 2, "done": 1, "parked": 0}
    assert ledger.intake.done(ids[1]) is True, "by id, where the claim is not at hand"


def test_many_are_done_in_one_commit(ledger: Ledger, clock: FakeClock) -> None:
    ids = [ledger.intake.accept("x", b"", meta={"subject": f"pc-{n % 3}"}) for n in range(6)]
    first = ledger.intake.claim_many(10, lease_s=10)
    assert ledger.intake.done_many((entry, {"n": n}) for n, entry in enumerate(first)) == 3
    assert [ledger.intake.get(number).result for number in ids[:3]] == [{"n": 0}, {"n": 1}, {"n": 2}]
    second = ledger.intake.claim_many(10, lease_s=10)
    assert [entry.id for entry in second] == ids[3:]
    clock.forward(seconds=10)
    ledger.intake.reopen_expired()
    assert ledger.intake.done_many((entry, {}) for entry in second) == 0


def test_entries_of_one_subject_never_run_side_by_side(ledger: Ledger) -> None:
    a1, a2, b1, none1, none2, a3 = (
        ledger.intake.accept("x", b"", meta={"subject": subject} if subject else {}) for subject in ("a", "a", "b", None, None, "a")
    )
    first = ledger.intake.claim_many(10)
    assert [entry.id for entry in first] == [a1, b1, none1, none2]
    ledger.intake.done(first[1])
    assert ledger.intake.claim() is None
    ledger.intake.done(first[0])
    assert [entry.id for entry in ledger.intake.claim_many(10)] == [a2]
    ledger.intake.done(a2)
    assert claimed(ledger).id == a3


def test_a_failing_entry_holds_its_subject_back_but_nobody_else(ledger: Ledger, clock: FakeClock) -> None:
    a1, a2, b1 = (ledger.intake.accept("x", b"", meta={"subject": subject}) for subject in ("a", "a", "b"))
    waits = []
    for attempt in range(1, 6):
        entry = claimed(ledger)
        assert (entry.id, entry.attempts) == (a1, attempt)
        assert ledger.intake.fail(entry, f"broken {attempt}\x07") is True
        if attempt == 1:
            assert claimed(ledger).id == b1
            ledger.intake.done(b1)
        if attempt < 5:
            run_at = ledger.intake.get(a1).run_at
            assert run_at is not None
            waits.append((run_at - clock.moment).total_seconds())
            assert ledger.intake.claim() is None
            clock.moment = run_at
    assert waits == [5, 30, 120, 600]
    parked = ledger.intake.get(a1)
    assert (parked.state, parked.reason) == ("parked", "broken 5\ufffd")
    assert claimed(ledger).id == a2, "a parked entry has left the line"


def test_parked_by_the_worker_or_a_person_and_retried(ledger: Ledger) -> None:
    a1, a2 = (ledger.intake.accept("x", b"body", meta={"subject": "a"}) for _ in range(2))
    entry = claimed(ledger)
    assert ledger.intake.fail(entry, "not XML", retry=False) is True
    assert ledger.intake.park(entry, "again") is False
    assert ledger.intake.park(a2, "by hand, before it ran") is True
    assert ledger.intake.claim() is None
    assert [each.reason for each in ledger.intake.list(state="parked")] == ["by hand, before it ran", "not XML"]
    ledger.intake.retry(a2)
    ledger.intake.retry(a1)
    running = claimed(ledger)
    assert (running.id, running.attempts) == (a2, 1)
    assert ledger.intake.claim() is None
    ledger.intake.done(running)
    assert claimed(ledger).id == a1
    with pytest.raises(Conflict, match="The entry is done"):
        ledger.intake.retry(a2)
    with pytest.raises(NotFound):
        ledger.intake.retry("nobody")


def test_a_lost_worker_gives_its_entry_up(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.intake.accept("x", b"body", meta={"subject": "a"})
    lost = claimed(ledger, lease_s=10)
    clock.forward(seconds=9)
    assert ledger.intake.renew(lost, lease_s=10) is True
    clock.forward(seconds=9)
    assert ledger.intake.reopen_expired() == 0
    clock.forward(seconds=1)
    taken = claimed(ledger)
    assert (taken.id, taken.attempts) == (number, 2)
    for late in (ledger.intake.renew(lost), ledger.intake.done(lost), ledger.intake.fail(lost, "x"), ledger.intake.release(lost)):
        assert late is False
    assert ledger.intake.done(taken) is True
    for _ in range(5):
        ledger.intake.accept("x", b"", meta={"subject": "poison"})
    for _ in range(5):
        claimed(ledger, lease_s=10)
        clock.forward(seconds=10)
        assert ledger.intake.reopen_expired() == 1
    assert ledger.intake.counts()["parked"] == 1
    assert len(ledger.intake.claim_many(9)) == 1


def test_release_is_no_try(ledger: Ledger, clock: FakeClock) -> None:
    number = ledger.intake.accept("x", b"", meta={"subject": "a"})
    for _ in range(12):
        entry = claimed(ledger)
        assert entry.attempts == 1
        assert ledger.intake.release(entry, "the graph is away", delay_s=3) is True
        assert ledger.intake.claim() is None
        clock.forward(seconds=3)
    assert ledger.intake.get(number).reason == "the graph is away"


def test_forget_drops_only_old_applied_bodies(ledger: Ledger, clock: FakeClock) -> None:
    old = [ledger.intake.accept("x", os.urandom(20_000), meta={}) for _ in range(30)]
    for _ in old[:28]:
        ledger.intake.done(claimed(ledger))
    ledger.intake.park(old[28], "bad")
    clock.forward(days=31)
    young = ledger.intake.accept("x", b"young", meta={})
    for entry in ledger.intake.claim_many(5):
        if entry.id == young:
            ledger.intake.done(entry)
    assert ledger.intake.forget(clock.moment - timedelta(days=30)) == 28
    assert ledger.intake.forget(clock.moment - timedelta(days=30)) == 0
    gone = ledger.intake.get(old[0])
    assert (gone.body, gone.size, len(gone.sha256), gone.state) == (None, 20_000, 64, "done")
    assert [ledger.intake.get(number).body is None for number in (*old[27:], young)] == [True, False, False, False]
    ledger.close()
    assert ledger.path.stat().st_size < 400_000, "the space goes back to the disk"


def test_lists_are_paged_and_carry_no_bodies(ledger: Ledger) -> None:
    ids = [ledger.intake.accept("x", b"body", meta={"n": n}) for n in range(7)]
    first = ledger.intake.list(limit=3)
    assert [entry.id for entry in first] == ids[:3:-1]
    assert [entry.id for entry in ledger.intake.list(limit=3, before=first[-1].id)] == ids[3:0:-1]
    assert {entry.body for entry in first} == {None}
    ledger.intake.park(ids[2], "no")
    assert [entry.id for entry in ledger.intake.list(state="parked")] == [ids[2]]
    with pytest.raises(Invalid):
        ledger.intake.list(state="gone")
    with pytest.raises(NotFound):
        ledger.intake.list(before="gone")
    with pytest.raises(NotFound):
        ledger.intake.get("gone")


def test_what_is_wrong_is_named_and_not_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MAX_BODY", 1000)
    wrong: list[tuple[str, bytes, dict[str, Any], str]] = [
        ("", b"", {}, "kind"),
        ("x", b"b" * 1001, {}, "body"),
        ("x", b"", {"subject": 7}, "subject"),
        ("x", b"", {"a": b"bytes"}, "meta"),
        ("x", b"", {"a": "\ud800"}, "meta"),
    ]
    for kind, body, meta, field in wrong:
        with pytest.raises(Invalid) as caught:
            ledger.intake.accept(kind, body, meta=meta)
        assert caught.value.field == field
    assert ledger.intake.list() == []
    assert sum(ledger.intake.counts().values()) == 0


def test_a_very_long_subject_is_still_one_line(ledger: Ledger) -> None:
    for name in ("a" * 5000, "a" * 5000, "a" * 4999 + "b"):
        ledger.intake.accept("x", b"", meta={"subject": name})
    assert len(ledger.intake.claim_many(9)) == 2


def test_a_claim_takes_no_more_bytes_than_memory_is_meant_for(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "CLAIM_BYTES", 2500)
    for size in (1000, 1000, 1000, 9000, 10):
        ledger.intake.accept("x", bytes(size), meta={})
    assert [[entry.size for entry in ledger.intake.claim_many(10)] for _ in range(4)] == [[1000, 1000], [1000], [9000], [10]]


def test_a_storm_from_sixteen_threads_is_kept_whole_and_in_order(ledger: Ledger) -> None:
    body = os.urandom(50_000)
    tracemalloc.start()

    def device(n: int) -> list[str]:
        return [ledger.intake.accept("x", body + b"%d/%d" % (n, k), meta={"subject": f"pc-{n}"}) for k in range(125)]

    with ThreadPoolExecutor(16) as pool:
        accepted = list(pool.map(device, range(16)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000, "100 MB went through"
    assert len({number for ids in accepted for number in ids}) == 2000
    assert ledger.intake.counts() == {"waiting": 2000, "running": 0, "done": 0, "parked": 0}
    seen: dict[str, list[str]] = {}

    def worker(_: int) -> None:
        while entries := ledger.intake.claim_many(8):
            for entry in entries:
                seen.setdefault(entry.meta["subject"], []).append(entry.id)
                ledger.intake.done(entry)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
    while ledger.intake.counts()["done"] < 2000:  # a worker may have found nothing ready while the others still held the last heads
        worker(0)
    assert seen == {f"pc-{n}": ids for n, ids in enumerate(accepted)}
