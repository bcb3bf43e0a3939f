"""Who changed what. Append only: the file itself refuses to change or delete a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.store.database import Database, Row
from cmdb.store.texts import from_json, required, tidy, to_json
from cmdb.store.times import Clock, from_text, to_text


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line: `actor` (a login, or a token's name) did `action` (`account.add`) to `target`, from `address`."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    address: str


def _entry_from(row: Row) -> AuditEntry:
    number, at, actor, action, target, detail, address = row
    return AuditEntry(number, from_text(at), actor, action, target, from_json(detail), address)


class Audit:
    """The audit log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def write(self, actor: str, action: str, target: str = "", detail: Mapping[str, Any] | None = None, address: str = "") -> int:
        """Appends a line, durable on return, and gives its number. Never pass a secret in `detail`. Raises `Invalid`."""
        at = to_text(self._clock())
        values = (tidy(actor, 100), required(action, "action"), tidy(target, 300), to_json(dict(detail or {}), "detail", 65536))
        sql = "INSERT INTO audit (at, actor, action, target, detail, address) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
        row = self._db.write(lambda tx: tx.one(sql, at, *values, tidy(address, 64)))
        return int(row[0]) if row else 0

    def list(
        self, before_id: int | None = None, limit: int = 50, actor: str | None = None, action: str | None = None
    ) -> Sequence[AuditEntry]:
        """The newest lines first, before line `before_id`, of this actor or action if given."""
        where = "id < ?" + (" AND actor = ?" if actor is not None else "") + (" AND action = ?" if action is not None else "")
        values = [before_id if before_id is not None else 1 << 62, *(text for text in (actor, action) if text is not None)]
        sql = f"SELECT id, at, actor, action, target, detail, address FROM audit WHERE {where} ORDER BY id DESC LIMIT ?"
        return [_entry_from(row) for row in self._db.rows(sql, *values, max(1, min(limit, 1000)))]

    def of_target(self, action: str, target: str, limit: int = 100) -> Sequence[AuditEntry]:
        """What was done to one thing by one kind of act, the newest first."""
        sql = (
            "SELECT id, at, actor, action, target, detail, address FROM audit INDEXED BY audit_by_target"
            " WHERE action = ? AND target = ? ORDER BY id DESC LIMIT ?"
        )
        return [_entry_from(row) for row in self._db.rows(sql, action, target, max(1, min(limit, 1000)))]
