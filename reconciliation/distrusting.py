"""Distrust orders: which records are kept and not listened to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciliation.subjects import root_of

FIELDS = ("key", "source", "subject", "by", "reason", "at")
"""Of an order, as the graph gives it and as people read it."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `source`: a source's key, or its beginning when it ends with `*`. `subject`: only that thing of the source, or "".

    An order about single looks has their name as its subject (`look:<entry>`, `scan:<job>`) and their entries of the intake in `entries`.
    """

    key: str
    source: str
    subject: str = ""
    by: str = ""
    reason: str = ""
    at: str = ""
    entries: tuple[str, ...] = ()

    def covers(self, source: str, subject: str) -> bool:
        """Whether a record of this source and subject is meant."""
        named = source.startswith(self.source[:-1]) if self.source.endswith("*") else source == self.source
        return named and (not self.subject or root_of(subject) == self.subject)


@dataclass(frozen=True, slots=True)
class Distrust:
    """All orders that stand."""

    orders: tuple[Order, ...] = ()

    def order(self, source: str, subject: str) -> str:
        """The key of the first order that covers a record; "" where it is trusted."""
        return next((one.key for one in self.orders if one.covers(source, subject)), "")


def orders_of(rows: Iterable[dict[str, object]]) -> Distrust:
    """Orders as the graph gives them."""
    made = (Order(**{name: str(row.get(name) or "") for name in FIELDS}, entries=_entries(row)) for row in rows)
    return Distrust(tuple(sorted(made, key=lambda one: one.key)))


def _entries(row: dict[str, object]) -> tuple[str, ...]:
    kept = row.get("entries")
    return tuple(map(str, kept)) if isinstance(kept, list) else ()
