"""Reviews: the questions reconciliation has for a person, read. They are asked and closed in `review_writes`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, LiteralString

import orjson

from cmdb.errors import NotFound
from cmdb.graph.door import Graph, Row

STATES = ("open", "answered", "solved")
"""open; answered by a person; solved: later evidence settled it without one."""

KINDS = ("who", "double", "split", "two-loans")
"""who: which CI is this; double: are these CIs one; split: is this CI several; two-loans: who has the device that two people hold."""

NO_FILTER: Mapping[str, str] = {
    "kind": "", "class": "", "rule": "", "source": "", "title": "", "group": "", "since": "", "until": ""
}  # fmt: skip
"""What `listed` filters by: equal for kind, class, group; a part of the text for rule, source, title; opened in [since, until)."""

_FITS: LiteralString = """
    ($kind = '' OR v.kind = $kind) AND ($class = '' OR v.class = $class) AND ($group = '' OR v.group = $group)
    AND ($rule = '' OR toLower(v.rule) CONTAINS $rule) AND ($source = '' OR toLower(v.source) CONTAINS $source)
    AND ($title = '' OR toLower(v.title) CONTAINS $title)
    AND ($since = '' OR v.opened_at >= $since) AND ($until = '' OR v.opened_at < $until)
"""
_ROW: LiteralString = """
    OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI)
    WITH v, collect(c.id) AS candidates, collect(c.display_name) AS names
    RETURN v.id AS id, v.kind AS kind, v.class AS class, v.title AS title, v.rule AS rule, v.source AS source, v.state AS state,
           v.opened_at AS opened_at, v.answer AS answer, v.answered_by AS answered_by, v.answered_at AS answered_at,
           v.answer_reason AS answer_reason, v.pattern AS pattern, v.group AS group, candidates, names
"""


def count_open(graph: Graph) -> int:
    """How many questions wait."""
    return int(graph.read("MATCH (v:Review {state: 'open'}) RETURN count(v) AS n")[0]["n"])


def _asked(filters: Mapping[str, str] | None) -> dict[str, str]:
    given = {**NO_FILTER, **(filters or {})}
    return {name: value.lower() if name in ("rule", "source", "title") else value for name, value in given.items()}


def listed(
    graph: Graph,
    *,
    state: str = "open",
    filters: Mapping[str, str] | None = None,
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> list[Row]:
    """Questions in the order they were asked (ids sort by time), after the id `after`; with `before` those nearest before it, backwards.

    Rows: id, kind, class, title, rule, source, state, opened_at, answer, answered_by, answered_at, answer_reason, pattern, group,
    candidates (ids), names (of the candidates, in the same order).
    """
    asked = _asked(filters)
    start: LiteralString = "MATCH (v:Review {state: $state}) WHERE " + _FITS
    if before:
        query = start + " AND v.id < $before WITH v ORDER BY v.id DESC LIMIT $limit" + _ROW + " ORDER BY id DESC"
        return graph.read(query, state=state, before=before, limit=limit, **asked)
    query = start + " AND v.id > $after WITH v ORDER BY v.id LIMIT $limit" + _ROW + " ORDER BY id"
    return graph.read(query, state=state, after=after, limit=limit, **asked)


def place(graph: Graph, review: str, filters: Mapping[str, str] | None = None) -> Row:
    """Where a question stands among the open ones that fit: next, previous (ids or None), before (how many), total."""
    rows = graph.read(
        "MATCH (v:Review {state: 'open'}) WHERE "
        + _FITS
        + """
        RETURN min(CASE WHEN v.id > $id THEN v.id END) AS next, max(CASE WHEN v.id < $id THEN v.id END) AS previous,
               sum(CASE WHEN v.id < $id THEN 1 ELSE 0 END) AS before, count(v) AS total
        """,
        id=review,
        **_asked(filters),
    )
    return rows[0]


def get(graph: Graph, review: str) -> dict[str, Any]:
    """One question whole: `verdict` (the evidence), `body` (the waiting observation or None), `candidates`, `history`, `undo`.

    Raises NotFound.
    """
    rows = graph.read(
        "MATCH (v:Review {id: $id}) OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI) RETURN v AS review, collect(c) AS candidates", id=review
    )
    if not rows:
        raise NotFound("There is no such review.")
    return _whole(rows[0])


def _whole(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = dict(row["review"])
    found["verdict"] = orjson.loads(found.get("verdict") or "{}")
    found["body"] = orjson.loads(found["body"]) if found.get("body") else None
    found["history"] = orjson.loads(found.get("history") or "[]")
    found["undo"] = orjson.loads(found.get("undo") or "{}")
    found["subject"] = found.get("subject") or ""
    found["candidates"] = sorted(row["candidates"], key=lambda ci: str(ci["id"]))
    return found


def groups(graph: Graph, filters: Mapping[str, str] | None = None, *, least: int = 2, limit: int = 50) -> list[Row]:
    """Open questions of one kind, rule, class, source and pattern of evidence, the largest groups first.

    Rows: group, kind, rule, class, source, pattern, count, first (the oldest question's id).
    """
    return graph.read(
        "MATCH (v:Review {state: 'open'}) WHERE v.group IS NOT NULL AND "
        + _FITS
        + """
        WITH v.group AS group, count(v) AS count, min(v.id) AS first
        WHERE count >= $least
        WITH group, count, first ORDER BY count DESC, group LIMIT $limit
        MATCH (o:Review {id: first})
        RETURN group, count, first, o.kind AS kind, o.rule AS rule, o.class AS class, o.source AS source, o.pattern AS pattern
        ORDER BY count DESC, group
        """,
        least=least,
        limit=limit,
        **_asked(filters),
    )


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
    if not graph.read("MATCH (v:Review {state: 'open'}) RETURN v.id AS id LIMIT 1"):
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
    if not found:
        return []
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (v:Review {id: id})
        OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI)
        RETURN v AS review, collect(c) AS candidates
        """,
        ids=sorted(found)[:limit],
    )
    return [_whole(row) for row in rows]
