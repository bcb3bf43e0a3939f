"""Identifiers that are marked as shared: who shows them, and the mark taken away when it is one thing's alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cmdb.graph.door import Graph, Row, Tx


def holders(graph: Graph, after: str, *, limit: int) -> list[Row]:
    """Shared identifiers in the order of their keys, after that one, with the CIs that show them.

    Rows: key, kind, value, cis (list of [id, presence, last_seen_at, status]). Reads every identifier: a chore's work.
    """
    return graph.read(
        """
        MATCH (i:Identifier) WHERE i.shared = true AND i.key > $after
        WITH i ORDER BY i.key LIMIT $limit
        MATCH (i)-[:IDENTIFIES]->(c:CI)
        RETURN i.key AS key, i.kind AS kind, i.value AS value, collect([c.id, c.presence, c.last_seen_at, c.status]) AS cis
        ORDER BY key
        """,
        after=after,
        limit=limit,
    )


def of_key(graph: Graph, key: str) -> list[Row]:
    """The CIs that show an identifier. Rows: ci, kind, value, shared."""
    return graph.read(
        """
        MATCH (i:Identifier {key: $key})-[:IDENTIFIES]->(c:CI)
        RETURN c.id AS ci, i.kind AS kind, i.value AS value, coalesce(i.shared, false) AS shared ORDER BY ci
        """,
        key=key,
    )


def clear(graph: Graph, keys: Collection[str], events: Sequence[Mapping[str, Any]]) -> None:
    """Take the marks away and tell it. Rows of `events`: ci, props."""

    def work(tx: Tx) -> None:
        tx.run("UNWIND $keys AS key MATCH (i:Identifier {key: key}) SET i.shared = false", keys=sorted(keys))
        tx.run(
            "UNWIND $rows AS row MATCH (c:CI {id: row.ci}) SET c.rev = c.rev + 1 CREATE (e:Event)-[:EVENT_OF]->(c) SET e = row.props",
            rows=list(events),
        )

    if keys:
        graph.writing(work)
