"""What each answer to a review would change, without changing anything."""

from __future__ import annotations

from typing import Any

from cmdb.graph import cis, reviews
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.ids import uuid7
from cmdb.model.observation_json import from_stored
from reconciliation.answers import (
    DIFFERENT,
    REPLACED_PART,
    RETIRED_REPLACED,
    SAME,
    answers_to,
    checked,
    differing,
    ended_changes,
    part,
    shown_by,
    subject_of,
    waiting_evidence,
)
from reconciliation.joining import join
from reconciliation.reconcile import preview
from reconciliation.resolve import NEW_PREFIX
from reconciliation.waiting import answered

_MOST_CHOICES = 25


def choices(asked: dict[str, Any]) -> list[tuple[str, str]]:
    """The answers that may be given: (choice, the candidate's id or ""), for each candidate in the order of the evidence, none last."""
    offered = answers_to(str(asked["kind"]))
    if not offered:
        return []
    each = [(choice, ci) for ci in ranked_ids(asked) for choice in (SAME, REPLACED_PART, RETIRED_REPLACED) if choice in offered]
    return [*each[: _MOST_CHOICES - 1], (DIFFERENT, "")]


def ranked_ids(asked: dict[str, Any]) -> list[str]:
    """The candidates an answer may name, most agreement first, as reconciliation ranked them."""
    order = [str(c["ci"]) for c in asked["verdict"].get("candidates", ())]
    ids = [str(c["id"]) for c in asked["candidates"] if str(c["id"]) != subject_of(asked)]
    return sorted(ids, key=lambda ci: (order.index(ci) if ci in order else len(order), ci))


def preview_answer(graph: Graph, catalogue: Catalogue, review: str, choice: str, ci: str) -> Changes:
    """What `answer` would do. Raises as `answer`."""
    asked = reviews.get(graph, review)
    return Changes(review, tuple(foreseen(graph, catalogue, asked, choice, checked(asked, choice, ci))), (), applied=False)


def foreseen(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], choice: str, ci: str) -> list[Change]:
    """The changes of one answer to a review as `reviews.get` gives it."""
    if asked["kind"] == "split":
        return [] if choice == SAME else part(graph, catalogue, asked, by="", reason="", apply=False)
    if asked["kind"] == "double":
        return _double(graph, catalogue, asked, choice, ci)
    target = f"{NEW_PREFIX}{uuid7()}" if choice in (DIFFERENT, RETIRED_REPLACED) else ci
    told = [*preview(graph, catalogue, from_stored(answered(asked["body"], str(asked["ref"]), target))).changes]
    if choice == REPLACED_PART:
        told += ended_changes(ci, differing(graph, ci, waiting_evidence(catalogue, asked)), "")
    elif choice == RETIRED_REPLACED:
        told += _retired(graph, ci, str(asked["title"]))
    return told


def _double(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], choice: str, ci: str) -> list[Change]:
    subject = subject_of(asked)
    if choice == DIFFERENT:
        return []
    if choice == RETIRED_REPLACED:
        return _retired(graph, ci, str(asked["title"]))
    keep, gone = sorted((subject, ci))
    told = [*join(graph, catalogue, keep, gone, reason="", apply=False).changes]
    if choice == REPLACED_PART:
        told += ended_changes(keep, differing(graph, ci, shown_by(graph, subject)), "")
    return told


def _retired(graph: Graph, old: str, by: str) -> list[Change]:
    row = cis.get(graph, old)
    name, cls, source = str(row.get("display_name", "")), str(row["class"]), edit.PERSON.key
    return [
        Change("attribute", old, cls, name, "status", row.get("status"), "retired", source),
        Change("relation_added", old, cls, by or "the one asked about", "replaces", None, old, source, name),
    ]
