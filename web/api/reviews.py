"""`/api/v1/reviews`: questions of identity that wait for a person."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.graph import reviews as store
from reconciliation import preview_answer
from reconciliation.side_by_side import evidence_table
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import Applied
from web.auth.permissions import Permission, needs
from web.frame.applying import answered, looked_at, taken_back
from web.frame.record import record
from web.loans_tell import held_by
from web.services import services

api = api_blueprint("reviews", "Questions of identity that wait for a person.")

Choice = Literal["same", "different", "replaced-part", "retired-replaced"]
CHOICE_WORDS = (
    "same: it is the CI `ci`; different: it is none of them; replaced-part: it is `ci`, and the identifiers of the old part end; "
    "retired-replaced: it is new, and took the place of `ci`, which is retired."
)


class ReviewsQuery(ListQuery):
    """Which reviews."""

    state: Literal["open", "closed"] = Field(default="open", description="Open ones, or those answered and settled, the latest first.")
    kind: Literal["", "who", "double", "split", "two-loans"] = Field(default="", description="Open ones of this kind only.")
    cls: str = Field(default="", alias="class", max_length=64, description="Open ones about this class only.")
    rule: str = Field(default="", max_length=200, description="A part of the reason of the doubt.")
    source: str = Field(default="", max_length=200, description="A part of the source's key.")
    title: str = Field(default="", max_length=200, description="A part of the title.")
    group: str = Field(default="", max_length=64, description="Open ones of this group only.")
    since: str = Field(default="", max_length=40, description="Asked at or after this time (ISO 8601 with zone).")
    until: str = Field(default="", max_length=40, description="Asked before this time (ISO 8601 with zone).")


class ReviewPath(BaseModel):
    """Which review."""

    review_id: str = Field(min_length=1, max_length=64, description="Its id.")


class Review(BaseModel):
    """A question: is this one of the candidates?"""

    id: str = Field(description="Its id.")
    kind: str = Field(description="who: which CI is this; double: are these CIs one; split: is it several; two-loans: who has it.")
    cls: str = Field(serialization_alias="class", description="The class the source gave.")
    title: str = Field(description="What the source calls it.")
    rule: str = Field(description="Why it is doubtful.")
    source: str = Field(description="Who saw it.")
    state: str = Field(description="open; answered by a person; solved by later evidence.")
    opened_at: str = Field(description="When it was first asked.")
    candidates: list[str] = Field(description="Ids of the CIs it may be.")
    pattern: str | None = Field(description="What agrees (+) and differs (-), in kinds of identifiers.")
    group: str | None = Field(description="The group of questions that are alike.")
    answer: str | None = Field(description="For instance same:ID or different, once closed.")
    answered_by: str | None = Field(description="Who answered.")
    answered_at: str | None = Field(description="When.")
    answer_reason: str | None = Field(description="Why.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Review:
        """From a row of the graph."""
        ids = [c["id"] if isinstance(c, dict) else c for c in row["candidates"]]
        names = ("id", "kind", "title", "rule", "source", "state", "opened_at")
        later = ("pattern", "group", "answer", "answered_by", "answered_at", "answer_reason")
        told: dict[str, Any] = {n: row[n] for n in names} | {n: row.get(n) for n in later}
        return cls(cls=row["class"], candidates=ids, **told)


class ReviewWhole(Review):
    """A question with its evidence."""

    verdict: dict[str, Any] = Field(description="How reconciliation judged each candidate.")
    evidence: list[dict[str, Any]] = Field(description="Per kind of identifier: what was seen, and each candidate's state and values.")
    history: list[dict[str, Any]] = Field(description="Answers and take-backs, with author, reason and time.")


class Answer(BaseModel):
    """What a person says."""

    model_config = ConfigDict(extra="forbid")

    answer: Choice = Field(description=CHOICE_WORDS)
    ci: str = Field(default="", max_length=64, description="The candidate it is about; not for different.")
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")
    dry_run: bool = Field(default=False, description="Only say what it would change.")


class Holder(BaseModel):
    """Which loan is so."""

    model_config = ConfigDict(extra="forbid")

    loan: str = Field(min_length=1, max_length=64, description="The id of the open loan that goes on.")
    reason: str = Field(default="", max_length=500, description="Why; kept with the loans that end.")


class TakeBack(BaseModel):
    """Why an answer is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")


@api.get("/reviews", responses={200: list_of(Review)})
@needs(Permission.READ)
def reviews(query: ReviewsQuery) -> Response:
    """Open questions, the oldest first; or closed ones, the latest first."""
    place, graph = query.place(f"reviews:{query.state}"), services().graph
    after = str(place[0]) if place else ""
    if query.state == "closed":
        rows = store.closed(graph, after=after, limit=query.limit + 1)
        return listing("reviews:closed", rows, query, out=Review.of, key=lambda row: (row["closed_key"],))
    filters = {name: getattr(query, name) for name in ("kind", "rule", "source", "title", "group", "since", "until")}
    rows = store.listed(graph, filters={**filters, "class": query.cls}, after=after, limit=query.limit + 1)
    return listing("reviews:open", rows, query, out=Review.of, key=lambda row: (row["id"],))


@api.get("/reviews/<review_id>", responses={200: ReviewWhole})
@needs(Permission.READ)
def review(path: ReviewPath) -> Response:
    """One question with its evidence, side by side as it is now."""
    here = services()
    row = looked_at(path.review_id)
    lines = evidence_table(here.graph, here.catalogue, row) if row["kind"] in ("who", "double") else []
    told = {"verdict": row["verdict"], "evidence": [line.to_json() for line in lines], "history": row["history"]}
    return jsonify(ReviewWhole(**Review.of(row).model_dump(), **told).model_dump(mode="json", by_alias=True))


@api.post("/reviews/<review_id>/answer", responses={200: Applied})
@needs(Permission.EDIT)
def settle(path: ReviewPath, body: Answer) -> Response:
    """Answer a question; what waited for it is applied."""
    here = services()
    if body.dry_run:
        changes = preview_answer(here.graph, here.catalogue, path.review_id, body.answer, body.ci)
        return jsonify(Applied.of(changes).model_dump(mode="json"))
    changes = answered(path.review_id, body.answer, body.ci, body.reason)
    record("review.answer", path.review_id, {"answer": body.answer, "ci": body.ci})
    return jsonify(Applied.of(changes).model_dump(mode="json"))


@api.post("/reviews/<review_id>/holder", responses={200: Review})
@needs(Permission.LOAN)
def holder(path: ReviewPath, body: Holder) -> Response:
    """Say who has a device that two people hold by the books (kind two-loans): the other loans end, and the question closes."""
    kept = held_by(path.review_id, body.loan, body.reason)
    record("review.holder", path.review_id, {"loan": kept.id, "device": kept.device})
    return jsonify(Review.of(store.get(services().graph, path.review_id)).model_dump(mode="json", by_alias=True))


@api.post("/reviews/<review_id>/take-back", responses={200: Applied})
@needs(Permission.EDIT)
def back(path: ReviewPath, body: TakeBack) -> Response:
    """Take an answer back: what it did is undone, and the question is open again. 409 where it is open or settled itself."""
    changes = taken_back(path.review_id, body.reason)
    record("review.take-back", path.review_id)
    return jsonify(Applied.of(changes).model_dump(mode="json"))
