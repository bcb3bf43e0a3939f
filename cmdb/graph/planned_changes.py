"""Planned changes, as far as others must know of them: which CIs an open one affects."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph

CLOSED = ("done", "cancelled")
"""States of the class `change` in which it touches nothing any more; one without a state is a draft."""


def open_on(graph: Graph, ids: Collection[str]) -> dict[str, str]:
    """Of these CIs the ones that an open change affects: CI id → id of one such change."""
    if not ids:
        return {}
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})<-[:AFFECTS]-(x:CI)
        WHERE x.presence = 'present' AND NOT coalesce(x.state, 'draft') IN $closed
        RETURN id, min(x.id) AS change
        """,
        ids=sorted(ids),
        closed=list(CLOSED),
    )
    return {str(row["id"]): str(row["change"]) for row in rows}
