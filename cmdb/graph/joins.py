"""What hangs on a CI beside its records (history, loans, questions, compliance, notes) moves when CIs are joined or parted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, LiteralString

import orjson

from cmdb.errors import GraphConflict
from cmdb.graph import review_writes
from cmdb.graph.door import Graph, Row, Tx

_FIND: Final[Mapping[str, LiteralString]] = {
    "LOAN_OF": "MATCH (o:Loan)-[:LOAN_OF]->(:CI {id: $ci}) RETURN o.id AS id",
    "LENT_TO": "MATCH (o:Loan)-[:LENT_TO]->(:CI {id: $ci}) RETURN o.id AS id",
    "ASKS_ABOUT": "MATCH (o:Review)-[:ASKS_ABOUT]->(:CI {id: $ci}) RETURN o.id AS id",
    "EVENT_OF": "MATCH (o:Event)-[:EVENT_OF]->(:CI {id: $ci}) RETURN o.id AS id",
    "EVALUATES": "MATCH (o:Evaluation)-[:EVALUATES]->(:CI {id: $ci}) RETURN o.key AS id",
    "NOTE_OF": "MATCH (o:Note)-[:NOTE_OF]->(:CI {id: $ci}) RETURN o.id AS id",
}
"""Relation types of the house itself that point at a CI, beside the catalogue's."""

_MOVE: Final[Mapping[str, LiteralString]] = {
    "LOAN_OF": "UNWIND $ids AS id MATCH (o:Loan {id: id})-[l:LOAN_OF]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l CREATE (o)-[:LOAN_OF]->(c)",
    "LENT_TO": "UNWIND $ids AS id MATCH (o:Loan {id: id})-[l:LENT_TO]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l CREATE (o)-[:LENT_TO]->(c)",
    "ASKS_ABOUT": "UNWIND $ids AS id MATCH (o:Review {id: id})-[l:ASKS_ABOUT]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l MERGE (o)-[:ASKS_ABOUT]->(c)",
    "EVENT_OF": "UNWIND $ids AS id MATCH (o:Event {id: id})-[l:EVENT_OF]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l CREATE (o)-[:EVENT_OF]->(c)",
    "EVALUATES": "UNWIND $ids AS id MATCH (o:Evaluation {key: id})-[l:EVALUATES]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l CREATE (o)-[:EVALUATES]->(c)",
    "NOTE_OF": "UNWIND $ids AS id MATCH (o:Note {id: id})-[l:NOTE_OF]->(:CI {id: $was}) MATCH (c:CI {id: $now}) "
    "DELETE l CREATE (o)-[:NOTE_OF]->(c)",
}
Hanging = dict[str, list[str]]
"""Relation type → ids (keys) of what hangs there."""


def hanging(tx: Tx, ci: str) -> Hanging:
    """What hangs on a CI beside its records and relations."""
    return {label: sorted(str(row["id"]) for row in tx.run(query, ci=ci)) for label, query in _FIND.items()}


def move(tx: Tx, what: Hanging, was: str, now: str) -> None:
    """Move what hangs on one CI to another; what does not hang there any more is left alone."""
    for label, query in _MOVE.items():
        if ids := what.get(label):
            tx.run(query, ids=ids, was=was, now=now)
    if what.get("LOAN_OF"):
        tx.run(
            "UNWIND $ids AS id MATCH (h:Holding {key: $was}) WHERE h.loan = id "
            "AND NOT EXISTS { MATCH (o:Holding {key: $now}) } SET h.key = $now",
            ids=what["LOAN_OF"],
            was=was,
            now=now,
        )
    # Closed intervals of compliance are told with the CI that carries on; they know whose they were.
    tx.run("MATCH (p:PastEvaluation {ci: $was}) WHERE p.was IS NULL SET p.ci = $now, p.was = $was", was=was, now=now)
    # What people answer for (exceptions, attestations) is about the thing, whatever its id is now.
    tx.run("MATCH (w:Waiver {ci: $was}) WHERE w.was IS NULL SET w.ci = $now, w.was = $was", was=was, now=now)


def give_back(tx: Tx, was: str, now: str) -> None:
    """Closed intervals of compliance, exceptions and attestations return to the CI whose they were."""
    tx.run("MATCH (p:PastEvaluation {ci: $was}) WHERE p.was = $now SET p.ci = $now, p.was = null", was=was, now=now)
    tx.run("MATCH (w:Waiver {ci: $was}) WHERE w.was = $now SET w.ci = $now, w.was = null", was=was, now=now)


def guard(tx: Tx, revs: Mapping[str, int], mark: str) -> None:
    """Take the locks of these CIs. Raises GraphConflict where one is not as it was read."""
    rows = tx.run("UNWIND $ids AS id MATCH (c:CI {id: id}) SET c.lock = $mark RETURN c.id AS id, c.rev AS rev", ids=sorted(revs), mark=mark)
    if {str(row["id"]): int(row["rev"]) for row in rows} != dict(revs):
        raise GraphConflict("One of the configuration items changed or went meanwhile.")


def redirect(tx: Tx, gone: str, keep: str, words: Mapping[str, Any], moved: Mapping[str, Any]) -> None:
    """Take CI `gone` away; its id leads to `keep` for ever, and remembers what moved."""
    tx.run("MATCH (r:Redirect {to: $gone}) SET r.to = $keep", gone=gone, keep=keep)
    _not_same_moves(tx, gone, keep)
    tx.run("MATCH (c:CI {id: $gone}) DETACH DELETE c", gone=gone)
    tx.run(
        "CREATE (r:Redirect) SET r = $props",
        props={**words, "id": gone, "to": keep, "first_to": keep, "moved": orjson.dumps(moved).decode()},
    )


