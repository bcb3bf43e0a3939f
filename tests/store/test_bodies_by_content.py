"""Equal bodies are kept once; what retention drops keeps its hash; what the last entry lets go of is gone from the disk."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.errors import Conflict
from cmdb.store import Ledger
from tests.store.fixtures import FakeClock


def _bodies(ledger: Ledger) -> int:
    return int(ledger._database.rows("SELECT count(*) FROM intake_body")[0][0])


def test_equal_bodies_are_kept_once(ledger: Ledger) -> None:
    """A hundred equal reports take the room of one, and each is given out whole."""
    body = os.urandom(40_000)
    for n in range(100):
        ledger.intake.accept("agent-report", body, meta={"subject": f"pc{n}"})
    assert _bodies(ledger) == 1
    entries = ledger.intake.claim_many(100)
    assert len(entries) == 100
    assert {entry.body for entry in entries} == {body}


def test_what_is_dropped_keeps_its_hash(ledger: Ledger, clock: FakeClock) -> None:
    """The body stays while a newer entry of the same content is kept."""
    old = ledger.intake.accept("x", b"same", meta={})
    clock.moment += timedelta(days=10)
    new = ledger.intake.accept("x", b"same", meta={})
    for entry in ledger.intake.claim_many(2):
        ledger.intake.done(entry)
    sha256 = ledger.intake.get(old).sha256
    assert ledger.intake.forget(clock.moment - timedelta(days=5)) == 1
    assert (ledger.intake.get(old).body, ledger.intake.get(old).sha256) == (None, sha256)
    assert ledger.intake.get(new).body == b"same"
    assert ledger.intake.forget(clock.moment + timedelta(days=1)) == 1
    assert _bodies(ledger) == 0
    with pytest.raises(Conflict):
        ledger.intake.retry(old)


def test_applied_in_order(ledger: Ledger, clock: FakeClock) -> None:
    """What was applied is given out in the order in which it was applied, page by page; what was dropped by its caller too, marked so."""
    ids = [ledger.intake.accept("x", str(n).encode(), meta={}) for n in range(3)]
    entries = {entry.id: entry for entry in ledger.intake.claim_many(3)}
    for number in (ids[2], ids[0], ids[1]):
        clock.moment += timedelta(seconds=1)
        ledger.intake.done(entries[number])
    begun = ledger.intake.begin("act", b"act", meta={})
    assert ledger.intake.claim() is None
    ledger.intake.drop(begun, "no")
    told, place = [], None
    while page := ledger.intake.applied_after(place, 2):
        told += [entry.id for entry in page]
        place = (page[-1].finished_text, page[-1].id)
    assert told == [ids[2], ids[0], ids[1], begun.id]
    assert ledger.intake.get(begun.id).result == {"dropped": True}


def test_an_equal_body_is_not_packed_again_and_is_there_when_the_first_was_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.intake.accept("observation", b"x" * 9000, meta={})
        with monkeypatch.context() as patched:
            patched.setattr("cmdb.store.incoming.pack", lambda _: pytest.fail("it was packed again"))
            second = ledger.intake.accept("observation", b"x" * 9000, meta={})
        assert ledger.intake.get(second).body == b"x" * 9000
        monkeypatch.setattr("cmdb.store.incoming.packed_unless_kept", lambda *_: None)
        third = ledger.intake.accept("observation", b"y" * 9000, meta={})
        assert ledger.intake.get(third).body == b"y" * 9000


def test_only_entries_of_known_bodies_are_claimed_and_only_heads(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        ids = [ledger.intake.accept("observation", body, meta={"subject": line}) for body, line in ((b"a", "1"), (b"b", "2"), (b"b", "1"))]
        known = ledger.intake.get(ids[1]).sha256
        found = ledger.intake.claim_known(10, lambda sha256: sha256 == known)
        assert [(entry.id, entry.body) for entry in found] == [(ids[1], None)], "the third waits behind the first of its line"
        assert ledger.intake.with_body(found[0]).body == b"b"
        assert ledger.intake.claim_known(10, lambda _: False) == []
        assert ledger.intake.done(found[0])


def test_those_of_known_bodies_are_left_unless_they_were_tried_before(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        ids = [ledger.intake.accept("observation", body, meta={"subject": str(n)}) for n, body in enumerate((b"b", b"a", b"b", b"c", b"d"))]
        tried = ledger.intake.claim()
        assert tried is not None
        ledger.intake.release(tried, "the graph is away", delay_s=0)
        claimed = ledger.intake.claim_many(3, leave=lambda sha256: sha256 == tried.sha256)
        assert [entry.id for entry in claimed] == [ids[0], ids[1], ids[3]], "the one given back with a reason is nobody else's"
        assert ledger.intake.claim_many(3, leave=lambda _: True) == []
        known = ledger.intake.claim_known(9, lambda sha256: sha256 == tried.sha256)
        assert [entry.id for entry in known] == [ids[2]]
        assert [entry.id for entry in ledger.intake.claim_many(3)] == [ids[4]]
