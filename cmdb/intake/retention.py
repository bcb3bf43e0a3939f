"""How long raw bodies and finished jobs are kept. What came of them – the graph, its history – is not touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Invalid
from cmdb.store import Ledger

BODIES_KEY = "intake.keep_bodies_days"
JOBS_KEY = "jobs.keep_days"
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Retention:
    """Days; None keeps without end. Bodies are counted from their arrival, jobs from their end."""

    bodies_days: int | None = 30
    jobs_days: int | None = 90


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many were dropped."""

    bodies: int
    jobs: int


def retention(ledger: Ledger) -> Retention:
    """What is set, or the defaults: 30 days for bodies, 90 for jobs."""
    fresh = Retention()
    return Retention(
        _readable(ledger.settings.get(BODIES_KEY, fresh.bodies_days), fresh.bodies_days),
        _readable(ledger.settings.get(JOBS_KEY, fresh.jobs_days), fresh.jobs_days),
    )


def _readable(kept: Any, default: int | None) -> int | None:
    return kept if kept is None or (isinstance(kept, int) and 1 <= kept <= MOST_DAYS) else default


def set_retention(ledger: Ledger, wanted: Retention) -> None:
    """Sets both. Raises `Invalid` outside 1 … 3650 days."""
    for field, days in (("bodies_days", wanted.bodies_days), ("jobs_days", wanted.jobs_days)):
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise Invalid(f"Keep them between 1 and {MOST_DAYS:,} days, or without end.", field=field)
    ledger.settings.put(BODIES_KEY, wanted.bodies_days)
    ledger.settings.put(JOBS_KEY, wanted.jobs_days)


def clean_up(ledger: Ledger, now: datetime) -> Cleaned:
    """Drops what is older than that. Of an applied entry its row, size and sha256 stay. Meant for once a day; more does no harm."""
    wanted = retention(ledger)
    bodies = ledger.intake.forget(now - timedelta(days=wanted.bodies_days)) if wanted.bodies_days is not None else 0
    jobs = ledger.jobs.prune(now - timedelta(days=wanted.jobs_days)) if wanted.jobs_days is not None else 0
    return Cleaned(bodies, jobs)
