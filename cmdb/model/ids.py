"""Permanent ids: UUID version 7 as text (RFC 9562 section 5.7). They sort by the time they were made."""

from __future__ import annotations

import re
import secrets
import threading
import time

_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class _Clock:
    """The last 60 bits given: milliseconds (48) and a counter (12). It only grows, so ids of one process never sort backwards."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        fresh = (time.time_ns() // 1_000_000) << 12 | secrets.randbits(9)
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return self._last


_clock = _Clock()


def uuid7() -> str:
    """A new id, unique everywhere, and greater (as text) than every id this process gave before."""
    head = _clock.tick()
    value = (head >> 12) << 80 | 0x7 << 76 | (head & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_uuid7(text: str) -> bool:
    """Whether the text is an id as `uuid7` writes it (lower case, with hyphens)."""
    return _SHAPE.fullmatch(text) is not None
