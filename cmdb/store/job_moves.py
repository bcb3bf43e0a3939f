"""The moves of a job between its states, each inside a write transaction.

Where a query names its index (or shuns one by a `+`), SQLite's own choice reads every waiting job: 40 ms instead of 0.02 ms with 100,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from cmdb.errors import NotFound
from cmdb.store.database import Row, Tx
from cmdb.store.job import COLUMNS
from cmdb.store.leases import LOST, MAX_TRIES

READY: LiteralString = "SELECT 1 FROM job INDEXED BY job_next WHERE state = 'waiting' AND kind = ? AND run_at <= ? LIMIT 1"
LOST_ONES: LiteralString = "SELECT 1 FROM job INDEXED BY job_leased WHERE state = 'running' AND lease_until <= ? LIMIT 1"


BOUND = "bound"
"""In a job's progress: it writes what is right only as a whole, and cannot be cancelled any more."""


@dataclass(frozen=True, slots=True)
class Order:
    """What jobs that are added together share; times as stored text."""

    kind: str
    priority: int
    run_at: str
    parent: str | None
    at: str


def add(tx: Tx, order: Order, rows: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """Inserts (id, args, key) rows; where the key is already under way, the id of that job stands in the answer instead."""
    state, finished_at = "waiting", None
    if order.parent is not None:
        found = tx.one("SELECT state FROM job WHERE id = ?", order.parent)
        if found is None:
            raise NotFound("There is no such parent job.", field="parent")
        if found[0] == "cancelled":
            state, finished_at = "cancelled", order.at
    ids = []
    for number, args, key in rows:
        there = None
        if key is not None:
            there = tx.one("SELECT id FROM job WHERE kind = ? AND key = ? AND state IN ('waiting', 'running')", order.kind, key)
        if there is None:
            tx.change(
                "INSERT INTO job (id, kind, args, key, state, priority, run_at, parent, created_at, finished_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(number, order.kind, args, key, state, order.priority, order.run_at, order.parent, order.at, finished_at),
            )
        ids.append(there[0] if there else number)
    return ids


def take(tx: Tx, kinds: Sequence[str], at: str, lease: tuple[str, float, str, str]) -> Row | None:
    """Claims the best waiting job of these kinds. `lease` is (its name, seconds, end, worker)."""
    reopen(tx, at)
    best: Row | None = None
    for kind in kinds:
        row = tx.one(
            "SELECT -priority, seq FROM job INDEXED BY job_next WHERE state = 'waiting' AND kind = ? AND run_at <= ?"
            " ORDER BY priority DESC, seq LIMIT 1",
            *(kind, at),
        )
        if row is not None and (best is None or row < best):
            best = row
    if best is None:
        return None
    return tx.one(
        "UPDATE job SET state = 'running', attempts = attempts + 1, lease = ?, lease_s = ?, lease_until = ?, worker = ?, run_at = '',"
        f" started_at = coalesce(started_at, ?) WHERE seq = ? RETURNING {COLUMNS}",
        *(*lease, at, best[1]),
    )


def reopen(tx: Tx, at: str) -> int:
    """Jobs whose lease ran out wait again; the fifth time they are parked: they may be what kills the workers."""
    lost = tx.rows("SELECT id, lease, attempts FROM job INDEXED BY job_leased WHERE state = 'running' AND lease_until <= ?", at)
    for number, lease, attempts in lost:
        if attempts >= MAX_TRIES:
            leave(tx, number, lease, "parked", (LOST, None, at))
        else:
            put_back(tx, number, "", LOST, attempts)
    return len(lost)


def end_leases(tx: Tx, begin: str, at: str) -> int:
    """Jobs whose lease's name begins so wait again at once, as `reopen` does it. Returns how many."""
    tx.change("UPDATE job SET lease_until = ? WHERE state = 'running' AND substr(lease, 1, ?) = ?", at, len(begin), begin)
    return reopen(tx, at)


def put_back(tx: Tx, job_id: str, run_at: str, reason: str, attempts: int) -> bool:
    """From running to waiting; the progress stays."""
    return bool(
        tx.change(
            "UPDATE job SET state = 'waiting', lease = NULL, lease_s = NULL, lease_until = NULL, worker = '', run_at = ?, reason = ?,"
            " attempts = ? WHERE id = ?",
            *(run_at, reason, attempts, job_id),
        )
    )


def leave(tx: Tx, job_id: str, lease: str, state: str, end: tuple[str, str | None, str]) -> bool:
    """To `done` or `parked`, if this lease still holds it. `end` is (reason, result, time)."""
    return bool(
        tx.change(
            "UPDATE job SET state = ?, lease = NULL, lease_s = NULL, lease_until = NULL, reason = ?, result = ?, finished_at = ?"
            " WHERE id = ? AND lease = ? AND state = 'running'",
            *(state, *end, job_id, lease),
        )
    )


def cancel(tx: Tx, job_id: str, at: str) -> int:
    """The job and everything below it that is not finished; -1 where it has begun what must come to its end (`BOUND`)."""
    if tx.one("SELECT 1 FROM job WHERE id = ? AND state <> 'done' AND json_extract(progress, '$.' || ?) = 1", job_id, BOUND):
        return -1
    return tx.change(
        "UPDATE job SET state = 'cancelled', lease = NULL, lease_s = NULL, lease_until = NULL, run_at = '', finished_at = ?"
        " WHERE +state IN ('waiting', 'running', 'parked') AND id IN ("
        " WITH RECURSIVE tree (id) AS (VALUES (?) UNION SELECT job.id FROM job JOIN tree ON job.parent = tree.id) SELECT id FROM tree)",
        *(at, job_id),
    )


def retry(tx: Tx, job_id: str) -> str | None:
    """Back to waiting with new tries. None: unknown; a word: why not; empty: done."""
    row = tx.one("SELECT kind, key, state, attempts FROM job WHERE id = ?", job_id)
    if row is None:
        return None
    kind, key, state, attempts = row
    if state not in ("parked", "cancelled") and not (state == "waiting" and attempts):
        return str(state)
    if key is not None and tx.one(
        "SELECT 1 FROM job WHERE kind = ? AND key = ? AND state IN ('waiting', 'running') AND id <> ?", kind, key, job_id
    ):
        return "already under way as another job"
    tx.change("UPDATE job SET state = 'waiting', attempts = 0, run_at = '', finished_at = NULL, started_at = NULL WHERE id = ?", job_id)
    return ""


def prune(tx: Tx, before: str, at_most: int) -> int:
    """Deletes top-level jobs that ended before then and have no open descendant; the children go with them."""
    return tx.change(
        "DELETE FROM job WHERE seq IN (SELECT j.seq FROM job j WHERE j.finished_at < ? AND +j.state IN ('done', 'cancelled')"
        " AND +j.parent IS NULL AND NOT EXISTS ("
        "  WITH RECURSIVE tree (id) AS (VALUES (j.id) UNION SELECT k.id FROM job k JOIN tree ON k.parent = tree.id)"
        "  SELECT 1 FROM job o WHERE o.id IN (SELECT id FROM tree) AND +o.state IN ('waiting', 'running', 'parked')) LIMIT ?)",
        *(before, at_most),
    )
