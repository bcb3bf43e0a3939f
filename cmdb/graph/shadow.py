"""What was seen and nobody answers for: devices of unknown kind, and endpoints of these results; with where each was seen."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.graph.door import Graph, Row


def unclaimed(graph: Graph) -> list[tuple[str, str | None]]:
    """Devices whose kind is unknown, that nobody claimed or marked as not ours: id, and when it was seen last."""
    rows = graph.read(
        """
        MATCH (c:CI) WHERE c.class = 'device' AND c.presence = 'present' AND NOT 'not-ours' IN coalesce(c.tags, [])
          AND coalesce(c.ownership, '') = ''
        RETURN collect([c.id, c.last_seen_at]) AS rows
        """
    )
    return [(ci, at) for ci, at in rows[0]["rows"]]


def failing(graph: Graph, policy: str) -> list[tuple[str, str, str]]:
    """Every endpoint that fails a policy: its name in lower case, the key of the result, its id."""
    rows = graph.read("MATCH (e:Evaluation {place: $place}) RETURN collect([e.name_lower, e.key, e.ci]) AS rows", place=f"{policy}|fail")
    return [(name, key, ci) for name, key, ci in rows[0]["rows"]]


def states(graph: Graph, ids: Sequence[str], policies: Sequence[str]) -> list[tuple[str, str, str]]:
    """The current results of these endpoints by these policies: ci, policy, state."""
    rows = graph.read(
        "UNWIND $keys AS key MATCH (e:Evaluation {key: key}) RETURN collect([e.ci, e.policy, e.state]) AS rows",
        keys=[f"{ci}|{policy}" for ci in ids for policy in policies],
    )
    return [(ci, policy, state) for ci, policy, state in rows[0]["rows"]]


def these(graph: Graph, ids: Sequence[str]) -> list[Row]:
    """The same of these CIs."""
    return graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})
        RETURN c.id AS ci, c.display_name AS name, c.class AS cls, c.last_seen_at AS seen_at, c.sources AS sources,
               c.ip_addresses AS ips, c.mac_addresses AS macs
        """,
        ids=list(ids),
    )


def heard(graph: Graph, ids: Sequence[str]) -> dict[str, list[str]]:
    """ci → hardware addresses by which it is recognised: all that is known of what only a switch heard. One read."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})<-[:IDENTIFIES]-(i:Identifier)
        WHERE i.kind = 'mac'
        RETURN id, i.value AS mac ORDER BY id, mac
        """,
        ids=list(ids),
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(row["mac"])
    return found


def whereabouts(graph: Graph, ids: Sequence[str]) -> dict[str, list[str]]:
    """ci → where it hangs: port and device for each link. One read."""
    found: dict[str, list[str]] = {}
    for row in graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[:CONNECTED_TO]-(i:CI)
        OPTIONAL MATCH (i)-[:PART_OF]->(d:CI)
        RETURN id, i.display_name AS port, d.display_name AS device ORDER BY id, device, port
        """,
        ids=list(ids),
    ):
        found.setdefault(row["id"], []).append(" ".join(filter(None, (row["device"], row["port"]))))
    return found


def people(graph: Graph, ids: Sequence[str]) -> dict[str, list[str]]:
    """ci → who owns or uses it, by name. One read."""
    found: dict[str, list[str]] = {}
    for row in graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[:OWNED_BY|USED_BY]->(p:CI)
        RETURN DISTINCT id, p.display_name AS name ORDER BY id, name
        """,
        ids=list(ids),
    ):
        found.setdefault(row["id"], []).append(str(row["name"]))
    return found


def spells(graph: Graph, policy: str, since: str, *, limit: int = 5000) -> list[Row]:
    """Failures of a policy that lasted after `since`, open ones too. Rows: ci, name, site, team, since, until (empty: still)."""
    return graph.read(
        """
        MATCH (e:Evaluation {place: $place})
        RETURN e.ci AS ci, e.name AS name, e.site AS site, e.team AS team, e.since AS since, '' AS until
        LIMIT $limit
        """,
        place=f"{policy}|fail",
        limit=limit,
    ) + graph.read(
        """
        MATCH (e:PastEvaluation {policy: $policy}) WHERE e.state = 'fail' AND e.until >= $since
        RETURN e.ci AS ci, e.name AS name, e.site AS site, e.team AS team, e.since AS since, e.until AS until
        LIMIT $limit
        """,
        policy=policy,
        since=since,
        limit=limit,
    )
