"""Settling: an open question that later evidence answers closes itself and says why; what waited is applied then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.errors import Conflict, NotFound
from cmdb.graph import review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_stored
from reconciliation.evidence import Evidence
from reconciliation.prepare import prepare
from reconciliation.resolve import Resolver
from reconciliation.verdict import Verdict
from reconciliation.waiting import answered

SELF = "moorings"
"""Who closes a question that settled itself."""

Apply = Callable[[Observation], object]
"""Brings an observation in by the usual door."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one observation showed: its source, and per item that was recognised firmly the CI and the evidence."""

    source: str
    items: tuple[tuple[str, tuple[Evidence, ...]], ...]


def settle(
    graph: Graph, catalogue: Catalogue, apply: Apply, keys: Collection[str], joined: Collection[str], seen: Seen | None = None
) -> list[Change]:
    """Look again at the open questions that rest on identifiers somebody gained (`keys`) or ask about CIs that were `joined`.

    Returns a Change for each question that closed.
    """
    closed: list[Change] = []
    for asked in reviews.resting_on(graph, keys, joined):
        found = _solution(graph, catalogue, asked, seen)
        if found is None:
            continue
        ci, rule = found
        try:
            now = times.to_text(times.now())
            review_writes.close(
                graph, asked["id"], answer=f"solved:{ci}", decided=ci, by=SELF, reason=rule, at=now, state="solved"
            )  # fmt: skip
        except Conflict:
            continue
        if asked["body"] is not None and asked["kind"] == "who":
            apply(from_stored(answered(asked["body"], str(asked["ref"]), ci)))
        closed.append(Change("review_closed", ci, str(asked["class"]), str(asked["title"]), source=str(asked["source"]), reason=rule))
    return closed


def _solution(graph: Graph, catalogue: Catalogue, asked: Mapping[str, Any], seen: Seen | None) -> tuple[str, str] | None:
    """The CI it turned out to be and why; None while it is still a question."""
    candidates = [str(c["id"]) for c in asked["candidates"]]
    if asked["kind"] == "double":
        return (candidates[0], "the candidates were joined") if len(candidates) == 1 else None
    if asked["kind"] != "who" or asked["body"] is None:
        return None
    try:
        prepared = prepare(from_stored(asked["body"]), catalogue)
        resolution = Resolver(graph, catalogue, prepared).run()
    except NotFound:
        return None
    ref = str(asked["ref"])
    if seen is not None and (ci := _told_since(asked, seen, resolution.evidence.get(ref, ()))):
        return ci, "the same source showed all of it and more, and was recognised"
    verdict = resolution.verdicts.get(ref, Verdict("ambiguous", ""))
    if verdict.outcome == "match":
        return verdict.ci, f"later evidence settled it: {verdict.rule}"
    return None


def _told_since(asked: Mapping[str, Any], seen: Seen, evidence: tuple[Evidence, ...]) -> str:
    """The CI that the same source was recognised as when it showed all evidence of the question again, with more."""
    if asked["source"] != seen.source:
        return ""
    wanted = {e.key for e in evidence if e.grade != "none"}
    found = {ci for ci, shows in seen.items if wanted and wanted < {e.key for e in shows}}
    return found.pop() if len(found) == 1 else ""
