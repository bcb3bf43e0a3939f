"""Workers in a process of their own beside the server: begun, heard, begun again when they end by themselves, and stopped in order.

One process has one interpreter that computes at a time; workers in the server's own would make agents and pages wait for them
(docs/decisions/2026-11-23-workers-in-their-own-process.md). What they did is counted here (cmdb/metrics.py); how they are is kept in the
ledger, for pages and commands.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from cmdb import metrics
from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.intake.crew import Crew, keep_crew
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.workers import show_work

log = logging.getLogger(__name__)

_DELAYS_S = (0.2, 1.0, 5.0, 15.0, 30.0)
_LASTED_S = 60.0
"""After so long it counts as a good one: the next end of it is the first again."""
_STOP_PATIENCE_S = 15.0
_TREE = Path(__file__).resolve().parents[2]


class Apart:
    """The process of the workers of one server. `prepare` may be called long before `start`: its modules are loaded meanwhile.

    From `start` to `stop` this process shows, too, that somebody works on the data: while the other one begins again, nobody else need.
    """

    def __init__(self, settings: Settings, *, count: int) -> None:
        self._settings = settings
        self._count = count
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._lock = -1
        self._holder = ""
        self._crew = Crew()

    @property
    def pid(self) -> int:
        """The process id of the workers; 0 while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else 0

    def prepare(self) -> None:
        """Begin the process, which loads its modules and waits to be told what to do."""
        if self._child is None:
            self._child = _spawned()

    def start(self, house: House) -> None:
        """Let it work. Returns at once; whether it works is seen in `metrics.WORKERS_UP` and in the ledger."""
        self._lock = show_work(self._settings.data)
        self.prepare()
        self._keeper = threading.Thread(target=self._keep, args=(house,), name="workers-keeper", daemon=True)
        self._keeper.start()

    def ending(self) -> None:
        """From now on it is not begun again: the server is about to stop. Safe in a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Let it finish what is under way and end; it is killed when that takes more than some seconds."""
        self._stopping.set()
        child, keeper = self._child, self._keeper
        if child is not None and keeper is None:  # it was never told to do anything
            child.kill()
            child.communicate()
        elif child is not None and keeper is not None:
            _close(child.stdin)
            keeper.join(_STOP_PATIENCE_S)
            if keeper.is_alive():
                log.warning("workers: their process does not end, and is killed process=%d", child.pid)
                child.kill()
                keeper.join()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _keep(self, house: House) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            reason = self._lived(house)
            self._take_back(house)
            if self._stopping.is_set():
                self._tell(house, Crew(ended_at=times.to_text(times.now()), restarts=self._crew.restarts))
                return
            failures = 0 if time.monotonic() - began > _LASTED_S else failures
            delay = _DELAYS_S[min(failures, len(_DELAYS_S) - 1)]
            failures += 1
            log.warning("workers: their process ended by itself reason=%s again_in=%.1f s", reason, delay)
            metrics.WORKERS_RESTARTS.inc()
            self._tell(house, Crew(ended_at=times.to_text(times.now()), reason=reason, restarts=self._crew.restarts + 1))
            if self._stopping.wait(delay):
                return
            try:
                self._child = _spawned()
            except OSError as error:
                log.error("workers: their process cannot be started reason=%s", error.strerror)
                self._child = None

    def _lived(self, house: House) -> str:
        """One life of the process, from its order to its end. Returns why it ended."""
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            return "it could not be started"
        reason = ""
        if self._stopping.is_set():
            _close(child.stdin)
        with contextlib.suppress(OSError, ValueError):  # it is gone already, or to be ended: that shows at once
            child.stdin.write(json.dumps(self._order()).encode() + b"\n")
            child.stdin.flush()
        for told in _lines(child.stdout):
            reason = str(told.get("failed", reason))
            for line, kind, outcome, seconds in told.get("did", ()):
                metrics.heard((line, kind, outcome, seconds))
            if "working" in told:
                log.info("workers: they work in a process of their own process=%d", child.pid)
                metrics.WORKERS_UP.set(1)
                self._tell(house, Crew(pid=child.pid, since=times.to_text(times.now()), restarts=self._crew.restarts))
        metrics.WORKERS_UP.set(0)
        status = child.wait()  # nothing of it holds the pipe any more: it has ended
        _close(child.stdin)
        child.stdout.close()
        return reason or (f"signal {-status}" if status < 0 else f"exit status {status}")

    def _take_back(self, house: House) -> None:
        """What the process that has ended still held need not wait for its leases to end: nobody works on it."""
        try:
            given = house.ledger.give_back(self._holder) if self._holder else 0
        except CmdbError as error:
            log.warning("workers: what they had in hand waits for its leases reason=%s", error.message)
        else:
            if given:
                log.info("workers: what they had in hand waits again pieces=%d", given)

    def _order(self) -> dict[str, Any]:
        root = logging.getLogger()
        self._holder = uuid4().hex
        return {
            "holder": self._holder,
            "settings": self._settings.handed_on(),
            "count": self._count,
            "parent": os.getpid(),
            "log_level": logging.getLevelName(root.level).lower(),
            "log_format": self._settings.log_format,
        }

    def _tell(self, house: House, crew: Crew) -> None:
        self._crew = crew
        try:
            keep_crew(house.ledger, crew)
        except CmdbError as error:
            log.warning("workers: their state is not kept reason=%s", error.message)


def _spawned() -> subprocess.Popen[bytes]:
    """A new process that waits for its order."""
    # A session of its own: Ctrl-C in the terminal reaches the server alone, which then stops the workers in order.
    return subprocess.Popen(
        [sys.executable, "-m", "cmdb.runtime.apart_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd=_TREE,
    )


def _close(pipe: IO[bytes] | None) -> None:
    with contextlib.suppress(OSError):
        if pipe is not None:
            pipe.close()


def _lines(out: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """What it tells, until it is gone."""
    for line in out:
        with contextlib.suppress(ValueError):  # half a line, where it was killed in the middle
            yield dict(json.loads(line))
