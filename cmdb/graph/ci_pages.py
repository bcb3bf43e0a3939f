"""One page of a list of CIs, either way. All values are parameters, attribute names too (dynamic property access).

Sorted by name it reads bounded windows of the name index, since the embedded engine would sort every match. Narrowed by the name of
a neighbour it begins at the neighbours where they have few relations, and reads windows where they have many: a page fills soon then.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, LiteralString

from cmdb.graph import ladder
from cmdb.graph.door import Graph, Row

_MATCHES: LiteralString = """
    ALL(f IN $filters WHERE CASE f.operator
        WHEN 'equals' THEN toLower(toString(c[f.attribute])) = f.value
        WHEN 'contains' THEN toLower(toString(c[f.attribute])) CONTAINS f.value
        WHEN 'starts' THEN toLower(toString(c[f.attribute])) STARTS WITH f.value
        WHEN 'before' THEN toString(c[f.attribute]) < f.value
        WHEN 'after' THEN toString(c[f.attribute]) >= f.value
        WHEN 'has' THEN ANY(word IN c[f.attribute] WHERE toLower(toString(word)) CONTAINS f.value)
        WHEN 'empty' THEN c[f.attribute] IS NULL
        WHEN 'set' THEN c[f.attribute] IS NOT NULL
        ELSE false END)
    AND ALL(x IN $related WHERE EXISTS { MATCH (c)-[r]->(:CI {id: x.other}) WHERE type(r) = x.label })
    AND ALL(x IN $near WHERE EXISTS { MATCH (c)-[r]->(o:CI) WHERE type(r) = x.label AND (
        o.display_lower STARTS WITH x.text OR o.find1 STARTS WITH x.text OR o.find2 STARTS WITH x.text OR o.find3 STARTS WITH x.text
        OR o.find4 STARTS WITH x.text OR o.find5 STARTS WITH x.text OR o.find6 STARTS WITH x.text) })
    AND ($absent OR c.presence = 'present')
