"""The ladder: every so-many-th name, kept, so that a list sorted by name can read bounded windows of the index.

The embedded engine sorts every match of an open range (0.7 s at 100,000 CIs) but reads a bounded one in milliseconds. A stale ladder
makes windows uneven, never wrong: they follow each other without gaps.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

from cmdb.graph.door import Graph

STEP = 1_000
"""CIs between two rungs."""


def windows(graph: Graph, after: str) -> Iterator[str | None]:
    """Upper bounds of the windows from `after` on, ascending; None is the open end."""
    names = rungs(graph)
    yield from names[bisect.bisect_right(names, after) :]
    yield None


def rungs(graph: Graph) -> list[str]:
    """The kept names, ascending."""
    rows = graph.read("MATCH (l:Ladder {name: 'ci'}) RETURN l.rungs AS rungs")
    return list(rows[0]["rungs"]) if rows else []


def rebuild(graph: Graph) -> int:
    """Read all names in order and keep every STEP-th. Returns how many CIs there are. A job, not for the request path."""
    names: list[str] = []
    place = ""
    while True:
        rows = graph.read(
            "MATCH (c:CI) WHERE c.id > $after RETURN c.id AS id, c.display_lower AS name ORDER BY c.id LIMIT 50000", after=place
        )
        if not rows:
            break
        names += [str(row["name"] or "") for row in rows]
        place = str(rows[-1]["id"])
    names.sort()
    kept = sorted(set(names[STEP::STEP]))
    graph.write("MERGE (l:Ladder {name: 'ci'}) SET l.rungs = $rungs", rungs=kept)
    return len(names)
