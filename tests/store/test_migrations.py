"""The ledger's schema: applied once, in order, by one of many; a newer or edited one is refused."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import StoreUnavailable
from cmdb.store import Ledger
from cmdb.store.migrations import Migration, migrate, shipped, statements

AT = datetime(2026, 11, 22, tzinfo=UTC)


def open_raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def step(number: int, sql: str) -> Migration:
    return Migration(number, f"{number:04}_test", sql, f"sha of {sql}")


def test_what_is_shipped_is_numbered_without_gaps() -> None:
    steps = shipped()
    assert [each.number for each in steps] == list(range(1, len(steps) + 1))
    assert all(len(each.sha256) == 64 for each in steps)


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.settings.put("a", 1)
    raw = open_raw(tmp_path / "ledger.db")
    before = raw.execute("SELECT * FROM migration").fetchall()
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert ledger.settings.get("a") == 1
    assert raw.execute("SELECT * FROM migration").fetchall() == before
    assert [row[0] for row in before] == [each.number for each in shipped()]
    raw.close()


def test_many_who_open_a_new_ledger_at_once_all_find_it_ready(tmp_path: Path) -> None:
    def open_and_put(n: int) -> int:
        with Ledger(tmp_path / "data" / "ledger.db") as ledger:
            ledger.settings.put(f"k{n}", n)
            return int(ledger.settings.get(f"k{n}"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_and_put, range(24))) == list(range(24))


def test_a_new_step_is_applied_and_a_broken_one_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path).close()
    raw, known = open_raw(path), shipped()
    broken = step(len(known) + 1, "CREATE TABLE fresh (a TEXT);\nCREATE TABLE fresh (a TEXT);")
    with pytest.raises(StoreUnavailable):
        migrate(raw, path, AT, (*known, broken))
    assert raw.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'fresh'").fetchone() == (0,)
    good = step(len(known) + 1, "CREATE TABLE fresh (a TEXT);")
    assert migrate(raw, path, AT, (*known, good)) == [good.name]
    assert migrate(raw, path, AT, (*known, good)) == []
    raw.close()
    with pytest.raises(StoreUnavailable, match=rf"newer Moorings \(schema {good.number}, this version knows {len(known)}\)"):
        Ledger(path)


def test_an_edited_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path).close()
    raw = open_raw(path)
    raw.execute("UPDATE migration SET sha256 = 'other' WHERE number = 2")
    raw.close()
    with pytest.raises(StoreUnavailable, match=r"Migration 0002_work_and_trust .* is not the one that was applied"):
        Ledger(path)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    raw = open_raw(path)
    raw.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreUnavailable, match="another program's database"):
        Ledger(path)
    assert raw.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (1,)
    raw.close()


@given(st.lists(st.sampled_from(["SELECT 1", "CREATE TABLE a (b TEXT)", "INSERT INTO a VALUES ('x;y')", "-- note; more\nSELECT 2"])))
def test_scripts_fall_apart_into_their_statements(parts: list[str]) -> None:
    assert statements("".join(f"{part};\n" for part in parts)) == [f"{part};" for part in parts]
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n    SELECT 1;\n    SELECT 2;\nEND;"
    assert statements(f"{trigger}\nSELECT 3;\n") == [trigger, "SELECT 3;"]
