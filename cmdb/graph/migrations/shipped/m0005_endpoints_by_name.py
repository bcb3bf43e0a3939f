"""A policy's list walks the endpoints by name: each standing keeps the key it stands under."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running
from cmdb.graph.schema import Index, make
from cmdb.graph.standings import shelf

_BATCH = 5_000


def run(step: Running) -> None:
    """Note it for every endpoint that was judged. Doing it again gives the same."""
    make(step.graph, Index("EndpointStanding", "shelf"))
    ids = sorted(step.graph.read("MATCH (s:EndpointStanding) RETURN collect(s.ci) AS ids")[0]["ids"])
    for start in range(0, len(ids), _BATCH):
        found = step.graph.read(
            "UNWIND $ids AS id MATCH (s:EndpointStanding {ci: id}) RETURN collect([s.ci, coalesce(s.name, '')]) AS rows",
            ids=ids[start : start + _BATCH],
        )
        rows = [{"ci": ci, "shelf": shelf(name, ci)} for ci, name in found[0]["rows"]]
        step.graph.write("UNWIND $rows AS row MATCH (s:EndpointStanding {ci: row.ci}) SET s.shelf = row.shelf", rows=rows)
