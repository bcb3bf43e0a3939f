"""What else the graph holds of a device beside its records and history: questions, relations that wait, undo notes of joins, names in
exceptions. It goes when what it quotes may not be kept any more.
"""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph import waiting
from cmdb.graph.door import Graph, Tx


def forget_questions(graph: Graph, ids: Collection[str]) -> int:
    """Delete questions about these CIs, open and closed, with the evidence they quote; what still is a question is asked again by the next
    report. Returns how many went."""

    def work(tx: Tx) -> int:
        rows = tx.run("UNWIND $ids AS id MATCH (:CI {id: id})<-[:ASKS_ABOUT]-(v:Review) RETURN DISTINCT v.id AS id", ids=sorted(ids))
        gone = sorted(str(row["id"]) for row in rows)
        clues = tx.run("UNWIND $ids AS id MATCH (:Review {id: id})-[:RESTS_ON]->(k:Clue) RETURN DISTINCT k.key AS key", ids=gone)
        tx.run("UNWIND $ids AS id MATCH (o:OpenQuestion {id: id}) DETACH DELETE o", ids=gone)
        tx.run("UNWIND $ids AS id MATCH (v:Review {id: id}) DETACH DELETE v", ids=gone)
        keys = sorted(str(row["key"]) for row in clues)
        held = tx.run("UNWIND $keys AS key MATCH (:Clue {key: key})<-[:RESTS_ON]-(:Review) RETURN DISTINCT key", keys=keys)
        lonely = sorted(set(keys) - {str(row["key"]) for row in held})
        tx.run("UNWIND $keys AS key MATCH (k:Clue {key: key}) DETACH DELETE k", keys=lonely)
        return len(gone)

    return graph.writing(work)


def forget_waiting(graph: Graph, ids: Collection[str]) -> int:
    """Delete relations of these CIs that wait for their other end: each holds a part of a report. Returns how many went."""

    def work(tx: Tx) -> int:
        rows = tx.run("UNWIND $ids AS id MATCH (p:Pending {anchor: id}) RETURN DISTINCT p.key AS key", ids=sorted(ids))
        keys = [str(row["key"]) for row in rows]
        waiting.drop(tx, keys)
        return len(keys)

    return graph.writing(work)


def forget_joins(graph: Graph, ids: Collection[str], why: str) -> None:
    """Empty what joins into these CIs remember for an undo: it tells all that the other one was known by. They are not undone any more."""
    graph.write("UNWIND $ids AS id MATCH (r:Redirect {to: id}) SET r.name = '', r.moved = '', r.forgotten = $why", ids=sorted(ids), why=why)


def rename_waivers(graph: Graph, ci: str, name: str) -> None:
    """What exceptions and attestations call the device."""
    graph.write("MATCH (w:Waiver) WHERE w.ci = $ci SET w.name = $name", ci=ci, name=name)
