"""Counts that read the whole graph: made by a chore and kept in the ledger with their time; pages read what is kept and say when it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.model import times
from cmdb.store import Ledger

EVERY = timedelta(minutes=5)
"""How old a count gets before it is made again, where counting is quick."""
SHARE = 100
"""Counting takes at most one part in so many of the time: what takes ten seconds is counted every seventeen minutes."""
FORGOTTEN = timedelta(hours=6)
"""A count so old has no chore that renews it; who asks counts."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted, and when (ISO 8601 UTC)."""

    at: str
    rows: list[dict[str, Any]]


def kept(ledger: Ledger, name: str) -> Count | None:
    """What was counted last under that name of a ledger setting; None: never."""
    found = ledger.settings.get(name)
    return Count(str(found["at"]), list(found["rows"])) if isinstance(found, dict) and found.get("at") else None


def read(ledger: Ledger, name: str, count: Callable[[], list[dict[str, Any]]], now: datetime) -> Count:
    """What is kept; counted now where nothing is, or where nobody renews it."""
    found = kept(ledger, name)
    return found if found and found.at > times.to_text(now - FORGOTTEN) else _counted(ledger, name, count, now)


def renew(ledger: Ledger, name: str, count: Callable[[], list[dict[str, Any]]], now: datetime) -> bool:
    """Count anew where that is due; whether it was."""
    found = ledger.settings.get(name)
    if isinstance(found, dict) and found.get("at"):
        wait = max(EVERY, SHARE * timedelta(seconds=float(found.get("took_s", 0.0))))
        if str(found["at"]) > times.to_text(now - wait):
            return False
    _counted(ledger, name, count, now)
    return True


def _counted(ledger: Ledger, name: str, count: Callable[[], list[dict[str, Any]]], now: datetime) -> Count:
    start = time.monotonic()
    rows = count()
    ledger.settings.put(name, {"at": times.to_text(now), "rows": rows, "took_s": round(time.monotonic() - start, 3)})
    return Count(times.to_text(now), rows)
