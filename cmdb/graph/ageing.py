"""What ageing reads and writes: who was not seen lately, failed looks, and what a CI counts as. A few statements for thousands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.graph.door import Graph, Row


def note_failed(graph: Graph, ci: str, source: str, *, state: str, reason: str, at: str) -> None:
    """One more failed look of the source at the CI. A look since which the source saw it again counts anew."""
    graph.write(
        """
        MATCH (c:CI {id: $ci})
        OPTIONAL MATCH (c)<-[:RECORD_OF]-(s:SourceRecord) WHERE s.source = $source
        WITH c, max(s.observed_at) AS seen
        MERGE (l:Look {key: $key})
        SET l.failed = CASE WHEN l.failed IS NULL OR l.at < coalesce(seen, '') THEN 1 ELSE l.failed + 1 END
        SET l.ci = $ci, l.source = $source, l.state = $state, l.reason = $reason, l.at = $at
        """,
        ci=ci,
        key=f"{ci}|{source}",
        source=source,
        state=state,
        reason=reason[:300],
        at=at,
    )


def at_address(graph: Graph, address: str, source: str) -> str:
    """The CI that the source last saw at this address or under this name, "" where it never saw one there."""
    rows = graph.read(
        """
        MATCH (c:CI {display_lower: $address}) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        UNION MATCH (c:CI {find1: $address}) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        UNION MATCH (c:CI {find2: $address}) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        UNION MATCH (c:CI {find3: $address}) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        UNION MATCH (c:CI {find4: $address}) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        UNION MATCH (i:Identifier {value: $address})-[:IDENTIFIES]->(c:CI) RETURN c.id AS id, c.sources AS sources, c.last_seen_at AS at
        """,
        address=address.lower(),
    )
    mine = [row for row in rows if source in (row["sources"] or ())]
    return str(max(mine, key=lambda row: (row["at"], row["id"]))["id"]) if mine else ""


def unseen(graph: Graph, before: str, after: tuple[str, str], *, limit: int) -> list[Row]:
    """Present CIs last seen before then, the longest unseen first, after (last_seen_at, id).

    Rows: id, class, last_seen_at, sources, status, ageing, why.
    """
    return graph.read(
        """
        MATCH (c:CI) WHERE c.last_seen_at >= $start AND c.last_seen_at < $before
        WITH c WHERE c.presence = 'present' AND (c.last_seen_at > $start OR c.id > $id)
        RETURN c.id AS id, c.class AS class, c.last_seen_at AS last_seen_at, c.sources AS sources, c.status AS status,
               c.ageing AS ageing, c.ageing_why AS why
        ORDER BY last_seen_at, id LIMIT $limit
        """,
        start=after[0],
        id=after[1],
        before=before,
        limit=limit,
    )


def aged(graph: Graph, states: Sequence[str], seen_from: str, *, limit: int) -> list[Row]:
    """CIs that count as aged and were seen since then, or are absent. Rows as `unseen`."""
    return graph.read(
        """
        MATCH (c:CI) WHERE c.ageing IN $states AND (c.last_seen_at >= $start OR c.presence <> 'present')
        RETURN c.id AS id, c.class AS class, c.last_seen_at AS last_seen_at, c.sources AS sources, c.status AS status,
               c.ageing AS ageing, c.ageing_why AS why LIMIT $limit
        """,
        states=list(states),
        start=seen_from,
        limit=limit,
    )


def looks(graph: Graph, ids: Collection[str]) -> list[Row]:
    """Failed looks at these CIs. Rows: ci, source, state, reason, at, failed."""
    if not ids:
        return []
    return graph.read(
        """
        UNWIND $ids AS id MATCH (l:Look {ci: id})
        RETURN l.ci AS ci, l.source AS source, l.state AS state, l.reason AS reason, l.at AS at, l.failed AS failed
        """,
        ids=sorted(ids),
    )


def keep(graph: Graph, rows: Sequence[Row]) -> None:
    """What CIs count as from now on, with an event each. Rows: id, state (None: not aged any more), why, since, event."""
    if rows:
        graph.write(
            """
            UNWIND $rows AS row
            MATCH (c:CI {id: row.id})
            SET c.ageing = row.state, c.ageing_why = row.why, c.ageing_since = row.since
            CREATE (e:Event)-[:EVENT_OF]->(c)
            SET e = row.event
            """,
            rows=list(rows),
        )


def explain(graph: Graph, rows: Sequence[Row]) -> None:
    """New words for why; the state stays. Rows: id, why."""
    if rows:
        graph.write("UNWIND $rows AS row MATCH (c:CI {id: row.id}) SET c.ageing_why = row.why", rows=list(rows))


def with_state(graph: Graph, state: str, *, limit: int) -> list[Row]:
    """Properties of CIs that count as this."""
    return [row["ci"] for row in graph.read("MATCH (c:CI) WHERE c.ageing = $state RETURN c AS ci LIMIT $limit", state=state, limit=limit)]
