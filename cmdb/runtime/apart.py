"""Workers in a process of their own beside the server: begun, heard, begun again when they end by themselves, and stopped in order.

One process has one interpreter that computes at a time; workers in the server's own would make agents and pages wait for them
(docs/decisions/2026-11-23-workers-in-their-own-process.md). What they did is counted here (cmdb/metrics.py); how they are is kept in the
ledger, for pages and commands.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from cmdb import metrics
from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.intake.crew import Crew, keep_crew
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.kept_process import KeptProcess
from cmdb.runtime.workers import show_work

log = logging.getLogger(__name__)


class Apart(KeptProcess):
    """The process of the workers of one server.

    From `start` to `stop` this process shows, too, that somebody works on the data: while the other one begins again, nobody else need.
    """

    name = "workers"
    module = "cmdb.runtime.apart_child"

    def __init__(self, settings: Settings, *, count: int) -> None:
        super().__init__(settings)
        self._count = count
        self._house: House | None = None
        self._lock = -1
        self._holder = ""
        self._crew = Crew()

    def start(self, house: House) -> None:
        """Let it work. Returns at once; whether it works is seen in `metrics.WORKERS_UP` and in the ledger."""
        self._house = house
        self._lock = show_work(self._settings.data)
        self.keep()

    def stop(self) -> None:
        """As every kept process; nobody shows any more that somebody works on the data."""
        super().stop()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _order(self) -> dict[str, Any]:
        self._holder = uuid4().hex
        return {"holder": self._holder, "count": self._count}

    def _heard(self, told: Mapping[str, Any]) -> None:
        for line, kind, outcome, seconds in told.get("did", ()):
            metrics.heard((line, kind, outcome, seconds))
        if "working" in told:
            log.info("workers: they work in a process of their own process=%d", self.pid)
            metrics.WORKERS_UP.set(1)
            self._tell(Crew(pid=self.pid, since=times.to_text(times.now()), restarts=self._crew.restarts))

    def _ended(self, reason: str) -> None:
        metrics.WORKERS_UP.set(0)
        self._take_back()
        ended_at, restarts = times.to_text(times.now()), self._crew.restarts
        if not reason:
            self._tell(Crew(ended_at=ended_at, restarts=restarts))
            return
        metrics.WORKERS_RESTARTS.inc()
        self._tell(Crew(ended_at=ended_at, reason=reason, restarts=restarts + 1))

    def _take_back(self) -> None:
        """What the process that has ended still held need not wait for its leases to end: nobody works on it."""
        if self._house is None:
            return
        try:
            given = self._house.ledger.give_back(self._holder) if self._holder else 0
        except CmdbError as error:
            log.warning("workers: what they had in hand waits for its leases reason=%s", error.message)
        else:
            if given:
                log.info("workers: what they had in hand waits again pieces=%d", given)

    def _tell(self, crew: Crew) -> None:
        self._crew = crew
        try:
            if self._house is not None:
                keep_crew(self._house.ledger, crew)
        except CmdbError as error:
            log.warning("workers: their state is not kept reason=%s", error.message)
