"""Exceptions and attestations on pages: what is in force, asking, deciding, ending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import report, sampling, waivers
from cmdb.compliance.chosen import active
from cmdb.compliance.evaluate import endpoint_classes
from cmdb.compliance.waivers import Draft, Waiver
from cmdb.errors import CmdbError, Invalid, NotAllowed
from cmdb.graph import waivers as store
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.compliance_tell import tell
from web.frame.export import export
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("waivers", __name__, url_prefix="/compliance")
_STATES = tuple((state, state.replace("_", " ").capitalize()) for state in waivers.STATES)


_SOON = 30
"""Days before its end from which the list says so."""


def _spec(kind: str, title: str) -> TableSpec:
    return TableSpec(
        kind,
        title,
        (
            Column("scope", "Whom", fixed=True),
            Column("policy", "Policy", value=lambda one: one.policy),
            Column("state", "State", filter="choice", choices=_STATES),
            Column("until", "Until"),
            Column("reason", "Reason"),
            Column("control", "What guards instead", shown=kind == "exceptions"),
            Column("requested_by", "Asked by" if kind == "exceptions" else "Noted by"),
            Column("requested_at", "Asked on" if kind == "exceptions" else "Noted on", shown=False),
            Column("decided_by", "Approved or refused by", shown=kind == "exceptions"),
            Column("decided_at", "Decided on", shown=False),
            Column("ended_at", "Ended", shown=False),
            Column("ended_why", "Why ended", shown=False),
        ),
        page_size=100,
    )


EXCEPTIONS = _spec("exceptions", "Exceptions")
ATTESTATIONS = _spec("attestations", "Attestations")


def _list(kind: str, *, wrong: str = "", error: CmdbError | None = None) -> ResponseReturnValue:
    """The table; the form of the `wrong` one (step and id) came back with an error."""
    spec = ATTESTATIONS if kind == "attestation" else EXCEPTIONS
    view = spec.read(path=f"/compliance/{spec.name}")
    rows = waivers.listed(services().graph, kind, state=view.filters.get("state", ""))
    if view.format:
        whole = view if "columns" in request.args else replace(view, columns=spec.columns)
        return export(whole, rows)
    if view.cursor is not None:
        at, last = (str(value) for value in view.cursor.values)
        rows = [one for one in rows if one.requested_at < at or (one.requested_at == at and one.id > last)]
    if wrong:  # its form is on the page that comes back, wherever it stood
        rows.sort(key=lambda one: not wrong.endswith(one.id))
    page = view.page(rows[: view.limit + 1], key=lambda one: (one.requested_at, one.id), both_ways=False)
    words = {"titles": _titles(), "ends": _ends(rows), "wrong": wrong, "error": error, "why": request.form.get("why", "")}
    return render_template("compliance/waivers.html", view=view, page=page, kind=kind, **words)


def _ends(rows: Iterable[Waiver]) -> dict[str, str]:
    """In how many days those in force end, of those that end within 30 days, by id."""
    today, found = times.now().date(), {}
    for one in rows:
        days = (date.fromisoformat(one.until[:10]) - today).days
        if one.state == "in_force" and days <= _SOON:
            found[one.id] = "ends today" if days <= 0 else f"ends in {days} day{'s' if days != 1 else ''}"
    return found


def _titles() -> dict[str, str]:
    return {policy.id: policy.title for policy in active(services().graph)}


@blueprint.get("/exceptions")
@needs(Permission.READ)
def exceptions() -> ResponseReturnValue:
    """Who accepted which failure until when."""
    return _list("exception")


@blueprint.get("/attestations")
@needs(Permission.READ)
def attestations() -> ResponseReturnValue:
    """What owners of personal devices answer for."""
    return _list("attestation")


@blueprint.get("/exceptions/new")
@needs(Permission.EDIT)
def new() -> ResponseReturnValue:
    """The form, also of an attestation (`?kind=attestation`)."""
    return _form(request.args.to_dict())


def _form(given: dict[str, str], error: CmdbError | None = None) -> str:
    kind = "attestation" if given.get("kind") == "attestation" else "exception"
    choices = report.overview(services().graph).choices
    return render_template(
        "compliance/waiver_new.html",
        given=given,
        error=error,
        kind=kind,
        policies=[one for one in active(services().graph) if kind == "exception" or waivers.answerable(one)],
        choices=choices,
        ownerships=report.OWNERSHIPS,
    )


@blueprint.post("/exceptions/new")
@needs(Permission.EDIT)
def ask() -> ResponseReturnValue:
    """Ask for an exception, or note an attestation."""
    given = {key: value[:5000] for key, value in request.form.to_dict().items()}
    draft = Draft(**{name: given.get(name, "").strip() for name in Draft.__slots__})
    attested = given.get("kind") == "attestation"
    try:
        if draft.ci:
            draft = replace(draft, ci=_endpoint(draft.ci))
        made = (waivers.attest if attested else waivers.request)(services().graph, draft, by=viewer().actor)
    except CmdbError as refused:
        return _form(given, refused), 422
    tell(made, "attest" if attested else "request")
    flash("Noted." if attested else "Asked for. It counts when somebody else approves it.", "success")
    return redirect(f"/compliance/{made.kind}s", 303)


def _endpoint(named: str) -> str:
    here = services()
    return sampling.ids_of(here.graph, [named], classes=endpoint_classes(here.catalogue), field="ci")[0]


@blueprint.post("/exceptions/<waiver_id>/<any(approve, refuse, withdraw):step>")
@needs(Permission.EDIT)
def decide(waiver_id: str, step: str) -> ResponseReturnValue:
    """Approve or refuse what somebody else asked for, or end it."""
    graph, by, why = services().graph, viewer().actor, request.form.get("why", "")
    try:
        if step == "withdraw":
            one = waivers.withdraw(graph, waiver_id, by=by, why=why)
        else:
            one = waivers.decide(graph, waiver_id, by=by, approve=step == "approve", why=why)
    except NotAllowed as refused:
        flash(refused.message, "danger")
        return _back("exception")
    except Invalid as error:
        kind = Waiver.of(store.get(graph, waiver_id)).kind
        return make_response(_list(kind, wrong=f"{step}-{waiver_id}", error=error), 422)
    tell(one, step)
    flash({"approve": "Approved.", "refuse": "Refused.", "withdraw": "Ended."}[step], "success")
    return _back(one.kind)


def _back(kind: str) -> ResponseReturnValue:
    """To the list as it was looked at."""
    spec = ATTESTATIONS if kind == "attestation" else EXCEPTIONS
    return redirect(spec.read(path=f"/compliance/{spec.name}").url(), 303)
