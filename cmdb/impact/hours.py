"""Hours as people write them: `Mon-Fri 09:00-17:30`, `Sun 02:00-05:00; Wed 22:00-02:00`, `24x7`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_PART = re.compile(rf"(?P<days>{_DAY}(?:\s*-\s*{_DAY})?(?:\s*,\s*{_DAY}(?:\s*-\s*{_DAY})?)*|daily)?\s*(?P<times>[\d:,\s\-]+)", re.ASCII)
_TIMES = re.compile(r"(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?", re.ASCII)
_ALWAYS = frozenset({"24x7", "24/7", "7x24", "always"})
_WEEK = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of a week in local minutes from Monday 00:00, [start, end); `zone` says whose local time."""

    spans: tuple[tuple[int, int], ...]
    zone: str = "UTC"

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether [start, end) meets any of the spans."""
        return any(self._at(minute) for minute in _minutes(start, end, self.zone))

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether all of [start, end) lies within the spans."""
        return all(self._at(minute) for minute in _minutes(start, end, self.zone))

    def _at(self, minute: int) -> bool:
        return any(start <= minute < end or start <= minute + _WEEK < end for start, end in self.spans)


def _minutes(start: datetime, end: datetime, zone: str) -> list[int]:
    """Local minutes of the week in quarter-hour steps, the last minute included; a week at most."""
    local, found = _zone(zone), []
    at, last = start.astimezone(UTC), min(end.astimezone(UTC), start.astimezone(UTC) + timedelta(days=7))
    while at < last:
        found.append(_minute(at.astimezone(local)))
        at += timedelta(minutes=15)
    found.append(_minute((max(last, start.astimezone(UTC) + timedelta(minutes=1)) - timedelta(minutes=1)).astimezone(local)))
    return found


def _minute(at: datetime) -> int:
    return at.weekday() * 1440 + at.hour * 60 + at.minute


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


def known_zone(name: object) -> bool:
    """Whether this is a time zone's IANA name."""
    try:
        return bool(isinstance(name, str) and name and ZoneInfo(name))
    except (ValueError, OSError, KeyError):
        return False


@lru_cache(maxsize=4096)
def parse(text: str, zone: str = "UTC") -> Hours | None:
    """Read hours; None when they cannot be read (the caller counts that as "always" and says so)."""
    text = text.strip().lower().replace("–", "-")
    if text in _ALWAYS:
        return Hours(((0, _WEEK),), zone)
    spans: list[tuple[int, int]] = []
    for part in text.split(";")[:50]:
        found = _PART.fullmatch(part.strip())
        if found is None or len(part) > 200:
            return None
        days, times = _days(found["days"] or ""), _times(found["times"])
        if not days or not times:
            return None
        spans += [(day * 1440 + start, day * 1440 + end) for day in days for start, end in times]
    return Hours(tuple(sorted(spans)), zone) if spans else None


def _days(text: str) -> list[int]:
    if text in ("", "daily"):
        return list(range(7))
    found: list[int] = []
    for part in text.split(","):
        first, _, last = (side.strip()[:3] for side in part.partition("-"))
        start = _DAYS.index(first)
        end = _DAYS.index(last) if last else start
        found += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return found


def _times(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _TIMES.fullmatch(part.strip())
        if match is None:
            return []
        first, first_minute, last, last_minute = (int(number or 0) for number in match.groups())
        start, end = first * 60 + first_minute, last * 60 + last_minute
        if start >= 1440 or end > 1440 or max(first_minute, last_minute) > 59:
            return []
        found.append((start, end if end > start else end + 1440))
    return found
