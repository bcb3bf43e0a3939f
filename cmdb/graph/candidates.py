"""What reconciliation gathers before it decides: who shows these identifiers, and what is already known of these CIs.

Who reads in company (cmdb/graph/meeting.py) asks together with the others; `_find` and the like answer several at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.graph.door import Graph, Row
from cmdb.graph.meeting import asked

_SHOWN: tuple[str, ...] = ("key", "kind", "value", "scope", "grade", "shared")
_LISTED: tuple[str, ...] = ("name", "version", "arch")


def repeated(graph: Graph, items: Sequence[Row]) -> list[Row]:
    """Of items (ref, key, record, said), those whose source said exactly the same about the one CI that shows this identifier.

    `record`: the end of the source record's key, `|source|subject`.

    Rows: ref, ci, record (its key), observed_at. The quick way through an unchanged report; not where another CI has come to show one of
    its identifiers since, because then this repeat tells that both live.
    """
    return asked(graph, _repeated, items) if items else []


def _repeated(graph: Graph, asked_for: Sequence[Sequence[Row]]) -> list[list[Row]]:
    rows = graph.read(
        """
        UNWIND $rows AS row
        MATCH (i:Identifier {key: row.key})-[:IDENTIFIES]->(c:CI)
        MATCH (s:SourceRecord {key: c.id + row.record})
        WHERE s.said = row.said AND s.absent_at = '' AND s.distrusted = ''
        OPTIONAL MATCH (c)<-[own:IDENTIFIES]-(j:Identifier)-[:IDENTIFIES]->(d:CI)
        WHERE own.grade <> 'weak' AND d.id <> c.id AND d.last_seen_at > s.observed_at AND coalesce(j.shared, false) = false
        WITH row, c, s, count(d) AS rivals
        WHERE rivals = 0
        RETURN collect([row.n, row.ref, c.id, s.key, s.observed_at]) AS found
        """,
        rows=[{"n": n, **item} for n, items in enumerate(asked_for) for item in items],
    )
    answers: list[list[Row]] = [[] for _ in asked_for]
    for n, ref, ci, record, at in rows[0]["found"]:
        answers[n].append({"ref": ref, "ci": ci, "record": record, "observed_at": at})
    return answers


def find(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Every CI that shows one of these identifier keys, with all its identifiers.

    One row per CI and identifier: ci, class, created_at, last_seen_at, sources, key, kind, value, scope, grade, shared.
    """
    return asked(graph, _find, frozenset(keys)) if keys else []


def _find(graph: Graph, asked_for: Sequence[Collection[str]]) -> list[list[Row]]:
    found = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:Identifier {key: key})-[:IDENTIFIES]->(c:CI)
        WITH DISTINCT c
        MATCH (c)<-[link:IDENTIFIES]-(i:Identifier)
        RETURN c.id AS ci, c.class AS class, c.created_at AS created_at, c.last_seen_at AS last_seen_at, c.sources AS sources,
               collect([i.key, i.kind, i.value, link.scope, link.grade, coalesce(i.shared, false)]) AS shown
        """,
        keys=sorted(set().union(*asked_for)),
    )
    answers: list[list[Row]] = [[] for _ in asked_for]
    for row in found:
        shown = row.pop("shown")
        shows = {one[0] for one in shown}
        rows = [{**row, **dict(zip(_SHOWN, one, strict=True))} for one in shown]
        for n, keys in enumerate(asked_for):
            if not shows.isdisjoint(keys):
                answers[n] += rows
    return answers


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
    return asked(graph, _states, frozenset(ids)) if ids else {}


def _states(graph: Graph, asked_for: Sequence[Collection[str]]) -> list[dict[str, tuple[Row, list[Row]]]]:
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})
        OPTIONAL MATCH (s:SourceRecord)-[:RECORD_OF]->(c)
        RETURN c AS ci, collect(s) AS records
        """,
        ids=sorted(set().union(*asked_for)),
    )
    found: dict[str, tuple[Row, list[Row]]] = {row["ci"]["id"]: (row["ci"], row["records"]) for row in rows}
    return [{ci: found[ci] for ci in sorted(ids) if ci in found} for ids in asked_for]


def relations(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Relations by their keys: the key is `type|source id|target id`, so the lookup goes by the source CI.

    Rows: key, properties.
    """
    return asked(graph, _relations, frozenset(keys)) if keys else []


def _relations(graph: Graph, asked_for: Sequence[Collection[str]]) -> list[list[Row]]:
    sources = sorted({key.split("|")[1] for keys in asked_for for key in keys})
    rows = graph.read("UNWIND $ids AS id MATCH (:CI {id: id})-[r]->(:CI) RETURN r.key AS key, r AS properties", ids=sources)
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(str(row["key"]), []).append(row)
    return [[row for key in sorted(keys) for row in by_key.get(key, ())] for keys in asked_for]


def chunk_rows(graph: Graph, keys: Collection[str]) -> dict[str, list[Row]]:
    """The software that chunks list: key → rows (name, version, arch)."""
    return asked(graph, _chunk_rows, frozenset(keys)) if keys else {}


def _chunk_rows(graph: Graph, asked_for: Sequence[Collection[str]]) -> list[dict[str, list[Row]]]:
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:SoftwareChunk {key: key})-[:LISTS]->(v:SoftwareVersion)
        RETURN key, collect([v.name, v.version, v.arch]) AS listed
        """,
        keys=sorted(set().union(*asked_for)),
    )
    found = {str(row["key"]): [dict(zip(_LISTED, one, strict=True)) for one in row["listed"]] for row in rows}
    return [{key: found[key] for key in sorted(keys) if key in found} for keys in asked_for]
