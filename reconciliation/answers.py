"""Answers: what a person says to a review goes the same way as every observation, with an author and a reason."""

from __future__ import annotations

from cmdb.errors import Invalid
from cmdb.graph import joins, reviews
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.ids import uuid7
from cmdb.model.observation_json import from_stored
from reconciliation.recompute import recompute
from reconciliation.reconcile import reconcile
from reconciliation.resolve import NEW_PREFIX
from reconciliation.waiting import answered

SAME = "same"
DIFFERENT = "different"


def answer(graph: Graph, catalogue: Catalogue, review: str, choice: str, ci: str, *, by: str, reason: str = "") -> Changes:
    """Settle a review. `choice`: `same` (it is CI `ci`) or `different` (it is none of the candidates; `ci` is ignored).

    Raises NotFound, Invalid (naming the field), Conflict when somebody else answered first.
    """
    asked = reviews.get(graph, review)
    candidates = [str(c["id"]) for c in asked["candidates"]]
    if choice not in (SAME, DIFFERENT):
        raise Invalid("Answer `same` or `different`.", field="answer")
    if choice == SAME and ci not in candidates:
        raise Invalid(f"Say which of the candidates it is: {', '.join(candidates) or 'there are none any more'}.", field="ci")
    at = times.to_text(times.now())
    reviews.close(graph, review, answer=choice if choice == DIFFERENT else f"{choice}:{ci}", by=by, reason=reason, at=at)
    if asked["body"] is None:
        return _double(graph, catalogue, asked["id"], candidates, choice, (by, reason, at))
    target = ci if choice == SAME else f"{NEW_PREFIX}{uuid7()}"
    body = answered(asked["body"], str(asked["ref"]), target) | {"actor": by, "note": reason}
    return reconcile(graph, catalogue, from_stored(body))


def _double(graph: Graph, catalogue: Catalogue, review: str, candidates: list[str], choice: str, who: tuple[str, str, str]) -> Changes:
    """Whether two CIs that both exist are one: `same` joins all candidates into the oldest."""
    by, reason, at = who
    if choice == DIFFERENT:
        return Changes(review, (), (), applied=True)
    keep, *others = sorted(candidates)
    changes = []
    for gone in others:
        joins.join(graph, catalogue, keep, gone, reason=reason or "a person said they are one", source=f"person:{by}", at=at)
        changes.append(Change("joined", keep, "", "", "id", gone, keep, f"person:{by}", reason))
    changes += recompute(graph, catalogue, [keep], reason=reason, actor=by)
    return Changes(review, tuple(changes), (), applied=True)
