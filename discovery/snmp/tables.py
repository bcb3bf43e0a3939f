"""Columns of SNMP tables as they were read, and how completely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from cmdb.model.observation import CoverageState
from discovery.snmp.backend import Bind
from discovery.snmp.values import Value

Column: TypeAlias = Mapping[str, Value]
"""Index (the OID's part behind the column's) → value."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a table, by the names they were asked under, and how completely they were read."""

    columns: Mapping[str, Column]
    state: CoverageState = "complete"
    reason: str = ""

    def __getitem__(self, name: str) -> Column:
        return self.columns.get(name, {})

    def __bool__(self) -> bool:
        return any(self.columns.values())

    def indexes(self) -> list[str]:
        """Every index that any column has, in the order met."""
        return list(dict.fromkeys(chain.from_iterable(self.columns.values())))


@dataclass(slots=True)
class Reading:
    """What is known of the columns of one table while they are read."""

    found: dict[str, dict[str, Value]]
    left: list[str]
    repetitions: int
    alone: bool = False  # one column at a time, after trouble with several
    silent: int = 0  # columns that were given up without one answer
    trouble: list[tuple[CoverageState, str]] = field(default_factory=list)

    def give_up(self, root: str, state: CoverageState, reason: str) -> None:
        """Leave this column; what was read of it stays."""
        if root in self.left:
            self.left.remove(root)
        self.trouble.append((state, reason))


def add(rows: dict[str, Value], binds: Sequence[Bind], skip: int) -> int:
    """Add binds under their index; how many were new. An index never seen before means that the walk goes on."""
    before = len(rows)
    for oid, value in binds:
        rows[oid[skip:]] = value
    return len(rows) - before


def overall(reading: Reading) -> tuple[CoverageState, str]:
    """One state for the table: complete without trouble; partial if anything was read; else the trouble itself."""
    if not reading.trouble:
        return "complete", ""
    states = {state for state, _ in reading.trouble}
    reason = _sentence(reason for _, reason in reading.trouble)
    if any(reading.found.values()) or "partial" in states:
        return "partial", reason
    return ("refused" if states == {"refused"} else "failed"), reason


def _sentence(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reason.rstrip(".") for reason in reasons))[:300]
