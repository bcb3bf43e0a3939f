"""Snapshots of the embedded engine while it works: a file in its folder asks for one, its own process makes it.

Whoever may write into the folder may ask, and that is its owner alone (0700). The engine's own backup freezes the pages as they are at
one moment; what is written meanwhile goes on. In `backups`: `<id>.order` asks, `<id>.zip` or `<id>.failed` answers.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from cmdb.errors import CmdbError, GraphUnavailable
from cmdb.graph.engine.folder import Folder

DATABASE_PATH = ("databases", "moorings")
_ORDER = re.compile(r"[0-9a-f]{32}\.order")
_NAME = re.compile(r"[^/\\\0]{1,255}")
_LOOK_EVERY_S = 0.1
_NOBODY_S = 20.0

Make = Callable[[Path], None]
"""Writes a snapshot to a new file. Raises when it cannot."""


def take(data_dir: Path, patience_s: float = 3600) -> Path:
    """A snapshot of the engine that runs on the data folder: a new zip file, which is the caller's to move or delete.

    Raises GraphUnavailable when no engine runs there or it ends meanwhile, CmdbError when it cannot make one (full disk) or takes longer
    than `patience_s` seconds.
    """
    folder = Folder.inside(data_dir)
    place, name = _place(folder), uuid4().hex
    order, made, failed = (place / f"{name}.{what}" for what in ("order", "zip", "failed"))
    place.mkdir(mode=0o700, exist_ok=True)
    order.touch(0o600)
    until, gone_since = time.monotonic() + patience_s, 0.0
    try:
        while not made.exists():
            if failed.exists():
                raise CmdbError(f"The graph engine cannot make a snapshot: {failed.read_text('utf-8')[:300]}")
            gone_since = 0.0 if folder.locked() else gone_since or time.monotonic()
            if gone_since and time.monotonic() - gone_since > _NOBODY_S:
                raise GraphUnavailable("The graph engine ended while it made a snapshot; try again.")
            if time.monotonic() > until:
                raise CmdbError(f"The graph engine did not make a snapshot within {patience_s:g} seconds.")
            time.sleep(_LOOK_EVERY_S)
    finally:
        order.unlink(missing_ok=True)
        failed.unlink(missing_ok=True)
    return made


class Maker:
    """Makes what is asked for, in the engine's process: `turn` looks for orders and works them off in a thread of its own."""

    def __init__(self, folder: Folder, make: Make) -> None:
        self._place = _place(folder)
        self._make = make
        self._busy: threading.Thread | None = None
        shutil.rmtree(self._place, ignore_errors=True)  # what a killed engine left half

    def turn(self) -> None:
        """Begin with the next order, unless one is being worked off."""
        if self._busy is not None and self._busy.is_alive():
            return
        for path in sorted(self._place.glob("*.order")) if self._place.is_dir() else ():
            if _ORDER.fullmatch(path.name):
                self._busy = threading.Thread(target=self._work, args=(path,), name="snapshot", daemon=True)
                self._busy.start()
                return

    def _work(self, order: Path) -> None:
        part = order.with_suffix(".part")
        try:
            self._make(part)
            order.unlink(missing_ok=True)
            part.replace(order.with_suffix(".zip"))
        except Exception as error:  # noqa: BLE001 - whatever Java says is the answer to who asked
            part.unlink(missing_ok=True)
            order.unlink(missing_ok=True)
            order.with_suffix(".failed").write_text((str(error).strip().splitlines() or [type(error).__name__])[0], "utf-8")


def unpack(snapshot: Path, graph_folder: Path) -> int:
    """Lay a snapshot out as the database of a new engine folder. Returns the bytes written. Raises CmdbError for what is no snapshot."""
    target = graph_folder.joinpath(*DATABASE_PATH)
    try:
        with zipfile.ZipFile(snapshot) as archive:
            files = archive.infolist()
            for one in files:
                if not _NAME.fullmatch(one.filename) or one.filename in (".", ".."):
                    raise CmdbError("The backup's graph holds a file of an impossible name; it was not made by Moorings.")
            size = sum(one.file_size for one in files)
            if size > shutil.disk_usage(graph_folder).free:
                raise CmdbError(f"The disk of {graph_folder.parent} is too small: the graph needs {size // 2**20 + 1} MB.")
            target.mkdir(mode=0o700, parents=True)
            for one in files:
                with archive.open(one) as read, (target / one.filename).open("xb") as write:
                    shutil.copyfileobj(read, write, 1 << 20)
    except zipfile.BadZipFile:
        raise CmdbError("The backup's graph is damaged.") from None
    return size


def _place(folder: Folder) -> Path:
    return folder.path / "backups"
