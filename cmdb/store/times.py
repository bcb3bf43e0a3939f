"""Times as the ledger keeps them: ISO 8601 text in UTC with milliseconds and `Z`, so that text order is time order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from cmdb.errors import Invalid

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present moment, aware. Handed in, so that tests need not wait."""


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Writes an aware moment as text. Raises `Invalid` for a naive one: a time without a zone has no place here."""
    if moment.tzinfo is None:
        raise Invalid("This time has no time zone; give one, for example 2026-11-22T10:00:00Z.")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    """Reads what `to_text` wrote."""
    return datetime.fromisoformat(text)


def maybe(text: str | None) -> datetime | None:
    """Reads what `to_text` wrote; None and the empty text mean there is no such time."""
    return from_text(text) if text else None
