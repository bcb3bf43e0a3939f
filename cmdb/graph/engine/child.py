"""The child process that is the engine: `python -m cmdb.graph.engine.child`, told by one JSON line on standard input what to do.

It answers with one JSON line on standard output (`ready` or `failed`) and runs until standard input ends, a signal asks it to stop,
or its parent is gone. The password comes by that line too, so that no process list ever shows it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from cmdb.errors import Busy, CmdbError
from cmdb.graph.engine.folder import Folder, Whereabouts
from cmdb.graph.engine.server import Order, start
from cmdb.graph.engine.snapshots import Maker

_PARENT_DEATH_SIGNAL = signal.SIGHUP
_PR_SET_PDEATHSIG = 1
_WATCH_EVERY_S = 1.0
# How long the engine may take to write its pages when it is asked to stop; its log makes good what was not written.
_STOP_PATIENCE_S = 30.0


class Watch:
    """Sees that the parent lives: its end of standard input, and its process id."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self.over = threading.Event()
        self.serving = False
        threading.Thread(target=self._look, name="parent-watch", daemon=True).start()

    def asked(self, _number: int, _frame: FrameType | None) -> None:
        """A signal asks for the end."""
        self.over.set()

    def orphaned(self, _number: int, _frame: FrameType | None) -> None:
        """The system says that the parent's thread ended; that of itself means nothing while the parent lives."""
        if os.getppid() != self._parent:
            self.over.set()

    def _look(self) -> None:
        while not self.over.is_set():
            ready, _, _ = select.select([0], [], [], _WATCH_EVERY_S)
            if (ready and not os.read(0, 4096)) or os.getppid() != self._parent:
                self.over.set()
        if not self.serving:
            os._exit(1)  # still inside the start of the Java machine, which cannot be interrupted


def main() -> int:
    """Run the engine until it is no longer wanted. Returns the exit status."""
    answer = os.dup(1)
    order = _read_order()
    _silence(Folder(order.folder))
    try:
        _serve(order, answer)
    except CmdbError as error:
        _tell(answer, {"state": "failed", "busy": isinstance(error, Busy), "reason": error.message})
    sys.stderr.flush()
    os._exit(1)  # Java threads that are left over from a failed start would keep the process


def _read_order() -> Order:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit(1)
        line += piece
    told = json.loads(line)
    told["folder"] = Path(told["folder"])
    return Order(**told)


def _silence(folder: Folder) -> None:
    """All that Java or Python print goes to a file: the terminal belongs to the parent."""
    stray = os.open(folder.stray_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    for descriptor in (1, 2):
        os.dup2(stray, descriptor)
    os.close(stray)
    os.umask(0o077)
    os.chdir(folder.path)


def _serve(order: Order, answer: int) -> None:
    watch = Watch(order.parent)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(_PARENT_DEATH_SIGNAL))
    folder = Folder(order.folder)
    lock = folder.lock()
    folder.withdraw()
    folder.tidy_logs()
    server = start(order)
    signal.signal(signal.SIGTERM, watch.asked)
    signal.signal(signal.SIGINT, watch.asked)
    signal.signal(_PARENT_DEATH_SIGNAL, watch.orphaned)
    watch.serving = True
    whereabouts = Whereabouts(port=server.port, pid=os.getpid())
    folder.announce(whereabouts)
    _tell(answer, {"state": "ready", "port": whereabouts.port, "pid": whereabouts.pid})
    snapshots = Maker(folder, server.snapshot)
    while not watch.over.wait(_WATCH_EVERY_S):
        snapshots.turn()
    folder.withdraw()
    last_resort = threading.Timer(_STOP_PATIENCE_S, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
    server.stop()
    lock.release()
    os._exit(0)  # the Java machine's own farewell adds nothing once the databases are closed


def _tell(descriptor: int, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, json.dumps(message).encode() + b"\n")
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
