"""What lies in the engine's folder: its lock, its password, where it listens, its log and its data."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from cmdb.errors import Busy, CmdbError

_LEAST_FREE_MB = 64
_CLAIM_S = 0.5


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a running engine can be reached."""

    port: int
    pid: int


class Lock:
    """An exclusive claim on the folder. The system ends it with the process that holds it, however that process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the folder free."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True, slots=True)
class Folder:
    """The engine's own folder, `graph` inside the data folder."""

    path: Path

    @classmethod
    def inside(cls, data_dir: Path) -> Folder:
        """The engine's folder of a data folder; nothing is created."""
        return cls(Path(data_dir).absolute() / "graph")

    @property
    def log_file(self) -> Path:
        """Where the engine writes what happens to it (`.0` is the newest of three)."""
        return self.path / "log" / "engine.log"

    @property
    def stray_file(self) -> Path:
        """Where goes what the engine's process prints."""
        return self.path / "log" / "printed.log"

    @property
    def logging_file(self) -> Path:
        """What Java is told about logging."""
        return self.path / "logging.properties"

    @property
    def users_file(self) -> Path:
        """Where ArcadeDB keeps its hashed passwords."""
        return self.path / "config" / "server-users.jsonl"

    @property
    def _lock_file(self) -> Path:
        return self.path / "engine.lock"

    @property
    def _password_file(self) -> Path:
        return self.path / "engine.password"

    @property
    def _whereabouts_file(self) -> Path:
        return self.path / "engine.json"

    def data_mb(self) -> float:
        """Megabytes of the graph on the disk; 0 where there is none yet."""
        sizes = []
        for file in (self.path / "databases").rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # an engine that ends just now tidies up
                sizes.append(file.stat().st_size)
        return sum(sizes) / 2**20

    def prepare(self) -> None:
        """Create the folder, for its owner only, and see that there is room in it.

        Raises `CmdbError` with a whole sentence where the folder cannot be made or the disk is full.
        """
        try:
            for folder in (self.path, self.log_file.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free_mb = shutil.disk_usage(self.path).free // 2**20
        except OSError as error:
            raise CmdbError(f"The data folder {self.path} cannot be used: {error.strerror}.") from error
        if free_mb < _LEAST_FREE_MB:
            raise CmdbError(
                f"The disk of {self.path} is full ({free_mb} MB free, {_LEAST_FREE_MB} MB needed); free some space and start again."
            )

    def lock(self) -> Lock:
        """Claim the folder for this process. Raises `Busy`, which names the process that has it."""
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _claimed(descriptor):
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise Busy(
                f"The data folder {self.path.parent} is in use by another graph engine (process {holder or 'unknown'}); "
                "stop that one, or choose another folder with MOORINGS_DATA."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return Lock(descriptor)

    def locked(self) -> bool:
        """True while an engine holds the folder."""
        try:
            descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def password(self) -> str | None:
        """The engine's password, or None where none was made yet."""
        try:
            return self._password_file.read_text("ascii").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise CmdbError(f"The password file {self._password_file} cannot be read: {error}.") from error

    def make_password(self) -> str:
        """The engine's password; a new one where there is none (the engine's own record of a lost one is dropped)."""
        known = self.password()
        if known is not None:
            return known
        made = secrets.token_urlsafe(32)
        self._write(self._password_file, made + "\n")
        self.users_file.unlink(missing_ok=True)
        return made

    def announce(self, whereabouts: Whereabouts) -> None:
        """Write down where the engine listens, for other processes of the same user."""
        self._write(self._whereabouts_file, json.dumps({"port": whereabouts.port, "pid": whereabouts.pid}) + "\n")

    def withdraw(self) -> None:
        """Forget where the engine listened."""
        self._whereabouts_file.unlink(missing_ok=True)

    def whereabouts(self) -> Whereabouts | None:
        """Where the running engine listens; None where none runs or it is not ready yet."""
        if not self.locked():
            return None
        try:
            told = json.loads(self._whereabouts_file.read_text("utf-8"))
            return Whereabouts(port=int(told["port"]), pid=int(told["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def tidy_logs(self) -> None:
        """Drop what former starts left in the log folder beyond the newest few (ArcadeDB begins an event log at each start)."""
        for old in sorted(self.log_file.parent.glob("server-event-log-*.jsonl"))[:-5]:
            old.unlink(missing_ok=True)

    def _write(self, target: Path, text: str) -> None:
        draft = target.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)


def _claimed(descriptor: int) -> bool:
    """Take the lock. Who only asks whether it is held (`locked`) holds it for microseconds, so one refusal proves nothing."""
    until = time.monotonic() + _CLAIM_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        else:
            return True
