"""The chain of accepted reports: it holds, and every way to edit the past breaks it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cmdb.store import Ledger


def _filled(path: Path) -> Path:
    with Ledger(path / "ledger.db") as ledger:
        for number in range(5):
            ledger.intake.accept("agent", b"report %d" % number, meta={"subject": f"pc-{number % 2}"})
        ledger.intake.begin("observation", b"an edit", meta={})
        state = ledger.chain.verify()
        assert (state.whole, state.links) == (True, 6)
        assert len(ledger.chain.near(datetime.now(UTC), timedelta(minutes=5))) == 6
    return path / "ledger.db"


def test_it_begins_empty(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert (ledger.chain.verify().whole, ledger.chain.verify().links) == (True, 0)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ("UPDATE intake SET sha256 = 'other' WHERE seq = 2", "not what was accepted"),
        ("UPDATE intake SET received_at = '2020-01-01T00:00:00.000Z' WHERE seq = 6", "not what was accepted"),
        ("UPDATE intake_chain SET sha256 = 'other' WHERE seq = 3", "does not follow"),
        ("DELETE FROM intake_chain WHERE seq = 1", "does not follow"),
        ("DELETE FROM intake_chain WHERE seq = 4", "does not follow"),
        ("DELETE FROM intake WHERE seq = 3", "gone"),
        ("INSERT INTO intake (id, kind, meta, sha256, size, received_at) VALUES ('x', 'agent', '{}', '', 0, '')", "never accepted"),
    ],
)
def test_later_editing_shows(tmp_path: Path, edit: str, why: str) -> None:
    path = _filled(tmp_path)
    raw = sqlite3.connect(path)
    with raw:
        raw.execute(edit)
    raw.close()
    with Ledger(path) as ledger:
        state = ledger.chain.verify()
    assert not state.whole
    assert why in state.why
