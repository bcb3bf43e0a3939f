"""`/api/v1/cis/{id}/notes` and `/api/v1/notes/{id}`: notes of people on a configuration item, with their files."""

from __future__ import annotations

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cmdb.errors import Invalid
from cmdb.graph import cis
from cmdb.inventory import notes
from cmdb.inventory.notes import MAX_TEXT, Note
from web.api.paging import ListQuery, list_of, listing
from web.api.problem import of_validation
from web.api.security import PREFIX, api_blueprint
from web.api.shapes import CiPath
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.attached import BYTES, SERVED_AS, download, too_large, uploaded
from web.frame.looks import looked_at
from web.frame.record import record
from web.pages.notes import kept
from web.services import services

api = api_blueprint("notes", "What people wrote about a configuration item, and the files they attached.")
api.register_error_handler(413, too_large)
SCOPE = "notes"


class NotesQuery(ListQuery):
    """Which page of the list."""


class NotePath(BaseModel):
    """Which note."""

    note_id: str = Field(min_length=1, max_length=64, description="The note's id.")


class NewNote(BaseModel):
    """A note that is a text alone."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=MAX_TEXT, description="What is to be noted; line breaks are kept.")


class NoteOut(BaseModel):
    """A note."""

    id: str = Field(description="Its id.")
    ci: str = Field(description="The CI it is on.")
    at: str = Field(description="When it was written.")
    by: str = Field(description="Who wrote it.")
    text: str = Field(description="Its text; empty where it is a file alone.")
    file_name: str = Field(description="The file's name; empty where there is none.")
    media_type: str = Field(description="What the file's ending says it is.")
    size: int = Field(description="The file's bytes.")
    sha256: str = Field(description="The file's SHA-256; empty where there is none.")
    file_url: str | None = Field(description="Where the file is; null where there is none.")

    @classmethod
    def of(cls, note: Note) -> NoteOut:
        """From the service."""
        return cls(
            id=note.id,
            ci=note.ci,
            at=note.at,
            by=note.by,
            text=note.text,
            file_name=note.file_name,
            media_type=note.media_type,
            size=note.size,
            sha256=note.file,
            file_url=f"{PREFIX}/notes/{note.id}/file" if note.file else None,
        )


_FORM = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": MAX_TEXT, "description": "The text; may be left away."},
        "file": {"type": "string", "format": "binary", "description": "The file, with its name; at most 20 MB."},
    },
    "required": ["file"],
}
BODY = {"content": {"application/json": {"schema": NewNote.model_json_schema()}, "multipart/form-data": {"schema": _FORM}}}
"""A text as JSON; a form where there is a file."""


@api.get("/cis/<ci_id>/notes", responses={200: list_of(NoteOut)})
@needs(Permission.READ)
def listed(path: CiPath, query: NotesQuery) -> Response:
    """Notes on a CI, the newest first."""
    graph = services().graph
    row = cis.get(graph, path.ci_id)
    looked_at(row, "API")
    place = query.place(SCOPE)
    rows = notes.listed(graph, str(row["id"]), before=str(place[0]) if place else None, limit=query.limit + 1)
    return listing(SCOPE, rows, query, out=NoteOut.of, key=lambda note: (note.id,))


@api.post("/cis/<ci_id>/notes", request_body=BODY, responses={201: NoteOut})
@needs(Permission.EDIT)
def add(path: CiPath) -> Response:
    """Put a note on a CI: a text as JSON, or a form with a file and, if you like, a text."""
    here = services()
    row = cis.get(here.graph, path.ci_id)
    if request.mimetype == "application/json":
        try:
            text, file = NewNote.model_validate(request.get_json()).text, None
        except ValidationError as error:
            return of_validation(error)
    else:
        text, file = request.form.get("text", ""), uploaded("file")
        if file is None:
            raise Invalid("file is missing; send a note without one as JSON.", field="file")
    note = notes.add(here.graph, here.ledger, row, text, file, by=viewer().actor)
    record("note.add", note.ci, kept(note))
    response = jsonify(NoteOut.of(note).model_dump(mode="json"))
    response.status_code = 201
    return response


@api.get("/notes/<note_id>/file", responses={200: {"content": {kind: {} for kind in sorted({BYTES, *SERVED_AS})}}})
@needs(Permission.READ)
def file(path: NotePath) -> Response:
    """The file of a note."""
    graph = services().graph
    note = notes.one(graph, path.note_id)
    looked_at(cis.get(graph, note.ci), "API")
    return download(note)


@api.delete("/notes/<note_id>", responses={200: NoteOut})
@needs(Permission.EDIT)
def remove(path: NotePath) -> Response:
    """Take a note away, with its file: who wrote it, and administrators. Answers with what it was."""
    here, who = services(), viewer()
    note = notes.one(here.graph, path.note_id)
    row = cis.get(here.graph, note.ci)
    notes.remove(here.graph, here.ledger, row, note, by=who.actor, rules=who.may(Permission.ADMIN))
    record("note.remove", note.ci, kept(note))
    return jsonify(NoteOut.of(note).model_dump(mode="json"))
