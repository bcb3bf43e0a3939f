"""Reviews written: asked, closed, opened again; and the identifiers that an answer ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, LiteralString

import orjson

from cmdb.errors import Conflict
from cmdb.graph.door import Graph, Row, Tx
from cmdb.graph.reviews import backwards
from cmdb.model import times
from cmdb.model.change import Change
from cmdb.model.ids import uuid7


def ask(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Open reviews. The same question again only renews what waits, and only by something newer.

    Rows: key, id, at, props, candidates (CI ids), clues (identifier keys the question rests on; may be missing).
    """
    if not rows:
        return
    given = [{**row, "clues": list(row.get("clues", ())), "seen_at": str(row["props"].get("seen_at", ""))} for row in rows]
    tx.run(
        """
        UNWIND $rows AS row
        MERGE (v:Review {key: row.key})
        ON CREATE SET v.id = row.id, v.state = 'open', v.opened_at = row.at
        WITH v, row WHERE v.seen_at IS NULL OR v.seen_at <= row.seen_at
        SET v += row.props
        """,
        rows=given,
    )
    tx.run(
        """
        UNWIND $rows AS row
        MATCH (v:Review {key: row.key}) WHERE v.state <> 'open' AND v.kind = 'who'
        OPTIONAL MATCH (c:CI {id: v.decided})
        OPTIONAL MATCH (r:Redirect {id: v.decided})
        WITH v, c, r WHERE c IS NULL AND r IS NULL
        SET v.state = 'open', v.closed_key = null
        """,
        rows=given,
    )
    _show_open(tx, [{"key": row["key"]} for row in given])
    tx.run("UNWIND $keys AS key MERGE (:Clue {key: key})", keys=sorted({key for row in given for key in row["clues"]}))
    links = [{"key": row["key"], "clue": clue} for row in given for clue in row["clues"]]
    tx.run("UNWIND $rows AS row MATCH (v:Review {key: row.key}) MATCH (k:Clue {key: row.clue}) MERGE (v)-[:RESTS_ON]->(k)", rows=links)
    about = [{"key": row["key"], "ci": ci} for row in given for ci in row["candidates"]]
    tx.run("UNWIND $rows AS row MATCH (v:Review {key: row.key}) MATCH (c:CI {id: row.ci}) MERGE (v)-[:ASKS_ABOUT]->(c)", rows=about)


