"""Many threads and several processes on one ledger: nobody hears "locked", no job is done by two, a killed worker's job goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import Busy, Conflict, StoreUnavailable
from cmdb.store import Ledger, connections
from cmdb.store.database import Tx
from tests.store.conftest import StartProgram


def lines_of(process: Any) -> list[list[str]]:
    """What the program prints until it ends, in words; its end and its silence on stderr are checked."""
    lines = process.stdout.read().splitlines()
    assert process.stderr.read() == ""
    assert process.wait(60) == 0
    return [line.split() for line in lines]


def test_processes_never_do_the_same_job(tmp_path: Path, start_program: StartProgram) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        workers: list[Any] = [start_program("work", ledger.path, 30, 1, 0.005, 0.5) for _ in range(3)]
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
        ledger.jobs.enqueue_many("x", [({"n": n}, None) for n in range(150)])
        printed = [lines_of(worker) for worker in workers]
        done = Counter(line[1] for lines in printed for line in lines if line[0] == "done")
        claims = Counter(line[1] for lines in printed for line in lines if line[0] == "claim")
        assert done == claims == {str(n): 1 for n in range(150)}
        assert all(printed), "each of them worked"
        assert {job.state for job in ledger.jobs.list(limit=1000)} == {"done"}


def stop_outside_a_transaction(program: Any, path: Path) -> None:
    """Stop a process at a moment when it holds no lock on the ledger."""
    while True:
        program.send_signal(signal.SIGSTOP)
        with closing(sqlite3.connect(path, timeout=0.3, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                program.send_signal(signal.SIGCONT)
                time.sleep(0.05)
                continue
            connection.execute("ROLLBACK")
            return


def test_a_killed_workers_job_goes_on_where_it_was(tmp_path: Path, start_program: StartProgram) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        victim: Any = start_program("work", ledger.path, 2, 1_000_000, 0.02, 60)
        heir: Any = start_program("work", ledger.path, 2, 5, 0.02, 60)
        assert (victim.stdout.readline(), heir.stdout.readline()) == ("ready\n", "ready\n")
        stop_outside_a_transaction(heir, ledger.path)
        number = ledger.jobs.enqueue("x", {"n": 1})
        assert [victim.stdout.readline().split()[0] for _ in range(9)] == ["claim"] + ["step"] * 8
        victim.kill()
        reached = 8 + victim.stdout.read().count("step")
        heir.send_signal(signal.SIGCONT)
        claim = heir.stdout.readline().split()
        assert claim[:2] == ["claim", "1"]
        assert reached <= int(claim[2]) <= reached + 1, "the step it did last may not have been printed"
        last = int(claim[2]) + 5
        assert [heir.stdout.readline().split() for _ in range(5)] == [["step", "1", str(n)] for n in range(last - 4, last + 1)]
        assert heir.stdout.readline() == f"done 1 {last}\n"
        job = ledger.jobs.get(number)
        assert (job.state, job.attempts, job.progress) == ("done", 2, {"step": last})


def test_nobody_hears_locked(tmp_path: Path, start_program: StartProgram) -> None:
    programs = [start_program("mixed", tmp_path / "ledger.db", 3.0) for _ in range(3)]  # they also race to create the file
    printed = [lines_of(program)[-1] for program in programs]
    with Ledger(tmp_path / "ledger.db") as ledger:
        accepted = sum(int(words[1]) for words in printed)
        assert sum(ledger.intake.counts().values()) == accepted > 0
        assert all(int(words[1]) > 0 and int(words[3]) > 0 for words in printed), "nobody starved"
        assert ledger._database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_file_held_too_long_is_busy(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.1)
    with Ledger(ledger.path) as other:

        def hold(tx: Tx) -> str:
            with pytest.raises(Busy, match="held by another process"):
                other.settings.put("b", 2)
            return "held"

        assert ledger._database.write(hold) == "held"
        other.settings.put("b", 3)
        assert ledger.settings.get("b") == 3


def test_work_that_fails_in_a_shared_commit_fails_alone(ledger: Ledger) -> None:
    held, go = threading.Event(), threading.Event()

    def block(tx: Tx) -> None:
        held.set()
        assert go.wait(10)

    def put(n: int) -> str:
        def work(tx: Tx) -> str:
            tx.change("INSERT INTO setting (key, value) VALUES (?, '1')", f"k{n}")
            if n % 3 == 0:
                raise ValueError(n)
            if n % 3 == 1:
                tx.change("INSERT INTO setting (key, value) VALUES (?, '1')", f"k{n}")
            return "kept"

        try:
            return ledger._database.write(work)
        except (ValueError, Conflict) as error:
            return type(error).__name__

    with ThreadPoolExecutor(31) as pool:
        blocker = pool.submit(ledger._database.write, block)
        assert held.wait(10)
        answers = [pool.submit(put, n) for n in range(30)]
        while len(ledger._database._waiting) < 30:
            threading.Event().wait(0.01)
        go.set()
        blocker.result()
        assert [answer.result() for answer in answers] == ["ValueError", "Conflict", "kept"] * 10
    assert [row[0] for row in ledger._database.rows("SELECT key FROM setting ORDER BY rowid")] == [f"k{n}" for n in range(2, 30, 3)]


def test_a_batch_whose_commit_fails_gets_one_answer_each(ledger: Ledger) -> None:
    """One of the batch ends the whole transaction (as a full disk does); the others are tried again on their own and kept."""

    def put(n: int) -> str:
        def work(tx: Tx) -> str:
            tx.change("INSERT INTO setting (key, value) VALUES (?, '1')", f"k{n}")
            if n == 5:
                tx.change("ROLLBACK")
            return "kept"

        try:
            return ledger._database.write(work)
        except StoreUnavailable:
            return "refused"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(put, range(16)))
    assert answers == ["kept"] * 5 + ["refused"] + ["kept"] * 10
    assert len(ledger._database.rows("SELECT key FROM setting")) == 15


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_opens_its_own_connections(ledger: Ledger) -> None:
    ledger.settings.put("a", 1)
    child = os.fork()
    if child == 0:
        try:
            ledger.settings.put("b", ledger.settings.get("a") + 1)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    ledger.settings.put("c", 3)
    assert [ledger.settings.get(key) for key in "abc"] == [1, 2, 3]


def test_connections_do_not_grow_with_threads(ledger: Ledger) -> None:
    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: ledger.settings.put(f"k{n}", ledger.settings.get("k1")), range(40)))
    assert len(ledger._database._readers) <= 4
