"""Coverage: what the sources saw in the last days, what none of them looks at, and what each alone knows. Counted by a chore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.graph import sources
from cmdb.graph.door import Graph
from cmdb.inventory import counted
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger

KEPT = "inventory.coverage.classes"
DAYS = 7
"""What was seen within so many days counts as covered."""
LOOKING = frozenset({"agent", "ssh", "snmp", "local", "api"})
"""Kinds of sources that look by themselves. People and files say what they know once."""


@dataclass(frozen=True, slots=True)
class ClassCover:
    """One class: present CIs, how many were seen lately, how many no looking source ever spoke of, and how many each source alone knows."""

    cls: str
    title: str
    cis: int
    seen: int
    uncovered: int
    alone: dict[str, int]

    @property
    def id(self) -> str:
        """The class's name: what tells the row from the others."""
        return self.cls

    @property
    def share(self) -> int:
        """Per cent of them that were seen lately."""
        return round(100 * self.seen / self.cis) if self.cis else 0


def coverage(graph: Graph, ledger: Ledger, catalogue: Catalogue, now: datetime) -> tuple[list[ClassCover], str]:
    """All classes that have CIs, by title, and when they were counted (ISO 8601 UTC)."""
    found = counted.read(ledger, KEPT, _count(graph, now), now)
    rows = [
        ClassCover(
            cls=row["cls"],
            title=catalogue.classes[row["cls"]].plural if row["cls"] in catalogue.classes else row["cls"],
            **{name: int(row[name]) for name in ("cis", "seen", "uncovered")},
            alone=row["alone"],
        )
        for row in found.rows
    ]
    return sorted(rows, key=lambda one: (one.title.lower(), one.cls)), found.at


def renew(graph: Graph, ledger: Ledger, now: datetime) -> bool:
    """Count anew where that is due: reads every CI."""
    return counted.renew(ledger, KEPT, _count(graph, now), now)


def _count(graph: Graph, now: datetime) -> Callable[[], list[dict[str, Any]]]:
    return lambda: _by_class(sources.covered(graph, times.to_text(now - timedelta(days=DAYS))))


def _by_class(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        cls, by, n = str(row["class"]), [str(key) for key in row["sources"] or ()], int(row["n"])
        one = found.setdefault(cls, {"cls": cls, "cis": 0, "seen": 0, "uncovered": 0, "alone": {}})
        one["cis"] += n
        one["seen"] += int(row["seen"] or 0)
        if not {key.partition(":")[0] for key in by} & LOOKING:
            one["uncovered"] += n
        if len(by) == 1:
            one["alone"][by[0]] = one["alone"].get(by[0], 0) + n
    return [{**one, "alone": dict(sorted(one["alone"].items()))} for one in found.values()]
