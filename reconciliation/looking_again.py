"""Looking again at open questions, whatever brought the answer: a join or a split by a person, distrust, other rules, a mark that aged.

`settling` looks at the questions that the evidence just written is about. That is quick, and forgets what happens by other ways or while
a server stops; so here every open question is looked at in turn, some at a time. Doing it again changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmdb.errors import GraphConflict, GraphConstraint, Invalid
from cmdb.graph import kin, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation_json import from_stored
from reconciliation.closing import closed_itself
from reconciliation.parted import close_parted
from reconciliation.reconcile import reconcile
from reconciliation.resolve import NEW_PREFIX
from reconciliation.settling import settle_one
from reconciliation.waiting import answered

log = logging.getLogger(__name__)

STEP = 300
"""Questions that one turn looks at."""
_GONE = "what it asked about is gone"
_APART = "they were told apart meanwhile"


@dataclass(frozen=True, slots=True)
class Looked:
    """What one turn did. `place`: the last question it looked at; "" where that was the last of all."""

    changes: tuple[Change, ...]
    looked: int
    place: str


def look_again(graph: Graph, catalogue: Catalogue, *, after: str = "", limit: int = STEP) -> Looked:
    """Close those of the next `limit` open questions whose answer is known by now, from the one `after` which they come.

    One that cannot be looked at is left open. Raises GraphUnavailable, GraphTimeout; what was closed until then is closed.
    """
    ids = reviews.open_ids(graph, after=after, limit=limit)
    changes: list[Change] = []
    for one in reviews.whole(graph, ids):
        try:
            changes += look_at(graph, catalogue, one)
        except (GraphConflict, GraphConstraint, Invalid) as error:  # others write of the same, or its class is gone: the rest goes on
            log.warning("looking again: left open review=%s reason=%s", one["id"], error.message)
    return Looked(tuple(changes), len(ids), ids[-1] if len(ids) == limit else "")


def look_at_all(graph: Graph, catalogue: Catalogue) -> int:
    """Every open question once; how many were closed. Raises as `look_again`."""
    place, closed = "", 0
    while True:
        done = look_again(graph, catalogue, after=place)
        closed += sum(change.kind == "review_closed" for change in done.changes)
        if not done.place:
            return closed
        place = done.place


def look_at(graph: Graph, catalogue: Catalogue, asked: Mapping[str, Any]) -> Sequence[Change]:
    """Close one question (as `reviews.get` gives it) if its answer is known by now. Returns what that changed; nothing while it is open."""
    if asked["state"] != "open":
        return _finish(graph, catalogue, asked)
    candidates = {str(c["id"]) for c in asked["candidates"]}
    if asked["kind"] in ("double", "split") and not candidates:
        return closed_itself(graph, asked, "solved", _GONE)
    if asked["kind"] == "split":
        return close_parted(graph, candidates)
    if asked["kind"] == "double" and len(candidates) > 1 and _told_apart(graph, asked, candidates):
        return closed_itself(graph, asked, "solved:different", _APART, ci=min(candidates))
    applied: list[Change] = []
    closed = settle_one(graph, catalogue, lambda told: applied.extend(reconcile(graph, catalogue, told).changes), asked)
    return [*closed, *applied]


def _told_apart(graph: Graph, asked: Mapping[str, Any], candidates: set[str]) -> bool:
    """Whether the one that is asked about is known to be none of the others."""
    subject = str(asked["subject"]) if asked["subject"] in candidates else max(candidates)
    return kin.apart(graph, candidates) >= {frozenset((subject, other)) for other in candidates - {subject}}


def _finish(graph: Graph, catalogue: Catalogue, asked: Mapping[str, Any]) -> Sequence[Change]:
    """It settled itself, and whoever carried that out stopped before what waited was in."""
    applied: Sequence[Change] = ()
    if asked["state"] == "solved" and asked["body"] is not None and asked.get("decided"):
        ci = f"{NEW_PREFIX}{asked['decided']}"  # where it exists already, it is that one
        applied = reconcile(graph, catalogue, from_stored(answered(asked["body"], str(asked["ref"]), ci))).changes
    review_writes.unlist(graph, str(asked["id"]))
    return applied
