"""What is late and what is due soon: whom to call, who was reminded, and a later day for several at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.loans.loan import Loan
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.frame.files import file_wanted, plain_table
from web.frame.record import record
from web.loans_tell import desk

blueprint = Blueprint("loans_overdue", __name__, url_prefix="/loans/overdue")
MODES = ("office", "hybrid", "remote")
_PAGE = 200
_SOON = 7
LATE = plain_table(
    "loans",
    "Loans by the day they are due",
    device_name="Device",
    asset_tag="Asset tag",
    person_name="Borrower",
    person_email="Contact",
    work_mode="Way of working",
    left_on="Left on",
    due_on="Due on",
    reminders="Reminded",
    reminded_at="Reminded last",
)


@blueprint.get("")
@needs(Permission.READ)
def overdue() -> ResponseReturnValue:
    """Late loans, the latest first by their day; `soon=1`: due within a week. `work_mode` filters by the borrower's way of working."""
    args, today = request.args, times.now().date()
    soon, mode = bool(args.get("soon")), args.get("work_mode", "")
    if mode and mode not in MODES:
        raise Invalid("work_mode is office, hybrid or remote.", field="work_mode")
    after = (args["day"][:10], args.get("id", "")[:64]) if args.get("day") else None
    rows = _rows(today, soon, after)
    if file := file_wanted((LATE, lambda: (loan for loan in _every(today, soon) if not mode or loan.work_mode == mode))):
        return file
    more = rows[_PAGE - 1] if len(rows) > _PAGE else None
    shown = [loan for loan in rows[:_PAGE] if not mode or loan.work_mode == mode]
    later = (today + timedelta(days=14)).isoformat()
    return render_template("loans/overdue.html", rows=shown, more=more, soon=soon, mode=mode, modes=MODES, today=today, later=later)


def _rows(today: date, soon: bool, after: tuple[str, str] | None) -> list[Loan]:
    """A page of them and one more, behind that one."""
    if not soon:
        return desk().listed(overdue=True, after=after, limit=_PAGE + 1)
    begin = after or ((today - timedelta(days=1)).isoformat(), "~")
    last = (today + timedelta(days=_SOON)).isoformat()
    return [loan for loan in desk().listed(after=begin, limit=_PAGE + 1) if loan.due_on <= last]


def _every(today: date, soon: bool) -> Iterator[Loan]:
    """All of them, page by page."""
    after: tuple[str, str] | None = None
    while rows := _rows(today, soon, after)[:_PAGE]:
        yield from rows
        after = (rows[-1].due_on, rows[-1].id)


@blueprint.post("")
@needs(Permission.LOAN)
def together() -> ResponseReturnValue:
    """Remind or extend the ticked loans; what cannot be done is told and the rest is done."""
    form = request.form
    do, chosen = form.get("do", ""), list(dict.fromkeys(form.getlist("loan")))[:_PAGE]
    if do not in ("remind", "extend"):
        raise Invalid("Choose to remind or to extend.", field="do")
    if not chosen:
        flash("Tick the loans first.", "warning")
    done, left = 0, []
    for ident in chosen:
        try:
            _one(do, ident, form.get("due_on", ""))
            done += 1
        except (Conflict, NotFound) as error:
            left.append(error.message)
    if done:
        flash(f"{done} {'noted as reminded' if do == 'remind' else 'extended'}.", "success")
    if left:
        flash(f"{len(left)} left as they were: {'; '.join(dict.fromkeys(left))}"[:500], "warning")
    return redirect("/loans/overdue?soon=1" if form.get("soon") else "/loans/overdue", 303)


def _one(do: str, ident: str, due_on: str) -> Loan:
    loan = desk().reminded(ident) if do == "remind" else desk().extend(ident, due_on)
    record("loan.remind" if do == "remind" else "loan.extend", ident, {"due_on": loan.due_on})
    return loan
