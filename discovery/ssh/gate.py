"""How many conversations with one host may run at once: a second scan, or a bastion's MaxStartups, must not be run over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cmdb.errors import TimedOut

MAX_PER_HOST = 4
"""OpenSSH starts to drop at 10 unauthenticated connections (MaxStartups 10:30:100), old devices at two or three."""


class Gate:
    """At most `limit` at a time per key; the keys nobody waits for are forgotten."""

    def __init__(self, limit: int = MAX_PER_HOST) -> None:
        self._limit = limit
        self._lock = threading.Condition()
        self._inside: dict[tuple[str, int], int] = {}

    @contextmanager
    def enter(self, key: tuple[str, int], timeout_s: float) -> Iterator[None]:
        """Wait for a place. Raises TimedOut after `timeout_s`."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._inside.get(key, 0) < self._limit, timeout_s):
                raise TimedOut(f"Other scans held all {self._limit} places for {key[0]} port {key[1]} until the time ran out.")
            self._inside[key] = self._inside.get(key, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[key] -= 1
                if not self._inside[key]:
                    del self._inside[key]
                self._lock.notify_all()


HOSTS = Gate()
"""The gate of this process."""
