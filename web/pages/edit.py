"""Edit, create, retire: a person's word about a configuration item, shown as changes before it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid
from cmdb.graph import cis as store
from cmdb.inventory import edit
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from reconciliation import preview
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import applied, left_out
from web.frame.attribute_form import FieldGroup, changed_values, groups_of, text_of
from web.frame.record import record
from web.services import services

blueprint = Blueprint("edit", __name__, url_prefix="/cis")


def _reason() -> str:
    return request.form.get("reason", "").strip()[:1000]


def _until() -> str:
    """The end of the day that was given, or "". Raises Invalid."""
    day = request.form.get("until", "").strip()
    if not day:
        return ""
    try:
        return f"{date.fromisoformat(day).isoformat()}T23:59:59Z"
    except ValueError as error:
        raise Invalid("Give the day as YYYY-MM-DD.", field="until") from error


@blueprint.get("/new")
@needs(Permission.EDIT)
def new() -> ResponseReturnValue:
    """Choose a class, then describe the thing."""
    catalogue, cls = services().catalogue, request.args.get("class", "")
    if not cls or catalogue.cls(cls).abstract:
        kinds = [kind for kind in catalogue.classes.values() if not kind.abstract and not kind.part]
        return render_template("edit/classes.html", kinds=kinds)
    groups = groups_of(catalogue, cls, viewer().role, {})
    return render_template("edit/new.html", cls=catalogue.cls(cls), groups=groups, error=None, reason="", changes=None)


@blueprint.post("/new")
@needs(Permission.EDIT)
def create() -> ResponseReturnValue:
    """Create it, or show what creating it would do. One that is known already is updated instead."""
    here, cls = services(), request.args.get("class", "")
    kind = here.catalogue.cls(cls)
    groups = groups_of(here.catalogue, cls, viewer().role, {}, form=request.form)
    try:
        seen = edit.created(here.catalogue, cls, changed_values(groups), actor=viewer().actor, reason=_reason())
        if request.form.get("step") == "preview":
            told = preview(here.graph, here.catalogue, seen)
            return render_template("edit/new.html", cls=kind, groups=groups, error=None, reason=_reason(), changes=told)
        done = applied(seen)
    except Invalid as error:
        groups = groups_of(here.catalogue, cls, viewer().role, {}, form=request.form, error=error)
        return render_template("edit/new.html", cls=kind, groups=groups, error=error, reason=_reason(), changes=None), 422
    return _created(done, cls)


def _created(done: Changes, cls: str) -> ResponseReturnValue:
    item = done.resolved[0]
    record("ci.create", item.ci, {"class": cls, "outcome": item.outcome})
    if item.outcome == "ambiguous" or not item.ci:
        flash("It may be one that is known already. Answer the review that was opened.", "warning")
        return redirect("/reviews", 303)
    flash("Created." if item.outcome == "new" else "It was known already; what you said was added to it.", "success")
    _tell_left_out(cls)
    return redirect(f"/cis/{item.ci}", 303)


def _tell_left_out(cls: str) -> None:
    """Of a personal device less is kept than a person may type."""
    if names := left_out():
        attributes = services().catalogue.cls(cls).attributes
        titles = ", ".join(attributes[name].title if name in attributes else name for name in names)
        flash(
            f"The device is personal, so this was not kept as you typed it: {titles}. Numbers are kept as hashes that recognise it.",
            "warning",
        )


@blueprint.get("/<ci_id>/edit")
@needs(Permission.EDIT)
def form(ci_id: str) -> ResponseReturnValue:
    """The form of its class with its values."""
    here = services()
    row = store.get(here.graph, ci_id)
    groups = groups_of(here.catalogue, str(row["class"]), viewer().role, row)
    return _form(row, groups)


@blueprint.post("/<ci_id>/edit")
@needs(Permission.EDIT)
def save(ci_id: str) -> ResponseReturnValue:
    """Save what was changed, or show it first. What somebody else changed in the same fields meanwhile is shown instead."""
    here, role = services(), viewer().role
    row = store.get(here.graph, ci_id)
    cls = str(row["class"])
    groups = groups_of(here.catalogue, cls, role, row, form=request.form)
    clashes = _clashes(groups, row)
    if clashes:
        return _form(row, groups_of(here.catalogue, cls, role, row, form=_rebased(groups, row)), clashes=clashes), 409
    try:
        changes = changed_values(groups)
        if not changes:
            raise Invalid("Nothing was changed.")
        seen = edit.changed(here.catalogue, row, changes, actor=viewer().actor, reason=_reason(), rev=None, until=_until())
        if request.form.get("step") == "preview":
            return _form(row, groups, changes=preview(here.graph, here.catalogue, seen))
        return _saved(row, seen, sorted(changes))
    except Invalid as error:
        return _form(row, groups_of(here.catalogue, cls, role, row, form=request.form, error=error), error=error), 422


def _saved(row: dict[str, Any], seen: Observation, names: list[str]) -> ResponseReturnValue:
    done = applied(seen)
    record("ci.change", str(row["id"]), {"attributes": names})
    flash("Saved." if done.changes else "Saved; nothing became different.", "success")
    _tell_left_out(str(row["class"]))
    return redirect(f"/cis/{row['id']}", 303)


def _form(row: dict[str, Any], groups: list[FieldGroup], **words: Any) -> str:
    given = {"error": None, "changes": None, "clashes": [], "reason": _reason(), "until": request.form.get("until", "")[:10]} | words
    return render_template("edit/form.html", ci=row, cls=services().catalogue.cls(str(row["class"])), groups=groups, **given)


def _clashes(groups: list[FieldGroup], row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Fields the person changed that are not what they were when the form was opened: (title, was, is now, yours)."""
    fields = [field for group in groups for field in group.fields if field.changed]
    now = {field.id: text_of(row.get(field.attribute.name)) for field in fields}
    return [(f.attribute.title, f.was, now[f.id], f.text) for f in fields if now[f.id] not in (f.was, f.text)]


def _rebased(groups: list[FieldGroup], row: dict[str, Any]) -> dict[str, str]:
    """The person's changes on top of what is so now: sent again, they are meant."""
    form = {f.id: f.text for group in groups for f in group.fields if f.changed}
    return form | {f"o_{f.attribute.name}": text_of(row.get(f.attribute.name)) for group in groups for f in group.fields}


@blueprint.post("/<ci_id>/retire")
@needs(Permission.EDIT)
def retire(ci_id: str) -> ResponseReturnValue:
    """Its status becomes retired; it stays in the history."""
    here = services()
    row = store.get(here.graph, ci_id)
    seen = edit.changed(here.catalogue, row, {"status": "retired"}, actor=viewer().actor, reason=_reason(), rev=None)
    return _saved(row, seen, ["status"])
