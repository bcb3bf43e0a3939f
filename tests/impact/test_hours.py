"""Hours as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.impact.hours import parse


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "start", "touches"),
    [
        ("Mon-Fri 09:00-17:30", "UTC", "2026-11-23T17:00", True),
        ("Mon-Fri 09:00-17:30", "UTC", "2026-11-23T17:30", False),
        ("Mon-Fri 09:00-17:30", "America/New_York", "2026-11-23T09:00", False),
        ("Mon-Fri 09:00-17:30", "America/New_York", "2026-11-23T14:00", True),
        ("Sun 22:00-02:00", "UTC", "2026-11-23T01:00", True),
        ("Mon-Thu 8-12, 13:00-17:00; Fri 08:00-12:00", "UTC", "2026-11-27T13:00", False),
        ("Sat,Sun 00:00-24:00", "UTC", "2026-11-28T23:30", True),
        ("24x7", "UTC", "2026-11-28T03:00", True),
        ("Mon-Fri 09:00-17:30", "Mars/Olympus", "2026-11-23T16:00", True),
    ],
)
def test_touches(text: str, zone: str, start: str, *, touches: bool) -> None:
    """An hour from `start` meets the hours or not."""
    hours = parse(text, zone)
    assert hours is not None
    assert hours.touches(_at(start), _at(start) + timedelta(minutes=30)) is touches


def test_covers() -> None:
    """A maintenance window must hold the whole change."""
    hours = parse("Sun 02:00-05:00")
    assert hours is not None
    assert hours.covers(_at("2026-11-22T02:00"), _at("2026-11-22T05:00"))
    assert not hours.covers(_at("2026-11-22T02:00"), _at("2026-11-22T05:15"))


@pytest.mark.parametrize("text", ["", "whenever", "Mon-Fri", "Mon 25:00-26:00", "Mon 09:75-10:00", "Foo 09:00-10:00", "Mon 9", "x" * 500])
def test_unreadable(text: str) -> None:
    """Says None instead of guessing."""
    assert parse(text) is None


@given(st.text(alphabet="monfritue 0123456789:-,;x/daily", max_size=60))
def test_never_raises(text: str) -> None:
    """Hostile text is unreadable at worst; what is read lies within a week and a day."""
    hours = parse(text)
    assert hours is None or all(0 <= start < end <= 8 * 1440 for start, end in hours.spans)
