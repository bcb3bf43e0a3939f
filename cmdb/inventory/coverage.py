"""Coverage: what the sources saw in the last days, what none of them looks at, and what each alone knows. Kept some minutes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.graph import sources
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger

KEPT = "inventory.coverage"
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


def coverage(
    graph: Graph, ledger: Ledger, catalogue: Catalogue, now: datetime, *, max_age: timedelta = timedelta(minutes=5)
) -> list[ClassCover]:
    """All classes that have CIs, by title; counted at most `max_age` ago."""
    kept: dict[str, Any] = ledger.settings.get(KEPT, {}) or {}
    if str(kept.get("at", "")) < times.to_text(now - max_age):
        kept = {"at": times.to_text(now), "rows": sources.covered(graph, times.to_text(now - timedelta(days=DAYS)))}
        ledger.settings.put(KEPT, kept)
    return _by_class(kept["rows"], catalogue)


def _by_class(rows: list[dict[str, Any]], catalogue: Catalogue) -> list[ClassCover]:
    counted: dict[str, Counter[str]] = {}
    alone: dict[str, Counter[str]] = {}
    for row in rows:
        cls, by = str(row["class"]), [str(key) for key in row["sources"] or ()]
        one = counted.setdefault(cls, Counter())
        one["cis"] += int(row["n"])
        one["seen"] += int(row["seen"] or 0)
        if not {key.partition(":")[0] for key in by} & LOOKING:
            one["uncovered"] += int(row["n"])
        if len(by) == 1:
            alone.setdefault(cls, Counter())[by[0]] += int(row["n"])
    found = []
    for cls, one in counted.items():
        title = catalogue.classes[cls].plural if cls in catalogue.classes else cls
        found.append(ClassCover(cls, title, one["cis"], one["seen"], one["uncovered"], dict(sorted(alone.get(cls, {}).items()))))
    return sorted(found, key=lambda one: (one.title.lower(), one.cls))
