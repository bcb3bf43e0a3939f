"""Counts how often tokens are used without a disk write per use: kept in memory, written every few seconds and before anybody looks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from cmdb.errors import CmdbError
from cmdb.store.database import Database, Tx
from cmdb.store.times import Clock, to_text

WRITE_EVERY = timedelta(seconds=10)

log = logging.getLogger(__name__)


class Uses:
    """`store(tx, id, count, at)` writes one token's share. A killed process loses at most the last ten seconds of counts, never a token."""

    def __init__(self, database: Database, clock: Clock, store: Callable[[Tx, str, int, str], object]) -> None:
        self._db = database
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, datetime]] = {}
        self._written_at: datetime | None = None

    def note(self, token_id: str) -> None:
        """One more use, now."""
        now = self._clock()
        with self._lock:
            self._counts[token_id] = (self._counts.get(token_id, (0, now))[0] + 1, now)
            due = self._written_at is None or abs(now - self._written_at) >= WRITE_EVERY
            if due:
                self._written_at = now
        if due:
            self.write()

    def write(self) -> None:
        """Writes what was counted. When the disk is full the counts wait for the next time."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return

        def work(tx: Tx) -> None:
            for token_id, (count, at) in counts.items():
                self._store(tx, token_id, count, to_text(at))

        try:
            self._db.write(work)
        except CmdbError as error:
            log.warning("token uses not written reason=%s", error.message)
            with self._lock:
                for token_id, (count, at) in counts.items():
                    more, later = self._counts.get(token_id, (0, at))
                    self._counts[token_id] = (more + count, max(at, later))
