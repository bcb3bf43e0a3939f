"""What each source covered lately. Counting reads every source record, so a chore counts and the answer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.graph import sources
from cmdb.graph.door import Graph
from cmdb.inventory import counted
from cmdb.model import times
from cmdb.store import Ledger

KEPT = "inventory.sources"
STALE_AFTER = timedelta(days=7)
"""A source that said nothing for so long is shown as stale, unless it is a person or a file, which speak when they like."""
_QUIET_KINDS = frozenset({"person", "import", "rule", "api"})


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source. `id` is its key; `cis` counts what it spoke of, `absent` what of it is gone; times are ISO 8601 UTC."""

    id: str
    kind: str
    name: str
    cis: int
    absent: int
    first: str
    last: str
    stale: bool


def source_states(graph: Graph, ledger: Ledger, now: datetime) -> tuple[list[SourceState], str]:
    """All sources by key, and when they were counted (ISO 8601 UTC)."""
    found = counted.read(ledger, KEPT, lambda: sources.told(graph), now)
    return _states(found.rows, now), found.at


def renew(graph: Graph, ledger: Ledger, now: datetime) -> bool:
    """Count anew where that is due: reads every source record."""
    return counted.renew(ledger, KEPT, lambda: sources.told(graph), now)


def kept_states(ledger: Ledger, now: datetime) -> list[SourceState]:
    """What was counted last, without counting: for the dashboard."""
    found = counted.kept(ledger, KEPT)
    return _states(found.rows, now) if found else []


def _states(rows: list[dict[str, Any]], now: datetime) -> list[SourceState]:
    limit = times.to_text(now - STALE_AFTER)
    found = []
    for row in rows:
        key = str(row["source"])
        kind, _, name = key.partition(":")
        stale = kind not in _QUIET_KINDS and str(row["last"]) < limit
        found.append(SourceState(key, kind, name, int(row["cis"]), int(row["absent"]), str(row["first"]), str(row["last"]), stale))
    return found
