"""Reviews: the questions reconciliation has for a person, and their answers."""

from __future__ import annotations

from typing import Any

import orjson

from cmdb.errors import Conflict, NotFound
from cmdb.graph.door import Graph, Row

STATES = ("open", "answered")


def count_open(graph: Graph) -> int:
    """How many questions wait."""
    return int(graph.read("MATCH (v:Review {state: 'open'}) RETURN count(v) AS n")[0]["n"])


def listed(graph: Graph, *, state: str = "open", after: str = "", limit: int = 50) -> list[Row]:
    """Questions in the order they were asked (ids sort by time).

    Rows: id, kind, class, title, rule, source, state, opened_at, answer, answered_by, answered_at, candidates (ids).
    """
    return graph.read(
        """
        MATCH (v:Review {state: $state})
        WHERE v.id > $after
        WITH v ORDER BY v.id LIMIT $limit
        OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI)
        WITH v, collect(c.id) AS candidates
        RETURN v.id AS id, v.kind AS kind, v.class AS class, v.title AS title, v.rule AS rule, v.source AS source, v.state AS state,
               v.opened_at AS opened_at, v.answer AS answer, v.answered_by AS answered_by, v.answered_at AS answered_at, candidates
        ORDER BY id
        """,
        state=state,
        after=after,
        limit=limit,
    )


def get(graph: Graph, review: str) -> dict[str, Any]:
    """One question whole: with `verdict` (the evidence), `body` (the waiting observation or None), `candidates`. Raises NotFound."""
    rows = graph.read(
        "MATCH (v:Review {id: $id}) OPTIONAL MATCH (v)-[:ASKS_ABOUT]->(c:CI) RETURN v AS review, collect(c) AS candidates", id=review
    )
    if not rows:
        raise NotFound("There is no such review.")
    found: dict[str, Any] = dict(rows[0]["review"])
    found["verdict"] = orjson.loads(found.get("verdict") or "{}")
    found["body"] = orjson.loads(found["body"]) if found.get("body") else None
    found["candidates"] = rows[0]["candidates"]
    return found


def close(graph: Graph, review: str, *, answer: str, by: str, reason: str, at: str) -> None:
    """Keep the answer. Raises Conflict when somebody else answered first."""
    rows = graph.write(
        """
        MATCH (v:Review {id: $id})
        SET v.lock = $by
        WITH v WHERE v.state = 'open'
        SET v.state = 'answered', v.answer = $answer, v.answered_by = $by, v.answer_reason = $reason, v.answered_at = $at
        RETURN v.id AS id
        """,
        id=review,
        answer=answer,
        by=by,
        reason=reason,
        at=at,
    )
    if not rows:
        raise Conflict("Somebody else answered this review meanwhile.")
