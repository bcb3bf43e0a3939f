"""Equal bodies are kept once; what retention drops keeps its hash; what the last entry lets go of is gone from the disk."""

from __future__ import annotations

import os
from datetime import timedelta

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
