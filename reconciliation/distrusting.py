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
    parted: tuple[tuple[str, str], ...] = ()
    """Joins that the looks had caused, undone by the order: (the CI that stayed, the one that is there again)"""

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
    made = (
        Order(**{name: str(row.get(name) or "") for name in FIELDS}, entries=_listed(row, "entries"), parted=_pairs(row)) for row in rows
    )
    return Distrust(tuple(sorted(made, key=lambda one: one.key)))


def _pairs(row: dict[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((keep, gone) for keep, _, gone in (text.partition("|") for text in _listed(row, "parted")))


def _listed(row: dict[str, object], name: str) -> tuple[str, ...]:
    kept = row.get(name)
    return tuple(map(str, kept)) if isinstance(kept, list) else ()
