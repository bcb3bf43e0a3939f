"""Notes on a CI: what people wrote about it, and the files they attached."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import cis
from cmdb.inventory import notes
from cmdb.inventory.notes import Note
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.attached import download, too_large, uploaded
from web.frame.export import export
from web.frame.looks import looked_at
from web.frame.record import record
from web.frame.table import Column, TableSpec
from web.pages.ci import frame_of
from web.services import services

blueprint = Blueprint("notes", __name__, url_prefix="/cis")
blueprint.register_error_handler(413, too_large)
SPEC = TableSpec(
    "notes",
    "Notes",
    (
        Column("at", "Written", fixed=True),
        Column("by", "By"),
        Column("text", "Note"),
        Column("file_name", "File"),
        Column("media_type", "Type"),
        Column("size", "Bytes", numeric=True),
        Column("file", "SHA-256"),
    ),
    page_size=20,
)
_EXPORTED = 5_000


@blueprint.get("/<ci_id>/notes")
@needs(Permission.READ)
def listed(ci_id: str) -> ResponseReturnValue:
    """The notes, the newest first, with the form; or all of them as a file."""
    row, view = cis.get(services().graph, ci_id), SPEC.read()
    if view.format:
        looked_at(row, "page")
        return export(view, notes.listed(services().graph, str(row["id"]), limit=_EXPORTED))
    return _page(row)


def _page(row: dict[str, Any], text: str = "", error: Invalid | None = None) -> str:
    view, who = SPEC.read(), viewer()
    before = str(view.cursor.values[0]) if view.cursor else None
    rows = notes.listed(services().graph, str(row["id"]), before=before, limit=view.limit + 1)
    page = view.page(rows, key=lambda note: (note.id,), both_ways=False)
    mine = {note.id for note in page.rows if note.may_go(who.actor, rules=who.may(Permission.ADMIN))}
    words = {"text": text, "error": error, "most": notes.MAX_TEXT, "later": before is not None}
    return render_template("ci/notes.html", **frame_of(row, "/notes"), view=view, page=page, mine=mine, **words)


@blueprint.post("/<ci_id>/notes")
@needs(Permission.EDIT)
def add(ci_id: str) -> ResponseReturnValue:
    """Add one: a text, a file, or both."""
    here, row, text = services(), cis.get(services().graph, ci_id), request.form.get("text", "")
    try:
        note = notes.add(here.graph, here.ledger, row, text, uploaded("file"), by=viewer().actor)
    except Invalid as error:
        return _page(row, text, error), 422
    record("note.add", note.ci, kept(note))
    flash("The note is kept.", "success")
    return redirect(f"/cis/{note.ci}/notes", 303)


def kept(note: Note) -> dict[str, Any]:
    """What the audit log says of a note. The file's name is not in it: names tell of people, and the log is never erased."""
    return {"note": note.id, **({"sha256": note.file, "size": note.size} if note.file else {})}


@blueprint.get("/<ci_id>/notes/<note_id>/file")
@needs(Permission.READ)
def file(ci_id: str, note_id: str) -> ResponseReturnValue:
    """The file of a note, as a download."""
    row, note = _of(ci_id, note_id)
    looked_at(row, "page")
    return download(note)


def _of(ci_id: str, note_id: str) -> tuple[dict[str, Any], Note]:
    """The CI and a note on it. Raises NotFound."""
    graph = services().graph
    row, note = cis.get(graph, ci_id), notes.one(graph, note_id)
    if note.ci != row["id"]:
        raise NotFound("There is no such note; it may have been removed.")
    return row, note


@blueprint.post("/<ci_id>/notes/<note_id>/remove")
@needs(Permission.EDIT)
def remove(ci_id: str, note_id: str) -> ResponseReturnValue:
    """Take one away, with its file: who wrote it, and administrators."""
    here, who = services(), viewer()
    row, note = _of(ci_id, note_id)
    try:
        notes.remove(here.graph, here.ledger, row, note, by=who.actor, rules=who.may(Permission.ADMIN))
    except Conflict as error:
        flash(error.message, "danger")
    else:
        record("note.remove", note.ci, kept(note))
        flash("The note is removed.", "success")
    return redirect(f"/cis/{note.ci}/notes", 303)
