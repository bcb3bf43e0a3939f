"""Give the graph an identity of its own: a backup or a ledger can tell whether it belongs to this graph."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running
from cmdb.graph.schema import Unique, make
from cmdb.model.ids import uuid7
from cmdb.model.times import now, to_text


def run(step: Running) -> None:
    """Make the one `(:Meta {key: 'graph'})` node."""
    make(step.graph, Unique("Meta", "key"))
    step.graph.write(
        "MERGE (m:Meta {key: 'graph'}) ON CREATE SET m.id = $id, m.created_at = $at",
        id=uuid7(),
        at=to_text(now()),
    )
