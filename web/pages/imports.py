"""Imports: a table is read and shown with what it would change; then it is accepted, durable, and applied in the background."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid
from cmdb.intake import submit_observation
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.store import Entry
from discovery.tables import TableResult, read_table, shipped_mappings, table_template
from reconciliation import preview
from reconciliation.refusing import refused
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.personal import without_what_is_personal
from web.frame.record import record
from web.frame.uploads import UPLOADS, Upload
from web.services import services

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
_PREVIEWED = 1_000
"""Tables that name more things are read and checked, but their changes are not shown beforehand: that would take too long for a page."""
_LOOKED_AT = 500


def _imports(limit: int) -> list[Entry]:
    """The newest accepted imports among the newest entries of the intake."""
    rows = services().ledger.intake.list(None, _LOOKED_AT, None)
    return [entry for entry in rows if str(entry.meta.get("source", "")).startswith("import:")][:limit]


@blueprint.get("")
@needs(Permission.READ)
def imports() -> ResponseReturnValue:
    """What was imported, and what became of it."""
    return render_template("imports/list.html", rows=_imports(100))


@blueprint.get("/new")
@needs(Permission.EDIT)
def new() -> ResponseReturnValue:
    """Choose a file."""
    return _new()


def _new(error: str = "", field: str = "") -> str:
    kinds = [kind for kind in services().catalogue.classes.values() if not kind.abstract]
    return render_template("imports/new.html", kinds=kinds, mappings=shipped_mappings(), error=error, field=field, form=request.form)


@blueprint.get("/template/<cls>.csv")
@needs(Permission.READ)
def template(cls: str) -> ResponseReturnValue:
    """An empty table for a class."""
    response = Response(table_template(services().catalogue, cls), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{cls.replace("_", "-")}.csv"'
    return response


@blueprint.post("/new")
@needs(Permission.EDIT)
def upload() -> ResponseReturnValue:
    """Take the file and show what it would do."""
    file, cls = request.files.get("file"), request.form.get("class", "")
    if file is None or not file.filename:
        return _new("Choose a file.", "file"), 422
    name = request.form.get("name", "").strip() or file.filename
    kept = UPLOADS.keep(file.read(), name=name[:200], cls=cls, owner=viewer().actor)
    try:
        _read(kept)
    except Invalid as error:
        UPLOADS.drop(kept.id)
        return _new(error.message, error.field or "file"), 422
    return redirect(f"/imports/check/{kept.id}", 303)


def _read(kept: Upload) -> TableResult:
    return read_table(kept.read(), services().catalogue, cls=kept.cls or None, source_name=kept.name, now=times.now(), judge=refused)


@blueprint.get("/check/<upload_id>")
@needs(Permission.EDIT)
def check(upload_id: str) -> ResponseReturnValue:
    """The dry run: how the columns were understood, what is wrong with which row, and what would change."""
    here, kept = services(), UPLOADS.get(upload_id, viewer().actor)
    table = _read(kept)
    small = len(table.observation.items) <= _PREVIEWED
    changes: Changes | None = preview(here.graph, here.catalogue, table.observation) if small and table.observation.items else None
    told = changes.to_json() if changes is not None else None
    return render_template("imports/check.html", kept=kept, table=table, told=told, classes=here.catalogue.classes)


@blueprint.post("/check/<upload_id>")
@needs(Permission.EDIT)
def accept(upload_id: str) -> ResponseReturnValue:
    """Accept the good rows: on the disk when this answers, applied in the background."""
    here, kept = services(), UPLOADS.get(upload_id, viewer().actor)
    table = _read(kept)
    if not table.observation.items:
        raise Invalid("There is no good row in this table.", field="file")
    said = without_what_is_personal(here.graph, here.ledger, here.catalogue, table.observation)
    entry = submit_observation(here.ledger, said, actor=viewer().actor)
    record("import.accept", entry, {"name": kept.name, "rows": table.rows, "refused": table.refused_rows})
    UPLOADS.drop(kept.id)
    return redirect(f"/imports/{entry}", 303)


@blueprint.get("/<entry_id>")
@needs(Permission.READ)
def result(entry_id: str) -> ResponseReturnValue:
    """What became of an import."""
    here = services()
    entry = here.ledger.intake.get(entry_id)
    outcomes: dict[str, int] = {}
    for item in (entry.result or {}).get("items", ()):
        outcomes[str(item["outcome"])] = outcomes.get(str(item["outcome"]), 0) + 1
    told = here.ledger.intake.progress(entry)
    return render_template("imports/result.html", entry=entry, progress=told, outcomes=outcomes, classes=here.catalogue.classes)
