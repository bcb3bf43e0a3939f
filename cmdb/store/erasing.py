"""Erasing in the ledger: bodies of accepted reports that may not be kept any more, and what their results quote. Hashes stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString

from cmdb.store.connections import connect
from cmdb.store.database import Database, Tx
from cmdb.store.entry import COLUMNS, Entry, entry_from, unpack
from cmdb.store.sqlite_errors import translate
from cmdb.store.texts import from_json, to_json

STEP = 2_000
"""Entries looked at in one query."""


@dataclass(frozen=True, slots=True)
class Window:
    """Entries about some configuration items among the next `STEP`, with their bodies; `last` is where to go on (None: the end)."""

    entries: Sequence[Entry]
    last: int | None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What an entry's row is to say afterwards. `drop`: its body goes."""

    entry: Entry
    meta: Mapping[str, Any]
    result: Mapping[str, Any] | None
    drop: bool


class Erasing:
    """Finds and empties entries. The file's pages are overwritten (`secure_delete`) and its log is cut when `finish` returns."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def size(self) -> int:
        """The highest place in the line: for telling how far a look has come."""
        row = self._db.one("SELECT coalesce(max(seq), 0) FROM intake")
        return int(row[0]) if row else 0

    def about(self, ids: Sequence[str], after: int) -> Window:
        """Entries after the place `after` whose result, or that of one of its parts, or meta names one of these ids (which are never part
        of other words)."""
        row = self._db.one("SELECT max(seq) FROM (SELECT seq FROM intake WHERE seq > ? ORDER BY seq LIMIT ?)", after, STEP)
        if row is None or row[0] is None:
            return Window((), None)
        last = int(row[0])
        seen: dict[int, Entry] = {}
        sql: LiteralString = (
            f"SELECT {COLUMNS} FROM intake WHERE seq > ? AND seq <= ?"
            " AND (instr(coalesce(result, ''), ?) > 0 OR instr(meta, ?) > 0"
            " OR EXISTS (SELECT 1 FROM intake_part p WHERE p.entry = intake.id AND instr(p.result, ?) > 0)) ORDER BY seq"
        )
        for ci in ids:
            for found in self._db.rows(sql, after, last, ci, ci, ci):
                seen.setdefault(int(found[0]), entry_from(found, self._body(int(found[0]), int(found[12]))))
        return Window([seen[seq] for seq in sorted(seen)], last)

    def of_kind(self, kind: str, after: int) -> Window:
        """Entries of this kind after the place `after` whose bodies are kept."""
        row = self._db.one("SELECT max(seq) FROM (SELECT seq FROM intake WHERE seq > ? ORDER BY seq LIMIT ?)", after, STEP)
        if row is None or row[0] is None:
            return Window((), None)
        sql: LiteralString = f"SELECT {COLUMNS} FROM intake WHERE seq > ? AND seq <= ? AND kind = ? AND kept = 1 ORDER BY seq"
        found = self._db.rows(sql, after, int(row[0]), kind)
        return Window([entry_from(one, self._body(int(one[0]), int(one[12]))) for one in found], int(row[0]))

    def of_lines(self, subjects: Sequence[str]) -> Sequence[Entry]:
        """All entries of these subjects' lines whose bodies are kept, applied or not."""
        sql: LiteralString = f"SELECT {COLUMNS} FROM intake WHERE subject = ? AND kept = 1 ORDER BY seq"
        return [entry_from(row, self._body(int(row[0]), int(row[12]))) for subject in subjects for row in self._db.rows(sql, subject)]

    def last_of(self, subjects: Sequence[str]) -> Entry | None:
        """The newest entry of these subjects' lines, without its body; None where there is none."""
        sql: LiteralString = f"SELECT {COLUMNS} FROM intake WHERE subject = ? ORDER BY seq DESC LIMIT 1"
        found = [row for subject in subjects for row in self._db.rows(sql, subject)]
        return entry_from(max(found, key=lambda row: int(row[0])), None) if found else None

    def _body(self, seq: int, size: int) -> bytes | None:
        row = self._db.one(
            "SELECT b.coding, b.body FROM intake i JOIN intake_body b ON b.sha256 = i.sha256 WHERE i.seq = ? AND i.kept = 1", seq
        )
        return unpack(row[0], row[1], size) if row else None

    def rewrite(self, rows: Sequence[Rewritten]) -> int:
        """Write rows anew and let go of bodies; one that another entry has, too, stays for that. Returns how many bodies went.

        What is kept of the parts of one that was parked half applied goes: tried again, it begins anew.
        """
        ready = [
            (one.entry.id, to_json(dict(one.meta), "meta", 65536), to_json(dict(one.result), "result", 4_000_000), one.drop)
            if one.result is not None
            else (one.entry.id, to_json(dict(one.meta), "meta", 65536), None, one.drop)
            for one in rows
        ]

        def work(tx: Tx) -> int:
            gone = 0
            for number, meta, result, drop in ready:
                tx.change("UPDATE intake SET meta = ?, result = ? WHERE id = ?", meta, result, number)
                tx.change("DELETE FROM intake_part WHERE entry = ?", number)
                if drop:
                    gone += _drop(tx, number)
            return gone

        return self._db.write(work)

    def forget_agents(self, subjects: Collection[str]) -> int:
        """What is remembered of agents with a key of their own goes, but for which installation and platform they are; they keep their key.
        Returns how many agents that was."""
        gone = 0
        for number, text in [(str(row[0]), str(row[1])) for row in self._db.rows("SELECT id, state FROM agent_node")]:
            state = from_json(text)
            if str(state.get("deviceid", "")) not in subjects:
                continue
            left = to_json({name: state[name] for name in ("deviceid", "platform", "agent") if name in state}, "state", 65536)
            gone += self._db.write(partial(_leave_node, left=left, number=number))
        return gone

    def forget_jobs(self, kind: str, words: Collection[str]) -> int:
        """Jobs of this kind that have ended and whose result names one of these (ids of entries or of CIs) keep their outcome alone:
        no arguments, no address, no values. Returns how many."""
        gone, place = 0, 0
        read: LiteralString = (
            "SELECT seq, result FROM job WHERE kind = ? AND seq > ? AND state IN ('done', 'parked', 'cancelled') AND result IS NOT NULL"
            " ORDER BY seq LIMIT ?"
        )
        sql: LiteralString = "UPDATE job SET args = '{}', key = NULL, progress = NULL, reason = '', result = ? WHERE seq = ?"
        while rows := self._db.rows(read, kind, place, STEP):
            place = int(rows[-1][0])
            for number, text in ((int(row[0]), str(row[1])) for row in rows):
                if any(word in text for word in words):
                    result = from_json(text)
                    left = to_json({"outcome": result.get("outcome", ""), "erased": True}, "result", 65536)
                    gone += self._db.write(lambda tx, left=left, number=number: tx.change(sql, left, number))  # type: ignore[misc]
        return gone

    def finish(self) -> None:
        """Cut the write-ahead log, so that its old pages hold nothing of it either. Raises `Busy` or `StoreUnavailable`."""
        try:
            connection = connect(self._db.path)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise translate(error, self._db.path) from error


def _leave_node(tx: Tx, *, left: str, number: str) -> int:
    return tx.change("UPDATE agent_node SET state = ?, host = '' WHERE id = ?", left, number)


def _drop(tx: Tx, number: str) -> int:
    row = tx.one("UPDATE intake SET kept = 0 WHERE id = ? AND kept = 1 RETURNING sha256", number)
    if row is None:
        return 0
    tx.change(
        "DELETE FROM intake_body WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM intake WHERE sha256 = ? AND kept = 1)", row[0], row[0]
    )
    return 1
