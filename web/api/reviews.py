"""`/api/v1/reviews`: questions of identity that wait for a person."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.graph import reviews as store
from reconciliation import answer
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import Applied
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

api = api_blueprint("reviews", "Questions of identity that wait for a person.")


class ReviewsQuery(ListQuery):
    """Which reviews."""

    state: Literal["open", "answered"] = Field(default="open", description="Open ones, or answered ones.")


class ReviewPath(BaseModel):
    """Which review."""

    review_id: str = Field(min_length=1, max_length=64, description="Its id.")


class Review(BaseModel):
    """A question: is this one of the candidates?"""

    id: str = Field(description="Its id.")
    kind: str = Field(description="who: which CI is this; double: are these CIs one.")
    cls: str = Field(serialization_alias="class", description="The class the source gave.")
    title: str = Field(description="What the source calls it.")
    rule: str = Field(description="Why it is doubtful.")
    source: str = Field(description="Who saw it.")
    state: str = Field(description="open or answered.")
    opened_at: str = Field(description="When it was first asked.")
    candidates: list[str] = Field(description="Ids of the CIs it may be.")
    answer: str | None = Field(description="same:ID or different, once answered.")
    answered_by: str | None = Field(description="Who answered.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Review:
        """From a row of the graph."""
        ids = [c["id"] if isinstance(c, dict) else c for c in row["candidates"]]
        names = ("id", "kind", "title", "rule", "source", "state", "opened_at")
        return cls(
            cls=row["class"], candidates=ids, answer=row.get("answer"), answered_by=row.get("answered_by"), **{n: row[n] for n in names}
        )


class ReviewWhole(Review):
    """A question with its evidence."""

    verdict: dict[str, Any] = Field(description="Candidates with what agrees and what differs.")


class Answer(BaseModel):
    """What a person says."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["same", "different"] = Field(description="same: it is the CI `ci`; different: it is none of them.")
    ci: str = Field(default="", max_length=64, description="The candidate it is, for same.")
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")


@api.get("/reviews", responses={200: list_of(Review)})
@needs(Permission.READ)
def reviews(query: ReviewsQuery) -> Response:
    """Questions, the oldest first."""
    place = query.place("reviews")
    rows = store.listed(services().graph, state=query.state, after=str(place[0]) if place else "", limit=query.limit + 1)
    return listing("reviews", rows, query, out=Review.of, key=lambda row: (row["id"],))


@api.get("/reviews/<review_id>", responses={200: ReviewWhole})
@needs(Permission.READ)
def review(path: ReviewPath) -> Response:
    """One question with its evidence."""
    row = store.get(services().graph, path.review_id)
    whole = ReviewWhole(**Review.of(row).model_dump(), verdict=row["verdict"])
    return jsonify(whole.model_dump(mode="json", by_alias=True))


@api.post("/reviews/<review_id>/answer", responses={200: Applied})
@needs(Permission.EDIT)
def settle(path: ReviewPath, body: Answer) -> Response:
    """Answer a question; what waited for it is applied."""
    here = services()
    changes = answer(here.graph, here.catalogue, path.review_id, body.answer, body.ci, by=viewer().actor, reason=body.reason)
    record("review.answer", path.review_id, {"answer": body.answer, "ci": body.ci})
    return jsonify(Applied.of(changes).model_dump(mode="json"))
