"""What was refused at the doors, for the operator: bounded, and the same refusal again only counts up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import tidy
from cmdb.store.times import Clock, from_text, to_text

KEPT = 10_000
ALIKE_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`times` refusals alike between `first_at` and `at`; `detail` is of the last one."""

    id: int
    kind: str
    reason: str
    address: str
    token_id: str
    detail: str
    times: int
    first_at: datetime
    at: datetime


def _refusal_from(row: Row) -> Refusal:
    number, kind, reason, address, token_id, detail, times, first_at, at = row
    return Refusal(number, kind, reason, address, token_id, detail, times, from_text(first_at), from_text(at))


class Refusals:
    """The newest 10,000 refusals; the clock drops those older than 90 days."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def note(self, kind: str, reason: str, *, address: str = "", token_id: str = "", detail: str = "") -> None:
        """Notes one. Alike (kind, reason, address, token) within the hour become one line, so a flood hides nothing else."""
        alike = (tidy(kind, 40), tidy(address, 64), tidy(token_id, 64), tidy(reason, 300))
        now, text = self._clock(), tidy(detail, 500)

        def work(tx: Tx) -> None:
            row = tx.one(
                "SELECT max(id) FROM refusal WHERE kind = ? AND address = ? AND token_id = ? AND reason = ? AND first_at >= ?",
                *(*alike, to_text(now - ALIKE_WITHIN)),
            )
            if row and row[0] is not None:
                tx.change("UPDATE refusal SET times = times + 1, detail = ?, at = ? WHERE id = ?", text, to_text(now), row[0])
                return
            new = tx.one(
                "INSERT INTO refusal (kind, address, token_id, reason, detail, first_at, at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                *(*alike, text, to_text(now), to_text(now)),
            )
            if new:
                tx.change("DELETE FROM refusal WHERE id <= ?", new[0] - KEPT)

        self._db.write(work)

    def list(self, limit: int = 100, *, before: int | None = None, kind: str = "", token_id: str = "") -> Sequence[Refusal]:
        """The newest first; those below the number `before`, of a kind, of a token, where these are given."""
        sql = (
            "SELECT id, kind, reason, address, token_id, detail, times, first_at, at FROM refusal"
            " WHERE id < ? AND (? = '' OR kind = ?) AND (? = '' OR token_id = ?) ORDER BY id DESC LIMIT ?"
        )
        highest = before if before is not None and 0 <= before < 2**63 else 2**63 - 1
        return [_refusal_from(row) for row in self._db.rows(sql, highest, kind, kind, token_id, token_id, max(1, min(limit, KEPT)))]

    def forget(self, before: datetime) -> int:
        """Deletes what was refused last before then; returns how many lines."""
        return self._db.write(lambda tx: tx.change("DELETE FROM refusal WHERE at < ?", to_text(before)))

    def count_since(self, moment: datetime) -> int:
        """How many were refused since then (lines that grew since then count whole)."""
        row = self._db.one("SELECT coalesce(sum(times), 0) FROM refusal WHERE at >= ?", to_text(moment))
        return int(row[0]) if row else 0
