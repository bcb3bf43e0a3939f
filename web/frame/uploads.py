"""Uploaded files between their dry run and their import: kept by this process for an hour, a few at a time, readable by nobody else."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from cmdb.errors import NotFound

_MOST = 16
_KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Upload:
    """One file: who sent it, what it is called, how it is to be read."""

    id: str
    owner: str
    name: str
    cls: str
    path: Path
    at: float

    def read(self) -> bytes:
        """Its bytes. Raises NotFound when it was dropped meanwhile."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise NotFound("The file is no longer kept; upload it again.") from None


class Uploads:
    """The files in waiting. The folder is private and goes away with the process."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, data: bytes, *, name: str, cls: str, owner: str) -> Upload:
        """Keep a file. The oldest make room when there are too many."""
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="moorings-uploads-")
            self._drop_old()
            number = secrets.token_urlsafe(16)
            path = Path(self._folder.name) / number
            path.write_bytes(data)
            self._kept[number] = Upload(number, owner, name, cls, path, time.monotonic())
            return self._kept[number]

    def get(self, number: str, owner: str) -> Upload:
        """A kept file of this person. Raises NotFound."""
        with self._lock:
            self._drop_old(room=0)
            found = self._kept.get(number)
        if found is None or found.owner != owner:
            raise NotFound("The file is no longer kept; upload it again.")
        return found

    def drop(self, number: str) -> None:
        """Forget a file."""
        with self._lock:
            found = self._kept.pop(number, None)
        if found is not None:
            found.path.unlink(missing_ok=True)

    def _drop_old(self, room: int = 1) -> None:
        limit = time.monotonic() - _KEPT_S
        while self._kept and (len(self._kept) > _MOST - room or next(iter(self._kept.values())).at < limit):
            _, gone = self._kept.popitem(last=False)
            gone.path.unlink(missing_ok=True)


UPLOADS = Uploads()
"""Those of this process: the server is one process (docs/architecture.md)."""
