"""A policy's list of endpoints, by name: at 100,000 endpoints a page of it reads a few hundred of them.

The results of a policy have no order of their own in the graph; sorting all of them for every page took most of a second. So where they
are many, the endpoints are walked by name over `EndpointStanding.shelf`, some at a time, and the results of those looked up by their key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString

from cmdb.graph.compliance import SHAPE, listed
from cmdb.graph.door import Graph, Row
from cmdb.graph.standings import shelf

FEW = 3_000
"""Up to so many results are sorted, which is quicker than walking past all that are not among them."""
_FIRST, _GREATER, _MOST = 200, 4, 8_000


def page(
    graph: Graph, policy: str, states: Sequence[str], where: Mapping[str, str], *, after: tuple[str, str], limit: int, backwards: bool
) -> list[Row]:
    """Current results of a policy in these states by name, those after (name_lower, key); backwards those before, nearest first.

    `where` and rows as `cmdb.graph.compliance.listed`. Backwards all are sorted: the embedded engine reads an index in one direction.
    """
    places = [f"{policy}|{state}" for state in states]
    if backwards or _at_most(graph, places, FEW):
        return listed(graph, places, where, after=after, limit=limit, backwards=backwards)
    return _walked(graph, policy, states, where, after, limit)


def _at_most(graph: Graph, places: Sequence[str], most: int) -> bool:
    query: LiteralString = "MATCH (e:Evaluation) WHERE e.place IN $places WITH e.key AS key LIMIT $limit RETURN count(key) AS n"
    return int(graph.read(query, places=list(places), limit=most + 1)[0]["n"]) <= most


def _walked(graph: Graph, policy: str, states: Sequence[str], where: Mapping[str, str], after: tuple[str, str], limit: int) -> list[Row]:
    words = {key: where.get(key) or None for key in ("ownership", "site", "team", "cls", "name")}
    exact = {key: where.get(key) or None for key in ("ownership", "site", "team", "cls", "reason", "severity")}
    place = shelf(after[0], after[1].partition("|")[0]) if any(after) else ""
    found: list[tuple[str, str]] = []
    step = max(_FIRST, 2 * limit)
    while len(found) < limit:
        end = graph.read(_AHEAD, place=place, step=step)[0]["end"]
        if end is None:
            break
        rows = graph.read(_WINDOW, place=place, end=end, **words)[0]["rows"]
        part = words["name"] or ""  # the shelf holds the id, too
        names = {f"{ci}|{policy}": kept for kept, ci in rows if part in kept.rpartition("\x01")[0]}
        fit = graph.read(_FIT, keys=list(names), states=list(states), **exact)[0]["keys"] if names else []
        found += sorted((names[key], key) for key in fit)
        place, step = str(end), min(step * _GREATER, _MOST)
    order = {key: kept.rpartition("\x01")[0] for kept, key in found[:limit]}
    query: LiteralString = "UNWIND $keys AS key MATCH (e:Evaluation {key: key}) RETURN key, e" + SHAPE
    whole = {row["key"]: row["e"] for row in graph.read(query, keys=list(order))} if order else {}
    return [{**whole[key], "key": key, "name_lower": name} for key, name in order.items() if key in whole]


# As in `cmdb.graph.reviews`: any beyond the place, whose greatest is the bound of a window that holds at least as many. Asked for
# the greatest of the indexed values themselves, Neo4j begins at the far end of the index, and the window is all there is.
_AHEAD: LiteralString = "MATCH (s:EndpointStanding) WHERE s.shelf > $place WITH s.shelf AS shelf LIMIT $step RETURN max(shelf + '') AS end"
_WINDOW: LiteralString = """
    MATCH (s:EndpointStanding) WHERE s.shelf > $place AND s.shelf <= $end
      AND ($ownership IS NULL OR s.declared = $ownership) AND ($site IS NULL OR s.site = $site) AND ($team IS NULL OR s.team = $team)
      AND ($cls IS NULL OR s.cls = $cls) AND ($name IS NULL OR s.shelf CONTAINS $name)
    RETURN collect([s.shelf, s.ci]) AS rows
"""
_FIT: LiteralString = """
    UNWIND $keys AS key
    MATCH (e:Evaluation {key: key})
    WHERE e.state IN $states AND ($reason IS NULL OR e.reason = $reason) AND ($severity IS NULL OR e.severity = $severity)
      AND ($ownership IS NULL OR e.declared = $ownership) AND ($site IS NULL OR e.site = $site) AND ($team IS NULL OR e.team = $team)
      AND ($cls IS NULL OR e.cls = $cls)
    RETURN collect(key) AS keys
"""
