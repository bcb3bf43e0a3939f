"""Writes what a redrawing takes away or moves: records that moved, identifiers that a CI shows or does not show any more."""

from __future__ import annotations

from typing import Any, LiteralString

from cmdb.graph.door import Tx
from cmdb.graph.plan import Plan

_BATCH = 2_000


def drop_records(tx: Tx, plan: Plan) -> None:
    """Take away records that are written anew elsewhere in the same transaction."""
    _each(tx, "UNWIND $rows AS key MATCH (s:SourceRecord {key: key}) DETACH DELETE s", plan.dropped_records)


def link(tx: Tx, plan: Plan) -> None:
    """Make and end links of identifiers, then decide anew which of them are shared; identifiers that nobody shows go."""
    _each(
        tx,
        """
        UNWIND $rows AS row
        MERGE (i:Identifier {key: row.key})
        ON CREATE SET i.kind = row.kind, i.value = row.value
        """,
        plan.merged_links,
    )
    _each(
        tx,
        """
        UNWIND $rows AS row
        MATCH (i:Identifier {key: row.key})
        MATCH (c:CI {id: row.ci})
        CREATE (i)-[:IDENTIFIES {grade: row.grade, scope: row.scope}]->(c)
        """,
        plan.merged_links,
    )
    _each(
        tx,
        "UNWIND $rows AS row MATCH (i:Identifier {key: row.key})-[l:IDENTIFIES]->(:CI {id: row.ci}) DELETE l",
        plan.dropped_links,
    )
    keys = plan.weighed_keys
    shown = {
        str(row["key"]): row
        for row in _each(
            tx,
            """
            UNWIND $rows AS key
            MATCH (i:Identifier {key: key})-[l:IDENTIFIES]->(c:CI)
            RETURN key, count(c) AS n, sum(CASE WHEN l.grade IN ['strong', 'medium'] THEN 1 ELSE 0 END) AS firm
            """,
            keys,
        )
    }
    orphans = [key for key in keys if key not in shown]
    _each(tx, "UNWIND $rows AS key MATCH (i:Identifier {key: key}) DETACH DELETE i", orphans)
    shared = [key for key, row in shown.items() if int(row["n"]) > 1 and int(row["firm"])]
    alone = [key for key, row in shown.items() if int(row["n"]) == 1]
    _each(tx, "UNWIND $rows AS key MATCH (i:Identifier {key: key}) SET i.shared = true", shared)
    _each(tx, "UNWIND $rows AS key MATCH (i:Identifier {key: key}) WHERE i.shared = true SET i.shared = null", alone)


def _each(tx: Tx, query: LiteralString, rows: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(rows), _BATCH):
        found += tx.run(query, rows=rows[start : start + _BATCH])
    return found
