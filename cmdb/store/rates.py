"""How the intake does, in numbers over time, for the operator: queries read an index over the time asked for, not the whole line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.store.database import Database
from cmdb.store.times import Clock, to_text

_MINUTE, _HOUR = 16, 13
"""Characters of a time that name its minute and its hour."""


@dataclass(frozen=True, slots=True)
class Storm:
    """The present quarter of an hour beside the day: entries a minute now, at the busiest minute of the last 24 h, and on average."""

    now: float
    busiest: int
    busiest_at: str
    average: float

    @property
    def raging(self) -> bool:
        """Whether it is far busier than on average, and busy at all."""
        return self.now >= 10 and self.now >= 5 * self.average


@dataclass(frozen=True, slots=True)
class Applied:
    """How long the last accepted reports waited until they were applied, in seconds: half of them, and 95 of 100, took no longer."""

    count: int = 0
    median_s: float = 0.0
    most_s: float = 0.0


class Rates:
    """Numbers about accepted and refused."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def per_hour(self, hours: int = 24) -> Sequence[tuple[str, int]]:
        """(hour as `2026-11-22T10`, how many were accepted in it), the newest first; hours without any are there with 0."""
        now = self._clock()
        rows = self._db.rows(
            "SELECT substr(received_at, 1, ?) AS hour, count(*) FROM intake WHERE received_at >= ? GROUP BY hour",
            *(_HOUR, to_text(now - timedelta(hours=hours))),
        )
        counted = {str(hour): int(n) for hour, n in rows}
        hours_of = [to_text(now - timedelta(hours=back))[:_HOUR] for back in range(hours)]
        return [(hour, counted.get(hour, 0)) for hour in hours_of]

    def applied(self, last: int) -> Applied:
        """See `Applied`; of the last so many that were applied."""
        rows = self._db.rows(
            "SELECT (julianday(finished_at) - julianday(received_at)) * 86400 FROM intake WHERE state = 'done' AND finished_at IS NOT NULL"
            " ORDER BY finished_at DESC, seq DESC LIMIT ?",
            last,
        )
        took = sorted(max(0.0, float(row[0])) for row in rows if row[0] is not None)
        return Applied(len(took), took[(len(took) - 1) // 2], took[(len(took) * 95 - 1) // 100]) if took else Applied()

    def storm(self) -> Storm:
        """See `Storm`."""
        now = self._clock()
        rows = self._db.rows(
            "SELECT substr(received_at, 1, ?) AS minute, count(*) FROM intake WHERE received_at >= ? GROUP BY minute",
            *(_MINUTE, to_text(now - timedelta(days=1))),
        )
        since = to_text(now - timedelta(minutes=15))[:_MINUTE]
        lately = sum(int(n) for minute, n in rows if str(minute) > since)
        top = max(rows, key=lambda row: int(row[1]), default=("", 0))
        return Storm(lately / 15, int(top[1]), str(top[0]), sum(int(n) for _, n in rows) / 1440)

    def refused_why(self, since: datetime, limit: int = 20) -> Sequence[tuple[str, str, int]]:
        """(kind, reason, how often) since then, the most frequent first."""
        rows = self._db.rows(
            "SELECT kind, reason, sum(times) AS n FROM refusal WHERE at >= ? GROUP BY kind, reason ORDER BY n DESC, kind, reason LIMIT ?",
            *(to_text(since), limit),
        )
        return [(str(kind), str(reason), int(n)) for kind, reason, n in rows]

    def parked_why(self, limit: int = 20) -> Sequence[tuple[str, int]]:
        """(reason, how many are parked for it), the most frequent first."""
        rows = self._db.rows(
            "SELECT reason, count(*) AS n FROM intake WHERE state = 'parked' GROUP BY reason ORDER BY n DESC, reason LIMIT ?", limit
        )
        return [(str(reason), int(n)) for reason, n in rows]

    def lines(self, limit: int = 10) -> Mapping[str, int]:
        """The longest lines: subject → how many of its entries wait. One agent that sends without end shows here."""
        rows = self._db.rows(
            "SELECT subject, count(*) AS n FROM intake WHERE state = 'waiting' AND subject IS NOT NULL GROUP BY subject"
            " HAVING n > 1 ORDER BY n DESC, subject LIMIT ?",
            limit,
        )
        return {str(subject): int(n) for subject, n in rows}
