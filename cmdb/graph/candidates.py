"""What reconciliation gathers before it decides: who shows these identifiers, and what is already known of these CIs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cmdb.graph.door import Graph, Row


def repeated(graph: Graph, items: Collection[Row]) -> list[Row]:
    """Of items (ref, key, record, said), those whose source said exactly the same about the one CI that shows this identifier.

    `record`: the end of the source record's key, `|source|subject`.

    Rows: ref, ci, record (its key), observed_at. The quick way through an unchanged report; not where another CI has come to show one of
    its identifiers since, because then this repeat tells that both live.
    """
    return graph.read(
        """
        UNWIND $rows AS row
        MATCH (i:Identifier {key: row.key})-[:IDENTIFIES]->(c:CI)
        MATCH (s:SourceRecord {key: c.id + row.record})
        WHERE s.said = row.said AND s.absent_at = '' AND s.distrusted = ''
        OPTIONAL MATCH (c)<-[own:IDENTIFIES]-(j:Identifier)-[:IDENTIFIES]->(d:CI)
        WHERE own.grade <> 'weak' AND d.id <> c.id AND d.last_seen_at > s.observed_at AND coalesce(j.shared, false) = false
        WITH row, c, s, count(d) AS rivals
        WHERE rivals = 0
        RETURN row.ref AS ref, c.id AS ci, s.key AS record, s.observed_at AS observed_at
        """,
        rows=list(items),
    )


def find(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Every CI that shows one of these identifier keys, with all its identifiers.

    One row per CI and identifier: ci, class, created_at, last_seen_at, sources, key, kind, value, scope, grade, shared.
    """
    if not keys:
        return []
    return graph.read(
        """
        UNWIND $keys AS key
        MATCH (:Identifier {key: key})-[:IDENTIFIES]->(c:CI)
        WITH DISTINCT c
        MATCH (c)<-[link:IDENTIFIES]-(i:Identifier)
        RETURN c.id AS ci, c.class AS class, c.created_at AS created_at, c.last_seen_at AS last_seen_at, c.sources AS sources,
               i.key AS key, i.kind AS kind, i.value AS value,
               link.scope AS scope, link.grade AS grade, coalesce(i.shared, false) AS shared
        """,
        keys=sorted(keys),
    )


def by_id(graph: Graph, ids: Collection[str]) -> list[Row]:
    """The CIs with these ids, redirects of joined ones followed. Rows: asked, ci, class."""
    if not ids:
        return []
    rows = graph.read("UNWIND $ids AS id MATCH (c:CI {id: id}) RETURN id AS asked, c.id AS ci, c.class AS class", ids=sorted(ids))
    missing = sorted(set(ids) - {str(row["asked"]) for row in rows})
    if missing:
        rows += graph.read(
            "UNWIND $ids AS id MATCH (r:Redirect {id: id}) MATCH (c:CI {id: r.to}) RETURN id AS asked, c.id AS ci, c.class AS class",
            ids=missing,
        )
    return rows


def states(graph: Graph, ids: Collection[str]) -> dict[str, tuple[Row, list[Row]]]:
    """Per CI id: its properties and the rows of all its source records."""
    if not ids:
        return {}
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})
        OPTIONAL MATCH (s:SourceRecord)-[:RECORD_OF]->(c)
        RETURN c AS ci, s AS record
        """,
        ids=sorted(ids),
    )
    found: dict[str, tuple[Row, list[Row]]] = {}
    for row in rows:
        ci: dict[str, Any] = row["ci"]
        _, records = found.setdefault(ci["id"], (ci, []))
        if row["record"] is not None:
            records.append(row["record"])
    return found


def relations(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Relations by their keys: the key is `type|source id|target id`, so the lookup goes by the source CI.

    Rows: key, claims, first_seen_at, attributes (the relation's other properties).
    """
    if not keys:
        return []
    wanted = set(keys)
    sources = sorted({key.split("|")[1] for key in keys})
    rows = graph.read("UNWIND $ids AS id MATCH (:CI {id: id})-[r]->(:CI) RETURN r.key AS key, r AS properties", ids=sources)
    return [row for row in rows if row["key"] in wanted]


def chunk_rows(graph: Graph, keys: Collection[str]) -> dict[str, list[Row]]:
    """The software that chunks list: key → rows (name, version, arch)."""
    found: dict[str, list[Row]] = {}
    if not keys:
        return found
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:SoftwareChunk {key: key})-[:LISTS]->(v:SoftwareVersion)
        RETURN key, v.name AS name, v.version AS version, v.arch AS arch
        """,
        keys=sorted(keys),
    )
    for row in rows:
        found.setdefault(str(row["key"]), []).append(row)
    return found
