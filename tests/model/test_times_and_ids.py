"""Times as text, and permanent ids."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.clean import clean_text, one_line, shown
from cmdb.model.ids import is_uuid7, uuid7

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001  # the strategy adds the zone


@given(MOMENTS)
def test_text_and_back_is_the_same_instant(when: datetime) -> None:
    text = times.to_text(when)
    assert len(text) == len("2026-11-22T10:00:00.000Z")
    assert times.from_text(text) == times.cut(when)
    assert timedelta() <= when - times.from_text(text) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_text_sorts_like_time(one: datetime, other: datetime) -> None:
    assert (times.to_text(one) < times.to_text(other)) == (times.cut(one) < times.cut(other))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z"),
        ("2026-11-22 10:00z", "2026-11-22T10:00:00.000Z"),
        ("2026-11-22T10:00:00,5+0130", "2026-11-22T08:30:00.500Z"),
        ("2026-11-22T10:00:00.1239-02", "2026-11-22T12:00:00.123Z"),
    ],
)
def test_forms_of_iso_8601(text: str, utc: str) -> None:
    assert times.to_text(times.from_text(text)) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-13-01T00:00:00Z",
        "2026-11-22T10:00:00+25:00",
        "0001-01-01T00:00:00+10:00",
        "٢٠٢٦-11-22T10:00:00Z",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(Invalid, match="write it like 2026-11-22T10:00:00Z"):
        times.from_text(text)


@given(st.text(max_size=80) | st.text("0123456789-:.,TZ+ ", max_size=40))
def test_any_text_is_a_time_or_invalid(text: str) -> None:
    with suppress(Invalid):
        assert times.from_text(text).tzinfo is UTC


def test_a_naive_time_names_no_instant() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        times.to_text(datetime(2026, 11, 22))  # noqa: DTZ001


def test_now_is_cut_to_milliseconds() -> None:
    assert times.now().microsecond % 1000 == 0
    assert times.now().tzinfo is UTC


def test_ids_are_uuid7_unique_and_growing() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    ids = [uuid7() for _ in range(20_000)]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    first = uuid.UUID(ids[0])
    assert (first.version, first.variant) == (7, uuid.RFC_4122)
    assert abs((first.int >> 80) - before) < 5_000
    assert all(is_uuid7(text) for text in ids)


def test_what_is_no_id() -> None:
    for text in ("", "x", str(uuid.uuid4()), uuid7().upper(), uuid7() + "\n", "{" + uuid7() + "}"):
        assert not is_uuid7(text), text


@given(st.text() | st.text(alphabet="\0\x1b\r\n\t \u202e\ud800a\x85\ufeff\u2028"))
def test_cleaned_text_is_harmless_and_cleaning_again_changes_nothing(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert one_line(one_line(text)) == one_line(text)
    clean.encode()
    assert not any(
        (letter < " " and letter not in "\t\n") or "\x7f" <= letter <= "\x9f" or "\u202a" <= letter <= "\u202e" for letter in clean
    )
    assert len(shown(text, 20)) <= 22
    assert "\n" not in shown(text)


def test_ordinary_text_stays_as_it_is() -> None:
    for text in ("Straße 5", "日本語", "a\tb\nc", "👩‍💻", "שלום", "=cmd|' /C calc'!A0"):
        assert clean_text(text) == text
