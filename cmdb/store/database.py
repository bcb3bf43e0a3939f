"""The SQLite file: connections, short transactions, and errors in our own words. The other modules of this room hold only SQL.

Reads take a connection from a pool. All writes of a process pass through one connection: threads that arrive while a commit waits for the
disk are committed together by one of them, so that a storm of small durable writes costs one fsync for many (group commit). Each of them
is woken once: if every commit woke all who wait, they would only take the interpreter from each other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, LiteralString, TypeAlias, TypeVar

from cmdb.errors import CmdbError, StoreUnavailable
from cmdb.store.connections import connect
from cmdb.store.sqlite_errors import translate

Row: TypeAlias = tuple[Any, ...]
T = TypeVar("T")

BATCH = 64
"""How many writes at most share one commit: bounds how long the first of them waits for the last."""


class Tx:
    """One write transaction, as its work sees it. Values only as parameters."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: LiteralString, *values: object) -> list[Row]:
        """All rows of a query, also of one with `RETURNING`."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: LiteralString, *values: object) -> Row | None:
        """The first row, or None."""
        found = self._connection.execute(sql, values).fetchall()
        return found[0] if found else None

    def change(self, sql: LiteralString, *values: object) -> int:
        """Runs an INSERT, UPDATE or DELETE and says how many rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def change_many(self, sql: LiteralString, values: Sequence[Sequence[object]]) -> None:
        """Runs the same statement for each row of values."""
        self._connection.executemany(sql, values)


class _OneFailed(CmdbError):
    """Of the writes of one transaction."""


class _Task(Generic[T]):
    """One write that waits for its turn, and later its answer. Its thread sleeps on `woken` and is woken once: by its answer, or to commit
    (`leads`) its own and what came meanwhile."""

    __slots__ = ("done", "error", "leads", "result", "woken", "work")

    def __init__(self, work: Callable[[Tx], T]) -> None:
        self.work = work
        self.woken = threading.Lock()
        self.woken.acquire()
        self.leads = False
        self.done = False
        self.result: T | None = None
        self.error: BaseException | None = None


class Database:
    """One open SQLite file. Safe for any number of threads, and beside any number of other processes on the same file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Condition()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pid = os.getpid()
        self._turn = threading.Condition()
        self._waiting: deque[_Task[Any]] = deque()
        self._committing = False
        self._closed = False
        self._writer: sqlite3.Connection | None = None
        self._readers: deque[sqlite3.Connection] = deque()

    def _check_open(self) -> None:
        if self._pid != os.getpid():  # a child of fork: SQLite's connections must not be carried over; leave them be, and open new ones
            self._inherited = (self._writer, self._readers)
            self._start_afresh()
        if self._closed:
            raise StoreUnavailable(f"The ledger {self.path} was closed.")

    def rows(self, sql: LiteralString, *values: object) -> list[Row]:
        """All rows of one query, each call its own snapshot. Raises `StoreUnavailable` or `Busy`."""
        self._check_open()
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = connect(self.path)
        try:
            found = connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            connection.close()
            raise translate(error, self.path) from error
        if self._closed:
            connection.close()
        else:
            self._readers.append(connection)
        return found

    def one(self, sql: LiteralString, *values: object) -> Row | None:
        """The first row of one query, or None."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def write(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in a write transaction; when this returns, it is committed and synced to disk.

        `work` may run more than once and in another thread, so it must only talk to its `Tx`; whatever it raises undoes its own changes
        alone and comes back here. Raises `StoreUnavailable` (disk full, not writable, damaged) or `Busy` (another process has it for 30 s).
        """
        self._check_open()
        task = _Task(work)
        batch = [task]
        with self._turn:
            task.leads = not self._committing
            self._committing = True
            if not task.leads:
                self._waiting.append(task)
        try:
            if not task.leads:
                task.woken.acquire()
            if task.leads:
                with self._turn:
                    while self._waiting and len(batch) < BATCH:
                        batch.append(self._waiting.popleft())
                self._commit(batch)
        finally:
            self._after(task, batch)
        if task.error is not None:
            raise task.error
        return task.result  # type: ignore[return-value]  # done without an error, so it is a T

    def _after(self, task: _Task[Any], batch: list[_Task[Any]]) -> None:
        """Wake those whose writes were committed, and who commits next."""
        with self._turn:
            if not task.leads:
                if not task.done and task in self._waiting:  # its thread was interrupted while it slept
                    self._waiting.remove(task)
                return
            for each in batch:
                if not each.done:
                    each.done, each.error = True, StoreUnavailable("The write was interrupted; try again.")
                if each is not task:
                    each.woken.release()
            if self._waiting:
                following = self._waiting.popleft()
                following.leads = True
                following.woken.release()
            else:
                self._committing = False
                self._turn.notify_all()

    def _commit(self, batch: list[_Task[Any]]) -> None:
        """One transaction for all of them; should it fail as a whole, one for each, so that each gets its own answer."""
        if len(batch) > 1 and self._attempt(batch) is None:
            return
        for task in batch:
            if not task.done:
                error = self._attempt([task])
                if error is not None:
                    task.done, task.error = True, error

    def _attempt(self, batch: list[_Task[Any]]) -> CmdbError | None:
        """Runs and commits the batch. An answer means: nothing of it was kept."""
        try:
            if self._writer is None:
                self._writer = connect(self.path)
                if not self._readers:  # with a second connection open, losing the writer on a full disk does not close the log
                    self._readers.append(connect(self.path))
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                answers = self._perform(connection, batch)
                if connection.in_transaction:
                    connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except CmdbError as error:
            return error
        except sqlite3.Error as error:
            self._forget_writer()
            return translate(error, self.path)
        for task, result, problem in answers:
            task.result, task.error, task.done = result, problem, True
        return None

    def _perform(self, connection: sqlite3.Connection, batch: list[_Task[Any]]) -> list[tuple[_Task[Any], Any, BaseException | None]]:
        """The work of all of them. Where one fails, nothing of the transaction stays: alone, it gets its error; of several, each is to be
        done alone (`_OneFailed`). A savepoint for each would cost all of them two statements. SQLite errors of the file are passed on.
        """
        answers: list[tuple[_Task[Any], Any, BaseException | None]] = []
        for task in batch:
            try:
                answers.append((task, task.work(Tx(connection)), None))
                if not connection.in_transaction:  # what it did, and what others did before it, is not kept
                    raise sqlite3.OperationalError("the transaction ended before its time")
            except Exception as error:
                if not connection.in_transaction or (isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError)):
                    raise
                if len(batch) > 1:
                    raise _OneFailed("One of several writes failed.") from error
                connection.execute("ROLLBACK")
                return [(task, None, translate(error, self.path) if isinstance(error, sqlite3.Error) else error)]
        return answers

    def _forget_writer(self) -> None:
        """After an error of the file itself, the next write starts with a new connection."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def copy_into(self, target: Path) -> None:
        """Copies what is committed now into an empty file, without holding up writers. Raises `StoreUnavailable`."""
        self._check_open()
        connection = connect(self.path)
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            raise translate(error, target) from error
        finally:
            connection.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called, or this is a child process that inherited the object."""
        return self._closed or self._pid != os.getpid()

    def close(self) -> None:
        """Waits for the writes under way and closes all connections. Every later call is refused."""
        if self.closed:
            return
        with self._turn:
            self._closed = True
            while self._committing:
                self._turn.wait()
            self._forget_writer()
            while self._readers:
                self._readers.pop().close()
