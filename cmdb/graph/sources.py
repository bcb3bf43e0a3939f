"""Sources read back: who spoke of how many things, and when last. It reads every source record: keep the answer."""

from __future__ import annotations

from cmdb.graph.door import Graph, Row


def covered(graph: Graph, since: str) -> list[Row]:
    """Present CIs by class and by who spoke of them. Rows: class, sources (list), n, seen (how many since then). Reads every CI."""
    return graph.read(
        """
        MATCH (c:CI) WHERE c.presence = 'present'
        RETURN c.class AS class, c.sources AS sources, count(*) AS n,
               sum(CASE WHEN c.last_seen_at >= $since THEN 1 ELSE 0 END) AS seen
        """,
        since=since,
    )


def told(graph: Graph) -> list[Row]:
    """Rows: source (key), cis (how many it spoke of), absent (how many of them it no longer sees), last (its newest word), first."""
    return graph.read(
        """
        MATCH (r:SourceRecord)
        RETURN r.source AS source, count(*) AS cis, max(r.observed_at) AS last, min(r.observed_at) AS first,
               sum(CASE WHEN coalesce(r.absent_at, '') = '' THEN 0 ELSE 1 END) AS absent
        ORDER BY source
        """
    )
