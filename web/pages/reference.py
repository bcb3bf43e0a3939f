"""Reference data on a page: what counts, of which day, where it comes from; a site brings its own, and takes it back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import references
from cmdb.errors import CmdbError, Invalid
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

blueprint = Blueprint("reference", __name__, url_prefix="/compliance/reference")
EVALUATE = "evaluate"


@blueprint.get("")
@needs(Permission.READ)
def overview() -> ResponseReturnValue:
    """Product lists and end-of-life days as they count here."""
    return render_template("compliance/reference.html", tables=references.told(services().graph))


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
    except CmdbError as error:
        flash(error.message, "danger")
        return redirect("/compliance/reference", 303)
    _tell(found, "keep")
    flash(f"{found.title} of {found.dated} count from the next sweep on, which is ordered.", "success")
    return redirect("/compliance/reference", 303)


@blueprint.post("/<name>/undo")
@needs(Permission.ADMIN)
def undo(name: str) -> ResponseReturnValue:
    """Take the last one back."""
    found = references.undo(services().graph, name)
    _tell(found, "undo")
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


def _tell(found: references.Told, step: str) -> None:
    """The audit log, and a sweep by what counts now."""
    record(f"reference.{step}", found.name, {"dated": found.dated, "source": found.source[:200]})
    services().ledger.jobs.enqueue(EVALUATE, {}, key=EVALUATE)
