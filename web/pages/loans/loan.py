"""One loan: what, who, until when; take back, extend, lost, undo; the receipt; and the histories other pages include."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import cis
from cmdb.loans.loan import CONDITIONS, Loan
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.loans_tell import desk, tell
from web.services import services

blueprint = Blueprint("loans_one", __name__, url_prefix="/loans")


def _seen(ident: str) -> Loan:
    """The loan, if the viewer may see it: requesters see their own. Raises NotFound."""
    loan, who = desk().loan(ident), viewer()
    if not who.sees_all and not (who.email and who.email.lower() == (loan.person_email or "").lower()):
        raise NotFound("There is no such loan.")
    return loan


@blueprint.get("/<loan_id>")
@needs(Permission.OWN)
def loan(loan_id: str) -> ResponseReturnValue:
    """The loan and what can be done with it."""
    today = times.now().date()
    later = (today + timedelta(days=14)).isoformat()
    return render_template("loans/loan.html", loan=_seen(loan_id), today=today, later=later, conditions=CONDITIONS)


@blueprint.get("/<loan_id>/receipt")
@needs(Permission.OWN)
def receipt(loan_id: str) -> ResponseReturnValue:
    """For printing and signing."""
    return render_template("loans/receipt.html", loan=_seen(loan_id), now=times.now())


@blueprint.post("/<loan_id>")
@needs(Permission.LOAN)
def change(loan_id: str) -> ResponseReturnValue:
    """Do one thing with it: return, lost, extend, remind, undo. What cannot be done is told on the page it leads back to.

    That is the loan's own page, or with `back=device` its device's.
    """
    step = STEPS.get(request.form.get("do", ""))
    if step is None:
        raise Invalid("Choose return, lost, extend, remind or undo.", field="do")
    name, act, words = step
    try:
        done = act(loan_id)
    except (Conflict, Invalid) as error:
        flash(error.message, "danger")
    else:
        if name in ("in", "undo_in"):
            tell(done)
        record(f"loan.{name}", done.id, {"device": done.device, "state": done.state, "due_on": done.due_on})
        flash(words, "success")
    if request.form.get("back") == "device":
        return redirect(f"/cis/{desk().loan(loan_id).device}/loans", 303)
    return redirect(f"/loans/{loan_id}", 303)


def _return(loan_id: str, *, lost: bool = False) -> Loan:
    form = request.form
    returned = [] if lost else form.getlist("returned")
    return desk().check_in(
        loan_id, actor=viewer().actor, returned=returned, condition_in=form.get("condition", ""), note=form.get("note", ""), lost=lost
    )


STEPS: dict[str, tuple[str, Callable[[str], Loan], str]] = {
    "return": ("in", _return, "Taken back."),
    "lost": ("in", lambda ident: _return(ident, lost=True), "Noted as lost."),
    "extend": ("extend", lambda ident: desk().extend(ident, request.form.get("due_on", "")), "Extended."),
    "remind": ("remind", lambda ident: desk().reminded(ident), "Noted as reminded."),
    "undo": ("undo_in", lambda ident: desk().undo_check_in(ident), "The loan goes on."),
}


@blueprint.get("/history/<ci_id>")
@needs(Permission.READ)
def history(ci_id: str) -> ResponseReturnValue:
    """The loans of a device or a person, for a page that includes them."""
    row = cis.get(services().graph, ci_id)
    person = row["class"] == "person"
    found = desk().of_person(str(row["id"])) if person else desk().of_device(str(row["id"]))
    return render_template("loans/history.html", ci=row, loans=found, person=person, today=times.now().date())
