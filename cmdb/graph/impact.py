"""What impact reads: edges of a whole level at once, whatever their type, and the people behind what is hit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, LiteralString

from cmdb.graph.door import Graph, Row


def edges_of(graph: Graph, ids: Collection[str], labels: Collection[str]) -> list[Row]:
    """Relations of these types at these CIs, both directions, a statement for each and 5,000 CIs; the far end with what impact needs of it.

    Rows: id, label, outward, group, need, seen, other, class, name, presence, min_up, role, other_seen. The order is not promised.
    """
    wanted, types = sorted(ids), sorted(labels)
    rows: list[Row] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        out = graph.read(_OUT, ids=some, labels=types)[0]["edges"]
        into = graph.read(_IN, ids=some, labels=types)[0]["edges"]
        rows += [_edge(edge, outward=True) for edge in out]
        rows += [_edge(edge, outward=False) for edge in into]
    return rows


def _edge(values: Sequence[Any], *, outward: bool) -> Row:
    return dict(zip(_COLUMNS, (*values, outward), strict=True))


_AT_ONCE = 5_000
# One record that holds a table: over Bolt three times as fast as a record for each edge (measured at 5,000 edges).
_COLUMNS = (
    "id", "label", "group", "need", "seen", "other", "class", "name", "presence", "min_up", "role", "other_seen", "outward"
)  # fmt: skip
_OUT: LiteralString = """
    UNWIND $ids AS id
    MATCH (c:CI {id: id})-[r]->(o:CI) WHERE type(r) IN $labels
    RETURN collect([id, type(r), r.group, r.need, r.last_seen_at, o.id, o.class, o.display_name, o.presence, o.min_up, o.role,
                    o.last_seen_at]) AS edges
    """
_IN: LiteralString = """
    UNWIND $ids AS id
    MATCH (c:CI {id: id})<-[r]-(o:CI) WHERE type(r) IN $labels
    RETURN collect([id, type(r), r.group, r.need, r.last_seen_at, o.id, o.class, o.display_name, o.presence, o.min_up, o.role,
                    o.last_seen_at]) AS edges
    """


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
