"""Parked relations: what waits for an identifier that nobody has shown yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from cmdb.graph import joins
from cmdb.graph.door import Graph, Row, Tx

_STEP = 5_000
"""Keys that are asked about at once."""
_TOLD = ("key", "source", "since", "told_at", "body", "anchor", "name", "cls")


def parked_for(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Pending relations that wait for one of these identifier keys. Rows: key, body (the waiting observation), body_id."""
    if not keys or not graph.read("MATCH (w:Wanted) RETURN w.key AS key LIMIT 1"):
        return []
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (w:Wanted {key: key})<-[:WAITS_FOR]-(p:Pending)
        RETURN DISTINCT p.key AS key, p.body AS body
        """,
        keys=sorted(keys),
    )
    return [_opened(row) for row in rows]


def shown_meanwhile(graph: Graph, before: str, limit: int) -> list[Row]:
    """Pending relations that wait for what some CI shows, and were not tried since `before` (ISO text). Rows as `parked_for`.

    There are some where the process that wrote the CI died at once, and where the one that wrote the relation did not see it yet.
    """
    wanted = _column(graph.read("MATCH (w:Wanted) RETURN collect(w.key) AS keys"), "keys")
    found: list[Row] = []
    for start in range(0, len(wanted), _STEP):
        known = _shown(graph, wanted[start : start + _STEP])
        found += _untried(graph, known, before, limit) if known else []
        if len(found) >= limit:
            break
    return [_opened(row) for row in {str(row["key"]): row for row in found}.values()][:limit]


def _shown(graph: Graph, keys: Sequence[str]) -> list[str]:
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (i:Identifier {key: key}) WHERE EXISTS { MATCH (i)-[:IDENTIFIES]->(:CI) }
        RETURN collect(i.key) AS keys
        """,
        keys=keys,
    )
    return _column(rows, "keys")


def _column(rows: Sequence[Row], name: str) -> list[str]:
    return list(rows[0][name]) if rows else []


def _untried(graph: Graph, keys: Collection[str], before: str, limit: int) -> list[Row]:
    return graph.read(
        """
        UNWIND $keys AS key
        MATCH (w:Wanted {key: key})<-[:WAITS_FOR]-(p:Pending)
        WHERE coalesce(p.tried_at, '') < $before
        RETURN DISTINCT p.key AS key, p.body AS body LIMIT $limit
        """,
        keys=sorted(keys),
        before=before,
        limit=limit,
    )


def _opened(row: Row) -> Row:
    body = orjson.loads(row["body"])
    return {"key": row["key"], "body": body, "body_id": body.get("id", "")}


def tried(graph: Graph, keys: Collection[str], at: str) -> None:
    """They were tried at this time (ISO text), and wait on."""
    graph.write("UNWIND $keys AS key MATCH (p:Pending {key: key}) SET p.tried_at = $at", keys=sorted(keys), at=at)


def unpark(graph: Graph, keys: Collection[str]) -> None:
    """These relations found their other ends."""
    if keys:
        graph.writing(lambda tx: drop(tx, keys))


def give_up(graph: Graph, keys: Collection[str], events: Sequence[Mapping[str, Any]]) -> None:
    """They wait no longer, and the history of their known ends tells it. Rows of `events`: ci, props."""

    def work(tx: Tx) -> None:
        drop(tx, keys)
        joins.tell(tx, events)

    if keys:
        graph.writing(work)


def drop(tx: Tx, keys: Collection[str]) -> None:
    """Delete these, and what nobody waits for any more: their own clues are looked at, not those of all that wait."""
    known = tx.run(
        "UNWIND $keys AS key MATCH (p:Pending {key: key})-[:WAITS_FOR]->(w:Wanted) RETURN DISTINCT w.key AS wanted", keys=sorted(keys)
    )
    tx.run("UNWIND $keys AS key MATCH (p:Pending {key: key}) DETACH DELETE p", keys=sorted(keys))
    tx.run(
        "UNWIND $keys AS key MATCH (w:Wanted {key: key}) WHERE NOT EXISTS { MATCH (w)<-[:WAITS_FOR]-(:Pending) } DELETE w",
        keys=sorted(str(row["wanted"]) for row in known),
    )


def how_many(graph: Graph) -> int:
    """Relations that wait."""
    return int(graph.read("MATCH (p:Pending) RETURN count(p) AS n")[0]["n"])


def parked(graph: Graph, *, limit: int, told_before: str = "", after: tuple[str, str] = ("", "")) -> list[Row]:
    """Pending relations, the longest untold first; with `told_before` (ISO text) only those nobody told of since.

    `after`: (told_at, key) of the last one of the page before.

    Rows: key, source, since (parked first), told_at (told last), body, anchor (id of the known end), name, cls.
    """
    told = graph.read(
        """
        MATCH (p:Pending)
        WHERE ($before = '' OR p.observed_at < $before) AND (p.observed_at > $at OR (p.observed_at = $at AND p.key > $key))
        WITH p ORDER BY p.observed_at, p.key LIMIT $limit
        RETURN collect([p.key, p.source, p.since, p.observed_at, p.body, p.anchor]) AS rows
        """,
        before=told_before,
        at=after[0],
        key=after[1],
        limit=limit,
    )
    names = graph.read(
        "UNWIND $ids AS id MATCH (c:CI {id: id}) RETURN c.id AS id, c.display_name AS name, c.class AS cls",
        ids=sorted({str(row[5]) for row in told[0]["rows"] if row[5]}),
    )
    known = {str(row["id"]): (row["name"], row["cls"]) for row in names}
    rows: list[Row] = [dict(zip(_TOLD, (*row, *known.get(str(row[5]), (None, None))), strict=True)) for row in told[0]["rows"]]
    return sorted(rows, key=lambda row: (str(row["told_at"]), str(row["key"])))


def parked_at(graph: Graph, ci: str, limit: int) -> list[Row]:
    """Those whose known end is this CI ("": those without one), rows as `parked`."""
    return graph.read(
        """
        MATCH (p:Pending {anchor: $ci})
        RETURN p.key AS key, p.source AS source, p.since AS since, p.observed_at AS told_at, p.body AS body, p.anchor AS anchor,
               '' AS name, '' AS cls
        ORDER BY told_at, key LIMIT $limit
        """,
        ci=ci,
        limit=limit,
    )


def parked_as(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Those of these keys that wait. Rows as `parked`."""
    return graph.read(
        """
        UNWIND $keys AS key
        MATCH (p:Pending {key: key})
        RETURN p.key AS key, p.source AS source, p.since AS since, p.observed_at AS told_at, p.body AS body, p.anchor AS anchor,
               '' AS name, '' AS cls
        """,
        keys=sorted(keys),
    )
