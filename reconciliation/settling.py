"""Settling: an open question that later evidence answers closes itself and says why; what waited is applied then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_stored
from reconciliation.closing import closed_itself
from reconciliation.evidence import Evidence
from reconciliation.prepare import prepare
from reconciliation.resolve import NEW_PREFIX, Resolver
from reconciliation.verdict import Verdict
from reconciliation.waiting import answered

Apply = Callable[[Observation], object]
"""Brings an observation in by the usual door."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one observation showed: its source, and per item that was recognised firmly the CI and the evidence."""

    source: str
    items: tuple[tuple[str, tuple[Evidence, ...]], ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """What a question turned out to be. `ci`: the CI, or the id of the new one; `body`: what waited, as it comes in; None: nothing did."""

    ci: str
    rule: str
    body: Mapping[str, Any] | None = None


def settle(
    graph: Graph, catalogue: Catalogue, apply: Apply, keys: Collection[str], joined: Collection[str], seen: Seen | None = None
) -> list[Change]:
    """Look again at the open questions that rest on identifiers somebody gained (`keys`) or ask about CIs that were `joined`.

    Returns a Change for each question that closed.
    """
    return [
        change for asked in reviews.resting_on(graph, keys, joined) for change in settle_one(graph, catalogue, apply, asked, seen)
    ]  # fmt: skip


def settle_one(graph: Graph, catalogue: Catalogue, apply: Apply, asked: Mapping[str, Any], seen: Seen | None = None) -> list[Change]:
    """Close one question (as `reviews.get` gives it) if its answer is known by now. Returns its Change, or nothing."""
    found = solution(graph, catalogue, asked, seen)
    if found is None:
        return []
    waited = found.body is not None
    closed = closed_itself(graph, asked, f"solved:{found.ci}", found.rule, ci=found.ci, decided=found.ci, listed=waited)
    if closed and found.body is not None:
        apply(from_stored(found.body))
        review_writes.unlist(graph, str(asked["id"]))
    return closed


def solution(graph: Graph, catalogue: Catalogue, asked: Mapping[str, Any], seen: Seen | None = None) -> Solution | None:
    """What the question turned out to be; None while it is still one. Reads only."""
    candidates = [str(c["id"]) for c in asked["candidates"]]
    if asked["kind"] == "double":
        return Solution(candidates[0], "the candidates were joined") if len(candidates) == 1 else None
    if asked["kind"] != "who" or asked["body"] is None:
        return None
    body, ref = asked["body"], str(asked["ref"])
    try:
        prepared = prepare(from_stored(body), catalogue)
        resolution = Resolver(graph, catalogue, prepared).run()
    except NotFound:
        return None
    if seen is not None and (ci := _told_since(asked, seen, resolution.evidence.get(ref, ()))):
        return Solution(ci, "the same source showed all of it and more, and was recognised", answered(body, ref, ci))
    verdict = resolution.verdicts.get(ref, Verdict("ambiguous", ""))
    if verdict.outcome == "match":
        return Solution(verdict.ci, f"later evidence settled it: {verdict.rule}", answered(body, ref, verdict.ci))
    if verdict.outcome == "join":
        return Solution(min((verdict.ci, *verdict.others)), f"later evidence settled it: {verdict.rule}", {**body, "id": uuid7()})
    if verdict.outcome == "new" and not verdict.others and _ruled_out(candidates, verdict):
        return Solution(verdict.ci, "later evidence settled it: it is none of them", answered(body, ref, f"{NEW_PREFIX}{verdict.ci}"))
    return None


def _ruled_out(candidates: Collection[str], verdict: Verdict) -> bool:
    """Whether something speaks against each candidate that still exists; one that only shows no more what it had is not ruled out."""
    return set(candidates) <= {one.ci for one in verdict.candidates if one.against}


def _told_since(asked: Mapping[str, Any], seen: Seen, evidence: tuple[Evidence, ...]) -> str:
    """The CI that the same source was recognised as when it showed all evidence of the question again, with more."""
    if asked["source"] != seen.source:
        return ""
    wanted = {e.key for e in evidence if e.grade != "none"}
    found = {ci for ci, shows in seen.items if wanted and wanted < {e.key for e in shows}}
    return found.pop() if len(found) == 1 else ""
