"""Work that runs later: a lease queue in the ledger (docs/decisions/2026-11-22-jobs-in-sqlite.md).

A worker claims a job for some seconds and prolongs that by heartbeats. When it dies, the lease runs out and the next claim gets the job
with the progress it had. So every job runs at least once, and handlers must bear to run twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import uuid4

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import job_moves as moves
from cmdb.store.database import Database, Tx
from cmdb.store.job import COLUMNS, Job, job_from
from cmdb.store.leases import MAX_TRIES, lease_end, lease_name, next_try
from cmdb.store.texts import required, tidy, to_json
from cmdb.store.times import Clock, to_text

STATES = ("waiting", "running", "done", "parked", "cancelled")
_ARGS_LIMIT = 1_000_000
_PROGRESS_LIMIT = 1_000_000
_RESULT_LIMIT = 4_000_000


class Jobs:
    """The queue."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self.holder = ""
        """Whose claims these are (`Ledger.hold_as`)."""

    def enqueue(
        self,
        kind: str,
        args: Mapping[str, Any],
        *,
        key: str | None = None,
        run_at: datetime | None = None,
        priority: int = 0,
        parent: str | None = None,
    ) -> str:
        """Adds a job, durable on return, and gives its id. A job of this kind and key that waits or runs is given instead of a second one.

        `priority`: higher comes first. A child of a cancelled parent is born cancelled. Raises `Invalid`, and `NotFound` for the parent.
        """
        return self.enqueue_many(kind, [(args, key)], run_at=run_at, priority=priority, parent=parent)[0]

    def enqueue_many(
        self,
        kind: str,
        items: Iterable[tuple[Mapping[str, Any], str | None]],
        *,
        run_at: datetime | None = None,
        priority: int = 0,
        parent: str | None = None,
    ) -> Sequence[str]:
        """Adds a job for each (args, key), as `enqueue` does, in transactions of 1,000: a scan of a /16 is not 65,000 fsyncs."""
        kind, now = required(kind, "kind"), self._clock()
        if not -1000 <= priority <= 1000:
            raise Invalid("The priority must be between -1000 and 1000; higher comes first.", field="priority")
        ready = "" if run_at is None or run_at <= now else to_text(run_at)
        rows = [(uuid4().hex, to_json(dict(args), "args", _ARGS_LIMIT), required(key, "key", 500) if key else None) for args, key in items]
        order = moves.Order(kind, priority, ready, parent, to_text(now))
        ids: list[str] = []
        for start in range(0, len(rows), 1000):
            part = rows[start : start + 1000]
            ids += self._db.write(lambda tx, part=part: moves.add(tx, order, part))  # type: ignore[misc]
        return ids

    def claim(self, kinds: Collection[str], lease_s: float = 60, worker: str = "") -> Job | None:
        """The next job of these kinds, held for `lease_s` seconds: highest priority first, then the oldest. None when there is none.

        A job whose lease ran out is claimable again; when that has happened five times, it is parked.
        """
        now = self._clock()
        until, at, lease = lease_end(now, lease_s), to_text(now), lease_name(self.holder)
        wanted = sorted(set(kinds))
        if not any(self._db.one(moves.READY, kind, at) for kind in wanted) and self._db.one(moves.LOST_ONES, at) is None:
            return None  # the common answer costs no write
        row = self._db.write(lambda tx: moves.take(tx, wanted, at, (lease, lease_s, until, tidy(worker, 100))))
        return job_from(row) if row else None

    def heartbeat(self, job: Job, progress: Mapping[str, Any] | None = None) -> bool:
        """Holds the job for another lease and keeps its progress. False: it was cancelled or the lease was lost; stop working on it."""
        now = self._clock()
        text = None if progress is None else to_json(dict(progress), "progress", _PROGRESS_LIMIT)

        def work(tx: Tx) -> bool:
            row = tx.one("SELECT lease_s FROM job WHERE id = ? AND lease = ? AND state = 'running'", job.id, job.lease)
            if row is None:
                return False
            sql = "UPDATE job SET lease_until = ?, progress = coalesce(?, progress) WHERE id = ?"
            return bool(tx.change(sql, lease_end(now, row[0]), text, job.id))

        return self._db.write(work)

    def finish(self, job: Job, result: Any = None) -> bool:
        """Done, with its result (JSON). False: it was cancelled or the lease was lost, and nothing changed."""
        text = to_json(result, "result", _RESULT_LIMIT)
        return self._db.write(lambda tx: moves.leave(tx, job.id, job.lease, "done", ("", text, to_text(self._clock()))))

    def fail(self, job: Job, reason: str, *, retry: bool) -> bool:
        """This try failed: it waits 5 s, 30 s, 2 min, 10 min and is tried again; after the fifth, or without `retry`, it is parked.

        False: it was cancelled or the lease was lost, and nothing changed.
        """
        now, text = self._clock(), tidy(reason, 2000)

        def work(tx: Tx) -> bool:
            row = tx.one("SELECT attempts FROM job WHERE id = ? AND lease = ? AND state = 'running'", job.id, job.lease)
            if row is None:
                return False
            if not retry or row[0] >= MAX_TRIES:
                return moves.leave(tx, job.id, job.lease, "parked", (text, None, to_text(now)))
            return moves.put_back(tx, job.id, next_try(now, row[0]), text, row[0])

        return self._db.write(work)

    def release(self, job: Job, reason: str = "", *, delay_s: float = 5.0) -> bool:
        """Gives the job back untried (the graph is away, the server stops): this was no try. False as in `finish`."""
        run_at = to_text(self._clock() + timedelta(seconds=max(0.0, min(delay_s, 86400.0))))

        def work(tx: Tx) -> bool:
            row = tx.one("SELECT attempts FROM job WHERE id = ? AND lease = ? AND state = 'running'", job.id, job.lease)
            return row is not None and moves.put_back(tx, job.id, run_at, tidy(reason, 2000), row[0] - 1)

        return self._db.write(work)

    def cancel(self, job_id: str) -> int:
        """Cancels the job and all its descendants that are not finished; who works on one learns it by its next heartbeat.

        Returns how many were cancelled. Raises `NotFound`, and `Conflict` where its progress says `bound`: it must come to its end.
        """
        self.get(job_id)
        at = to_text(self._clock())
        count = self._db.write(lambda tx: moves.cancel(tx, job_id, at))
        if count < 0:
            raise Conflict("It has begun to write and cannot be cancelled any more; let it end, then take back what it did.")
        return count

    def retry(self, job_id: str) -> None:
        """Puts a parked or cancelled job back, with five new tries and the progress it had; one that waits for its next try starts at once.

        Raises `NotFound`, and `Conflict` for any other state or when another job of its kind and key is already under way.
        """
        state = self._db.write(lambda tx: moves.retry(tx, job_id))
        if state is None:
            raise NotFound("There is no such job.")
        if state:
            raise Conflict(
                f"The job is {state}; only a parked, cancelled or failed one whose work is not already under way can be retried."
            )

    def get(self, job_id: str) -> Job:
        """One job. Raises `NotFound`."""
        row = self._db.one(f"SELECT {COLUMNS} FROM job WHERE id = ?", job_id)
        if row is None:
            raise NotFound("There is no such job.")
        return job_from(row)

    def list(
        self,
        kind: str | None = None,
        state: str | None = None,
        parent: str | None = None,
        limit: int = 50,
        before: str | None = None,
        *,
        folded: bool = False,
    ) -> Sequence[Job]:
        """Jobs, newest first, before the job with the id `before`. The state `failed` means: waiting for another try after a failure.

        `folded`: without jobs that belong to another, and without housekeeping (a priority below 0) that went well.
        """
        where: list[LiteralString] = ["seq < ?"]
        values = [self._position(before)]
        if folded:
            where.append("parent IS NULL AND NOT (state = 'done' AND priority < 0)")
        if state == "failed":
            where.append("state = 'waiting' AND attempts > 0")
        elif state is not None:
            if state not in STATES:
                raise Invalid(f"There is no state {tidy(state, 40)!r}; use one of {', '.join(STATES)} or failed.", field="state")
            where.append("state = ?")
            values.append(state)
        if kind is not None:
            where.append("kind = ?")
            values.append(kind)
        if parent is not None:
            where.append("parent = ?")
            values.append(parent)
        condition: LiteralString = " AND ".join(where)
        sql: LiteralString = f"SELECT {COLUMNS} FROM job WHERE {condition} ORDER BY seq DESC LIMIT ?"
        return [job_from(row) for row in self._db.rows(sql, *values, max(1, min(limit, 1000)))]

    def _position(self, before: str | None) -> Any:
        if before is None:
            return 1 << 62
        row = self._db.one("SELECT seq FROM job WHERE id = ?", before)
        if row is None:
            raise NotFound("The job to read on from is gone.", field="before")
        return row[0]

    def children_summary(self, job_id: str) -> dict[str, int]:
        """How many children the job has in each state; states without any are left out."""
        return dict(self._db.rows("SELECT state, count(*) FROM job WHERE parent = ? GROUP BY state", job_id))

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state that is not the end, and parked: what a dashboard shows."""
        found = self._db.rows("SELECT state, count(*) FROM job WHERE state IN ('waiting', 'running', 'parked') GROUP BY state")
        return {"waiting": 0, "running": 0, "parked": 0} | dict(found)

    def prune(self, before: datetime) -> int:
        """Deletes jobs that were done or cancelled before then, with their children, unless a child is still open. Returns how many."""
        total, limit = 0, to_text(before)
        while True:
            gone = self._db.write(lambda tx: moves.prune(tx, limit, 100))
            total += gone
            if gone < 100:
                return total
