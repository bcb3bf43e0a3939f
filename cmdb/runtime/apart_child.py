"""The process of a server's workers: `python -m cmdb.runtime.apart_child`, told by one JSON line on standard input what to do.

It says on standard output that it works, and then once a second what it did. Whatever way its end comes it finishes what is under way, for
a few seconds, and puts the rest back.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque

from cmdb import metrics
from cmdb.metrics import Piece
from cmdb.runtime.house import open_house
from cmdb.runtime.kept_child import Kept, live
from cmdb.runtime.workers import Workers

_TELL_EVERY_S = 1.0
_MOST_UNTOLD = 100_000
"""Pieces of work that wait to be told; more than a second holds only where the server does not read."""
_STOP_PATIENCE_S = 3.0
_LAST_RESORT_S = 12.0


def _work(kept: Kept) -> None:
    untold: deque[Piece] = deque(maxlen=_MOST_UNTOLD)
    with open_house(kept.settings, start=False, wait_s=60) as house, metrics.tell_to(untold.append):
        kept.watch.serving = True
        house.ledger.hold_as(str(kept.order["holder"]))
        workers = Workers(house, count=int(kept.order["count"]))
        workers.start()
        kept.tell({"working": os.getpid()})
        while not kept.watch.over.wait(_TELL_EVERY_S):
            kept.tell({"did": _taken(untold)})
        last_resort = threading.Timer(_LAST_RESORT_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        workers.stop(_STOP_PATIENCE_S)
        kept.tell({"did": _taken(untold)})


def _taken(untold: deque[Piece]) -> list[Piece]:
    return [untold.popleft() for _ in range(len(untold))]


if __name__ == "__main__":
    sys.exit(live(_work))
