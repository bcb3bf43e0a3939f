"""Recompute: everything that follows from the source records drawn again, when the rules changed or time passed."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from reconciliation import redrawing

BATCH = 500


def recompute(
    graph: Graph, catalogue: Catalogue, ids: Collection[str], *, reason: str = "", actor: str = "", apply: bool = True
) -> list[Change]:
    """The Changes that the present rules make to these CIs; written unless `apply` is False (a dry run). Raises GraphConflict."""
    changes: list[Change] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        drawn = redrawing.opened(graph, ordered[start : start + BATCH], by=actor, reason=reason)
        redrawing.plan(drawn, catalogue)
        drawn.draft.write_events(set())
        if apply and not drawn.draft.plan.is_empty():
            graph.writing(lambda tx, plan=drawn.draft.plan: write(tx, plan, catalogue))  # type: ignore[misc]
        changes += drawn.draft.changes
    return changes
