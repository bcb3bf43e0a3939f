"""Identity rules on a page: the set in force, what another one would do, switching and going back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import CmdbError, Conflict
from reconciliation import rules
from reconciliation.rules_folder import RulesFolder
from reconciliation.rules_follow import WAIT
from reconciliation.rules_reading import read_folder, shipped
from web import rule_sets
from web.auth.permissions import Permission, needs
from web.services import services

blueprint = Blueprint("admin_rules", __name__, url_prefix="/admin/rules")
_NEW = "site.yaml"


@blueprint.get("")
@needs(Permission.ADMIN)
def show() -> ResponseReturnValue:
    """The set in force, and its files to change; with `?job=` what a look in a large house found."""
    if job := request.args.get("job", "")[:64]:
        return _looked(job)
    found = rules.house()
    files = read_folder(found.folder) if isinstance(found, RulesFolder) else {}
    return _page(files)


@blueprint.post("")
@needs(Permission.ADMIN)
def act() -> ResponseReturnValue:
    """Foresee what was typed, or put in force what was foreseen."""
    files = _given()
    try:
        made = rule_sets.keeper().tried(files)
        if request.form.get("digest") != made.digest:
            if rule_sets.is_large():
                return redirect(f"/admin/rules?job={rule_sets.foreseen_later(files, made)}", 303)
            return _page(files, made=made.to_json(), foreseen=rule_sets.foreseen(made))
        done = rule_sets.used(files, request.form.get("reason", ""), request.form.get("joins_and_parts") or WAIT)
    except CmdbError as error:
        return _page(files, error=error.message), 409 if isinstance(error, Conflict) else 422
    return _switched(done)


def _switched(done: rule_sets.Used) -> ResponseReturnValue:
    if done.switch is None:
        flash("The switch was ordered; this is how far it is.", "success")
        return redirect(f"/admin/jobs/{done.job}", 303)
    told = f"In force: {done.switch.name} {done.switch.label}."
    told += f" {done.drawn['values']} values and {done.drawn['identifiers']} identifiers became different."
    if any(done.followed.get(name) for name in ("asked", "joined", "parted", "left_count")):
        told += " {asked} questions asked, {joined} joined, {parted} parted, {left_count} left.".format(**done.followed)
    flash(told, "success")
    return redirect("/admin/rules")


def _looked(job_id: str) -> str:
    """How far a look is, and what it found when it is done."""
    job = rule_sets.checked(job_id)
    files = dict(job.args["files"])
    if job.state != "done" or not isinstance(job.result, dict):
        return _page(files, job=job)
    return _page(files, made=job.result["rules"], foreseen=job.result, job=job)


@blueprint.post("/undo")
@needs(Permission.ADMIN)
def undo() -> ResponseReturnValue:
    """Go back to the set before the last switch."""
    try:
        done = rule_sets.undone(request.form.get("reason", ""))
    except CmdbError as error:
        return _page(read_folder(rule_sets.keeper().folder), error=error.message), 409 if isinstance(error, Conflict) else 422
    return _switched(done)


def _given() -> dict[str, str]:
    """Name → text of the files of the form; an empty one is taken away."""
    pairs = ((name.removeprefix("file:"), text.replace("\r\n", "\n")) for name, text in request.form.items() if name.startswith("file:"))
    return {name: text for name, text in pairs if text.strip()}


def _page(files: Mapping[str, str], **told: Any) -> str:
    found = rules.house()
    keeper = found if isinstance(found, RulesFolder) else None
    return render_template(
        "admin/rules.html",
        rules=(keeper.rules if keeper else shipped(services().catalogue)).to_json(),
        writable=keeper is not None and not keeper.fixed,
        folder=str(keeper.folder) if keeper else "",
        switches=[s.to_json() for s in keeper.history()] if keeper and not keeper.fixed else [],
        files=dict(files) or {_NEW: ""},
        reason=request.form.get("reason", ""),
        **told,
    )
