"""History: events of one CI, or of all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, LiteralString

import orjson

from cmdb.graph.door import Graph, Row


def of_ci(graph: Graph, ci: str, *, before: str | None = None, limit: int = 50) -> list[Row]:
    """Events of a CI, the newest first (by the time we learned of them), with `changes` as a list. `before`: id of the last one seen."""
    rows = graph.read(
        """
        MATCH (e:Event)-[:EVENT_OF]->(:CI {id: $ci})
        WHERE $before IS NULL OR e.id < $before
        RETURN e AS event ORDER BY e.id DESC LIMIT $limit
        """,
        ci=ci,
        before=before,
        limit=limit,
    )
    return [_event(row["event"]) for row in rows]


def between(graph: Graph, since: str, until: str, *, limit: int = 200) -> list[Row]:
    """Events of all CIs that happened in [since, until), the newest first, each with `name` and `class` of its CI."""
    rows = graph.read(
        """
        MATCH (e:Event)-[:EVENT_OF]->(c:CI)
        WHERE e.at >= $since AND e.at < $until
        RETURN e AS event, c.display_name AS name, c.class AS class
        ORDER BY e.at DESC, e.id DESC LIMIT $limit
        """,
        since=since,
        until=until,
        limit=limit,
    )
    return [{**_event(row["event"]), "name": row["name"], "class": row["class"]} for row in rows]


def since(graph: Graph, ids: Collection[str], recorded_from: str) -> dict[str, list[Row]]:
    """Events of these CIs recorded from then on, by CI: id, ci, at, recorded_at and `changes` as a list. The order is not promised."""
    found: dict[str, list[Row]] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        rows = graph.read(
            """
            UNWIND $ids AS id
            MATCH (c:CI {id: id})<-[:EVENT_OF]-(e:Event)
            WHERE e.recorded_at >= $start
            RETURN collect([id, e.id, e.ci, e.at, e.recorded_at, e.changes]) AS events
            """,
            ids=wanted[start : start + _AT_ONCE],
            start=recorded_from,
        )
        for ci, *event in rows[0]["events"]:
            found.setdefault(str(ci), []).append(_told(event))
    return found


def all_since(graph: Graph, recorded_from: str, *, limit: int) -> dict[str, list[Row]]:
    """As `since`, of all CIs; of more than `limit` only so many (then the answer holds exactly `limit`)."""
    rows = graph.read(
        """
        MATCH (e:Event) WHERE e.recorded_at >= $start
        WITH e LIMIT $limit
        RETURN collect([e.id, e.ci, e.at, e.recorded_at, e.changes]) AS events
        """,
        start=recorded_from,
        limit=limit,
    )
    found: dict[str, list[Row]] = {}
    for event in rows[0]["events"]:
        found.setdefault(str(event[1]), []).append(_told(event))
    return found


# One record that holds a table: over Bolt much faster than a record for each event.
_COLUMNS = ("id", "ci", "at", "recorded_at", "changes")


def _told(values: Sequence[Any]) -> Row:
    event = dict(zip(_COLUMNS, values, strict=True))
    return {**event, "changes": orjson.loads(event["changes"] or "[]")}


def relations_of(graph: Graph, ids: Collection[str], labels: Collection[str]) -> dict[str, list[Row]]:
    """Present relations of these types at these CIs, by CI.

    Rows: key, outward, other, first_seen_at, last_seen_at, claims, group, need. A relation between two of them comes at both.
    """
    found: dict[str, list[Row]] = {ci: [] for ci in ids}
    wanted = sorted(found)
    for start in range(0, len(wanted), _AT_ONCE):
        some, types = wanted[start : start + _AT_ONCE], sorted(labels)
        for row in graph.read(_OUT, ids=some, labels=types):
            found[str(row.pop("id"))].append({**row, "outward": True})
        for row in graph.read(_IN, ids=some, labels=types):
            found[str(row.pop("id"))].append({**row, "outward": False})
    return found


_OUT: LiteralString = """
    UNWIND $ids AS id
    MATCH (:CI {id: id})-[r]->(o:CI) WHERE type(r) IN $labels
    RETURN id, r.key AS key, o.id AS other, r.first_seen_at AS first_seen_at, r.last_seen_at AS last_seen_at, r.claims AS claims,
           r.group AS group, r.need AS need
"""
_IN: LiteralString = """
    UNWIND $ids AS id
    MATCH (:CI {id: id})<-[r]-(o:CI) WHERE type(r) IN $labels
    RETURN id, r.key AS key, o.id AS other, r.first_seen_at AS first_seen_at, r.last_seen_at AS last_seen_at, r.claims AS claims,
           r.group AS group, r.need AS need
"""
_AT_ONCE = 2_000


def _event(event: dict[str, Any]) -> Row:
    return {**event, "changes": orjson.loads(event.get("changes") or "[]")}
