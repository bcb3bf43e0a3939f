"""Recompute: golden records again from their source records, after a join or when the rules changed."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph import candidates
from cmdb.graph.door import Graph
from cmdb.graph.write import write
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation, Source
from reconciliation.assertions import Assertions
from reconciliation.draft import Draft, World
from reconciliation.planning import plan_cis
from reconciliation.planning_relations import plan_relations
from reconciliation.records import from_row

BATCH = 500


def recompute(
    graph: Graph, catalogue: Catalogue, ids: Collection[str], *, reason: str = "", actor: str = "", apply: bool = True
) -> list[Change]:
    """The Changes that the present rules make to these CIs; written unless `apply` is False (a dry run). Raises GraphConflict."""
    changes: list[Change] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        draft, world = _draft(graph, ordered[start : start + BATCH], reason, actor)
        plan_cis(draft, world, catalogue)
        plan_relations(draft, world, Assertions(), catalogue, {})
        draft.plan.changed_cis = [row for row in draft.plan.changed_cis if row["props"].keys() - {"rev"}]
        draft.write_events(set())
        if apply and not draft.plan.is_empty():
            graph.writing(lambda tx, plan=draft.plan: write(tx, plan, catalogue))  # type: ignore[misc]
        changes += draft.changes
    return changes


def _draft(graph: Graph, ids: list[str], reason: str, actor: str) -> tuple[Draft, World]:
    now = times.now()
    world = World({}, {})
    for ci, (properties, rows) in candidates.states(graph, ids).items():
        world.properties[ci] = properties
        world.records[ci] = {record.slot: record for record in map(from_row, rows)}
    observation = Observation(uuid7(), Source("rule", "recompute"), now, (), actor=actor, note=reason)
    draft = Draft(observation, times.to_text(now), times.to_text(now))
    draft.after = dict(world.records)
    draft.names = {ci: world.name(ci) for ci in world.properties}
    return draft, world
