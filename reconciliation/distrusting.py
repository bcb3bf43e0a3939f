"""Distrust orders: which records are kept and not listened to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmdb.errors import Conflict
from cmdb.model.change import Change
from reconciliation.subjects import root_of

FIELDS = ("key", "source", "subject", "by", "reason", "at")
"""Of an order, as the graph gives it and as people read it."""


@dataclass(frozen=True, slots=True)
class Caused:
    """A join that evidence made: the CI that stayed, the id that went, and which observation of which source showed it ("": not known)."""

    keep: str
    gone: str
    observation: str = ""
    source: str = ""

    def to_text(self) -> str:
        """As an order keeps it."""
        return f"{self.keep}|{self.gone}|{self.observation}|{self.source}"


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
    parted: tuple[Caused, ...] = ()
    """Joins that what is doubted had caused alone, undone by the order."""
    job: str = ""
    """The job that carries it out, where one does."""

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
    made = map(_order_of, rows)
    return Distrust(tuple(sorted(made, key=lambda one: one.key)))


def _order_of(row: dict[str, object]) -> Order:
    words = {name: str(row.get(name) or "") for name in FIELDS}
    return Order(**words, entries=_listed(row, "entries"), parted=_caused(row), job=str(row.get("job") or ""))


def _caused(row: dict[str, object]) -> tuple[Caused, ...]:
    return tuple(Caused(*text.split("|", 3)) for text in _listed(row, "parted"))


def _listed(row: dict[str, object], name: str) -> tuple[str, ...]:
    kept = row.get(name)
    return tuple(map(str, kept)) if isinstance(kept, list) else ()


@dataclass(frozen=True, slots=True)
class Step:
    """So many of the CIs (or joins) are done, with these changes since the last step."""

    name: str
    changes: Sequence[Change]
    done: int
    total: int


class Course:
    """How an order is carried out: here in one go. A job tells how far it is, may be stopped, and goes on where it was.

    `job`: its id. `again`: a try before may have begun to write; what it did is not done twice.
    """

    job = ""
    again = False

    def begins(self) -> None:
        """It is about to write. May raise what ends it."""

    def stands(self) -> None:
        """The order was given, or taken back; what follows from it is not written yet."""

    def went(self, step: Step) -> Sequence[Change]:
        """A step was done; returns those of its changes that the caller is to be told. May raise what ends it."""
        return step.changes


def given_before(standing: Iterable[Order], key: str, course: Course) -> Order | None:
    """The order of this key, where this very course gave it before it was interrupted. Raises Conflict where another did."""
    found = next((one for one in standing if one.key == key), None)
    if found is not None and not (course.again and course.job and found.job == course.job):
        raise Conflict("This is distrusted already.")
    return found
