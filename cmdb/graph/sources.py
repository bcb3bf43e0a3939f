"""Sources read back: who spoke of how many things, and when last. It reads every source record: keep the answer."""

from __future__ import annotations

from cmdb.graph.door import Graph, Row


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
