"""The process of a server's workers: `python -m cmdb.runtime.apart_child`, told by one JSON line on standard input what to do.

The settings come by that line, secrets among them, so that no process list and no environment shows more than the server's own does. It
says on standard output that it works, and then once a second what it did; it works until standard input ends, a signal asks it to stop, or
the server is gone. Whatever way that happens it finishes what is under way, for a few seconds, and puts the rest back.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
from collections import deque
from typing import Any

from cmdb import log, metrics
from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.graph.engine.child import Watch
from cmdb.metrics import Piece
from cmdb.runtime.house import open_house
from cmdb.runtime.workers import Workers

_TELL_EVERY_S = 1.0
_MOST_UNTOLD = 100_000
"""Pieces of work that wait to be told; more than a second holds only where the server does not read."""
_STOP_PATIENCE_S = 3.0
_LAST_RESORT_S = 12.0
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Work until nobody wants it any more. Returns the exit status."""
    order = _read_order()
    log.configure(str(order["log_level"]), str(order["log_format"]))
    answer = os.dup(1)
    os.dup2(2, 1)  # what is printed by mistake must not be taken for an answer
    watch = Watch(int(order["parent"]))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, watch.asked)
    if sys.platform == "linux":
        signal.signal(signal.SIGHUP, watch.orphaned)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGHUP))
    try:
        _work(order, watch, answer)
    except CmdbError as error:
        _tell(answer, {"failed": error.message})
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


def _work(order: dict[str, Any], watch: Watch, answer: int) -> None:
    settings = Settings.load({}, **order["settings"])
    untold: deque[Piece] = deque(maxlen=_MOST_UNTOLD)
    with open_house(settings, start=False, wait_s=60) as house, metrics.tell_to(untold.append):
        watch.serving = True
        house.ledger.hold_as(str(order["holder"]))
        workers = Workers(house, count=int(order["count"]))
        workers.start()
        _tell(answer, {"working": os.getpid()})
        while not watch.over.wait(_TELL_EVERY_S):
            _tell(answer, {"did": _taken(untold)})
        last_resort = threading.Timer(_LAST_RESORT_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        workers.stop(_STOP_PATIENCE_S)
        _tell(answer, {"did": _taken(untold)})


def _taken(untold: deque[Piece]) -> list[Piece]:
    return [untold.popleft() for _ in range(len(untold))]


def _tell(descriptor: int, message: dict[str, Any]) -> None:
    """One line to the server; one that is gone is told nothing."""
    line = memoryview(json.dumps(message).encode() + b"\n")
    with contextlib.suppress(BrokenPipeError):
        while line:
            line = line[os.write(descriptor, line) :]


if __name__ == "__main__":
    sys.exit(main())
