"""`Ledger`: opens the one SQLite file beside the graph and hands out its tables."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from cmdb.errors import Conflict, StoreUnavailable
from cmdb.store import intake_moves, job_moves
from cmdb.store.accounts import Accounts
from cmdb.store.attachments import Attachments
from cmdb.store.audit import Audit
from cmdb.store.chain import Chain
from cmdb.store.connections import connect
from cmdb.store.credentials import Credentials
from cmdb.store.database import Database
from cmdb.store.erasing import Erasing
from cmdb.store.erasures import Erasures
from cmdb.store.files import prepare_private, sync_file
from cmdb.store.host_keys import HostKeys
from cmdb.store.intake import Intake
from cmdb.store.jobs import Jobs
from cmdb.store.leases import held_by
from cmdb.store.migrations import migrate, shipped
from cmdb.store.nodes import AgentNodes
from cmdb.store.rates import Rates
from cmdb.store.refusals import Refusals
from cmdb.store.replays import Replays
from cmdb.store.sealing import KeyFile
from cmdb.store.sessions import Sessions
from cmdb.store.settings import Settings
from cmdb.store.times import Clock, now, to_text
from cmdb.store.tokens import AgentTokens, ApiTokens


class Ledger:
    """Everything that is not a fact about the world: accounts, secrets, jobs, accepted reports (docs/architecture.md).

    Safe for any number of threads and processes at once. Every write is on the disk when its call returns. Any call may raise
    `StoreUnavailable` (disk full, not writable, damaged file) or `Busy` (another process held the file for 30 s).
    """

    def __init__(self, path: Path, *, secret_key_file: Path | None = None, clock: Clock = now) -> None:
        """Opens or creates the file (0600, in a folder made with 0700) and brings its schema up to date.

        `secret_key_file` holds the key that seals credentials; without it, `secret.key` beside the ledger, made when first needed.
        Raises `StoreUnavailable` where that cannot be, also for a file of a newer version.
        """
        self.path, self._clock = path, clock
        try:
            prepare_private(path)
        except OSError as error:
            raise StoreUnavailable(f"The ledger {path} cannot be opened: {error.strerror or type(error).__name__}.") from error
        self._database = Database(path)
        connection = connect(path)
        try:
            migrate(connection, path, clock(), shipped())
        finally:
            connection.close()
        self.accounts = Accounts(self._database, clock)
        self.sessions = Sessions(self._database, clock)
        self.api_tokens = ApiTokens(self._database, clock)
        self.agent_tokens = AgentTokens(self._database, clock)
        self.agent_nodes = AgentNodes(self._database, clock)
        self.audit = Audit(self._database, clock)
        self.credentials = Credentials(self._database, clock, KeyFile(secret_key_file or path.with_name("secret.key")))
        self.host_keys = HostKeys(self._database, clock)
        self.jobs = Jobs(self._database, clock)
        self.settings = Settings(self._database)
        self.intake = Intake(self._database, clock)
        self.chain = Chain(self._database)
        self.refusals = Refusals(self._database, clock)
        self.replays = Replays(self._database, self.settings)
        self.erasures = Erasures(self._database, clock)
        self.erasing = Erasing(self._database)
        self.rates = Rates(self._database, clock)
        self.attachments = Attachments(self._database, clock)

    def backup(self, target: Path) -> None:
        """Writes a whole, consistent copy to a new file (0600) while everything goes on. The key file is not part of it.

        Raises `Conflict` where the target exists, `StoreUnavailable` where it cannot be written: then it is not left half.
        """
        if target.exists():
            raise Conflict(f"There is already a file {target}; give another name.", field="target")
        try:
            prepare_private(target)
            try:
                self._database.copy_into(target)
                sync_file(target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreUnavailable(f"The copy {target} cannot be written: {error.strerror or type(error).__name__}.") from error

    def hold_as(self, holder: str) -> None:
        """What is claimed through this ledger from now on shows this name: letters and digits, nobody else's. Raises `Invalid`."""
        held_by(holder)
        self.intake.holder = self.jobs.holder = holder

    def give_back(self, holder: str) -> int:
        """What the holder of this name had in hand waits again, at once instead of when its claims end; returns how many.

        Only for one that is known to be dead: whoever still works on it would do so beside the next one. A lost try counts as one, as
        `claim` counts it. Raises `Invalid`.
        """
        begin, at = held_by(holder), to_text(self._clock())
        return self._database.write(lambda tx: intake_moves.end_leases(tx, begin, at) + job_moves.end_leases(tx, begin, at))

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
