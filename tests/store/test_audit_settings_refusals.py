"""The audit log only grows; settings are JSON; refusals are bounded."""

from __future__ import annotations

import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from cmdb.errors import Invalid
from cmdb.store import Ledger, refusals
from tests.store.fixtures import FakeClock


def test_the_audit_log_reads_newest_first_in_pages(ledger: Ledger, clock: FakeClock) -> None:
    for n in range(7):
        ledger.audit.write("ada" if n % 2 else "otto", "ci.edit" if n % 3 else "loan.out", f"ci-{n}", {"n": n}, "192.0.2.1")
    first = ledger.audit.list(limit=3)
    assert [entry.target for entry in first] == ["ci-6", "ci-5", "ci-4"]
    assert [entry.target for entry in ledger.audit.list(before_id=first[-1].id, limit=3)] == ["ci-3", "ci-2", "ci-1"]
    assert [entry.target for entry in ledger.audit.list(actor="ada", action="ci.edit")] == ["ci-5", "ci-1"]
    assert (first[0].at, first[0].detail, first[0].address) == (clock.moment, {"n": 6}, "192.0.2.1")


def test_the_file_itself_refuses_to_change_the_past(ledger: Ledger) -> None:
    ledger.audit.write("ada", "ci.edit")
    raw = sqlite3.connect(ledger.path)
    for sql in ("UPDATE audit SET actor = 'otto'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            raw.execute(sql)
    raw.close()
    assert [entry.actor for entry in ledger.audit.list()] == ["ada"]


def test_an_audit_line_needs_an_action_and_json(ledger: Ledger) -> None:
    for action, detail, field in [("", None, "action"), ("x", {"a": object()}, "detail"), ("x", {"a": "b" * 70_000}, "detail")]:
        with pytest.raises(Invalid) as caught:
            ledger.audit.write("ada", action, detail=detail)
        assert caught.value.field == field


def test_settings_keep_json(ledger: Ledger) -> None:
    assert ledger.settings.get("retention", 30) == 30
    for value in (7, None, "ä", [1, {"a": False}], 0.5):
        ledger.settings.put("retention", value)
        assert ledger.settings.get("retention", "default") == value
    for wrong in (math.nan, b"x", "\ud800", {1, 2}):
        with pytest.raises(Invalid):
            ledger.settings.put("retention", wrong)


def test_a_setting_made_by_many_at_once_is_one(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda n: ledger.settings.keep("secret", f"made by {n}"), range(24)))
    assert len(set(kept)) == 1
    assert ledger.settings.get("secret") == kept[0]
    assert ledger.settings.keep("secret", "late") == kept[0]


def test_refusals_alike_become_one_line(ledger: Ledger, clock: FakeClock) -> None:
    first = clock.moment
    for n in range(5):
        ledger.refusals.note("agent", "not XML", address="192.0.2.9", token_id="t1", detail=f"try {n} \x1b[2J")
        clock.forward(minutes=1)
    ledger.refusals.note("agent", "too large", address="192.0.2.9", token_id="t1")
    clock.forward(hours=1)
    ledger.refusals.note("agent", "not XML", address="192.0.2.9", token_id="t1")
    lines = ledger.refusals.list()
    assert [(line.reason, line.times) for line in lines] == [("not XML", 1), ("too large", 1), ("not XML", 5)]
    assert (lines[2].detail, lines[2].first_at) == ("try 4 \ufffd[2J", first)
    assert ledger.refusals.count_since(clock.moment) == 1


def test_only_the_newest_refusals_are_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT", 20)
    for n in range(50):
        ledger.refusals.note("agent", f"reason {n}")
    kept = ledger._database.rows("SELECT reason FROM refusal ORDER BY id DESC")
    assert [row[0] for row in kept] == [line.reason for line in ledger.refusals.list(1000)] == [f"reason {n}" for n in range(49, 29, -1)]


def test_how_fast_what_was_accepted_was_applied(ledger: Ledger, clock: FakeClock) -> None:
    assert ledger.rates.applied(10).count == 0
    for number, took in enumerate((1, 2, 3, 4, 60)):
        ledger.intake.accept("observation", f"{number}".encode(), meta={})
        entry = ledger.intake.claim()
        assert entry is not None
        clock.moment += timedelta(seconds=took)
        ledger.intake.done(entry)
    told = ledger.rates.applied(10)
    assert (told.count, round(told.median_s), round(told.most_s)) == (5, 3, 60)
    assert round(ledger.rates.applied(1).median_s) == 60
