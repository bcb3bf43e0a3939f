"""A site's own reference data in the graph: `(:ReferenceText {key: name|number})`, one a change; the one with the highest number counts."""

from __future__ import annotations

from typing import Any

from cmdb.graph.door import Graph, Row


def counting(graph: Graph) -> dict[str, Row]:
    """Name → the text that counts (name, number, text, by, at). One read."""
    rows = graph.read(
        "MATCH (r:ReferenceText) RETURN r.name AS name, r.number AS number, r.text AS text, r.by AS by, r.at AS at ORDER BY name, number"
    )
    return {str(row["name"]): row for row in rows}


def add(graph: Graph, name: str, number: int, props: dict[str, Any]) -> None:
    """Keep one (text, by, at). Raises GraphConstraint where that number is taken."""
    graph.write("CREATE (r:ReferenceText) SET r = $props", props={**props, "key": f"{name}|{number}", "name": name, "number": number})


def remove(graph: Graph, name: str, number: int) -> None:
    """Take one away: the one before it counts again."""
    graph.write("MATCH (r:ReferenceText {key: $key}) DELETE r", key=f"{name}|{number}")
