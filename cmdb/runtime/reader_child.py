"""The process that reads reports for a server's door: `python -m cmdb.runtime.reader_child`, told by one JSON line what to do.

One thread: it takes one message of each connection that has one, reads them, keeps all in one commit, and answers. The more wait, the more
share a commit.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import sys
from multiprocessing.connection import Connection

from cmdb.runtime.house import open_ledger
from cmdb.runtime.kept_child import Kept, live
from discovery.reports import site_privacy
from web.agent.apart import MOST_SAID, Together

_LOOK_EVERY_S = 0.5


def _read(kept: Kept) -> None:
    site_privacy.use(site_privacy.read_folder(kept.settings.privacy))
    with open_ledger(kept.settings) as ledger, selectors.DefaultSelector() as waiting:
        for descriptor in kept.order["seats"]:
            seat = Connection(int(descriptor))
            waiting.register(seat, selectors.EVENT_READ, seat)
        together = Together(ledger)
        kept.watch.serving = True
        gc.collect()
        gc.freeze()  # what is loaded stays: it need not be looked through again and again
        kept.tell({"reading": os.getpid()})
        while not kept.watch.over.is_set() and waiting.get_map():
            _turn(waiting, together)


def _turn(waiting: selectors.BaseSelector, together: Together) -> None:
    asked: list[tuple[Connection, bytes]] = []
    for key, _ in waiting.select(_LOOK_EVERY_S):
        seat: Connection = key.data
        try:
            asked.append((seat, seat.recv_bytes(MOST_SAID)))
        except (OSError, EOFError):  # the server is gone, or gave it up
            waiting.unregister(seat)
            seat.close()
    answers = together.answers([message for _, message in asked])
    for (seat, _), answer in zip(asked, answers, strict=True):
        with contextlib.suppress(OSError):
            seat.send_bytes(answer)


if __name__ == "__main__":
    sys.exit(live(_read))
