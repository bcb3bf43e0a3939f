"""Parked relations: what waits for an identifier that nobody has shown yet."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from cmdb.graph.door import Graph, Row


def parked_for(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Pending relations that wait for one of these identifier keys. Rows: key, body (the waiting observation), body_id."""
    if not keys or not graph.read("MATCH (w:Wanted) RETURN w.key AS key LIMIT 1"):
        return []
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (w:Wanted {key: key})<-[:WAITS_FOR]-(p:Pending)
        RETURN DISTINCT p.key AS key, p.body AS body
        """,
        keys=sorted(keys),
    )
    found = []
    for row in rows:
        body = orjson.loads(row["body"])
        found.append({"key": row["key"], "body": body, "body_id": body.get("id", "")})
    return found


def unpark(graph: Graph, key: str) -> None:
    """The relation found its other end (or nobody wants it any more)."""
    graph.write("MATCH (p:Pending {key: $key}) OPTIONAL MATCH (p)-[r:WAITS_FOR]->() DELETE r, p", key=key)
    graph.write("MATCH (w:Wanted) WHERE NOT EXISTS { MATCH (w)<-[:WAITS_FOR]-(:Pending) } WITH w LIMIT 100 DELETE w")


def parked(graph: Graph, limit: int = 200) -> list[Row]:
    """Pending relations, oldest first. Rows: key, source, since, observed_at, anchor, wanted (identifier keys)."""
    return graph.read(
        """
        MATCH (p:Pending)
        OPTIONAL MATCH (p)-[:WAITS_FOR]->(w:Wanted)
        WITH p, collect(w.key) AS wanted
        RETURN p.key AS key, p.source AS source, p.since AS since, p.observed_at AS observed_at, p.anchor AS anchor, wanted
        ORDER BY since LIMIT $limit
        """,
        limit=limit,
    )
