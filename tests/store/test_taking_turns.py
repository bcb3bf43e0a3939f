"""Writes of many threads share commits; each thread is woken once, and none waits for one that went away."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import Invalid, StoreUnavailable
from cmdb.store.database import BATCH, Database, Tx

PATIENCE_S = 20


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "plain.db")
    made.write(lambda tx: tx.change("CREATE TABLE n (value INTEGER)"))
    yield made
    made.close()


def put(number: int) -> Callable[[Tx], int]:
    return lambda tx: tx.change("INSERT INTO n (value) VALUES (?)", number)


def values(database: Database) -> list[int]:
    return [row[0] for row in database.rows("SELECT value FROM n ORDER BY value")]


@contextmanager
def held(database: Database, pool: ThreadPoolExecutor) -> Iterator[None]:
    """While the block runs, a commit is under way."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Tx) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    first = pool.submit(database.write, slow)
    assert begun.wait(PATIENCE_S)
    try:
        yield
    finally:
        go_on.set()
        first.result(PATIENCE_S)


def waits(database: Database, count: int) -> None:
    for _ in range(PATIENCE_S * 100):
        if len(database._waiting) == count:
            return
        threading.Event().wait(0.01)
    pytest.fail(f"{len(database._waiting)} writes wait, not {count}")


def test_what_waits_is_committed_together_in_its_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    commit = Database._commit

    def noted(self: Database, batch: list[Any]) -> None:
        batches.append(len(batch))
        commit(self, batch)

    monkeypatch.setattr(Database, "_commit", noted)
    with ThreadPoolExecutor(BATCH + 12) as pool:
        given: list[Future[int]] = []
        with held(database, pool):
            for number in range(BATCH + 10):
                given.append(pool.submit(database.write, put(number)))
                waits(database, number + 1)
        assert [one.result(PATIENCE_S) for one in given] == [1] * (BATCH + 10)
    assert batches == [1, BATCH, 10]
    assert [row[0] for row in database.rows("SELECT value FROM n ORDER BY rowid")] == list(range(BATCH + 10))


def test_one_that_fails_among_others_gets_its_own_answer(database: Database) -> None:
    def bad(tx: Tx) -> None:
        put(99)(tx)
        raise Invalid("no")

    with ThreadPoolExecutor(4) as pool:
        with held(database, pool):
            good = pool.submit(database.write, put(1))
            waits(database, 1)
            failing = pool.submit(database.write, bad)
            waits(database, 2)
            other = pool.submit(database.write, put(2))
            waits(database, 3)
        assert (good.result(PATIENCE_S), other.result(PATIENCE_S)) == (1, 1)
        with pytest.raises(Invalid):
            failing.result(PATIENCE_S)
    assert values(database) == [1, 2]


def test_a_thread_that_is_interrupted_while_it_waits_holds_nobody_up(database: Database) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(_number: int, _frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with ThreadPoolExecutor(3) as pool:
            with held(database, pool):
                threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
                with pytest.raises(Interrupted):
                    database.write(put(1))
                assert len(database._waiting) == 0
                behind = pool.submit(database.write, put(2))
            assert behind.result(PATIENCE_S) == 1
        assert database.write(put(3)) == 1
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert values(database) == [2, 3], "what was not answered was not kept"


def test_what_waits_is_written_before_the_file_is_closed(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        with held(database, pool):
            given = [pool.submit(database.write, put(1))]
            waits(database, 1)
            closing = pool.submit(database.close)
            for _ in range(PATIENCE_S * 100):
                if database.closed:
                    break
                threading.Event().wait(0.01)
            with pytest.raises(StoreUnavailable):
                database.write(put(2))
        assert given[0].result(PATIENCE_S) == 1
        closing.result(PATIENCE_S)
    again = Database(database.path)
    assert values(again) == [1]
    again.close()
