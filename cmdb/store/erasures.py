"""Requests to erase what is kept about a device: asked by its owner, answered by an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from cmdb.errors import Conflict, NotFound
from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import required, tidy
from cmdb.store.times import Clock, from_text, maybe, to_text

_COLUMNS: LiteralString = "id, ci, device, asked_by, asked_at, why, state, answer, decided_by, decided_at, job"


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """One request. `state`: open, erased or refused; `answer` is the administrator's reason, `job` the erasure's number."""

    id: int
    ci: str
    device: str
    asked_by: str
    asked_at: datetime
    why: str
    state: str
    answer: str
    decided_by: str
    decided_at: datetime | None
    job: str


def _request_from(row: Row) -> ErasureRequest:
    number, ci, device, asked_by, asked_at, why, state, answer, decided_by, decided_at, job = row
    return ErasureRequest(number, ci, device, asked_by, from_text(asked_at), why, state, answer, decided_by, maybe(decided_at), job)


class Erasures:
    """The requests. At most one of a device is open at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def ask(self, ci: str, device: str, *, by: str, why: str) -> ErasureRequest:
        """Keep a request. Raises `Invalid` without a reason, `Conflict` where one is open for this device."""
        values = (required(ci, "ci"), tidy(device, 200), required(by, "by"), to_text(self._clock()), required(why, "reason", 2000))

        def work(tx: Tx) -> int:
            if tx.one("SELECT 1 FROM erasure_request WHERE ci = ? AND state = 'open'", values[0]):
                raise Conflict("Erasure was asked for already, and is not answered yet.")
            row = tx.one("INSERT INTO erasure_request (ci, device, asked_by, asked_at, why) VALUES (?, ?, ?, ?, ?) RETURNING id", *values)
            return int(row[0]) if row else 0

        return self.get(self._db.write(work))

    def decide(self, number: int, *, by: str, answer: str, erase: bool, job: str = "") -> ErasureRequest:
        """Answer an open request. Raises `NotFound`, `Invalid` without a reason, `Conflict` where somebody answered before."""
        self.get(number)
        state = "erased" if erase else "refused"
        values = (state, required(answer, "answer", 2000), required(by, "by"), to_text(self._clock()), job, number)
        sql: LiteralString = (
            "UPDATE erasure_request SET state = ?, answer = ?, decided_by = ?, decided_at = ?, job = ? WHERE id = ? AND state = 'open'"
        )
        if not self._db.write(lambda tx: tx.change(sql, *values)):
            raise Conflict("This request was answered already.")
        return self.get(number)

    def get(self, number: int) -> ErasureRequest:
        """One request. Raises `NotFound`."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM erasure_request WHERE id = ?", number)
        if row is None:
            raise NotFound("There is no such request.")
        return _request_from(row)

    def of(self, ci: str) -> Sequence[ErasureRequest]:
        """The requests about a device, the newest first."""
        rows = self._db.rows(f"SELECT {_COLUMNS} FROM erasure_request WHERE ci = ? ORDER BY id DESC LIMIT 100", ci)
        return [_request_from(row) for row in rows]

    def list(self, state: str = "", limit: int = 200) -> Sequence[ErasureRequest]:
        """The newest first, of one state if given."""
        sql: LiteralString = f"SELECT {_COLUMNS} FROM erasure_request WHERE ? IN ('', state) ORDER BY id DESC LIMIT ?"
        return [_request_from(row) for row in self._db.rows(sql, state, max(1, min(limit, 1000)))]
