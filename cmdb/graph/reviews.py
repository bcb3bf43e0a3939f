"""Reviews: the questions reconciliation has for a person, read. They are asked and closed in `review_writes`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, LiteralString

import orjson

from cmdb.errors import NotFound
from cmdb.graph.door import Graph, Row

STATES = ("open", "answered", "solved")
"""open; answered by a person; solved: later evidence settled it without one."""

KINDS = ("who", "double", "split", "two-loans")
"""who: which CI is this; double: are these CIs one; split: is this CI several; two-loans: who has the device that two people hold."""

FILTERS = ("kind", "class", "rule", "source", "title", "group", "since", "until")
"""What `listed` filters by: equal for kind, class, group; a part of the text for rule, source, title; opened in [since, until)."""

_FITS: Mapping[str, LiteralString] = {
    "kind": " AND o.kind = $kind",
    "class": " AND o.class = $class",
    "group": " AND o.group = $group",
    "rule": " AND toLower(o.rule) CONTAINS $rule",
    "source": " AND toLower(o.source) CONTAINS $source",
    "title": " AND toLower(o.title) CONTAINS $title",
    "since": " AND o.opened_at >= $since",
    "until": " AND o.opened_at < $until",
}
_ROWS: LiteralString = """
    UNWIND $ids AS id
    MATCH (v:Review {id: id})
    OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI)
    WITH v, collect(c.id) AS candidates, collect(c.display_name) AS names
    RETURN v.id AS id, v.kind AS kind, v.class AS class, v.title AS title, v.rule AS rule, v.source AS source, v.state AS state,
           v.opened_at AS opened_at, v.answer AS answer, v.answered_by AS answered_by, v.answered_at AS answered_at,
           v.answer_reason AS answer_reason, v.closed_key AS closed_key, v.pattern AS pattern, v.group AS group, candidates, names
"""
_WINDOW = 1_000
"""Open questions looked through at a time when a filter leaves few."""


def count_open(graph: Graph) -> int:
    """How many questions wait."""
    return int(graph.read("MATCH (o:OpenQuestion) RETURN count(*) AS n")[0]["n"])


def backwards(text: str) -> str:
    """A key that sorts the other way round: the embedded engine reads an index in one direction without sorting."""
    return text.translate(_TURNED)


_TURNED = str.maketrans("0123456789abcdef", "fedcba9876543210")


def listed(graph: Graph, *, filters: Mapping[str, str] | None = None, after: str = "", before: str = "", limit: int = 50) -> list[Row]:
    """Open questions in the order they were asked (ids sort by time), after the id `after`; with `before` those before it, nearest first.

    Rows: id, kind, class, title, rule, source, state, opened_at, answer, answered_by, answered_at, answer_reason, pattern, group,
    candidates (ids), names (of the candidates, in the same order).
    """
    return _rows(graph, open_ids(graph, filters=filters, after=after, before=before, limit=limit))


def _rows(graph: Graph, ids: list[str]) -> list[Row]:
    if not ids:
        return []
    found = {str(row["id"]): row for row in graph.read(_ROWS, ids=ids)}
    return [found[one] for one in ids if one in found]


def open_ids(graph: Graph, *, filters: Mapping[str, str] | None = None, after: str = "", before: str = "", limit: int = 50) -> list[str]:
    """Ids of open questions, as `listed`.

    The embedded engine sorts every match of an open range, but reads a bounded one quickly: so first any keys beyond the place, whose
    greatest is the bound of a window that holds at least as many, then that window in order.
    """
    asked = {name: value for name, value in (filters or {}).items() if value}
    asked = {name: value.lower() if name in ("rule", "source", "title") else value for name, value in asked.items()}
    fits: LiteralString = "".join(_FITS[name] for name in sorted(asked))
    ahead, window, order = (_AHEAD_BACK, _WINDOW_BACK, _ORDER_BACK) if before else (_AHEAD, _WINDOW_ON, _ORDER_ON)
    place, found = (backwards(before) if before else after), list[str]()
    while len(found) < limit:
        end = graph.read(ahead, place=place, step=_WINDOW if asked else limit)[0]["end"]
        if end is None:
            break
        found += [str(row["id"]) for row in graph.read(window + fits + order, place=place, end=end, limit=limit - len(found), **asked)]
        place = str(end)
    return found


_AHEAD: LiteralString = "MATCH (o:OpenQuestion) WHERE o.id > $place WITH o.id AS key LIMIT $step RETURN max(key + '') AS end"
_AHEAD_BACK: LiteralString = "MATCH (o:OpenQuestion) WHERE o.back > $place WITH o.back AS key LIMIT $step RETURN max(key + '') AS end"
_WINDOW_ON: LiteralString = "MATCH (o:OpenQuestion) WHERE o.id > $place AND o.id <= $end"
_WINDOW_BACK: LiteralString = "MATCH (o:OpenQuestion) WHERE o.back > $place AND o.back <= $end"
_ORDER_ON: LiteralString = " WITH o.id AS id ORDER BY id LIMIT $limit RETURN id"
_ORDER_BACK: LiteralString = " WITH o.id AS id, o.back AS back ORDER BY back LIMIT $limit RETURN id"


def beside(graph: Graph, review: str, filters: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The open questions before and after this one among those that fit; "" where there is none."""
    previous = open_ids(graph, filters=filters, before=review, limit=1)
    following = open_ids(graph, filters=filters, after=review, limit=1)
    return "".join(previous), "".join(following)


