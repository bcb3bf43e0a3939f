"""Workers: threads that work off intake and jobs while the server runs, and end when they are told to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from cmdb.errors import CmdbError
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import LEASE_S, work_one

log = logging.getLogger(__name__)

_SLEEP_S = (0.05, 1.0)
_TROUBLE_S = 2.0

Turn = Callable[[House, threading.Event], bool]
"""One turn of a worker: does one piece of work and says whether there was any."""


def intake_turn(house: House, _stopping: threading.Event) -> bool:
    """Take up one accepted body."""
    entry = house.ledger.intake.claim(LEASE_S)
    if entry is None:
        return False
    work_one(house, entry)
    return True


class Workers:
    """`intake` threads for accepted bodies, and one thread for each extra turn (jobs, the clock)."""

    def __init__(self, house: House, *, intake: int, turns: tuple[Turn, ...] = ()) -> None:
        self._house = house
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(turn,), name=f"worker-{number}", daemon=True)
            for number, turn in enumerate((*([intake_turn] * intake), *turns), start=1)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience_s: float = 4.0) -> None:
        """Finish what is under way, at most for `patience_s`; what is not finished by then is taken up by the next start (leases)."""
        self._stopping.set()
        until = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, turn: Turn) -> None:
        shortest, longest = _SLEEP_S
        pause = shortest
        while not self._stopping.is_set():
            try:
                busy = turn(self._house, self._stopping)
            except CmdbError as error:
                log.warning("worker: waiting reason=%s", error.message)
                busy, pause = False, _TROUBLE_S
            except Exception:
                log.exception("worker: a turn failed")
                busy, pause = False, _TROUBLE_S
            if busy:
                pause = shortest
                continue
            self._stopping.wait(pause)
            pause = min(longest, pause * 1.5)
