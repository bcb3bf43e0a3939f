"""One job as the queue gives it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from cmdb.store.database import Row
from cmdb.store.texts import from_json
from cmdb.store.times import from_text, maybe

COLUMNS: LiteralString = (
    "id, kind, args, state, progress, result, reason, attempts, created_at, started_at, finished_at, parent, key, priority, run_at,"
    " worker, lease"
)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work as it stood when it was read. `lease` names the claim it came from: hand that object to `heartbeat` and `finish`.

    `reason` is why it failed last, or was parked. `run_at` is when it may start, if not at once.
    """

    id: str
    kind: str
    args: Mapping[str, Any]
    state: str
    progress: Mapping[str, Any] | None
    result: Any
    reason: str
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    parent: str | None
    key: str | None
    priority: int
    run_at: datetime | None
    worker: str
    lease: str

    @property
    def retrying(self) -> bool:
        """Whether it failed and waits for its next try."""
        return self.state == "waiting" and self.attempts > 0


def job_from(row: Row) -> Job:
    """Reads a row of `COLUMNS`."""
    number, kind, args, state, progress, result, reason, attempts, created_at, started_at, finished_at, *rest = row
    parent, key, priority, run_at, worker, lease = rest
    return Job(
        id=number,
        kind=kind,
        args=from_json(args),
        state=state,
        progress=from_json(progress),
        result=from_json(result),
        reason=reason,
        attempts=attempts,
        created_at=from_text(created_at),
        started_at=maybe(started_at),
        finished_at=maybe(finished_at),
        parent=parent,
        key=key,
        priority=priority,
        run_at=maybe(run_at),
        worker=worker,
        lease=lease or "",
    )
