"""Answers in bulk: one answer to all open questions of a group (same rule, class, source, pattern), each with a record of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cmdb.errors import CmdbError, Conflict, GraphUnavailable, Invalid, NotFound
from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Changes
from reconciliation.answer_preview import foreseen, ranked_ids
from reconciliation.answers import CHOICES, DIFFERENT, answer

STEP = 50
"""Questions answered between two beats of a job; more than these are a job."""


Say: TypeAlias = Callable[[str, str, str, str], Changes]
"""Answers one question: review, choice, CI, reason."""


@dataclass(slots=True)
class Tally:
    """How a bulk went: how many were (or would be) answered, changes by kind, and those left open with the reason."""

    answered: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    left: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As jobs, API and command line give it; of those left at most a hundred are named."""
        return {"answered": self.answered, "counts": dict(self.counts), "left_open": len(self.left), "left": self.left[:100]}


def check_choice(choice: str) -> None:
    """Raises Invalid for what is no answer."""
    if choice not in CHOICES:
        raise Invalid(f"Answer one of {', '.join(CHOICES)}.", field="answer")


def meant(asked: dict[str, Any], choice: str) -> str:
    """The candidate an answer in bulk means: the one that evidence ranks above all others ("" for `different`). Raises Conflict."""
    if choice == DIFFERENT:
        return ""
    ranked = ranked_ids(asked)
    told = {str(c["ci"]): sum(1 for e in c["evidence"] if e["agrees"]) for c in asked["verdict"].get("candidates", ())}
    if not ranked:
        raise Conflict("Its candidates are gone.")
    if len(ranked) > 1 and told.get(ranked[0], 0) <= told.get(ranked[1], 0):
        raise Conflict("Two candidates fit equally; answer it by itself.")
    return ranked[0]


def preview_group(graph: Graph, catalogue: Catalogue, group: str, choice: str, *, limit: int = 20) -> Tally:
    """What the answer would do to the first `limit` questions of the group. Raises Invalid, NotFound for a group that is gone."""
    check_choice(choice)
    reviews.group(graph, group)
    tally = Tally()
    for review in reviews.open_ids(graph, filters={"group": group}, limit=limit):
        asked = reviews.get(graph, review)
        _one(tally, asked, lambda asked=asked: foreseen(graph, catalogue, asked, choice, meant(asked, choice)))  # type: ignore[misc]
    return tally


def answer_all(
    graph: Graph,
    catalogue: Catalogue,
    ids: Sequence[str],
    choice: str,
    *,
    by: str,
    reason: str,
    tally: Tally | None = None,
    say: Say | None = None,
) -> Tally:
    """Answer these questions; those that cannot be answered so stay open, and the tally says why. Raises Invalid, GraphUnavailable.

    `say` answers one (the doors keep each answer in the ledger); left out, it is only answered.
    """
    check_choice(choice)

    def plain(review: str, choice: str, ci: str, reason: str) -> Changes:
        return answer(graph, catalogue, review, choice, ci, by=by, reason=reason)

    saying = say or plain
    told = tally or Tally()
    for review in ids:
        try:
            asked = reviews.get(graph, review)
        except NotFound:
            continue
        _one(
            told,
            asked,
            lambda asked=asked: saying(asked["id"], choice, meant(asked, choice), reason).changes,  # type: ignore[misc]
        )
    return told


def _one(tally: Tally, asked: dict[str, Any], work: Callable[[], Sequence[Any]]) -> None:
    try:
        changes = work()
    except GraphUnavailable:
        raise
    except CmdbError as error:
        tally.left.append({"id": str(asked["id"]), "title": str(asked["title"]), "why": error.message})
        return
    tally.answered += 1
    tally.counts.update(change.kind for change in changes)