"""
_FEW_CLASSES = 3
_FEW_ENDS = 500
_FEW_RELATIONS = 5_000


@dataclass(frozen=True, slots=True)
class _Way:
    """Which way a page is read: values `up` or down, and among equal values ids up or down."""

    up: bool
    ids_up: bool


def page(graph: Graph, parameters: Mapping[str, Any]) -> list[Row]:
    """One page of CIs (their properties).

    `parameters`: classes, filters, related, near, absent, sort, descending, after, backwards, limit. Backwards the rows come nearest first.
    """
    asked = dict(parameters)
    sort, classes = asked.pop("sort"), asked["classes"]
    after, backwards, descending = asked.pop("after"), asked.pop("backwards"), asked.pop("descending")
    way = _Way(descending == backwards, not backwards)
    ends = _ends(graph, asked["near"])
    if ends is not None:
        return _from_ends(graph, ends, "display_lower" if sort == "display_name" else sort, after, way, asked) if ends else []
    if sort != "display_name":
        return _sorted_by(graph, sort, after, way, asked)
    rows: list[Row] = []
    few = bool(classes) and len(classes) <= _FEW_CLASSES
    for window in [("", None)] if few else _windows(graph, after, way):
        rows += _by_name(graph, {**asked, "limit": asked["limit"] - len(rows)}, window, after, way)
        if len(rows) >= asked["limit"]:
            break
    return rows


def _windows(graph: Graph, after: tuple[str, str] | None, way: _Way) -> Iterator[tuple[str, str | None]]:
    """Windows of names that follow each other from the place on: (from, up to but without; None: no end)."""
    rungs = ladder.rungs(graph)
    if way.up:
        start = after[0] if after is not None else ""
        edges: list[str | None] = [start, *rungs[bisect.bisect_right(rungs, start) :], None]
        yield from ((lower or "", upper) for lower, upper in pairwise(edges))
    else:
        below = rungs if after is None else rungs[: bisect.bisect_right(rungs, after[0])]
        upper: str | None = None
        for lower in (*reversed(below), ""):
            yield lower, upper
            upper = lower


def _by_name(graph: Graph, asked: Mapping[str, Any], window: tuple[str, str | None], after: tuple[str, str] | None, way: _Way) -> list[Row]:
    start: LiteralString = "MATCH (c:CI) WHERE c.display_lower >= $lower"
    below: LiteralString = " AND c.display_lower < $upper" if window[1] is not None else ""
    kinds: LiteralString = " AND c.class IN $classes" if asked["classes"] else ""
    ids: LiteralString = "c.id > $id" if way.ids_up else "c.id < $id"
    place: LiteralString = ""
    if after is not None and way.up:
        place = " AND c.display_lower >= $name AND (c.display_lower > $name OR " + ids + ")"
    elif after is not None:
        place = " AND c.display_lower <= $name AND (c.display_lower < $name OR " + ids + ")"
    query = start + below + kinds + place + " AND " + _MATCHES + " RETURN c AS ci ORDER BY " + _order("c.display_lower", way)
    name, ci = after or ("", "")
    rows = graph.read(query + " LIMIT $limit", lower=window[0], upper=window[1], name=name, id=ci, **asked)
    return [row["ci"] for row in rows]


def _order(value: LiteralString, way: _Way) -> LiteralString:
    return value + ("" if way.up else " DESC") + ", c.id" + ("" if way.ids_up else " DESC")


def _sorted(kinds: Collection[str], way: _Way) -> LiteralString:
    """The end of a query over (c:CI) that sorts by the property $sort and goes on after $after."""
    narrowed: LiteralString = "c.class IN $classes AND " if kinds else ""
    value: LiteralString = "coalesce(toLower(toString(c[$sort])), '')"
    beyond: LiteralString = "value > $after" if way.up else "value < $after"
    ids: LiteralString = "c.id > $id" if way.ids_up else "c.id < $id"
    place: LiteralString = " WHERE ($after IS NULL OR " + beyond + " OR (value = $after AND " + ids + "))"
    return narrowed + _MATCHES + " WITH DISTINCT c, " + value + " AS value" + place + " RETURN c AS ci ORDER BY " + _order("value", way)


def _sorted_by(graph: Graph, sort: str, after: tuple[str, str] | None, way: _Way, asked: Mapping[str, Any]) -> list[Row]:
    query: LiteralString = "MATCH (c:CI) WHERE " + _sorted(asked["classes"], way) + " LIMIT $limit"
    name, ci = after if after is not None else (None, "")
    return [row["ci"] for row in graph.read(query, sort=sort, after=name, id=ci, **asked)]


def _from_ends(
    graph: Graph, ends: tuple[str, list[str]], sort: str, after: tuple[str, str] | None, way: _Way, asked: Mapping[str, Any]
) -> list[Row]:
    start: LiteralString = "UNWIND $ends AS end MATCH (far:CI {id: end}) WITH far MATCH (far)<-[near]-(c:CI) WHERE type(near) = $label AND "
    name, ci = after if after is not None else (None, "")
    query = start + _sorted(asked["classes"], way) + " LIMIT $limit"
    rows = graph.read(query, label=ends[0], ends=ends[1], sort=sort, after=name, id=ci, **asked)
    return [row["ci"] for row in rows]


def _ends(graph: Graph, near: Collection[Mapping[str, Any]]) -> tuple[str, list[str]] | tuple[()] | None:
    """Where to begin: relation type and ids of the neighbours with few relations; () when nobody is called so; None: begin elsewhere."""
    for one in near:
        found = _called(graph, one)
        if not found:
            return ()
        if len(found) <= _FEW_ENDS and _relations_of(graph, one["label"], found) <= _FEW_RELATIONS:
            return str(one["label"]), found
    return None


def _called(graph: Graph, near: Mapping[str, Any]) -> list[str]:
    rows = graph.read(
        """
        MATCH (o:CI) WHERE o.display_lower STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find1 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find2 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find3 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find4 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find5 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        UNION MATCH (o:CI) WHERE o.find6 STARTS WITH $text AND o.class IN $classes RETURN o.id AS id LIMIT $limit
        """,
        text=near["text"],
        classes=near["classes"],
        limit=_FEW_ENDS + 1,
    )
    return sorted({str(row["id"]) for row in rows})


def _relations_of(graph: Graph, label: str, ends: list[str]) -> int:
    """How many relations of this type lead to these, counted no further than it matters."""
    rows = graph.read(
        """
        UNWIND $ends AS end MATCH (far:CI {id: end}) WITH far
        MATCH (far)<-[r]-(:CI) WHERE type(r) = $label WITH r LIMIT $limit
        RETURN count(r) AS n
        """,
        ends=ends,
        label=label,
        limit=_FEW_RELATIONS + 1,
    )
    return int(rows[0]["n"]) if rows else 0
