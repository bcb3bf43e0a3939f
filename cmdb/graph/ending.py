"""CIs that time alone may change: words with an end, classes whose words grow old."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from cmdb.graph.door import Graph


def words_until(graph: Graph, at: str) -> list[str]:
    """Ids of CIs of which a person said something that ended by `at` (ISO text)."""
    rows = graph.read(
        "MATCH (s:SourceRecord) WHERE s.source STARTS WITH 'person:' AND s.data CONTAINS '\"n\":' RETURN s.ci AS ci, s.data AS data"
    )
    return sorted({str(r["ci"]) for r in rows if any(n[2] and n[2] <= at for n in orjson.loads(r["data"]).get("n", {}).values())})


def of_classes(graph: Graph, classes: Collection[str]) -> list[str]:
    """Ids of all CIs of these classes."""
    if not classes:
        return []
    return [str(row["id"]) for row in graph.read("MATCH (c:CI) WHERE c.class IN $classes RETURN c.id AS id", classes=sorted(classes))]
