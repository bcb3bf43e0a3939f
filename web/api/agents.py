"""`/api/v1/refusals` and `/api/v1/schemas/endpoint-report.json`: who was turned away at the agents' doors, and what a report looks like."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field, RootModel

from cmdb import store
from web.agent.native import schema
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs, public
from web.services import services

api = api_blueprint("agents", "What agents send, and what of it was refused.")


class RefusalsQuery(ListQuery):
    """Which refusals."""

    kind: str | None = Field(
        default=None,
        max_length=40,
        description="Only of this kind: unknown-token, revoked-token, unknown-node, unreadable, too-large, too-many, replayed.",
    )
    token: str | None = Field(default=None, max_length=64, description="Only of this enrolment token (its id).")


class Refusal(BaseModel):
    """Requests that were refused, alike and within one hour."""

    id: int = Field(description="Its number.")
    kind: str = Field(description="What kind of refusal.")
    reason: str = Field(description="Why.")
    address: str = Field(description="From where.")
    token_id: str = Field(description="The enrolment token, where one was known.")
    detail: str = Field(description="What the last one called itself.")
    times: int = Field(description="How many.")
    first_at: datetime = Field(description="The first of them.")
    at: datetime = Field(description="The last of them.")

    @classmethod
    def of(cls, row: store.Refusal) -> Refusal:
        """As the API shows it."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ReportSchema(RootModel[dict[str, Any]]):
    """A JSON Schema."""


@api.get("/refusals", responses={200: list_of(Refusal)})
@needs(Permission.READ)
def refusals(query: RefusalsQuery) -> Response:
    """What the agents' doors refused and why, newest first."""
    place = query.place("refusals")
    before = int(str(place[0])) if place else None
    rows = services().ledger.refusals.list(query.limit + 1, before=before, kind=query.kind or "", token_id=query.token or "")
    return listing("refusals", rows, query, out=Refusal.of, key=lambda row: (row.id,))


@api.get("/schemas/endpoint-report.json", responses={200: ReportSchema}, security=[])
@public
def endpoint_report() -> Response:
    """The JSON Schema of the native endpoint report. Everybody may read it."""
    return jsonify(schema())
