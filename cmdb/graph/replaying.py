"""What replay asks: which CI shows these identifiers, which review is meant, which CI was decided on."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph


def showing(graph: Graph, keys: Collection[str]) -> str:
    """The CI that shows most of these identifier keys, "" where none does; of several the oldest."""
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:Identifier {key: key})-[:IDENTIFIES]->(c:CI)
        RETURN c.id AS ci, count(*) AS n ORDER BY n DESC, ci LIMIT 1
        """,
        keys=sorted(keys),
    )
    return str(rows[0]["ci"]) if rows else ""


def review_like(graph: Graph, key: str, kind: str, candidates: Collection[str], states: Collection[str]) -> str:
    """The id of the review with that key; else of the one of that kind that asks about exactly these CIs; "" where there is none."""
    rows = graph.read("MATCH (v:Review {key: $key}) WHERE v.state IN $states RETURN v.id AS id", key=key, states=sorted(states))
    if not rows and candidates:
        rows = graph.read(
            """
            MATCH (c:CI {id: $one})<-[:ASKS_ABOUT]-(v:Review)
            WHERE v.kind = $kind AND v.state IN $states
            MATCH (v)-[:ASKS_ABOUT]->(o:CI)
            WITH v, collect(DISTINCT o.id) AS others
            WHERE size(others) = $n AND ALL(o IN others WHERE o IN $all)
            RETURN v.id AS id ORDER BY id DESC
            """,
            one=min(candidates),
            kind=kind,
            states=sorted(states),
            all=sorted(set(candidates)),
            n=len(set(candidates)),
        )
    return str(rows[0]["id"]) if rows else ""


def survivors(graph: Graph, ids: Collection[str]) -> dict[str, str]:
    """Joined CI's id → the survivor's, for those of the ids that were joined."""
    rows = graph.read("UNWIND $ids AS id MATCH (r:Redirect {id: id}) RETURN id, r.to AS to", ids=sorted(set(ids))) if ids else []
    return {str(row["id"]): str(row["to"]) for row in rows}
