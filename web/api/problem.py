"""RFC 9457: every error under /api has this one shape."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, current_app, request
from pydantic import BaseModel, Field, ValidationError

PROBLEM_JSON = "application/problem+json"
_LONGEST = 300


class FieldProblem(BaseModel):
    """One input at fault."""

    field: str = Field(description="Where: the query word, or the path into the body, parts joined by dots.")
    message: str = Field(description="What is wrong with it, and how to mend it.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(default="about:blank", description="Kind of problem; about:blank: the status says it.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status once more.")
    detail: str = Field(description="What happened, as a sentence for people.")
    instance: str = Field(description="The path that was asked.")
    errors: list[FieldProblem] = Field(default_factory=list, description="The inputs at fault, if it was the input.")


def problem(status: int, title: str, detail: str, *, field: str | None = None, errors: Sequence[FieldProblem] = ()) -> Response:
    """A problem+json answer. `field` is short for one entry of `errors`."""
    listed = list(errors) or ([FieldProblem(field=field, message=detail)] if field else [])
    body = Problem(title=title, status=status, detail=detail, instance=request.path, errors=listed)
    return current_app.response_class(body.model_dump_json() + "\n", status=status, content_type=PROBLEM_JSON)


def of_validation(error: ValidationError) -> Response:
    """422 for input that does not fit its model, each fault with its place. What was sent is not repeated in the answer."""
    listed = [
        FieldProblem(field=".".join(str(part) for part in fault["loc"]) or "body", message=str(fault["msg"])[:_LONGEST])
        for fault in error.errors(include_url=False, include_context=False, include_input=False)[:50]
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The input does not fit",
        "; ".join(f"{one.field}: {one.message}" for one in listed[:5]),
        errors=listed,
    )
