"""ETag and If-Match: nobody overwrites what they have not seen."""

from __future__ import annotations

from flask import Response, jsonify, request
from pydantic import BaseModel
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired


def with_etag(body: BaseModel, revision: int | str) -> Response:
    """The body as JSON with its revision as ETag; 304 without a body when the asker has this revision already."""
    response = jsonify(body.model_dump(mode="json", by_alias=True))
    response.set_etag(str(revision))
    return response.make_conditional(request) if request.method in {"GET", "HEAD"} else response  # type: ignore[return-value]


def check_if_match(revision: int | str) -> None:
    """Let a change go on only if the asker names the present revision by `If-Match` (`*`: any).

    Raises 428 when the header is missing and 412 when the thing changed since it was read.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequired("Read it first and send its ETag as If-Match, so that no change of somebody else is lost.")
    if not request.if_match.contains(str(revision)):
        raise PreconditionFailed("It changed since you read it. Read it again and repeat the change.")
