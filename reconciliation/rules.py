"""Rules: the rule set by which identity and authority are decided, as one object, and which of them is in force.

A set is data: identifier kinds, strengths per class, block list, what counts as living, ordered entries, precedence. It is read, checked
and tried on its own cases by `reconciliation/rules_reading.py`; a running house puts the site's in force, a check tries another for a
while. Where nobody did either, the shipped files count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cmdb.model.catalogue import CIClass
    from reconciliation.authority import Precedence
    from reconciliation.evidence import BlockList, Kind

SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One identifier entry: an item and a CI that agree in all these kinds are one thing, unless an objection stands against it."""

    name: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighing:
    """How living things and thin evidence are dealt with.

    `live_days`: seen so lately, a CI is alive, and what it shows beside another is shared. `gone_days`: of two that fit equally, one unseen
    for so long is not meant. `weak_matches`: `take` them, taken back on better evidence, or `ask` a person each time.
    """

    live_days: float = 2
    gone_days: float = 30
    weak_matches: str = "take"

    @property
    def live(self) -> timedelta:
        """`live_days` as a duration."""
        return timedelta(days=self.live_days)

    @property
    def gone(self) -> timedelta:
        """`gone_days` as a duration."""
        return timedelta(days=self.gone_days)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A whole rule set. `strengths` and `entries` are resolved for every class they reach; other classes count as the catalogue says.

    `digest` is of all its content; `label` is what verdicts keep. `files`: whence it was read; `cases`: how many cases it passed.
    """

    version: int
    name: str
    digest: str
    kinds: Mapping[str, Kind] = field(hash=False, repr=False)
    blocklist: BlockList = field(hash=False, repr=False)
    precedence: Precedence = field(hash=False, repr=False)
    strengths: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False, repr=False)
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict, hash=False, repr=False)
    weighing: Weighing = Weighing()
    files: tuple[str, ...] = ()
    cases: int = 0

    @property
    def label(self) -> str:
        """Version and digest in short."""
        return f"{self.version}+{self.digest[:10]}"

    def identifiers(self, cls: CIClass) -> Mapping[str, str]:
        """Kind → strength for things of this class."""
        return self.strengths.get(cls.name, cls.identifiers)

    def to_json(self) -> dict[str, Any]:
        """What it is, in short."""
        return {
            "label": self.label,
            "version": self.version,
            "name": self.name,
            "digest": self.digest,
            "files": [*self.files],
            "cases": self.cases,
            "kinds": len(self.kinds),
            "classes_with_own_strengths": sorted(self.strengths),
            "classes_with_entries": {cls: [e.name for e in entries] for cls, entries in sorted(self.entries.items())},
            "live_days": self.weighing.live_days,
            "gone_days": self.weighing.gone_days,
            "weak_matches": self.weighing.weak_matches,
        }


class InForce(Protocol):
    """Who keeps the set of a running house (`reconciliation/rules_folder.py`)."""

    @property
    def rules(self) -> RuleSet:
        """The set as it is now."""
        ...

    def refresh(self) -> None:
        """Look whether another process put another one in force."""
        ...


_tried: ContextVar[RuleSet | None] = ContextVar("rules_tried", default=None)
_houses: list[InForce] = []
"""A process has one house; tests open one after the other."""


def chosen() -> RuleSet | None:
    """The set that counts here and now; None: the shipped files, as nobody chose."""
    tried = _tried.get()
    if tried is not None:
        return tried
    return _houses[-1].rules if _houses else None


def label() -> str:
    """What verdicts keep of the set they were made by."""
    found = chosen()
    return found.label if found is not None else SHIPPED


def identifiers_of(cls: CIClass) -> Mapping[str, str]:
    """Kind → strength for things of this class, by the set in force."""
    found = chosen()
    return found.identifiers(cls) if found is not None else cls.identifiers


def weighing() -> Weighing:
    """How living things and thin evidence are dealt with, by the set in force."""
    found = chosen()
    return found.weighing if found is not None else _PLAIN


_PLAIN = Weighing()


def refresh() -> None:
    """Look whether another process put another set in force. Cheap: one look at a file."""
    if _houses:
        _houses[-1].refresh()


def house() -> InForce | None:
    """Who keeps the set of the running house."""
    return _houses[-1] if _houses else None


@contextmanager
def in_house(keeper: InForce) -> Iterator[None]:
    """This keeper's set is in force in the whole process while the block runs."""
    _houses.append(keeper)
    try:
        yield
    finally:
        _houses.remove(keeper)


@contextmanager
def trying(rules: RuleSet) -> Iterator[None]:
    """This set counts in the block, for this thread alone: nothing else of the process sees it."""
    token = _tried.set(rules)
    try:
        yield
    finally:
        _tried.reset(token)
