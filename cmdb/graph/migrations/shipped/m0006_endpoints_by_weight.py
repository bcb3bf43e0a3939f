"""The endpoints with most to repair are the first of an order: each standing keeps where it stands in it."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running
from cmdb.graph.schema import Index, make
from cmdb.graph.standings import rank, shelf

_BATCH = 5_000


def run(step: Running) -> None:
    """Note it for every endpoint that has something to repair. Doing it again gives the same."""
    make(step.graph, Index("EndpointStanding", "rank"))
    ids = sorted(step.graph.read("MATCH (s:EndpointStanding) RETURN collect(s.ci) AS ids")[0]["ids"])
    for start in range(0, len(ids), _BATCH):
        found = step.graph.read(
            """
            UNWIND $ids AS id
            MATCH (s:EndpointStanding {ci: id}) WHERE s.weight > 0
            RETURN collect([s.ci, coalesce(s.name, ''), s.weight]) AS rows
            """,
            ids=ids[start : start + _BATCH],
        )
        rows = [{"ci": ci, "rank": rank(weight, shelf(name, ci))} for ci, name, weight in found[0]["rows"]]
        if rows:
            step.graph.write("UNWIND $rows AS row MATCH (s:EndpointStanding {ci: row.ci}) SET s.rank = row.rank", rows=rows)
