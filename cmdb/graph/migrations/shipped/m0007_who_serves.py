"""Hosts that told whom they serve are found by an index: reading all servers for them took most of the list of shadow IT."""

from __future__ import annotations

from cmdb.graph.migrations.steps import Running
from cmdb.graph.schema import Index, make
from cmdb.graph.visitors import CLASSES, SERVES

_BATCH = 5_000


def run(step: Running) -> None:
    """Mark every one of them. Doing it again gives the same."""
    make(step.graph, Index("CI", "serves"))
    rows = step.graph.read(
        "UNWIND $classes AS class MATCH (c:CI {class: class}) WHERE c.seen_clients IS NOT NULL RETURN collect(c.id) AS ids",
        classes=list(CLASSES),
    )
    ids = sorted(rows[0]["ids"])
    for start in range(0, len(ids), _BATCH):
        step.graph.write("UNWIND $ids AS id MATCH (c:CI {id: id}) SET c.serves = $mark", ids=ids[start : start + _BATCH], mark=SERVES)
