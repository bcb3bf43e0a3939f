"""Accepted means kept: a killed writer loses nothing it was told is stored, and leaves nothing half."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmdb.errors import Conflict, StoreUnavailable
from cmdb.store import Ledger
from tests.store.conftest import StartProgram

ROUNDS = 6


def test_kill_nine_loses_nothing_that_was_acknowledged(tmp_path: Path, start_program: StartProgram) -> None:
    path = tmp_path / "ledger.db"
    acknowledged: dict[str, str] = {}
    for round_number in range(ROUNDS):
        writer = start_program("accept", path, 4)
        assert writer.stdout is not None
        assert writer.stderr is not None
        lines = [writer.stdout.readline() for _ in range(20 + 13 * round_number)]
        time.sleep(0.003 * round_number)
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines()  # not communicate(): it would forget what readline took from the pipe and kept
        assert writer.stderr.read() == ""
        for line in lines:
            number, _, sha256 = line.strip().partition(" ")
            if len(sha256) == 64:  # the last line may have been cut by the kill
                acknowledged[number] = sha256
    with Ledger(path) as ledger:
        for number, sha256 in acknowledged.items():
            entry = ledger.intake.get(number)
            assert entry.sha256 == sha256
            assert entry.body is not None
        count = ledger.intake.counts()["waiting"]
        assert len(acknowledged) <= count <= len(acknowledged) + 4 * ROUNDS, "at most one unacknowledged per thread and kill"
        applied = 0
        while entries := ledger.intake.claim_many(500):
            for entry in entries:
                ledger.intake.done(entry)
                applied += 1
        assert applied == count
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for table in ("intake", "intake_body"):
        assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)
    raw.close()


def test_every_connection_syncs_each_commit(ledger: Ledger) -> None:
    ledger.settings.put("a", 1)
    assert ledger._database.rows("PRAGMA synchronous") == [(2,)], "FULL"
    assert ledger._database.write(lambda tx: tx.rows("PRAGMA synchronous")) == [(2,)]
    assert ledger._database.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_backup_is_whole_while_writing_goes_on(ledger: Ledger, tmp_path: Path) -> None:
    ledger.credentials.add("core", "snmp-v2c", {"community": "x"})
    stop = threading.Event()

    def write() -> int:
        n = 0
        while not stop.is_set():
            ledger.intake.accept("x", os.urandom(8), meta={})
            n += 1
        return n

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        while ledger.intake.counts()["waiting"] < 50:
            stop.wait(0.01)
        before = ledger.intake.counts()["waiting"]
        ledger.backup(tmp_path / "copy.db")
        stop.set()
        written = sum(writer.result() for writer in writers)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with Ledger(tmp_path / "copy.db", secret_key_file=ledger.path.with_name("secret.key")) as copy:
        assert before <= copy.intake.counts()["waiting"] <= written
        assert copy._database.rows("SELECT count(*) FROM intake_body") == [(copy.intake.counts()["waiting"],)]
        assert copy.credentials.get("core").secret["community"] == "x"
    with pytest.raises(Conflict, match="already a file"):
        ledger.backup(tmp_path / "copy.db")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        ledger.backup(tmp_path / "copy.db" / "inside")


def test_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with Ledger(folder / "ledger.db") as ledger:
        ledger.credentials.add("core", "snmp-v2c", {"community": "x"})
        assert {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()} == dict.fromkeys(
            ("ledger.db", "ledger.db-wal", "ledger.db-shm", "secret.key"), 384
        )
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / "ledger.db").chmod(0o644)
    with Ledger(folder / "ledger.db"):
        assert (folder / "ledger.db").stat().st_mode & 0o777 == 0o600