def unredirect(tx: Tx, gone: str) -> None:
    """The id is a CI's own again; ids that led to it before lead to it again."""
    tx.run("MATCH (r:Redirect {id: $gone}) DELETE r", gone=gone)
    level = [gone]
    while level:
        rows = tx.run("MATCH (r:Redirect) WHERE r.first_to IN $level SET r.to = $gone RETURN r.id AS id", level=level, gone=gone)
        level = [str(row["id"]) for row in rows]


def joined_into(graph: Graph, keep: str) -> list[Row]:
    """Joins that ended in this CI and can be undone, the newest first. Rows: id (the id that went), at, reason, by, name, class, moved."""
    rows = graph.read("MATCH (r:Redirect {to: $keep}) RETURN r AS one", keep=keep)
    found = [_told(row["one"]) for row in rows if row["one"].get("moved") and row["one"].get("root", True)]
    return sorted(found, key=lambda row: (row["at"], row["id"]), reverse=True)


def made_by(graph: Graph, observations: Collection[str]) -> list[Row]:
    """Joins that stand and that the evidence of these observations made, the last first. Rows: id (that went), to, first_to, at, moved."""
    if not observations:
        return []
    query = "UNWIND $ids AS observation MATCH (r:Redirect {observation: observation}) RETURN r AS one"
    return _last_first(graph.read(query, ids=sorted(observations)))


def ended_in(graph: Graph, cis: Collection[str]) -> list[Row]:
    """Joins that stand, that ended in one of these CIs and that evidence made, no person, the last first. Rows as `made_by`, and source."""
    if not cis:
        return []
    rows = graph.read("UNWIND $cis AS ci MATCH (r:Redirect {to: ci}) WHERE r.observation <> '' RETURN r AS one", cis=sorted(cis))
    return _last_first(rows)


def _last_first(rows: Sequence[Row]) -> list[Row]:
    return sorted((_told(row["one"]) for row in rows), key=lambda row: (str(row["at"]), str(row["id"])), reverse=True)


def remembered(graph: Graph, gone: str) -> Row | None:
    """The redirect of an id, with what moved; None where there is none."""
    rows = graph.read("MATCH (r:Redirect {id: $gone}) RETURN r AS one", gone=gone)
    return _told(rows[0]["one"]) if rows else None


def _told(one: Row) -> Row:
    moved = orjson.loads(one["moved"]) if one.get("moved") else {}
    return {**one, "by": one.get("by") or "", "name": one.get("name") or "", "class": one.get("class") or "", "moved": moved}


def keep_apart(tx: Tx, one: str, other: str, words: Mapping[str, Any]) -> None:
    """Remember that two CIs are not the same: identification never joins them again by itself.

    A node of its own and no relation between the two: whoever follows the relations of a CI must not take it for one of the catalogue.
    """
    a, b = sorted((one, other))
    tx.run(
        "MERGE (n:NotSame {key: $key}) SET n.a = $a, n.b = $b, n.by = $by, n.reason = $reason, n.at = $at",
        key=f"{a}|{b}",
        a=a,
        b=b,
        by=words["by"],
        reason=words["reason"],
        at=words["at"],
    )


def _not_same_moves(tx: Tx, gone: str, keep: str) -> None:
    """Who was not the same as the one that went is not the same as the one that stays; that the two themselves were not is taken back."""
    for row in tx.run("MATCH (n:NotSame) WHERE n.a = $gone OR n.b = $gone RETURN n AS one", gone=gone):
        one = row["one"]
        other = one["b"] if one["a"] == gone else one["a"]
        tx.run("MATCH (n:NotSame {key: $key}) DELETE n", key=one["key"])
        if other != keep:
            keep_apart(tx, keep, other, one)


def tell(tx: Tx, events: Sequence[Mapping[str, Any]]) -> None:
    """Write events (rows: ci, props)."""
    tx.run("UNWIND $rows AS row MATCH (c:CI {id: row.ci}) CREATE (e:Event)-[:EVENT_OF]->(c) SET e = row.props", rows=list(events))


def open_loans(tx: Tx, device: str) -> list[Row]:
    """Open loans of a device. Rows: id, person."""
    return tx.run(
        "MATCH (l:Loan {state: 'open'})-[:LOAN_OF]->(:CI {id: $device}) OPTIONAL MATCH (l)-[:LENT_TO]->(p:CI) "
        "RETURN l.id AS id, p.display_name AS person ORDER BY id",
        device=device,
    )


def hold_again(tx: Tx, device: str, ended: str, loan: str) -> None:
    """Of two loans of one device one ended: the other holds it. Its Holding may still stand under the id that went."""
    tx.run("MATCH (h:Holding) WHERE h.loan = $ended DELETE h", ended=ended)
    if not tx.run("MATCH (h:Holding {key: $device}) RETURN h.loan AS loan", device=device):
        tx.run("MATCH (h:Holding) WHERE h.loan = $loan DELETE h", loan=loan)
        tx.run("CREATE (:Holding {key: $device, loan: $loan})", device=device, loan=loan)


def ask_about_loans(tx: Tx, device: str, row: Mapping[str, Any]) -> None:
    """A device is out to two people: a question that a person settles."""
    review_writes.ask(tx, [{**row, "candidates": [device]}])


def close_questions(tx: Tx, keys: Collection[str], at: str) -> None:
    """Close questions that a split answered."""
    review_writes.settle(tx, keys, "it is not so any more", at)
