"""Files that people attached, in and out: read with a limit, and given out so that no browser runs or shows them in this house's name."""

from __future__ import annotations

from io import BytesIO

from flask import Response, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from cmdb.errors import Invalid
from cmdb.inventory.notes import Note, Upload
from cmdb.store.attachments import MAX_FILE
from web.errors import Fault, answer
from web.services import services

SERVED_AS = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain"})
"""Types that a download is called by; every other is a row of bytes."""
BYTES = "application/octet-stream"
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def uploaded(field: str) -> Upload | None:
    """The file of this field of the form; None where none was chosen. Raises Invalid for a field that is a text.

    At most one byte more than may be kept is read.
    """
    if field in request.form:
        raise Invalid(f"{field} must be a file with a name.", field=field)
    file: FileStorage | None = request.files.get(field)
    if file is None or not file.filename:
        return None
    return Upload(file.filename, file.stream.read(MAX_FILE + 1))


def download(note: Note) -> Response:
    """The note's file, to be saved and not to be shown. Raises NotFound where it has none."""
    body = services().ledger.attachments.read(note.id)
    kind = note.media_type if note.media_type in SERVED_AS else BYTES
    response = send_file(BytesIO(body), mimetype=kind, as_attachment=True, download_name=note.file_name or "file")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def too_large(_: Exception) -> ResponseReturnValue:
    """Handler for a request that is larger than this server reads at all."""
    most = min(MAX_FILE, services().settings.max_body_bytes) >> 20
    return answer(Fault(413, "Too large", f"A note may have a file of at most {most} MB.", "file"))
