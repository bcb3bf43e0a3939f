"""How many requests of one address and of one token are looked at in a minute. Counted in memory, per process, within bounds.

The limits keep a flood from the disk; a fleet that reports at eight in the morning stays far below them. Whoever is over one is told to
come back (429), and the operator's list gets one line a minute, not one a request.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["yes", "no", "no, and say so"]
MAX_KEYS = 20_000
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests a minute; as many may come at once. `stranger`: requests of an address with no token that is known."""

    address: int = 6_000
    token: int = 30_000
    stranger: int = 60


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    told_at: float = -_MINUTE


@dataclass(slots=True)
class Limits:
    """Buckets that fill again evenly. `clock` gives seconds that only grow."""

    rates: Rates = field(default_factory=Rates)
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[tuple[str, str], _Bucket] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, kind: Literal["address", "token", "stranger"], key: str) -> Verdict:
        """Whether one more request may pass; `no, and say so` at most once a minute for a key."""
        rate = float(getattr(self.rates, kind))
        with self._lock:
            now = self.clock()
            bucket = self._buckets.pop((kind, key), None) or _Bucket(rate, now)
            self._buckets[kind, key] = bucket  # the newest is last
            if len(self._buckets) > MAX_KEYS:
                self._buckets.popitem(last=False)
            bucket.left = min(rate, bucket.left + (now - bucket.at) * rate / _MINUTE)
            bucket.at = now
            if bucket.left >= 1:
                bucket.left -= 1
                return "yes"
            if now - bucket.told_at < _MINUTE:
                return "no"
            bucket.told_at = now
            return "no, and say so"
