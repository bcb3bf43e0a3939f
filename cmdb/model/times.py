"""Times as the house writes them: ISO 8601 text in UTC with milliseconds and `Z`. It sorts as text and is equal on both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from cmdb.errors import Invalid

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)


_DONE_AGAIN: ContextVar[datetime | None] = ContextVar("moorings_done_again", default=None)


def now() -> datetime:
    """The present, aware, in UTC, cut to the millisecond (so that it survives being written and read)."""
    return _DONE_AGAIN.get() or cut(datetime.now(UTC))


@contextmanager
def doing_again(when: datetime) -> Iterator[None]:
    """For this thread (or task), `now` is `when` while the block runs: what is done again is recorded as when it was done first."""
    token = _DONE_AGAIN.set(cut(when))
    try:
        yield
    finally:
        _DONE_AGAIN.reset(token)


def cut(when: datetime) -> datetime:
    """The same instant in UTC without what is finer than a millisecond. Raises ValueError for a naive time: it names no instant."""
    if when.tzinfo is None:
        raise ValueError("a time without a zone names no instant")
    utc = when.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def to_text(when: datetime) -> str:
    """`2026-11-22T10:00:00.000Z`. Raises ValueError for a naive time."""
    return cut(when).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """Read ISO 8601 with date, time and zone (`Z`, `+01:00`, `+0100`, `+01`); seconds and fractions may be missing.

    Raises Invalid (without a field: the caller knows it) for anything else, also for a time without a zone.
    """
    found = _ISO.fullmatch(text.strip()) if len(text) <= 64 else None
    if found is None:
        raise Invalid("is not a time with a zone; write it like 2026-11-22T10:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        when = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")[:6]), tzinfo=UTC
        )
        return cut(when - _offset(zone))
    except (ValueError, OverflowError) as error:
        raise Invalid("is not a time of the calendar; write it like 2026-11-22T10:00:00Z") from error


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 18 or minutes > 59:
        raise ValueError("no such zone")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if zone[0] == "-" else size
