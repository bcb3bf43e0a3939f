"""What is late and what is due soon: whom to call, who was reminded, and a later day for several at once."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.loans.loan import Loan
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.frame.record import record
from web.loans_tell import desk

blueprint = Blueprint("loans_overdue", __name__, url_prefix="/loans/overdue")
MODES = ("office", "hybrid", "remote")
_PAGE = 200
_SOON = 7


@blueprint.get("")
@needs(Permission.READ)
def overdue() -> ResponseReturnValue:
    """Late loans, the latest first by their day; `soon=1`: due within a week. `work_mode` filters by the borrower's way of working."""
    args, today = request.args, times.now().date()
    soon, mode = bool(args.get("soon")), args.get("work_mode", "")
    if mode and mode not in MODES:
        raise Invalid("work_mode is office, hybrid or remote.", field="work_mode")
    after = (args["day"][:10], args.get("id", "")[:64]) if args.get("day") else None
    if soon:
        begin = after or ((today - timedelta(days=1)).isoformat(), "~")
        last = (today + timedelta(days=_SOON)).isoformat()
        rows = [loan for loan in desk().listed(after=begin, limit=_PAGE + 1) if loan.due_on <= last]
    else:
        rows = desk().listed(overdue=True, after=after, limit=_PAGE + 1)
    more = rows[_PAGE - 1] if len(rows) > _PAGE else None
    shown = [loan for loan in rows[:_PAGE] if not mode or loan.work_mode == mode]
    later = (today + timedelta(days=14)).isoformat()
    return render_template("loans/overdue.html", rows=shown, more=more, soon=soon, mode=mode, modes=MODES, today=today, later=later)


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
