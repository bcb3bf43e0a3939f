"""Start, find, keep and stop the embedded engine from the process that needs it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from cmdb.errors import Busy, CmdbError
from cmdb.graph.engine.folder import Folder
from cmdb.graph.engine.server import MISSING, USER, Order

_log = logging.getLogger(__name__)
_START_PATIENCE_S = 120.0
_STOP_PATIENCE_S = 35.0
_PAGES_OF_HEAP = 4  # ArcadeDB keeps pages in a quarter of the heap unless it is told otherwise
_LOOK_EVERY_S = 0.2
_RESTART_DELAYS_S = (0.2, 1.0, 5.0, 15.0, 30.0)


class Engine:
    """A running embedded engine: the one this process started, or one found in the data folder."""

    def __init__(self, *, port: int, pid: int, password: str, child: _Child | None = None) -> None:
        self.url = f"bolt://127.0.0.1:{port}"
        self.user = USER
        self.password = password
        self.pid = pid
        self._child = child
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"Engine(url={self.url!r}, pid={self.pid})"

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        port: int | None = None,
        heap_mb: int = 1024,
        query_timeout_s: float = 30,
        light: bool = False,
        large: bool | None = None,
    ) -> Self:
        """Start the engine on `data_dir` and return when it answers (1-4 s). It ends when this process ends, however that happens.

        `query_timeout_s` is the engine's own limit for one statement. `light`: for a small graph that is wanted soon; loading the sample
        organisation takes the engine half the CPU, a large graph up to twice as much (measured). `large`: the room that deleted records
        left is not looked for, because that reads whole files; None: where the graph is larger than what the engine keeps in memory.
        Raises `Busy` where the folder or the port is taken, `CmdbError` where the engine cannot start (missing package, full disk …).
        """
        if importlib.util.find_spec("arcadedb_embedded") is None:
            raise CmdbError(MISSING)
        folder = Folder.inside(data_dir)
        folder.prepare()
        folder.lock().release()  # the child takes it for good; asked here because it costs nothing and Java costs a second
        if large is None:
            large = folder.data_mb() > heap_mb / _PAGES_OF_HEAP
        order = Order(folder.path, port or 0, heap_mb, query_timeout_s, os.getpid(), folder.make_password(), light, large)
        child = _Child.spawn(order)
        return cls(port=child.port, pid=child.process.pid, password=order.password, child=child)

    @classmethod
    def find(cls, data_dir: Path) -> Self | None:
        """The engine that already runs on `data_dir`, whoever started it; None where none does."""
        folder = Folder.inside(data_dir)
        there = folder.whereabouts()
        password = folder.password() if there else None
        if there is None or password is None:
            return None
        return cls(port=there.port, pid=there.pid, password=password)

    @property
    def ours(self) -> bool:
        """True where this process started the engine and has to stop it."""
        return self._child is not None

    def alive(self) -> bool:
        """True while the engine's process runs."""
        if self._child is not None:
            return self._child.process.poll() is None
        return Path(f"/proc/{self.pid}").exists()

    def keep(self) -> None:
        """From now on, start the engine again on the same port whenever it ends without having been asked to (killed, out of memory)."""
        if self._child is None or self._keeper is not None:
            return
        self._keeper = threading.Thread(target=self._watch_over, name="engine-keeper", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End the engine in order (its pages are written). Nothing happens to an engine that somebody else started."""
        self._stopping.set()
        if self._keeper is not None:
            # The keeper may be inside a start: its child must be known before it can be stopped.
            self._keeper.join(0.1 if self.alive() else _START_PATIENCE_S)
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _watch_over(self) -> None:
        failures = 0
        while not self._stopping.wait(_LOOK_EVERY_S):  # to wait for the process would look fifty times as often
            child = self._child
            if child is None:
                return
            if child.process.poll() is None:
                failures = 0 if child.lasted() else failures
                continue
            if self._stopping.wait(_RESTART_DELAYS_S[min(failures, len(_RESTART_DELAYS_S) - 1)]):
                return
            failures += 1
            _log.warning("the graph engine (process %d) ended by itself; it is started again", self.pid)
            try:
                self._child = _Child.spawn(replace(child.order, port=child.port))
            except CmdbError as error:
                _log.error("the graph engine cannot be started again: %s", error.message)
            else:
                self.pid = self._child.process.pid


@dataclass(slots=True)
class _Child:
    """The engine's process, seen from its parent."""

    process: subprocess.Popen[bytes]
    order: Order
    port: int
    born: float

    @classmethod
    def spawn(cls, order: Order) -> _Child:
        # A session of its own: Ctrl-C in the terminal reaches the parent alone, which then stops the engine in order.
        process = subprocess.Popen(
            [sys.executable, "-m", "cmdb.graph.engine.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd=Path(__file__).resolve().parents[3],
        )
        try:
            told = _converse(process, order)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return cls(process, order, int(told["port"]), time.monotonic())

    def ended(self, within_s: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(within_s)
            return True
        return False

    def lasted(self) -> bool:
        return time.monotonic() - self.born > 60

    def stop(self) -> None:
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        if not self.ended(_STOP_PATIENCE_S):
            self.process.kill()
            self.process.wait()


def _converse(process: subprocess.Popen[bytes], order: Order) -> dict[str, Any]:
    """Tell the child what to do and hear how it went. Raises what the child reports."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise CmdbError("The graph engine's process has no pipes.")
    told_to = {
        "folder": str(order.folder),
        "port": order.port,
        "heap_mb": order.heap_mb,
        "query_timeout_s": order.query_timeout_s,
        "parent": order.parent,
        "password": order.password,
        "light": order.light,
        "large": order.large,
    }
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(told_to).encode() + b"\n")
        process.stdin.flush()
    line = _first_line(process.stdout.fileno(), time.monotonic() + _START_PATIENCE_S)
    if not line:
        process.kill()
        last = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        why = f" ({last[-1]})" if last else ""
        raise CmdbError(f"The graph engine ended before it was ready{why}; its logs are in {order.folder / 'log'}.")
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
