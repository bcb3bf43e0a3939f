"""History: events of one CI, or of all."""

from __future__ import annotations

from typing import Any

import orjson

from cmdb.graph.door import Graph, Row


def of_ci(graph: Graph, ci: str, *, before: str | None = None, limit: int = 50) -> list[Row]:
    """Events of a CI, the newest first (by the time we learned of them), with `changes` as a list. `before`: id of the last one seen."""
    rows = graph.read(
        """
        MATCH (e:Event)-[:EVENT_OF]->(:CI {id: $ci})
        WHERE $before IS NULL OR e.id < $before
        RETURN e AS event ORDER BY e.id DESC LIMIT $limit
        """,
        ci=ci,
        before=before,
        limit=limit,
    )
    return [_event(row["event"]) for row in rows]


def between(graph: Graph, since: str, until: str, *, limit: int = 200) -> list[Row]:
    """Events of all CIs that happened in [since, until), the newest first, each with `name` and `class` of its CI."""
    rows = graph.read(
        """
        MATCH (e:Event)-[:EVENT_OF]->(c:CI)
        WHERE e.at >= $since AND e.at < $until
        RETURN e AS event, c.display_name AS name, c.class AS class
        ORDER BY e.at DESC, e.id DESC LIMIT $limit
        """,
        since=since,
        until=until,
        limit=limit,
    )
    return [{**_event(row["event"]), "name": row["name"], "class": row["class"]} for row in rows]


def _event(event: dict[str, Any]) -> Row:
    return {**event, "changes": orjson.loads(event.get("changes") or "[]")}
