"""Leases held while the work goes on: short ones, renewed by one thread, so that the work of a killed process is taken up soon."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cmdb.errors import CmdbError

log = logging.getLogger(__name__)

LEASE_S = 20.0
"""How long the work of a process that was killed stays with it, seconds."""
_EVERY_S = 5.0

Renew = Callable[[], bool]
"""Prolongs one lease; False: it is lost, and who holds it should stop."""


class Leases:
    """Renews what is held every five seconds. Safe for many threads; its own thread begins with the first lease."""

    def __init__(self, every_s: float = _EVERY_S) -> None:
        self._every_s = every_s
        self._lock = threading.Lock()
        self._held: dict[int, tuple[Renew, threading.Event]] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, renew: Renew) -> Iterator[threading.Event]:
        """Renew while the block runs. The event is set when the lease was lost or the work cancelled."""
        lost = threading.Event()
        name = id(lost)
        with self._lock:
            self._held[name] = (renew, lost)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
        try:
            yield lost
        finally:
            with self._lock:
                self._held.pop(name, None)

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._every_s):
            with self._lock:
                held = list(self._held.values())
            for renew, lost in held:
                if not lost.is_set() and not _renewed(renew):
                    lost.set()


def _renewed(renew: Renew) -> bool:
    try:
        return renew()
    except CmdbError as error:
        # A ledger that is busy or full for a moment is no lost lease: the next round asks again.
        log.warning("lease: not renewed reason=%s", error.message)
        return True


LEASES = Leases()
"""The one of this process."""
