"""What is under way: accepted reports (intake) and jobs, with what was parked and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from cmdb.store import Entry, Job
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.record import record
from web.frame.table import Column, TableSpec, TableView
from web.services import services

blueprint = Blueprint("admin_work", __name__, url_prefix="/admin")
_INTAKE_STATES = ("waiting", "running", "parked", "done")
KINDS = {
    "scan": "Scan",
    "scan-host": "One host of a scan",
    "evaluate": "Judging all endpoints",
    "judge": "Judging some endpoints",
    "judge-by": "Judging by a changed policy",
    "privacy": "Erasure or change of ownership",
    "answer-reviews": "Answering a group of reviews",
    "rules-check": "Trying identity rules",
    "rules-use": "Putting identity rules in force",
    "doubt": "Believing a source no more, or again",
    "doubt-check": "Looking what it would change not to believe a source",
    "age": "Ageing",
    "overtaken": "Ending words whose time is over",
    "attachments": "Files of notes that never came",
    "marks": "Marks of shared identifiers",
    "look-again": "Looking again at open questions",
    "recount": "Counting by class",
    "remind": "Reminding of loans",
    "notify": "Telling of failures",
    "tidy": "Tidying up",
}
"""Kinds of jobs in words. A kind that is not here is shown by its name."""
_JOB_STATES = ("waiting", "running", "failed", "parked", "done", "cancelled")


def _left_out(entry: Entry) -> int:
    """How many pieces of an observation were wrong and were left out when it was accepted."""
    return sum(int((entry.meta.get("refused") or {}).get(kind, 0)) for kind in ("items", "relations", "coverage"))


INTAKE = TableSpec(
    "intake",
    "Accepted reports",
    (
        Column("received_at", "Received", fixed=True),
        Column("kind", "Kind"),
        Column("subject", "About", value=lambda entry: entry.meta.get("subject", "")),
        Column("state", "State", filter="choice", choices=tuple((state, state) for state in _INTAKE_STATES)),
        Column("reason", "Reason"),
        Column("left_out", "Left out", numeric=True, value=_left_out),
        Column("attempts", "Tries", numeric=True),
        Column("id", "Number", shown=False),
    ),
)
JOBS = TableSpec(
    "jobs",
    "Jobs",
    (
        Column("created_at", "Created", fixed=True),
        Column("kind", "What", filter="choice", choices=tuple(KINDS.items())),
        Column("state", "State", filter="choice", choices=tuple((state, state) for state in _JOB_STATES)),
        Column("progress", "Progress"),
        Column("reason", "Reason"),
        Column("attempts", "Tries", numeric=True),
        Column("finished_at", "Finished"),
        Column("id", "Number", shown=False),
    ),
    extra=("all",),
)


@blueprint.get("/intake")
@needs(Permission.READ)
def intake() -> ResponseReturnValue:
    """Reports that were accepted: waiting, worked on, done, and parked with the reason; and what was refused at the doors."""
    view, ledger = INTAKE.read(), services().ledger
    if view.format:
        return export(view, _all_entries(view))
    rows = ledger.intake.list(view.filters.get("state"), view.limit + 1, _before(view))
    page = view.page(rows, lambda entry: (entry.id,), both_ways=False)
    return render_template("admin/intake.html", view=view, page=page, counts=ledger.intake.counts(), refusals=ledger.refusals.list(25))


@blueprint.get("/intake/<entry_id>")
@needs(Permission.READ)
def entry(entry_id: str) -> ResponseReturnValue:
    """One accepted report: what became of it."""
    line = services().ledger.intake
    found = line.get(entry_id)
    return render_template("admin/intake_entry.html", entry=found, progress=line.progress(found))


@blueprint.post("/intake/<entry_id>/retry")
@needs(Permission.EDIT)
def retry_entry(entry_id: str) -> ResponseReturnValue:
    """Put a parked report back into the line."""
    services().ledger.intake.retry(entry_id)
    record("intake.retry", entry_id)
    flash("The report is back in the line.", "success")
    return redirect(f"/admin/intake/{entry_id}", 303)


@blueprint.get("/jobs")
@needs(Permission.READ)
def jobs() -> ResponseReturnValue:
    """Jobs: scans, imports, evaluations. Single hosts of a scan and housekeeping that went well are folded until asked for."""
    view, ledger = JOBS.read(), services().ledger
    if view.format:
        return export(view, _all_jobs(view))
    page = view.page(_some_jobs(view, _before(view), view.limit + 1), lambda job: (job.id,), both_ways=False)
    return render_template("admin/jobs.html", view=view, page=page, counts=ledger.jobs.counts(), folded=_folded(view), kinds=KINDS)


@blueprint.get("/jobs/<job_id>")
@needs(Permission.READ)
def job(job_id: str) -> ResponseReturnValue:
    """One job with its progress and the states of its children."""
    ledger = services().ledger
    found = ledger.jobs.get(job_id)
    children = ledger.jobs.list(parent=found.id, limit=200)
    return render_template("admin/job.html", job=found, summary=ledger.jobs.children_summary(found.id), children=children, kinds=KINDS)


@blueprint.post("/jobs/<job_id>/retry")
@needs(Permission.SCAN)
def retry_job(job_id: str) -> ResponseReturnValue:
    """Put a parked or cancelled job back."""
    services().ledger.jobs.retry(job_id)
    record("job.retry", job_id)
    flash("The job is back in the line.", "success")
    return redirect(f"/admin/jobs/{job_id}", 303)


@blueprint.post("/jobs/<job_id>/cancel")
@needs(Permission.SCAN)
def cancel_job(job_id: str) -> ResponseReturnValue:
    """Cancel a job and its children."""
    count = services().ledger.jobs.cancel(job_id)
    record("job.cancel", job_id, {"jobs": count})
    flash(f"{count} job{'' if count == 1 else 's'} cancelled." if count else "It had ended already.", "success")
    return redirect(f"/admin/jobs/{job_id}", 303)


def _before(view: TableView) -> str | None:
    return str(view.cursor.values[0]) if view.cursor else None


def _all_entries(view: TableView) -> Iterator[Entry]:
    before: str | None = None
    while rows := services().ledger.intake.list(view.filters.get("state"), 500, before):
        yield from rows
        before = rows[-1].id


def _all_jobs(view: TableView) -> Iterator[Job]:
    before: str | None = None
    while rows := _some_jobs(view, before, 500):
        yield from rows
        before = rows[-1].id


def _folded(view: TableView) -> bool:
    return not view.filters and not view.extra.get("all")


def _some_jobs(view: TableView, before: str | None, limit: int) -> Sequence[Job]:
    kind, state = view.filters.get("kind"), view.filters.get("state")
    return services().ledger.jobs.list(kind, state, None, limit, before, folded=_folded(view))
