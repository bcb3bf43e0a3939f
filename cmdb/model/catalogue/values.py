"""Reading one value of an attribute's type from text or JSON. Every refusal says what to write instead."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Literal, TypeAlias, get_args

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.clean import MAX_TEXT, clean_text, one_line, shown
from cmdb.model.observation import Value

AttributeType: TypeAlias = Literal["text", "integer", "number", "boolean", "date", "datetime", "choice", "list"]
ATTRIBUTE_TYPES: tuple[str, ...] = get_args(AttributeType)

MAX_LIST = 10_000
"""Entries of one list attribute."""

_INT64 = 2**63
_INTEGER = re.compile(r"([+-]?\d{1,19})(?:\.0{1,6})?", re.ASCII)
"""Spreadsheets write a whole number as `12.0`."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMGTP])iB", re.ASCII | re.IGNORECASE)
_DECIMAL_SIZE = re.compile(r"([\d.]+)\s*([KMGTP])B?", re.ASCII | re.IGNORECASE)
_POWER: dict[str, int] = {letter: 1024 ** (n + 1) for n, letter in enumerate("KMGTP")}
_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})
_DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)(?:[T ]\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d\d?)/(?P<d>\d\d?)", re.ASCII),
    re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})", re.ASCII),
)


def parse_value(kind: AttributeType, given: object, *, choices: tuple[str, ...] = (), unit: str = "") -> Value:
    """The value of that type, or None where `given` is None or empty text. Raises Invalid whose message is the end of a sentence
    that begins with the attribute's title."""
    if given is None:
        return None
    if isinstance(given, str):
        if len(given) > MAX_TEXT and kind != "list":
            raise Invalid(f"is {len(given)} characters long; at most {MAX_TEXT} are kept")
        given = clean_text(given)
        if not given:
            return None
    if kind == "choice":
        return _choice(given, choices)
    if kind == "integer":
        return _integer(given, unit)
    return _READERS[kind](given)


def _text(given: object) -> Value:
    if not isinstance(given, str):
        raise Invalid(f"must be text, not {_said(given)}; put it in quotes")
    return given


def _integer(given: object, unit: str) -> int:
    whole: int | None = None
    if isinstance(given, int) and not isinstance(given, bool):
        whole = given
    elif isinstance(given, float) and given.is_integer():
        whole = int(given)
    elif isinstance(given, str):
        if digits := _INTEGER.fullmatch(given):
            whole = int(digits[1])
        elif unit == "B":
            whole = _bytes(given)
    if whole is None:
        raise Invalid(f"must be a whole number{f' ({unit})' if unit else ''}, not {_said(given)}; write only digits, e.g. 16")
    if not -_INT64 <= whole < _INT64:
        raise Invalid("is too large for a whole number of 64 bits")
    return whole


def _bytes(text: str) -> int | None:
    """`16 GiB` → 17179869184. `16 GB` may mean either power: it is refused with both readings."""
    if size := _SIZE.fullmatch(text):
        return int(float(size[1]) * _POWER[size[2].upper()])
    if loose := _DECIMAL_SIZE.fullmatch(text):
        raise Invalid(f"{shown(text)} may mean powers of 1000 or of 1024; write {loose[1]} {loose[2].upper()}iB or the number of bytes")
    return None


def _number(given: object) -> Value:
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        given = float(given)
    if isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1e300 and math.isfinite(given):
        return float(given)
    raise Invalid(f"must be a number, not {_said(given)}; write it with a decimal point and without spaces, e.g. 4.5")


def _boolean(given: object) -> Value:
    if isinstance(given, bool):
        return given
    if isinstance(given, str):
        word = given.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    raise Invalid(f"must be true or false, not {_said(given)}; write yes or no")


def _date(given: object) -> Value:
    if isinstance(given, str) and len(given) <= 40:
        for shape in _DATES:
            if found := shape.fullmatch(given):
                return _calendar_day(int(found["y"]), int(found["m"]), int(found["d"]), given)
    raise Invalid(f"must be a day, not {_said(given)}; write year-month-day, e.g. 2026-11-22")


def _calendar_day(year: int, month: int, day: int, given: str) -> str:
    if not 1900 <= year <= 2200:
        raise Invalid(f"{shown(given)} is not between the years 1900 and 2200; write year-month-day, e.g. 2026-11-22")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Invalid(f"{shown(given)} is not a day of the calendar; write year-month-day, e.g. 2026-11-22") from None


def _datetime(given: object) -> Value:
    if isinstance(given, str):
        if _DATES[0].fullmatch(given) and ":" not in given:  # a day alone is its first instant
            return f"{_date(given)}T00:00:00.000Z"
        try:
            when = times.from_text(given)
        except Invalid as error:
            raise Invalid(f"{shown(given)} {error.message}") from None
        if 1900 <= when.year <= 2200:
            return times.to_text(when)
        raise Invalid(f"{shown(given)} is not between the years 1900 and 2200")
    raise Invalid(f"must be a time, not {_said(given)}; write it like 2026-11-22T10:00:00Z")


def _choice(given: object, choices: tuple[str, ...]) -> str:
    if isinstance(given, str):
        word = given.lower().replace(" ", "_").replace("-", "_")
        for choice in choices:
            if given == choice or word == choice.lower():
                return choice
    raise Invalid(f"must be one of {', '.join(choices)}, not {_said(given)}")


def _list(given: object) -> Value:
    if isinstance(given, str):
        # Entries with commas (`Doe, Jane`) are kept whole where another separator is used.
        given = re.split(r"[;\n]" if ";" in given or "\n" in given else ",", given)
    if not isinstance(given, (list, tuple)):
        raise Invalid(f"must be a list of texts, not {_said(given)}")
    if len(given) > MAX_LIST:
        raise Invalid(f"has {len(given)} entries; at most {MAX_LIST} are kept")
    entries: dict[str, None] = {}
    for entry in given:
        if not isinstance(entry, str):
            raise Invalid(f"must be a list of texts, but one entry is {_said(entry)}; put it in quotes")
        if len(entry) > MAX_TEXT:
            raise Invalid(f"has an entry of {len(entry)} characters; at most {MAX_TEXT} are kept")
        if flat := one_line(entry):
            entries[flat] = None
    return tuple(entries)


def _said(given: object) -> str:
    """What somebody wrote, as it may stand in a message."""
    if isinstance(given, str):
        return shown(given)
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, (int, float)):
        return f"the number {given}" if abs(given) < 1e20 else "a huge number"
    if isinstance(given, (list, tuple)):
        return "a list"
    return "an object" if isinstance(given, dict) else "something else"


_READERS: dict[str, Callable[[object], Value]] = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "list": _list,
}
