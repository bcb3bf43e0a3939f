"""What a change of rules asks of the graph: every CI, which identifiers are shared, and new grades for the links that have others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from cmdb.graph.door import Graph, Row, Tx

BATCH = 20_000


def all_ids(graph: Graph) -> Iterator[str]:
    """The ids of all CIs, the oldest first. A job, not for the request path of a large house."""
    place = ""
    while rows := graph.read("MATCH (c:CI) WHERE c.id > $after RETURN c.id AS id ORDER BY c.id LIMIT $limit", after=place, limit=BATCH):
        yield from (str(row["id"]) for row in rows)
        place = str(rows[-1]["id"])


def shared_keys(graph: Graph) -> frozenset[str]:
    """Keys of identifiers that several living things show."""
    return frozenset(str(row["key"]) for row in graph.read("MATCH (i:Identifier) WHERE i.shared = true RETURN i.key AS key"))


def regrade(tx: Tx, links: Collection[Row]) -> None:
    """Give links another grade. Rows: key, ci, grade. What does not exist is left out."""
    rows: list[Any] = list(links)
    for start in range(0, len(rows), 2_000):
        tx.run(
            "UNWIND $rows AS row MATCH (i:Identifier {key: row.key})-[l:IDENTIFIES]->(c:CI {id: row.ci}) SET l.grade = row.grade",
            rows=rows[start : start + 2_000],
        )


def count(graph: Graph) -> int:
    """How many CIs there are."""
    return int(graph.read("MATCH (c:CI) RETURN count(c) AS n")[0]["n"])


def apart(graph: Graph, pairs: Collection[tuple[str, str]]) -> set[frozenset[str]]:
    """Those of these pairs that somebody said are not the same."""
    keys = sorted("|".join(sorted(pair)) for pair in pairs)
    if not keys:
        return set()
    rows = graph.read("UNWIND $keys AS key MATCH (n:NotSame {key: key}) RETURN n.a AS a, n.b AS b", keys=keys)
    return {frozenset((str(row["a"]), str(row["b"]))) for row in rows}
