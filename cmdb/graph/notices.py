"""What there is to tell people of compliance since a time: results that became a failure, and whom a device belongs to."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph, Row


def failing_since(graph: Graph, since: str, until: str, *, limit: int) -> list[Row]:
    """Failures that began in [since, until), the gravest first. Rows: ci, name, policy, severity, since, team. Reads all failures once."""
    return graph.read(
        """
        MATCH (e:Evaluation) WHERE e.since >= $since AND e.since < $until AND e.state = 'fail'
        RETURN e.ci AS ci, e.name AS name, e.policy AS policy, e.severity AS severity, e.since AS since, coalesce(e.team, '') AS team
        ORDER BY e.severity, e.since, e.ci, e.policy LIMIT $limit
        """,
        since=since,
        until=until,
        limit=limit,
    )


def owners(graph: Graph, ids: Collection[str]) -> list[Row]:
    """Who uses or owns these devices. Rows: ci, email, name; people without an address are left out."""
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})-[r]->(p:CI)
        WHERE p.class = 'person' AND p.email IS NOT NULL AND (r.key STARTS WITH 'used_by|' OR r.key STARTS WITH 'owned_by|')
        RETURN DISTINCT id AS ci, p.email AS email, p.display_name AS name
        """,
        ids=sorted(ids),
    )


def team_addresses(graph: Graph, names: Collection[str]) -> dict[str, str]:
    """Name → e-mail address of these teams; those without one are left out."""
    rows = graph.read(
        """
        UNWIND $names AS name
        MATCH (t:CI {class: 'team', display_lower: name}) WHERE t.email IS NOT NULL
        RETURN t.display_name AS name, t.email AS email
        """,
        names=sorted({name.lower() for name in names}),
    )
    return {str(row["name"]): str(row["email"]) for row in rows}
