"""What each source covered lately. Counting reads every source record, so the answer is kept in the ledger for some minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.graph import sources
from cmdb.graph.door import Graph
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


def source_states(graph: Graph, ledger: Ledger, now: datetime, *, max_age: timedelta = timedelta(minutes=5)) -> list[SourceState]:
    """All sources by key, counted at most `max_age` ago."""
    kept: dict[str, Any] = ledger.settings.get(KEPT, {}) or {}
    if str(kept.get("at", "")) < times.to_text(now - max_age):
        kept = {"at": times.to_text(now), "rows": sources.told(graph)}
        ledger.settings.put(KEPT, kept)
    return _states(kept["rows"], now)


def kept_states(ledger: Ledger, now: datetime) -> list[SourceState]:
    """What was counted last, without counting: for the dashboard."""
    kept: dict[str, Any] = ledger.settings.get(KEPT, {}) or {}
    return _states(kept.get("rows", []), now)


def _states(rows: list[dict[str, Any]], now: datetime) -> list[SourceState]:
    limit = times.to_text(now - STALE_AFTER)
    found = []
    for row in rows:
        key = str(row["source"])
        kind, _, name = key.partition(":")
        stale = kind not in _QUIET_KINDS and str(row["last"]) < limit
        found.append(SourceState(key, kind, name, int(row["cis"]), int(row["absent"]), str(row["first"]), str(row["last"]), stale))
    return found
