"""Notes of people on CIs: `(:Note {id, at, by, text, file, file_name, media_type, size})-[:NOTE_OF]->(:CI)`.

`file` is the SHA-256 of what is attached (the ledger holds it), empty where nothing is. Ids sort by time. `told` is the event that the
history tells of it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, LiteralString

from cmdb.errors import Conflict, NotFound
from cmdb.graph import joins
from cmdb.graph.door import Graph, Row, Tx

_SHAPE: Final[LiteralString] = (
    "n.id AS id, n.at AS at, n.by AS by, n.text AS text, n.file AS file, n.file_name AS file_name, n.media_type AS media_type, "
    "n.size AS size, c.id AS ci "
)
KINDS: Final = ("note_added", "note_removed")
"""Kinds of events that tell of notes."""


def add(graph: Graph, ci: str, props: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Write a note on a CI. Raises Conflict where the CI is not there (any more).

    The CI's lock is taken: a join that goes on meanwhile either finds the note, or has made an end of the CI before.
    """

    def work(tx: Tx) -> None:
        made = tx.run(
            "MATCH (c:CI {id: $ci}) SET c.lock = $lock CREATE (n:Note)-[:NOTE_OF]->(c) SET n = $props RETURN n.id AS id",
            ci=ci,
            lock=props["id"],
            props=dict(props),
        )
        if not made:
            raise Conflict("This configuration item was joined with another or went meanwhile; load it again.")
        joins.tell(tx, [{"ci": ci, "props": told}])

    graph.writing(work)


def of_ci(graph: Graph, ci: str, *, before: str | None = None, limit: int) -> list[Row]:
    """Notes on a CI, the newest first. `before`: id of the last one seen."""
    query: LiteralString = (
        "MATCH (n:Note)-[:NOTE_OF]->(c:CI {id: $ci}) WHERE $before IS NULL OR n.id < $before RETURN "
        + _SHAPE
        + "ORDER BY id DESC LIMIT $limit"
    )
    return graph.read(query, ci=ci, before=before, limit=limit)


def get(graph: Graph, note: str) -> Row:
    """One note. Raises NotFound."""
    query: LiteralString = "MATCH (n:Note {id: $id})-[:NOTE_OF]->(c:CI) RETURN " + _SHAPE
    rows = graph.read(query, id=note)
    if not rows:
        raise NotFound("There is no such note; it may have been removed.")
    return rows[0]


def remove(graph: Graph, note: str, ci: str, told: Mapping[str, Any]) -> None:
    """Take a note off this CI. Raises Conflict where somebody else did, or where it hangs on another CI by now."""

    def work(tx: Tx) -> None:
        tx.run("MATCH (n:Note {id: $id}) SET n.lock = $lock", id=note, lock=told["id"])
        if not tx.run("MATCH (n:Note {id: $id})-[:NOTE_OF]->(:CI {id: $ci}) RETURN n.id AS id", id=note, ci=ci):
            raise Conflict("Somebody else has removed this note meanwhile, or it went to another configuration item.")
        tx.run("MATCH (n:Note {id: $id}) DETACH DELETE n", id=note)
        joins.tell(tx, [{"ci": ci, "props": told}])

    graph.writing(work)


def there(graph: Graph, notes: Collection[str]) -> set[str]:
    """Which of these notes there are."""
    rows = graph.read("UNWIND $ids AS id MATCH (n:Note {id: id}) RETURN collect(n.id) AS ids", ids=sorted(notes))
    return {str(one) for one in rows[0]["ids"]}


def hanging_on(graph: Graph, cis: Collection[str]) -> list[Row]:
    """Notes on any of these CIs. Rows: id, file."""
    return graph.read(
        "UNWIND $ids AS id MATCH (c:CI {id: id})<-[:NOTE_OF]-(n:Note) RETURN n.id AS id, n.file AS file ORDER BY id", ids=sorted(set(cis))
    )


def forget(graph: Graph, cis: Collection[str]) -> list[str]:
    """Delete all notes on these CIs and what their history tells of notes. Returns the ids of the notes that went."""
    ids, kinds = sorted(set(cis)), list(KINDS)

    def work(tx: Tx) -> list[str]:
        rows = tx.run("UNWIND $ids AS id MATCH (c:CI {id: id})<-[:NOTE_OF]-(n:Note) RETURN n.id AS note ORDER BY note", ids=ids)
        gone = [str(row["note"]) for row in rows]
        tx.run("UNWIND $ids AS id MATCH (n:Note {id: id}) DETACH DELETE n", ids=gone)
        tx.run(
            "UNWIND $ids AS id MATCH (c:CI {id: id})<-[:EVENT_OF]-(e:Event) WHERE e.kind IN $kinds DETACH DELETE e", ids=ids, kinds=kinds
        )
        return gone

    return graph.writing(work)
