"""What hangs together with a CI: relations with their claims, identifiers, software, what lies in it. Read before joins and splits."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph, Row


def relations(graph: Graph, ids: Collection[str]) -> list[Row]:
    """Relations between CIs with one of these ends. Rows: key, properties."""
    if not ids:
        return []
    return graph.read(
        "UNWIND $ids AS id MATCH (:CI {id: id})-[r]-(:CI) WHERE r.key IS NOT NULL RETURN DISTINCT r.key AS key, r AS properties",
        ids=sorted(ids),
    )


def identifiers(graph: Graph, ids: Collection[str]) -> list[Row]:
    """What identifies these CIs. Rows: ci, key, kind, value, grade, scope."""
    if not ids:
        return []
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})<-[l:IDENTIFIES]-(i:Identifier)
        RETURN c.id AS ci, i.key AS key, i.kind AS kind, i.value AS value, l.grade AS grade, l.scope AS scope
        """,
        ids=sorted(ids),
    )


def software(graph: Graph, ids: Collection[str]) -> list[Row]:
    """Software links of these CIs. Rows: ci, source, chunk."""
    if not ids:
        return []
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})-[l:HAS_SOFTWARE]->(k:SoftwareChunk)
        RETURN c.id AS ci, l.source AS source, k.key AS chunk
        """,
        ids=sorted(ids),
    )


def inside(graph: Graph, ids: Collection[str]) -> list[Row]:
    """What lies directly in these CIs. Rows: child, parent, keys (identifiers of the child)."""
    if not ids:
        return []
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (p:CI {id: id})<-[:PART_OF]-(child:CI)
        OPTIONAL MATCH (i:Identifier)-[:IDENTIFIES]->(child)
        RETURN child.id AS child, p.id AS parent, collect(i.key) AS keys
        """,
        ids=sorted(ids),
    )


def whole(graph: Graph, root: str) -> list[Row]:
    """Everything that lies in a CI, to any depth, level by level. Rows as `inside`."""
    found: list[Row] = []
    level, seen = {root}, {root}
    while level:
        rows = inside(graph, level)
        found += rows
        level = {str(row["child"]) for row in rows} - seen
        seen |= level
    return found


def apart(graph: Graph, ids: Collection[str]) -> set[frozenset[str]]:
    """Pairs among these CIs that somebody said are not the same."""
    ordered = sorted(ids)
    keys = [f"{a}|{b}" for place, a in enumerate(ordered) for b in ordered[place + 1 :]]
    if not keys:
        return set()
    rows = graph.read("UNWIND $keys AS key MATCH (n:NotSame {key: key}) RETURN n.a AS a, n.b AS b", keys=keys)
    return {frozenset((str(row["a"]), str(row["b"]))) for row in rows}
