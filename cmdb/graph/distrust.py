"""Orders not to listen to a source: kept as nodes, and as a mark on the records they cover."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cmdb.errors import Conflict, GraphConstraint
from cmdb.graph.door import Graph, Row
from cmdb.graph.meeting import asked


def orders(graph: Graph) -> list[Row]:
    """All orders that stand. Rows: key, source, subject, by, reason, at."""
    return asked(graph, _orders, None)


def _orders(graph: Graph, asked_for: Sequence[None]) -> list[list[Row]]:
    rows = graph.read("MATCH (d:Distrust) RETURN d AS one ORDER BY d.key")
    return [[row["one"] for row in rows]] * len(asked_for)


def give(graph: Graph, order: Mapping[str, Any]) -> None:
    """Keep an order. Raises Conflict when it stands already."""
    try:
        graph.write("CREATE (d:Distrust) SET d = $order", order=dict(order))
    except GraphConstraint as error:
        raise Conflict("This source is distrusted already.") from error


def lift(graph: Graph, key: str) -> bool:
    """Take an order back. False where there was none."""
    return bool(graph.write("MATCH (d:Distrust {key: $key}) WITH d, d.key AS key DELETE d RETURN key", key=key))


def spoken_of(graph: Graph, source: str) -> list[Row]:
    """All records of a source (or of all whose key begins so, when it ends with `*`). Rows: key, ci, source, subject, distrusted."""
    return graph.read(
        """
        MATCH (s:SourceRecord)
        WHERE s.source = $exact OR ($beginning <> '' AND s.source STARTS WITH $beginning)
        RETURN s.key AS key, s.ci AS ci, s.source AS source, s.subject AS subject, coalesce(s.distrusted, '') AS distrusted
        """,
        exact="" if source.endswith("*") else source,
        beginning=source[:-1] if source.endswith("*") else "",
    )


def marked(graph: Graph, order: str) -> list[Row]:
    """All records that an order silences. Rows as `spoken_of`."""
    return graph.read(
        """
        MATCH (s:SourceRecord) WHERE s.distrusted = $order
        RETURN s.key AS key, s.ci AS ci, s.source AS source, s.subject AS subject, s.distrusted AS distrusted
        """,
        order=order,
    )


def subjects(graph: Graph, source: str, limit: int = 200) -> list[Row]:
    """The things a source speaks of by themselves (not what lies in them). Rows: subject, ci, name, class, observed_at, distrusted."""
    return graph.read(
        """
        MATCH (s:SourceRecord {source: $source})-[:RECORD_OF]->(c:CI)
        WHERE NOT s.subject CONTAINS '/'
        RETURN s.subject AS subject, c.id AS ci, c.display_name AS name, c.class AS class, s.observed_at AS observed_at,
               coalesce(s.distrusted, '') AS distrusted
        ORDER BY name, subject LIMIT $limit
        """,
        source=source,
        limit=limit,
    )


def kin_by_history(graph: Graph, ids: Collection[str]) -> set[str]:
    """Ids under which these CIs, or what was parted from them, were known once: joined into them, or told apart from them."""
    rows = graph.read("UNWIND $ids AS id MATCH (r:Redirect {to: id}) RETURN r.id AS id", ids=sorted(ids))
    apart = graph.read("MATCH (n:NotSame) WHERE n.a IN $ids OR n.b IN $ids RETURN n.a AS a, n.b AS b", ids=sorted(ids))
    return {str(row["id"]) for row in rows} | {str(row[end]) for row in apart for end in ("a", "b")}
