"""Workers: threads that work off intake and jobs while the server runs, and end when they are told to."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cmdb import metrics
from cmdb.errors import CmdbError
from cmdb.runtime import chores, clock
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import HostCrew, job_turn
from cmdb.runtime.repeats_work import remembered, work_off_repeats
from cmdb.runtime.together_work import work_off_together
from cmdb.runtime.touched import run_hooks, waiting

log = logging.getLogger(__name__)

LOCK_FILE = "workers.lock"
_SLEEP_S = (0.02, 0.3)
_COMPANY = 24
"""Repeats in one turn below which the next one waits a moment: many cost little more than one, and no agent waits for them."""
_CLOCK_EVERY_S = 5.0
_TROUBLE_S = 2.0

Turn = Callable[[House, threading.Event], bool]
"""One turn of a worker: does one piece of work and says whether there was any."""


def intake_turn(house: House, stopping: threading.Event) -> bool:
    """Take up what is known to be repeats, together, and a few accepted bodies; what comes after is done for many at once, or when
    nothing else waits."""
    repeats = work_off_repeats(house)
    others = work_off_together(house, stopping, leave=remembered(house).knows)
    if not repeats + others:
        return run_hooks(house)
    if waiting(house).due():
        run_hooks(house)
    return others > 0 or repeats >= _COMPANY


class Workers:
    """`count` threads for accepted bodies and as many for jobs, one that begins with hosts of scans, and one for the clock.

    While they run they hold a shared lock in the data folder, by which a command sees that somebody applies what it hands in.
    """

    def __init__(self, house: House, *, count: int, with_clock: bool = True) -> None:
        chores.install()
        self._house = house
        self._with_clock = with_clock
        self._stopping = threading.Event()
        self._crew = HostCrew()
        self._lock = -1
        turns: list[tuple[Turn, float]] = [(intake_turn, _SLEEP_S[1]) for _ in range(count)]
        turns += [(job_turn, _SLEEP_S[1]) for _ in range(max(2, count))]
        turns.append((self._crew.turn, _SLEEP_S[1]))
        if with_clock:
            turns.append((clock.clock_turn, _CLOCK_EVERY_S))
        self._threads = [
            threading.Thread(target=self._run, args=turn, name=f"worker-{number}", daemon=True)
            for number, turn in enumerate(turns, start=1)
        ]

    def start(self) -> None:
        """Begin to work. What the last start wrote and did not follow up is not known any more: compliance is judged anew, and what waits
        for something that is known is looked for."""
        if self._with_clock:
            for kind in (chores.EVALUATE, chores.CATCH_UP):
                self._house.ledger.jobs.enqueue(kind, {}, key=kind, priority=-10)
        self._lock = show_work(self._house.settings.data)
        for thread in self._threads:
            thread.start()

    def stop(self, patience_s: float = 3.0) -> None:
        """Finish what is under way, at most for `patience_s`; what is not finished by then is taken up by the next start (leases)."""
        self._stopping.set()
        until = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        try:
            self._crew.give_back(self._house)
        except CmdbError as error:
            log.warning("worker: hosts not given back reason=%s", error.message)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _run(self, turn: Turn, longest: float) -> None:
        pause = shortest = _SLEEP_S[0]
        while not self._stopping.is_set():
            try:
                busy = turn(self._house, self._stopping)
            except CmdbError as error:
                if not self._stopping.is_set():
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


class Inside:
    """Workers in the server's own process, where a site wants no other one (cmdb/runtime/apart.py): less memory, slower answers."""

    def __init__(self, *, count: int) -> None:
        self._count = count
        self._workers: Workers | None = None

    def prepare(self) -> None:
        """Nothing is to be prepared."""

    def start(self, house: House) -> None:
        """Begin to work."""
        self._workers = Workers(house, count=self._count)
        self._workers.start()
        metrics.WORKERS_UP.set(1)

    def ending(self) -> None:
        """The server is about to stop; they work until it has."""

    def stop(self) -> None:
        """Finish what is under way, for some seconds. Calling it again is harmless."""
        if self._workers is not None:
            self._workers.stop()
            self._workers = None
            metrics.WORKERS_UP.set(0)


def show_work(data: Path) -> int:
    """Show that somebody works on this data folder, until the returned descriptor is closed or the process ends, however that happens."""
    descriptor = os.open(data / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def somebody_works(data: Path) -> bool:
    """Whether workers of any process run on this data folder."""
    try:
        descriptor = os.open(data / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
