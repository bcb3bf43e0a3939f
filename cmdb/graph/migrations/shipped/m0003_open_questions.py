"""Open questions are listed and counted by a small node of their own."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running
from cmdb.graph.reviews import backwards


def run(step: Running) -> None:
    """Make the node of every open review. What is there already stays as it is."""
    rows = step.graph.read(
        """
        MATCH (v:Review {state: 'open'})
        RETURN v.id AS id, v.kind AS kind, v.class AS class, v.rule AS rule, v.source AS source, v.title AS title,
               v.group AS group, v.opened_at AS opened_at
        """
    )
    shown = [{**row, "back": backwards(str(row["id"]))} for row in rows]
    step.graph.write("UNWIND $rows AS row MERGE (o:OpenQuestion {id: row.id}) SET o += row", rows=shown)