def _show_open(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """The small node by which an open question is listed, filtered and counted; it goes when the question is closed."""
    found = tx.run(
        """
        UNWIND $rows AS row
        MATCH (v:Review {key: row.key}) WHERE v.state = 'open'
        RETURN v.id AS id, v.kind AS kind, v.class AS class, v.rule AS rule, v.source AS source, v.title AS title,
               v.group AS group, v.opened_at AS opened_at
        """,
        rows=list(rows),
    )
    shown = [{**row, "back": backwards(str(row["id"]))} for row in found]
    tx.run("UNWIND $rows AS row MERGE (o:OpenQuestion {id: row.id}) SET o += row", rows=shown)


def close(
    graph: Graph, review: str, *, answer: str, decided: str, by: str, reason: str, at: str, state: str = "answered", listed: bool = False
) -> None:
    """Keep an answer. `decided` is the CI it led to; the same evidence means that CI from now on.

    `listed`: it stays in the list of open questions until `unlist`. Raises Conflict when somebody else answered first.
    """
    entry = {"answer": answer, "by": by, "reason": reason, "at": at}

    def work(tx: Tx) -> None:
        rows = tx.run(
            "MATCH (v:Review {id: $id}) SET v.lock = $by WITH v WHERE v.state = 'open' RETURN v.history AS history", id=review, by=by
        )
        if not rows:
            raise Conflict("Somebody else answered this review meanwhile.")
        props = {
            "state": state, "answer": answer, "answered_by": by, "answer_reason": reason, "answered_at": at, "decided": decided,
            "history": _longer(rows[0]["history"], entry), "closed_key": f"{_latest_first(at)}|{review}",
        }  # fmt: skip
        tx.run("MATCH (v:Review {id: $id}) SET v += $props", id=review, props=props)
        if not listed:
            tx.run("MATCH (o:OpenQuestion {id: $id}) DELETE o", id=review)

    graph.writing(work)


def unlist(graph: Graph, review: str) -> None:
    """Take a closed question from the list of open ones; one that is open again meanwhile stays."""
    graph.write(
        "MATCH (v:Review {id: $id}) WHERE v.state <> 'open' MATCH (o:OpenQuestion {id: $id}) DELETE o RETURN count(*) AS n", id=review
    )


def apart(graph: Graph, pairs: Sequence[Sequence[str]], words: Mapping[str, str]) -> None:
    """Remember that the two CIs of each pair are not the same. `words`: by, reason, at."""
    rows = [{"key": "|".join(sorted(pair)), "a": min(pair), "b": max(pair), **words} for pair in pairs]
    graph.write("UNWIND $rows AS row MERGE (n:NotSame {key: row.key}) SET n += row", rows=rows)


def not_apart(graph: Graph, pairs: Sequence[Sequence[str]]) -> None:
    """Forget that they are not the same: that is a question again."""
    keys = ["|".join(sorted(pair)) for pair in pairs]
    graph.write("UNWIND $keys AS key MATCH (n:NotSame {key: key}) DELETE n", keys=keys)


def settle(tx: Tx, keys: Collection[str], reason: str, at: str) -> None:
    """Close the questions with these keys that are open: what they asked about is not so any more."""
    rows = tx.run(
        "UNWIND $keys AS key MATCH (v:Review {key: key}) WHERE v.state = 'open' RETURN v.id AS id, v.history AS history", keys=sorted(keys)
    )
    entry = {"answer": "solved", "by": "moorings", "reason": reason, "at": at}
    for row in rows:
        props = {
            "state": "solved", "answer": "solved", "answered_by": "moorings", "answer_reason": reason, "answered_at": at,
            "closed_key": f"{_latest_first(at)}|{row['id']}", "history": _longer(row["history"], entry),
        }  # fmt: skip
        tx.run("MATCH (v:Review {id: $id}) SET v += $props", id=row["id"], props=props)
        tx.run("MATCH (o:OpenQuestion {id: $id}) DELETE o", id=row["id"])


def _latest_first(at: str) -> str:
    """A key of a time that sorts the latest first."""
    return f"{10**15 - int(times.from_text(at).timestamp() * 1000):016d}"


def carried_out(graph: Graph, review: str, undo: Mapping[str, Any], told: Sequence[Change], why: Mapping[str, str]) -> None:
    """Keep what is needed to take the answer back, and tell of the answer in the history of the CIs it is about (`told`: one each)."""

    def work(tx: Tx) -> None:
        tx.run("MATCH (v:Review {id: $id}) SET v.undo = $undo", id=review, undo=orjson.dumps(dict(undo)).decode())
        for change in told:
            _tell(tx, change.ci, [change], why)

    graph.writing(work)


def reopen(
    graph: Graph,
    review: str,
    *,
    by: str,
    reason: str,
    at: str,
    subject: str = "",
    about: Sequence[str] = (),
    told: Sequence[Change] | None = (),
) -> None:
    """Open a question again: its answer was taken back. With `subject`, that CI exists now, so it asks whether it is one of the others.

    `about`: further CIs it asks about; `told`: changes for the history of CIs, None where the answer could not be carried out and so
    never was. Raises Conflict when it is open already.
    """
    entry = {"answer": "taken back", "by": by, "reason": reason, "at": at}

    def work(tx: Tx) -> None:
        rows = tx.run(
            "MATCH (v:Review {id: $id}) SET v.lock = $by WITH v WHERE v.state <> 'open' RETURN v.history AS history, v.key AS key",
            id=review,
            by=by,
        )
        if not rows:
            raise Conflict("This review is open already.")
        history = (
            orjson.dumps(orjson.loads(rows[0]["history"] or "[]")[:-1]).decode() if told is None else _longer(rows[0]["history"], entry)
        )
        props = {
            "state": "open",
            "closed_key": None,
            "answer": "",
            "answered_by": "",
            "answer_reason": "",
            "answered_at": "",
            "decided": "",
            "undo": "",
        }
        again = {"kind": "double", "subject": subject} if subject else {}
        tx.run("MATCH (v:Review {id: $id}) SET v += $props", id=review, props={**props, **again, "history": history})
        _ask_about(tx, review, {*about, subject} - {""})
        _show_open(tx, [{"key": rows[0]["key"]}])
        for change in told or ():
            _tell(tx, change.ci, [change], {"source": change.source, "actor": by, "reason": reason, "at": at})

    graph.writing(work)


def _ask_about(tx: Tx, review: str, ids: Collection[str]) -> None:
    tx.run("UNWIND $ids AS ci MATCH (v:Review {id: $id}) MATCH (c:CI {id: ci}) MERGE (v)-[:ASKS_ABOUT]->(c)", id=review, ids=sorted(ids))


def _longer(history: str | None, entry: Mapping[str, Any]) -> str:
    return orjson.dumps([*orjson.loads(history or "[]"), dict(entry)]).decode()


_REWRITE: LiteralString = "UNWIND $rows AS row MATCH (s:SourceRecord {key: row.key}) SET s.data = row.data, s.said = '', s.rev = s.rev + 1"
_LINKS: LiteralString = """
    UNWIND $keys AS key
    MATCH (i:Identifier {key: key})-[r:IDENTIFIES]->(:CI {id: $ci})
    RETURN i.key AS key, i.kind AS kind, i.value AS value, coalesce(i.shared, false) AS shared, r.grade AS grade, r.scope AS scope
"""


def end_identifiers(
    graph: Graph, ci: str, keys: Collection[str], why: Mapping[str, str], records: Sequence[Mapping[str, Any]] = ()
) -> list[Row]:
    """Identifiers that no longer are this CI's: a part was replaced. What then points at one CI only is not shared any more.

    `why`: source, actor, reason, at. `records`: the source records that showed them, as they are from now on (key, data).
    Returns what `restore_identifiers` needs. Rows: ci, key, kind, value, shared, grade, scope.
    """

    def work(tx: Tx) -> list[Row]:
        rows = tx.run(_LINKS, keys=sorted(keys), ci=ci)
        if not rows:
            return []
        held = [row["key"] for row in rows]
        tx.run("UNWIND $keys AS key MATCH (:Identifier {key: key})-[r:IDENTIFIES]->(:CI {id: $ci}) DELETE r", keys=held, ci=ci)
        left = tx.run(
            "UNWIND $keys AS key MATCH (i:Identifier {key: key}) OPTIONAL MATCH (i)-[r:IDENTIFIES]->(:CI) RETURN key, count(r) AS n",
            keys=held,
        )
        alone, nobody = [r["key"] for r in left if r["n"] == 1], [r["key"] for r in left if r["n"] == 0]
        tx.run("UNWIND $keys AS key MATCH (i:Identifier {key: key}) SET i.shared = false", keys=alone)
        tx.run("UNWIND $keys AS key MATCH (i:Identifier {key: key}) DELETE i", keys=nobody)
        tx.run(_REWRITE, rows=[dict(row) for row in records])
        _tell(tx, ci, [_change(ci, row, why, ended=True) for row in rows], why)
        return [{"ci": ci, **row} for row in rows]

    return graph.writing(work)


def restore_identifiers(graph: Graph, rows: Sequence[Row], why: Mapping[str, str], records: Sequence[Mapping[str, Any]] = ()) -> None:
    """Give ended identifiers back to their CIs, as they were; `records` as in `end_identifiers`."""

    def work(tx: Tx) -> None:
        tx.run(_REWRITE, rows=[dict(row) for row in records])
        for row in rows:
            tx.run("MERGE (i:Identifier {key: $key}) ON CREATE SET i.kind = $kind, i.value = $value", **_pick(row, "key", "kind", "value"))
            tx.run(
                """
                MATCH (i:Identifier {key: $key}) MATCH (c:CI {id: $ci})
                MERGE (i)-[r:IDENTIFIES]->(c)
                SET r.grade = $grade, r.scope = $scope, i.shared = $shared
                """,
                **_pick(row, "key", "ci", "grade", "scope", "shared"),
            )
        for ci in sorted({str(row["ci"]) for row in rows}):
            _tell(tx, ci, [_change(ci, row, why, ended=False) for row in rows if row["ci"] == ci], why)

    graph.writing(work)


def _pick(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _change(ci: str, row: Row, why: Mapping[str, str], *, ended: bool) -> Change:
    before, after = (row["value"], None) if ended else (None, row["value"])
    kind = "identifier_ended" if ended else "identifier_restored"
    return Change(kind, ci, "", "", str(row["kind"]), before, after, why["source"], why["reason"])  # type: ignore[arg-type]


def _tell(tx: Tx, ci: str, changes: Sequence[Change], why: Mapping[str, str]) -> None:
    event = {
        "id": uuid7(), "ci": ci, "kind": changes[0].kind, "at": why["at"], "recorded_at": why["at"], "source": why["source"],
        "actor": why["actor"], "reason": why["reason"], "observation": "", "count": len(changes),
        "changes": orjson.dumps([change.to_json() for change in changes]).decode(),
    }  # fmt: skip
    tx.run("MATCH (c:CI {id: $ci}) SET c.rev = c.rev + 1 CREATE (e:Event)-[:EVENT_OF]->(c) SET e = $event", ci=ci, event=event)