def closed(graph: Graph, *, after: str = "", limit: int = 50) -> list[Row]:
    """Questions that were answered or settled themselves, the latest first, after the row's `closed_key`. Rows as `listed`."""
    keys = graph.read("MATCH (v:Review) WHERE v.closed_key > $place RETURN v.closed_key AS key LIMIT $limit", place=after, limit=limit)
    if not keys:
        return []
    rows = graph.read(
        "MATCH (v:Review) WHERE v.closed_key > $place AND v.closed_key <= $end WITH v ORDER BY v.closed_key LIMIT $limit RETURN v.id AS id",
        place=after,
        end=max(str(row["key"]) for row in keys),
        limit=limit,
    )
    return _rows(graph, [str(row["id"]) for row in rows])


def get(graph: Graph, review: str) -> dict[str, Any]:
    """One question whole: `verdict` (the evidence), `body` (the waiting observation or None), `candidates`, `history`, `undo`.

    Raises NotFound.
    """
    found = whole(graph, [review])
    if not found:
        raise NotFound("There is no such review.")
    return found[0]


def _whole(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = dict(row["review"])
    found["verdict"] = orjson.loads(found.get("verdict") or "{}")
    found["body"] = orjson.loads(found["body"]) if found.get("body") else None
    found["history"] = orjson.loads(found.get("history") or "[]")
    found["undo"] = orjson.loads(found.get("undo") or "{}")
    found["subject"] = found.get("subject") or ""
    found["candidates"] = sorted(row["candidates"], key=lambda ci: str(ci["id"]))
    return found


def groups(graph: Graph, *, least: int = 2, limit: int = 50) -> list[Row]:
    """Open questions of one kind, rule, class, source and pattern of evidence, the largest groups first.

    Rows: group, kind, rule, class, source, pattern, count, first (the oldest question's id).
    """
    return graph.read(
        """
        MATCH (o:OpenQuestion)
        WITH o.group AS group, count(*) AS count, min(o.id) AS first
        WHERE count >= $least AND group IS NOT NULL
        WITH group, count, first ORDER BY count DESC, group LIMIT $limit
        MATCH (v:Review {id: first})
        RETURN group, count, first, v.kind AS kind, v.rule AS rule, v.class AS class, v.source AS source, v.pattern AS pattern
        ORDER BY count DESC, group
        """,
        least=least,
        limit=limit,
    )


def group(graph: Graph, key: str) -> Row:
    """One group, as `groups`. Raises NotFound when none of its questions is open any more."""
    ids = open_ids(graph, filters={"group": key}, limit=1)
    if not ids or not key:
        raise NotFound("There is no such group of open questions any more.")
    rows = graph.read(
        """
        MATCH (o:OpenQuestion {group: $group}) WITH count(*) AS count
        MATCH (v:Review {id: $first})
        RETURN v.group AS group, count, v.id AS first, v.kind AS kind, v.rule AS rule, v.class AS class, v.source AS source,
               v.pattern AS pattern
        """,
        group=key,
        first=ids[0],
    )
    return rows[0]


def count_group(graph: Graph, key: str) -> int:
    """How many open questions a group has."""
    return int(graph.read("MATCH (o:OpenQuestion {group: $group}) RETURN count(*) AS n", group=key)[0]["n"])


def remembered(graph: Graph, keys: Collection[str]) -> dict[str, tuple[str, str]]:
    """Answered questions by their keys: key → (the CI that was decided on, the answer)."""
    if not keys:
        return {}
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (v:Review {key: key})
        WHERE v.state <> 'open' AND v.decided IS NOT NULL AND v.decided <> ''
        RETURN key, v.decided AS ci, v.answer AS answer
        """,
        keys=sorted(keys),
    )
    return {str(row["key"]): (str(row["ci"]), str(row["answer"])) for row in rows}


def resting_on(graph: Graph, keys: Collection[str], cis: Collection[str], *, limit: int = 50) -> list[dict[str, Any]]:
    """Open questions that rest on one of these identifier keys, or ask about one of these CIs: whole, as `get`, the oldest first."""
    if not graph.read("MATCH (o:OpenQuestion) RETURN o.id AS id LIMIT 1"):
        return []
    found: set[str] = set()
    if keys:
        rows = graph.read(
            "UNWIND $keys AS key MATCH (:Clue {key: key})<-[:RESTS_ON]-(v:Review) WHERE v.state = 'open' RETURN DISTINCT v.id AS id",
            keys=sorted(keys),
        )
        found |= {str(row["id"]) for row in rows}
    if cis:
        rows = graph.read(
            "UNWIND $ids AS ci MATCH (:CI {id: ci})<-[:ASKS_ABOUT]-(v:Review) WHERE v.state = 'open' RETURN DISTINCT v.id AS id",
            ids=sorted(cis),
        )
        found |= {str(row["id"]) for row in rows}
    return whole(graph, sorted(found)[:limit])


def whole(graph: Graph, ids: Sequence[str]) -> list[dict[str, Any]]:
    """These questions whole, as `get`; those that are gone are left out."""
    if not ids:
        return []
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (v:Review {id: id})
        OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI)
        RETURN v AS review, collect(c) AS candidates
        """,
        ids=list(ids),
    )
    return [_whole(row) for row in rows]
