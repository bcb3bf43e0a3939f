"""Reference data on a page: what counts, of which day, where it comes from; a site brings its own, and takes it back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import references
from cmdb.errors import CmdbError, Invalid
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.compliance_tell import tell_reference, tell_reference_age
from web.services import services

blueprint = Blueprint("reference", __name__, url_prefix="/compliance/reference")


@blueprint.get("")
@needs(Permission.READ)
def overview() -> ResponseReturnValue:
    """What counts here, of which day it is, and how old it may be."""
    return _shown()


def _shown(error: CmdbError | None = None, name: str = "") -> str:
    """The page; the form of the reference data `name` (empty: of the days) came back with an error."""
    graph = services().graph
    words = {"allowed": references.allowed_days(graph), "error": error, "wrong": name, "days": request.form.get("days", "")}
    return render_template("compliance/reference.html", tables=references.told(graph), **words)


@blueprint.post("")
@needs(Permission.ADMIN)
def allow() -> ResponseReturnValue:
    """Say how old reference data may be here."""
    given = request.form.get("days", "").strip()
    try:
        if not given.isascii() or not given.isdecimal() or len(given) > 6:
            raise Invalid("Say a number of days.", field="days")
        tell_reference_age(references.allow(services().graph, int(given), by=viewer().actor))
    except Invalid as error:
        return _shown(error), 422
    flash(f"Reference data may be {int(given):,} days old. A sweep by that is ordered.", "success")
    return redirect("/compliance/reference", 303)


@blueprint.get("/<name>")
@needs(Permission.READ)
def text(name: str) -> ResponseReturnValue:
    """One of them as a file."""
    found = references.one(services().graph, name)
    suffix = references.KINDS[name].shipped.suffix
    return Response(found.text, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{name}{suffix}"'})


@blueprint.post("/<name>")
@needs(Permission.ADMIN)
def keep(name: str) -> ResponseReturnValue:
    """Let a file count."""
    try:
        found = references.keep(services().graph, name, _given(), by=viewer().actor)
    except Invalid as error:
        error.field = "file"
        return _shown(error, name), 422
    tell_reference(found, "keep")
    flash(f"{found.title} of {found.dated} count from the next sweep on, which is ordered.", "success")
    return redirect("/compliance/reference", 303)


@blueprint.post("/<name>/undo")
@needs(Permission.ADMIN)
def undo(name: str) -> ResponseReturnValue:
    """Take the last one back."""
    found = references.undo(services().graph, name)
    tell_reference(found, "undo")
    flash(f"{found.title} of {found.dated} count again.", "success")
    return redirect("/compliance/reference", 303)


def _given() -> str:
    file = request.files.get("file")
    data = file.read(references.LONGEST + 1) if file else b""
    if not data:
        raise Invalid("Choose a file.", field="file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid("The file is not UTF-8.", field="file") from error
