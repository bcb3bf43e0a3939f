"""A process that the server keeps running (`cmdb.runtime.kept_process`), from its own side: its order, its end, what it tells.

The settings come by one JSON line on standard input, secrets among them, so that no process list and no environment shows more than the
server's own does. It works until standard input ends, a signal asks it to stop, or the server is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from cmdb import log
from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.graph.engine.child import Watch

_PR_SET_PDEATHSIG = 1


class Kept:
    """One life: `order` is what it was told, `watch.over` is set when nobody wants it any more."""

    def __init__(self) -> None:
        self.order = _read_order()
        log.configure(str(self.order["log_level"]), str(self.order["log_format"]))
        self.settings = Settings.load({}, **self.order["settings"])
        self._answer = os.dup(1)
        os.dup2(2, 1)  # what is printed by mistake must not be taken for an answer
        self.watch = Watch(int(self.order["parent"]))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.watch.asked)
        if sys.platform == "linux":
            signal.signal(signal.SIGHUP, self.watch.orphaned)
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGHUP))

    def tell(self, message: dict[str, Any]) -> None:
        """One line to the server; one that is gone is told nothing."""
        line = memoryview(json.dumps(message).encode() + b"\n")
        with contextlib.suppress(BrokenPipeError):
            while line:
                line = line[os.write(self._answer, line) :]


def live(work: Callable[[Kept], None]) -> int:
    """Do the work until it ends. Returns the exit status; a CmdbError is told to the server."""
    kept = Kept()
    try:
        work(kept)
    except CmdbError as error:
        kept.tell({"failed": error.message})
        return 1
    return 0


def _read_order() -> dict[str, Any]:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:  # the server came to nothing, or to its end, before it had work
            os._exit(0)
        line += piece
    return dict(json.loads(line))
