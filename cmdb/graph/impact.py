"""What impact reads: edges of a whole level at once, whatever their type, and the people behind what is hit."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph, Row


def edges_of(graph: Graph, ids: Collection[str], labels: Collection[str]) -> list[Row]:
    """Relations of these types at these CIs, both directions, in one statement; the far end with what impact needs of it.

    Rows: id, label, outward, group, need, seen, other, class, name, presence, min_up, role, other_seen. The order is not promised.
    """
    if not ids:
        return []
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})-[r]->(o:CI) WHERE type(r) IN $labels
        RETURN id, type(r) AS label, true AS outward, r.group AS group, r.need AS need, r.last_seen_at AS seen, o.id AS other,
               o.class AS class, o.display_name AS name, o.presence AS presence, o.min_up AS min_up, o.role AS role,
               o.last_seen_at AS other_seen
        UNION ALL
        UNWIND $ids AS id
        MATCH (c:CI {id: id})<-[r]-(o:CI) WHERE type(r) IN $labels
        RETURN id, type(r) AS label, false AS outward, r.group AS group, r.need AS need, r.last_seen_at AS seen, o.id AS other,
               o.class AS class, o.display_name AS name, o.presence AS presence, o.min_up AS min_up, o.role AS role,
               o.last_seen_at AS other_seen
        """,
        ids=sorted(ids),
        labels=sorted(labels),
    )


def related(graph: Graph, ids: Collection[str], labels: Collection[str], *, outward: bool) -> list[Row]:
    """What these CIs are related to by these types, in one direction. Rows: id, label, ci (properties of the other end)."""
    if not ids:
        return []
    if outward:
        return graph.read(
            """
            UNWIND $ids AS id MATCH (c:CI {id: id})-[r]->(o:CI) WHERE type(r) IN $labels AND o.presence = 'present'
            RETURN id, type(r) AS label, o AS ci
            """,
            ids=sorted(ids),
            labels=sorted(labels),
        )
    return graph.read(
        """
        UNWIND $ids AS id MATCH (c:CI {id: id})<-[r]-(o:CI) WHERE type(r) IN $labels AND o.presence = 'present'
        RETURN id, type(r) AS label, o AS ci
        """,
        ids=sorted(ids),
        labels=sorted(labels),
    )


def present(graph: Graph, ids: Collection[str]) -> list[Row]:
    """The properties of these CIs as far as they are there."""
    if not ids:
        return []
    rows = graph.read("UNWIND $ids AS id MATCH (c:CI {id: id}) WHERE c.presence = 'present' RETURN c AS ci", ids=sorted(ids))
    return [row["ci"] for row in rows]
