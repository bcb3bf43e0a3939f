"""The state of the line in a few numbers, for the dashboard and the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.store import Ledger


@dataclass(frozen=True, slots=True)
class Summary:
    """`backlog` waits or is worked on; `parked` needs a person; `refused_day` were turned away at the doors in the last 24 h.

    `accepted_hour` came in during the last hour. `oldest_at` is when the oldest of the backlog came in, `behind_s` how many seconds ago.
    """

    backlog: int
    running: int
    parked: int
    done: int
    accepted_hour: int
    refused_day: int
    oldest_at: datetime | None
    behind_s: float


def summary(ledger: Ledger, now: datetime) -> Summary:
    """Reads the numbers; costs a few milliseconds also with a million entries."""
    counts = ledger.intake.counts()
    oldest = ledger.intake.oldest_open()
    return Summary(
        backlog=counts["waiting"] + counts["running"],
        running=counts["running"],
        parked=counts["parked"],
        done=counts["done"],
        accepted_hour=ledger.intake.count_since(now - timedelta(hours=1)),
        refused_day=ledger.refusals.count_since(now - timedelta(days=1)),
        oldest_at=oldest,
        behind_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
    )
