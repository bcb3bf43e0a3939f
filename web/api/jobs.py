"""`/api/v1/jobs`: work that runs later, its progress and its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, Field

from cmdb import store
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.frame.record import record
from web.services import services

api = api_blueprint("jobs", "Work that runs later: scans and their hosts, imports, evaluations.")

State = Literal["waiting", "running", "done", "failed", "parked", "cancelled"]


class JobsQuery(ListQuery):
    """Which jobs."""

    kind: str | None = Field(default=None, max_length=100, description="Only jobs of this kind.")
    state: State | None = Field(default=None, description="Only jobs in this state; failed: waiting for another try.")
    parent: str | None = Field(default=None, max_length=64, description="Only the children of this job.")


class JobPath(BaseModel):
    """Which job."""

    job_id: str = Field(min_length=1, max_length=64, description="The job's id.")


class Job(BaseModel):
    """One job."""

    id: str = Field(description="Its id.")
    kind: str = Field(description="What it does.")
    state: str = Field(description="waiting, running, done, parked or cancelled.")
    progress: dict[str, Any] | None = Field(description="How far it is; what is in it depends on the kind.")
    result: Any = Field(description="What came out, when done.")
    reason: str = Field(description="Why the last try failed; empty if none did.")
    attempts: int = Field(description="How often it was tried.")
    parent: str | None = Field(description="The job it is a part of.")
    created_at: datetime = Field(description="When it was ordered.")
    started_at: datetime | None = Field(description="When its last try began.")
    finished_at: datetime | None = Field(description="When it ended.")

    @classmethod
    def of(cls, job: store.Job) -> Job:
        """The job as the API shows it; its arguments stay inside."""
        names = (name for name in cls.model_fields if name != "progress")
        return cls(progress=dict(job.progress) if job.progress is not None else None, **{name: getattr(job, name) for name in names})


class CancelledJobs(BaseModel):
    """What a cancellation did."""

    cancelled: int = Field(description="How many jobs were cancelled: this one and its children that had not ended.")


@api.get("/jobs", responses={200: list_of(Job)})
@needs(Permission.READ)
def jobs(query: JobsQuery) -> Response:
    """Jobs, newest first."""
    place = query.place("jobs")
    before = str(place[0]) if place else None
    rows = services().ledger.jobs.list(query.kind, query.state, query.parent, query.limit + 1, before)
    return listing("jobs", rows, query, out=Job.of, key=lambda job: (job.id,))


@api.get("/jobs/<job_id>", responses={200: Job})
@needs(Permission.READ)
def job(path: JobPath) -> Response:
    """One job."""
    return jsonify(Job.of(services().ledger.jobs.get(path.job_id)).model_dump(mode="json"))


@api.post("/jobs/<job_id>/cancel", responses={200: CancelledJobs})
@needs(Permission.SCAN)
def cancel(path: JobPath) -> Response:
    """Cancel a job and its children. One that has ended stays as it is."""
    count = services().ledger.jobs.cancel(path.job_id)
    record("job.cancel", path.job_id, {"jobs": count})
    return jsonify({"cancelled": count})


@api.post("/jobs/<job_id>/retry", responses={200: Job})
@needs(Permission.SCAN)
def retry(path: JobPath) -> Response:
    """Put a parked, cancelled or failed job back; 409 in any other state."""
    services().ledger.jobs.retry(path.job_id)
    record("job.retry", path.job_id)
    return jsonify(Job.of(services().ledger.jobs.get(path.job_id)).model_dump(mode="json"))
