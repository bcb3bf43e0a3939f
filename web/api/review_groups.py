"""`/api/v1/review-groups`: open questions that are alike, answered together."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.graph import reviews as store
from reconciliation.bulk_answers import STEP, answer_all, preview_group
from web.api.paging import ItemList
from web.api.reviews import CHOICE_WORDS, Choice
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import answered
from web.frame.record import record
from web.pages.review_groups import ANSWER_GROUP
from web.services import services

api = api_blueprint("review groups", "Questions of identity that are alike.")


class GroupPath(BaseModel):
    """Which group."""

    group: str = Field(min_length=1, max_length=64, description="Its key.")


class Group(BaseModel):
    """Open questions with the same rule, class, source and pattern of evidence."""

    group: str = Field(description="Its key.")
    kind: str = Field(description="The kind of its questions.")
    cls: str = Field(serialization_alias="class", description="The class the source gave.")
    rule: str = Field(description="Why they are doubtful.")
    source: str = Field(description="Who saw them.")
    pattern: str | None = Field(description="What agrees (+) and differs (-), in kinds of identifiers.")
    count: int = Field(description="How many are open.")
    first: str = Field(description="The id of the oldest.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Group:
        """From a row of the graph."""
        told: dict[str, Any] = {n: row[n] for n in ("group", "kind", "rule", "source", "pattern", "count", "first")}
        return cls(cls=row["class"], **told)


class GroupList(ItemList[Group]):
    """The groups, the largest first."""


class GroupAnswer(BaseModel):
    """One answer for all questions of a group; where candidates are meant, each question's best one."""

    model_config = ConfigDict(extra="forbid")

    answer: Choice = Field(description=CHOICE_WORDS)
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")
    dry_run: bool = Field(default=False, description="Only say what it would do to the first twenty.")


class GroupDone(BaseModel):
    """How it went, or would go."""

    job: str | None = Field(default=None, description="The job that answers them, where they are many: see /jobs/{id}.")
    answered: int = Field(default=0, description="How many were answered.")
    counts: dict[str, int] = Field(default_factory=dict, description="Changes by kind.")
    left_open: int = Field(default=0, description="How many stay open.")
    left: list[dict[str, str]] = Field(default_factory=list, description="Those, with the reason; at most a hundred.")


@api.get("/review-groups", responses={200: GroupList})
@needs(Permission.READ)
def groups() -> Response:
    """The fifty largest groups of two or more open questions."""
    items = [Group.of(row).model_dump(mode="json", by_alias=True) for row in store.groups(services().graph)]
    return jsonify({"items": items, "next": None})


@api.post("/review-groups/<group>/answer", responses={200: GroupDone})
@needs(Permission.EDIT)
def settle(path: GroupPath, body: GroupAnswer) -> Response:
    """Answer all open questions of a group, each with a record of its own. More than fifty become a job."""
    here = services()
    if body.dry_run:
        return jsonify(GroupDone(**preview_group(here.graph, here.catalogue, path.group, body.answer).to_json()).model_dump(mode="json"))
    found = store.group(here.graph, path.group)
    record("review.answer-group", path.group, {"answer": body.answer, "count": found["count"]})
    if int(found["count"]) > STEP:
        args = {"group": path.group, "answer": body.answer, "by": viewer().actor, "reason": body.reason}
        return jsonify(GroupDone(job=here.ledger.jobs.enqueue(ANSWER_GROUP, args, key=path.group)).model_dump(mode="json"))
    ids = store.open_ids(here.graph, filters={"group": path.group}, limit=STEP)
    tally = answer_all(here.graph, here.catalogue, ids, body.answer, by=viewer().actor, reason=body.reason, say=answered)
    return jsonify(GroupDone(**tally.to_json()).model_dump(mode="json"))
