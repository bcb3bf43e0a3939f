"""The reader: a process beside the server in which agents' reports are read and kept (docs/decisions/2026-11-23-reports-read-apart.md)."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from cmdb import metrics
from cmdb.config import Settings
from cmdb.runtime.kept_process import KeptProcess
from discovery.reports.message import Headers
from discovery.reports.reply import Reply
from web.agent.apart import Hung, Seats
from web.agent.needs import Enrolment

log = logging.getLogger(__name__)


class ReaderProcess(KeptProcess):
    """The process that reads reports for one server. While there is none, `take` gives nothing, and the door reads itself."""

    name = "reader"
    module = "cmdb.runtime.reader_child"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._ours: list[Connection] = []
        self._theirs: list[int] = []
        self._seats: Seats | None = None

    def take(self, data: bytes, headers: Headers, token: Enrolment) -> Reply | None:
        """As `web.agent.needs.Reader`."""
        seats = self._seats
        try:
            return seats.take(data, headers, token) if seats is not None else None
        except Hung:
            log.error("reader: its process gives no answer, and is killed process=%d", self.pid)
            self.kill()
            return None

    def _carried(self) -> Sequence[int]:
        pairs = [Pipe() for _ in range(self._settings.web_threads)]
        self._ours = [ours for ours, _ in pairs]
        self._theirs = [_detached(theirs) for _, theirs in pairs]
        return self._theirs

    def _order(self) -> dict[str, Any]:
        return {"seats": self._theirs}

    def _heard(self, told: Mapping[str, Any]) -> None:
        if "reading" in told:
            log.info("reader: reports are read in a process of its own process=%d", self.pid)
            self._seats = Seats(self._ours)
            metrics.READER_UP.set(1)

    def _ended(self, reason: str) -> None:
        metrics.READER_UP.set(0)
        if reason:
            metrics.READER_RESTARTS.inc()
        seats, self._seats = self._seats, None
        if seats is None:  # it never came to work
            seats = Seats(self._ours)
        seats.close()


def _detached(connection: Connection) -> int:
    """The connection's descriptor, which the object does not close any more."""
    descriptor = os.dup(connection.fileno())
    connection.close()
    return descriptor
