"""Taking out of the graph what may not be kept of a device: things that lay in it, values in its history, software lists nobody has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from cmdb.graph.door import Graph, Row, Tx
from cmdb.graph.standings import RANK_HEAD, shelf

_BATCH = 500


def attached(graph: Graph, ids: Collection[str]) -> list[Row]:
    """CIs at the other end of relations of these. Rows: ci, class, type (Cypher name), ends (ids of all CIs that it has relations with)."""
    found: list[Row] = []
    for ci in sorted(ids):
        found += graph.read(
            """
            MATCH (c:CI {id: $id}) WITH c
            MATCH (c)-[r]-(o:CI)
            WITH DISTINCT o, r.key AS key
            OPTIONAL MATCH (o)-[s]-(e:CI)
            RETURN o.id AS ci, o.class AS class, key, collect(DISTINCT e.id) AS ends
            """,
            id=ci,
        )
    return found


def delete(tx: Tx, ids: Sequence[str]) -> None:
    """Delete these CIs with their records, history, notes, evaluations and identifiers that nothing else shows."""
    for start in range(0, len(ids), _BATCH):
        part = list(ids[start : start + _BATCH])
        keys = tx.run("UNWIND $ids AS id MATCH (:CI {id: id})<-[:IDENTIFIES]-(i:Identifier) RETURN DISTINCT i.key AS key", ids=part)
        tx.run("UNWIND $ids AS id MATCH (:CI {id: id})<-[:EVENT_OF]-(e:Event) DETACH DELETE e", ids=part)
        tx.run("UNWIND $ids AS id MATCH (:CI {id: id})<-[:RECORD_OF]-(s:SourceRecord) DETACH DELETE s", ids=part)
        tx.run("UNWIND $ids AS id MATCH (:CI {id: id})<-[:NOTE_OF]-(n:Note) DETACH DELETE n", ids=part)
        tx.run("UNWIND $ids AS id MATCH (c:CI {id: id}) DETACH DELETE c", ids=part)
        drop_orphans(tx, [str(row["key"]) for row in keys])


def forget_last_words(tx: Tx, ci: str) -> None:
    """What voices said of this CI the last time is not remembered: the next report is thought through, and its names are not kept."""
    tx.run("MATCH (w:LastWord) WHERE $ci IN w.cis DELETE w", ci=ci)


def drop_orphans(tx: Tx, keys: Sequence[str]) -> None:
    """Delete identifiers that no CI shows any more."""
    held = tx.run("UNWIND $keys AS key MATCH (i:Identifier {key: key})-[:IDENTIFIES]->(:CI) RETURN DISTINCT key", keys=list(keys))
    lonely = sorted(set(keys) - {str(row["key"]) for row in held})
    tx.run("UNWIND $keys AS key MATCH (i:Identifier {key: key}) DETACH DELETE i", keys=lonely)


def events(graph: Graph, ci: str) -> list[Row]:
    """All history of a CI. Rows: id, kind, changes (JSON text)."""
    return graph.read(
        "MATCH (e:Event)-[:EVENT_OF]->(:CI {id: $ci}) RETURN e.id AS id, e.kind AS kind, e.changes AS changes ORDER BY e.id", ci=ci
    )


def events_elsewhere(graph: Graph, ends: Collection[tuple[str, str]]) -> list[Row]:
    """History of other CIs that tells of these. `ends`: (the other CI, the one it may tell of). Rows as `events`, each once."""
    found: dict[str, Row] = {}
    for other, told in sorted(ends):
        rows = graph.read(
            """
            MATCH (:CI {id: $other})<-[:EVENT_OF]-(e:Event)
            WHERE e.changes CONTAINS $told
            RETURN e.id AS id, e.kind AS kind, e.changes AS changes
            """,
            other=other,
            told=told,
        )
        found |= {str(row["id"]): row for row in rows}
    return [found[id_] for id_ in sorted(found)]


def rewrite_events(graph: Graph, rows: Sequence[Row], gone: Sequence[str]) -> None:
    """Replace what events tell (id, changes, count); delete those that have nothing left to tell."""
    for start in range(0, len(rows), _BATCH):
        graph.write(
            "UNWIND $rows AS row MATCH (e:Event {id: row.id}) SET e.changes = row.changes, e.count = row.count",
            rows=list(rows[start : start + _BATCH]),
        )
    for start in range(0, len(gone), _BATCH):
        graph.write("UNWIND $ids AS id MATCH (e:Event {id: id}) DETACH DELETE e", ids=list(gone[start : start + _BATCH]))


def evaluations(graph: Graph, ci: str) -> list[Row]:
    """Compliance results of a CI. Rows: key, past (whether it is an interval that ended), evidence (JSON text)."""
    now = graph.read("MATCH (e:Evaluation {ci: $ci}) RETURN e.key AS key, false AS past, e.evidence AS evidence", ci=ci)
    return now + graph.read("MATCH (e:PastEvaluation {ci: $ci}) RETURN e.key AS key, true AS past, e.evidence AS evidence", ci=ci)


def rewrite_evidence(graph: Graph, rows: Sequence[Row]) -> None:
    """Replace the evidence of results, and the name they call the CI. Rows as `evaluations`, with name and name_lower.

    Their revision grows: who read them before, and facts with them, judges anew.
    """
    now, past = [row for row in rows if not row["past"]], [row for row in rows if row["past"]]
    graph.write(
        """
        UNWIND $rows AS row
        MATCH (e:Evaluation {key: row.key})
        SET e.evidence = row.evidence, e.name = row.name, e.name_lower = row.name_lower, e.rev = e.rev + 1
        """,
        rows=now,
    )
    graph.write(
        """
        UNWIND $rows AS row
        MATCH (e:PastEvaluation {key: row.key})
        SET e.evidence = row.evidence, e.name = row.name, e.name_lower = row.name_lower
        """,
        rows=past,
    )


def records_that_quote(graph: Graph, ids: Collection[str]) -> list[Row]:
    """Source records, of whichever CI, whose text names one of these CIs. Rows: key, ci, rev, data. Reads all records."""
    return graph.read(
        """
        MATCH (s:SourceRecord) WHERE any(id IN $ids WHERE s.data CONTAINS id)
        RETURN s.key AS key, s.ci AS ci, s.rev AS rev, s.data AS data
        """,
        ids=sorted(ids),
    )


def rewrite_records(graph: Graph, rows: Sequence[Row]) -> int:
    """Replace the text of records that are as they were read. Returns how many were."""
    done = 0
    for start in range(0, len(rows), _BATCH):
        found = graph.write(
            """
            UNWIND $rows AS row
            MATCH (s:SourceRecord {key: row.key}) WHERE s.rev = row.rev
            SET s.data = row.data, s.said = '', s.rev = s.rev + 1
            RETURN count(s) AS n
            """,
            rows=rows[start : start + _BATCH],
        )
        done += int(found[0]["n"])
    return done


def rename_standing(graph: Graph, ci: str, name: str) -> None:
    """What the list of endpoints by their standing calls it."""
    graph.write(
        "MATCH (s:EndpointStanding {ci: $ci}) SET s.name = $name, s.shelf = $shelf, s.rank = substring(s.rank, 0, $head) + $shelf",
        ci=ci,
        name=name,
        shelf=shelf(name, ci),
        head=RANK_HEAD,
    )


def chunks_of_nobody(graph: Graph) -> set[str]:
    """Parts of lists that no CI has any more. Reads all parts."""
    rows = graph.read("MATCH (k:SoftwareChunk) WHERE NOT (k)<-[:HAS_SOFTWARE]-(:CI) RETURN k.key AS key")
    return {str(row["key"]) for row in rows}


def sweep_software(graph: Graph, keys: Collection[str]) -> int:
    """Delete those of these chunks that no CI has, and the versions that no chunk lists. Returns how many chunks went."""

    def work(tx: Tx) -> int:
        ordered = sorted(keys)
        held = tx.run("UNWIND $keys AS key MATCH (k:SoftwareChunk {key: key})<-[:HAS_SOFTWARE]-(:CI) RETURN DISTINCT key", keys=ordered)
        gone = sorted(set(ordered) - {str(row["key"]) for row in held})
        versions = tx.run(
            "UNWIND $keys AS key MATCH (:SoftwareChunk {key: key})-[:LISTS]->(v:SoftwareVersion) RETURN DISTINCT v.key AS key", keys=gone
        )
        tx.run("UNWIND $keys AS key MATCH (k:SoftwareChunk {key: key}) DETACH DELETE k", keys=gone)
        listed = [str(row["key"]) for row in versions]
        still = tx.run(
            "UNWIND $keys AS key MATCH (v:SoftwareVersion {key: key})<-[:LISTS]-(:SoftwareChunk) RETURN DISTINCT key", keys=listed
        )
        lonely = sorted(set(listed) - {str(row["key"]) for row in still})
        tx.run("UNWIND $keys AS key MATCH (v:SoftwareVersion {key: key}) DETACH DELETE v", keys=lonely)
        return len(gone)

    return graph.writing(work)


def lists_of(graph: Graph, keys: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Chunk key → its software rows as chunks are written from (key, name, name_lower, version, arch, publisher, ecosystem)."""
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:SoftwareChunk {key: key})-[:LISTS]->(v:SoftwareVersion)
        RETURN key, v.name AS name, v.version AS version, v.arch AS arch, v.publisher AS publisher, v.ecosystem AS ecosystem
        """,
        keys=sorted(keys),
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["key"]), []).append(row)
    return found
