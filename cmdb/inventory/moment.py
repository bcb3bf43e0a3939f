"""A moment of the past, in both times: what was so (`as_of`), as far as it was known (`known_at`). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Invalid
from cmdb.model import times

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?", re.ASCII)
_EVER = "9999-12-31T23:59:59.999Z"
_CLOCKS_DIFFER = timedelta(days=1)
"""So far a source's clock may be ahead of ours before reading less history would miss something it said."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`as_of`: the state of the world at that time. `known_at`: told by what was recorded until then. ISO 8601 text."""

    as_of: str = _EVER
    known_at: str = _EVER

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Whether an event had happened and was known."""
        return str(event["at"]) <= self.as_of and str(event["recorded_at"]) <= self.known_at

    @property
    def reads_from(self) -> str:
        """Events recorded before this changed nothing that is different now: the history need only be read from here."""
        if self.as_of == _EVER:
            return self.known_at
        earlier = times.to_text(times.from_text(self.as_of) - _CLOCKS_DIFFER)
        return min(earlier, self.known_at)

    @property
    def words(self) -> str:
        """For people: the moment in a sentence's place."""
        said = [f"as of {self.as_of}"] if self.as_of != _EVER else []
        return ", ".join([*said, f"as known at {self.known_at}"] if self.known_at != _EVER else said)


def moment_of(as_of: str | None, known_at: str | None, *, now: datetime | None = None) -> Moment | None:
    """The moment that two query words name; None where both are empty.

    A time has a zone or is UTC; a day alone is its end. Raises Invalid naming the word for anything else and for the future.
    """
    if not as_of and not known_at:
        return None
    present = now or times.now()
    return Moment(*(time_of(text, field, present) if text else _EVER for text, field in ((as_of, "as_of"), (known_at, "known_at"))))


def time_of(text: str, field: str, present: datetime) -> str:
    """One time of the past, as the house writes it. Raises Invalid naming the field."""
    text = text.strip()
    if _DAY.fullmatch(text):
        end = _read(f"{text}T23:59:59.999Z", field)
        return times.to_text(min(end, present) if end.date() == present.date() else _past(end, field, present))
    return times.to_text(_past(_read(f"{text}Z" if _LOCAL.fullmatch(text) else text, field), field, present))


def _past(when: datetime, field: str, present: datetime) -> datetime:
    if when > present + timedelta(seconds=5):
        raise Invalid(f"{field} lies in the future; nothing is known of that yet.", field=field)
    return when


def _read(text: str, field: str) -> datetime:
    try:
        return times.from_text(text)
    except Invalid as error:
        raise Invalid(f"{field} {error.message}", field=field) from error
