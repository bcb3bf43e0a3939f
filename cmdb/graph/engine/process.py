"""Start, find and stop the embedded engine from the process that needs it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmdb.errors import Busy, CmdbError
from cmdb.graph.engine.child import USER
from cmdb.graph.engine.folder import Folder

_START_PATIENCE_S = 120.0
_STOP_PATIENCE_S = 35.0


@dataclass(slots=True)
class Engine:
    """A running embedded engine: the one this process started, or one found in the data folder."""

    url: str
    user: str
    password: str = field(repr=False)
    pid: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def start(cls, data_dir: Path, *, port: int | None = None, heap_mb: int = 1024) -> Engine:
        """Start the engine on `data_dir` and return when it answers (1-4 s). It ends when this process ends, however that happens.

        Raises `Busy` where the folder or the port is taken, `CmdbError` where the engine cannot start (missing package, full disk …).
        """
        if importlib.util.find_spec("arcadedb_embedded") is None:
            raise CmdbError(
                "The embedded graph engine is not installed (package arcadedb-embedded); install it, or name a Neo4j with MOORINGS_GRAPH."
            )
        folder = Folder.inside(data_dir)
        folder.prepare()
        folder.lock().release()  # the child takes it for good; asked here because it costs nothing and Java costs a second
        password = folder.make_password()
        process = _spawn()
        order = {"folder": str(folder.path), "port": port or 0, "heap_mb": heap_mb, "password": password, "parent": os.getpid()}
        try:
            told = _converse(process, order, folder)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return cls(f"bolt://127.0.0.1:{told['port']}", USER, password, process.pid, process)

    @classmethod
    def find(cls, data_dir: Path) -> Engine | None:
        """The engine that already runs on `data_dir`, whoever started it; None where none does."""
        folder = Folder.inside(data_dir)
        there = folder.whereabouts()
        password = folder.password() if there else None
        if there is None or password is None:
            return None
        return cls(f"bolt://127.0.0.1:{there.port}", USER, password, there.pid)

    @property
    def ours(self) -> bool:
        """True where this process started the engine and has to stop it."""
        return self._process is not None

    def alive(self) -> bool:
        """True while the engine's process runs."""
        if self._process is not None:
            return self._process.poll() is None
        return Path(f"/proc/{self.pid}").exists()

    def stop(self) -> None:
        """End the engine in order (its pages are written). Nothing happens to an engine that somebody else started."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _spawn() -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in the terminal reaches the parent alone, which then stops the engine in order.
    return subprocess.Popen(
        [sys.executable, "-m", "cmdb.graph.engine.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[3],
    )


def _converse(process: subprocess.Popen[bytes], order: dict[str, Any], folder: Folder) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
    line = _first_line(process.stdout.fileno(), time.monotonic() + _START_PATIENCE_S)
    if not line:
        process.kill()
        last = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        why = f": {last[-1]}" if last else ""
        raise CmdbError(f"The graph engine ended before it was ready{why}. Its log is {folder.log_file}.")
    process.stdout.close()
    process.stderr.close()
    told: dict[str, Any] = json.loads(line)
    if told.get("state") != "ready":
        process.wait()
        raise (Busy if told.get("busy") else CmdbError)(str(told.get("reason")))
    return told


def _first_line(descriptor: int, until: float) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
        piece = os.read(descriptor, 4096) if ready else b""
        if not piece:
            return b""
        line += piece
    return bytes(line)
