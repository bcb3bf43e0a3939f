"""Backup and restore of the whole data folder: ledger and embedded graph in one file, made while everything goes on.

The ledger is copied first and the graph after it. What was applied in between is still waiting in the copied ledger, and is applied again
after a restore: twice changes nothing. The other order would lose it.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cmdb import __version__
from cmdb.config import Settings
from cmdb.errors import Busy, CmdbError, Conflict, Invalid, StoreUnavailable
from cmdb.graph.engine.folder import Folder
from cmdb.graph.engine.snapshots import take, unpack
from cmdb.model import times
from cmdb.runtime.house import LEDGER_FILE, House, open_ledger
from cmdb.runtime.workers import somebody_works
from cmdb.store import Ledger

MANIFEST, GRAPH, KEY = "manifest.json", "graph.zip", "secret.key"
_FORMAT = 1
_LARGEST_MANIFEST = 1 << 20
_PIECE = 1 << 20


def backup(house: House, target: Path, *, with_key: bool = False) -> dict[str, Any]:
    """Write ledger and graph into the new file `target` (0600). Returns its manifest.

    With a Neo4j the graph is not part of it. Raises Conflict where the file exists, StoreUnavailable or another CmdbError where it cannot
    be written: then nothing is left of it.
    """
    target = target.absolute()
    if target.exists():
        raise Conflict(f"There is already a file {target}; give another name.", field="file")
    with _said(target.parent), _staging(target.parent) as staging:
        parts = {LEDGER_FILE: staging / LEDGER_FILE}
        house.ledger.backup(parts[LEDGER_FILE])
        if house.graph.engine == "embedded":
            parts[GRAPH] = staging / GRAPH
            shutil.move(take(house.settings.data), parts[GRAPH])
        key = house.settings.secret_key_file or house.settings.data / KEY
        if with_key and key.exists():
            parts[KEY] = key
        manifest = {
            "format": _FORMAT,
            "version": __version__,
            "made_at": times.to_text(times.now()),
            "engine": house.graph.engine,
            "parts": {name: {"bytes": path.stat().st_size, "sha256": _digest(path)} for name, path in parts.items()},
        }
        draft = staging / "draft"
        _pack(draft, manifest, parts)
        if target.exists():
            raise Conflict(f"There is already a file {target}; give another name.", field="file")
        draft.rename(target)
    return manifest


def restore(settings: Settings, source: Path, *, replace: bool = False) -> dict[str, Any]:
    """Fill the data folder from a backup. Returns its manifest, and under `kept` where what was there before lies now.

    Raises Busy while a server runs on the folder, Conflict for a folder that is not empty (unless `replace`), Invalid for a file that is
    no whole backup: then nothing was changed.
    """
    data = settings.data
    if Folder.inside(data).locked() or somebody_works(data):
        raise Busy(f"Something runs on the data folder {data}; stop it first (`moorings serve`, `moorings work`).")
    there = _holds(data)
    if there and not replace:
        raise Conflict(f"The data folder {data} is not empty ({', '.join(there[:4])}); --replace puts that aside.", field="replace")
    with _said(data):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _staging(data) as staging:
            manifest = _unpacked(source, staging)
            if GRAPH in manifest["parts"]:
                if settings.graph_url:
                    raise Invalid("The backup holds an embedded graph; unset MOORINGS_GRAPH to use it.", field="MOORINGS_GRAPH")
                (staging / "graph").mkdir(mode=0o700)
                unpack(staging / GRAPH, staging / "graph")
            Ledger(staging / LEDGER_FILE, secret_key_file=settings.secret_key_file or data / KEY).close()  # refuses what it cannot read
            kept = _put_aside(data, _brought(staging))
            for name in _brought(staging):
                (staging / name).rename(data / name)
    open_ledger(settings).close()
    return {**manifest, "kept": str(kept) if kept else ""}


def _brought(staging: Path) -> list[str]:
    """What goes into the data folder; the ledger last, so that a restore that was cut off shows."""
    names = ("graph", KEY, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm", LEDGER_FILE)
    return [name for name in names if (staging / name).exists()]


def _holds(data: Path) -> list[str]:
    """What lies in the folder; a key alone does not count: it is kept apart and put back first."""
    return sorted(path.name for path in data.iterdir() if path.name != KEY) if data.is_dir() else []


def _put_aside(data: Path, brought: list[str]) -> Path | None:
    old = [name for name in {*brought, "graph", LEDGER_FILE, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm"} if (data / name).exists()]
    if not old:
        return None
    aside = data / f"replaced-{times.now():%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=0o700)
    for name in sorted(old):
        (data / name).rename(aside / name)
    return aside


def _pack(draft: Path, manifest: Mapping[str, Any], parts: Mapping[str, Path]) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            text = json.dumps(manifest, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size, head.mode = len(text), 0o600
            tar.addfile(head, io.BytesIO(text))
            for name, path in parts.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode, member.mtime = path.stat().st_size, 0o600, int(path.stat().st_mtime)
                with path.open("rb") as read:
                    tar.addfile(member, read)
        file.flush()
        os.fsync(file.fileno())


def _unpacked(source: Path, staging: Path) -> dict[str, Any]:
    """The manifest, and each part it names written into `staging` and checked. Names are ours, never the archive's."""
    wrong = Invalid(f"{source} is no whole backup of Moorings.", field="file")
    try:
        with tarfile.open(source, "r:") as tar:
            head = tar.extractfile(MANIFEST)
            manifest = json.loads(head.read(_LARGEST_MANIFEST)) if head is not None else {}
            if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT or LEDGER_FILE not in manifest.get("parts", {}):
                raise wrong
            for name in (LEDGER_FILE, GRAPH, KEY):
                if name in manifest["parts"]:
                    part = tar.extractfile(name)
                    if part is None:
                        raise wrong
                    descriptor = os.open(staging / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                    with os.fdopen(descriptor, "wb") as write:
                        shutil.copyfileobj(part, write, _PIECE)
                    if _digest(staging / name) != manifest["parts"][name].get("sha256"):
                        raise Invalid(f"{source} is damaged: {name} is not what was saved.", field="file")
    except (tarfile.TarError, KeyError, ValueError, AttributeError, TypeError, EOFError):
        raise wrong from None
    except FileNotFoundError:
        raise Invalid(f"There is no file {source}.", field="file") from None
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _staging(where: Path) -> Iterator[Path]:
    """A folder for what is half done; nothing of it stays."""
    folder = Path(mkdtemp(prefix=".moorings-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _said(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreUnavailable(f"The disk with {where} is full; nothing was kept. Free some space and try again.") from error
        raise CmdbError(f"{error.filename or where} cannot be used: {error.strerror or type(error).__name__}.") from error
