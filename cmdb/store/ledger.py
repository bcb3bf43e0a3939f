"""`Ledger`: opens the one SQLite file beside the graph and hands out its tables."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from cmdb.errors import StoreUnavailable
from cmdb.store.accounts import Accounts
from cmdb.store.audit import Audit
from cmdb.store.database import Database
from cmdb.store.intake import Intake
from cmdb.store.migrations import migrate, shipped
from cmdb.store.refusals import Refusals
from cmdb.store.sessions import Sessions
from cmdb.store.settings import Settings
from cmdb.store.times import Clock, now
from cmdb.store.tokens import AgentTokens, ApiTokens


class Ledger:
    """Everything that is not a fact about the world: accounts, secrets, jobs, accepted reports (docs/architecture.md).

    Safe for any number of threads and processes at once. Every write is on the disk when its call returns. Any call may raise
    `StoreUnavailable` (disk full, not writable, damaged file) or `Busy` (another process held the file for 30 s).
    """

    def __init__(self, path: Path, *, clock: Clock = now) -> None:
        """Opens or creates the file (0600, in a folder made with 0700) and brings its schema up to date.

        Raises `StoreUnavailable` where that cannot be, also for a file of a newer version.
        """
        self.path = path
        _prepare(path)
        self._database = Database(path)
        connection = self._database.connect()
        try:
            migrate(connection, path, clock(), shipped())
        finally:
            connection.close()
        self.accounts = Accounts(self._database, clock)
        self.sessions = Sessions(self._database, clock)
        self.api_tokens = ApiTokens(self._database, clock)
        self.agent_tokens = AgentTokens(self._database, clock)
        self.audit = Audit(self._database, clock)
        self.settings = Settings(self._database)
        self.intake = Intake(self._database, clock)
        self.refusals = Refusals(self._database, clock)

    def close(self) -> None:
        """Writes what was counted and closes the file. Calling it again is harmless."""
        if not self._database.closed:
            self.api_tokens.flush()
            self.agent_tokens.flush()
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _prepare(path: Path) -> None:
    """Makes the folder and the file before SQLite does: never readable for others, not even for a moment."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size == 0:
                os.fsync(descriptor)
                _sync_folder(path.parent)
        finally:
            os.close(descriptor)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreUnavailable(f"The ledger {path} cannot be opened: {error.strerror or type(error).__name__}.") from error


def _sync_folder(folder: Path) -> None:
    """The file's name must be on the disk too, or a power cut could lose the whole ledger."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
