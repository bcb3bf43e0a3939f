"""Accepted bodies: reports and observations that were taken in and are not applied yet.

`accept` returns after commit and fsync, so "accepted" is a promise. Entries of one subject (one device) keep their order and are never
worked on at the same time: only the head of a subject's line can be claimed, and finishing it lets the next one step up.
A parked entry has left its line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import uuid4

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import intake_moves as moves
from cmdb.store.database import Database, Row, Tx
from cmdb.store.entry import COLUMNS, Entry, entry_from, unpack
from cmdb.store.incoming import MAX_BODY, Incoming, entering, packed_unless_kept
from cmdb.store.leases import MAX_TRIES, lease_end, lease_name, next_try
from cmdb.store.texts import from_json, required, tidy, to_json
from cmdb.store.times import Clock, maybe, to_text

CLAIM_BYTES = 32 << 20
_RESULT_LIMIT = 4_000_000
_SMALL = 2_000
"""Items and relations below which nothing is applied in parts."""
STATES = ("waiting", "running", "done", "parked")


class Intake:
    """The queue of accepted bodies."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self.holder = ""
        """Whose claims these are (`Ledger.hold_as`)."""

    def accept(
        self,
        kind: str,
        body: bytes,
        *,
        meta: Mapping[str, Any],
        beside: Callable[[str], Mapping[str, Any]] | None = None,
        seen: bytes = b"",
    ) -> str:
        """Keeps the body, durable on return, and gives its id (`Incoming` says what the words mean).

        Raises `Invalid` (empty kind, body over 64 MB, meta not JSON), `StoreUnavailable` or `Busy`: then nothing was kept.
        """
        return self.accept_many([Incoming(kind, body, meta, beside, seen)])[0]

    def accept_many(self, incoming: Sequence[Incoming]) -> list[str]:
        """`accept` for several in one commit: all are kept, or none of them. Raises Outdated, too, where one's `given` is so no more."""
        if not incoming:
            return []
        at = to_text(self._clock())
        entries = [entering(self._db, at, one) for one in incoming]

        def work(tx: Tx) -> None:
            for _, enter in entries:
                enter(tx)

        self._db.write(work)
        return [number for number, _ in entries]

    def begin(self, kind: str, body: bytes, *, meta: Mapping[str, Any], lease_s: float = 60) -> Entry:
        """Keeps the body of what the caller carries out itself at once, as an entry that is running: nobody else takes it up.

        Settle it with `done` or `park`. Where the caller dies, its lease ends and the workers take it up. Raises as `accept`.
        """
        if len(body) > MAX_BODY:
            raise Invalid(f"The body is {len(body):,} bytes; at most {MAX_BODY:,} are accepted.", field="body")
        now, number = self._clock(), uuid4().hex
        values = (number, required(kind, "kind"), to_json(dict(meta), "meta", 65536), hashlib.sha256(body).hexdigest(), len(body))
        ends = (to_text(now), lease_name(self.holder), lease_end(now, lease_s))
        packed = packed_unless_kept(self._db, values[3], body)

        def work(tx: Tx) -> None:
            sql: LiteralString = (
                "INSERT INTO intake (id, kind, meta, sha256, size, received_at, lease, lease_until, state, attempts)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', 1) {moves.CHAINED}"
            )
            moves.chain(tx, tx.one(sql, *values, *ends))
            moves.put_body(tx, values[3], body, packed)

        self._db.write(work)
        return self.get(number)

    def keep_done(self, number: str, kind: str, body: bytes, *, meta: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
        """Keeps the body of what was done already as an applied entry with this number. False: it was kept before. Raises as `accept`."""
        if self.known(number):
            return False
        at, digest = to_text(self._clock()), hashlib.sha256(body).hexdigest()
        words = (to_json(dict(meta), "meta", 65536), to_json(dict(result), "result", _RESULT_LIMIT))
        packed = packed_unless_kept(self._db, digest, body)

        def work(tx: Tx) -> None:
            sql: LiteralString = (
                "INSERT INTO intake (id, kind, meta, result, sha256, size, received_at, finished_at, state, attempts)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'done', 1) {moves.CHAINED}"
            )
            moves.chain(tx, tx.one(sql, number, required(kind, "kind"), *words, digest, len(body), at, at))
            moves.put_body(tx, digest, body, packed)

        self._db.write(work)
        return True

    def known(self, number: str) -> bool:
        """Whether there is such an entry."""
        return self._db.one("SELECT 1 FROM intake WHERE id = ?", number) is not None

    def drop(self, entry: Entry, reason: str) -> bool:
        """What `begin` kept was not carried out, and the caller was told so: it leaves the line without waiting for anybody.

        False as in `done`.
        """
        return self._leave(entry, "done", tidy(reason, 2000), to_json({"dropped": True}, "result", 100))

    def applied_after(self, place: tuple[str, str] | None, limit: int) -> Sequence[Entry]:
        """Applied entries with their bodies, in the order in which they were applied, after the one at `place` (finished_at, id)."""
        at, last = place or ("", "")
        row = self._db.one("SELECT seq FROM intake WHERE id = ?", last) if last else None
        rows = self._db.rows(
            f"SELECT {COLUMNS} FROM intake WHERE state = 'done' AND (finished_at, seq) > (?, ?) ORDER BY finished_at, seq LIMIT ?",
            *(at, row[0] if row else -1, max(1, min(limit, 1000))),
        )
        return [self._with_body(found) for found in rows]

    def results_after(self, place: tuple[str, str] | None, limit: int) -> Sequence[Entry]:
        """As `applied_after` without bodies; without a place the newest entry alone."""
        if place is None:
            rows = self._db.rows(f"SELECT {COLUMNS} FROM intake WHERE state = 'done' ORDER BY finished_at DESC, seq DESC LIMIT 1")
        else:
            row = self._db.one("SELECT seq FROM intake WHERE id = ?", place[1])
            rows = self._db.rows(
                f"SELECT {COLUMNS} FROM intake WHERE state = 'done' AND (finished_at, seq) > (?, ?) ORDER BY finished_at, seq LIMIT ?",
                *(place[0], row[0] if row else -1, max(1, min(limit, 1000))),
            )
        return [entry_from(found, None) for found in rows]

    def applied_by(self, source: str, limit: int, before: str | None) -> Sequence[Entry]:
        """Applied entries of one source (`import:list.csv`, `agent:<product>`) without bodies, newest first, before the entry `before`.

        Reads the rows of the ledger one by one: for a person's request, not for a page that everybody looks at.
        """
        row = self._db.one("SELECT seq FROM intake WHERE id = ?", before) if before else None
        sql: LiteralString = (
            f"SELECT {COLUMNS} FROM intake WHERE state = 'done' AND seq < ?"
            " AND coalesce(json_extract(meta, '$.source'), 'agent:' || json_extract(meta, '$.product')) = ? ORDER BY seq DESC LIMIT ?"
        )
        rows = self._db.rows(sql, row[0] if row else 1 << 62, source, max(1, min(limit, 1000)))
        return [entry_from(found, None) for found in rows]

    def claim(self, lease_s: float = 60) -> Entry | None:
        """The oldest entry that may be worked on, held for `lease_s` seconds; None when there is none."""
        found = self.claim_many(1, lease_s)
        return found[0] if found else None

    def claim_many(self, n: int, lease_s: float = 60, *, leave: moves.Leave = None) -> Sequence[Entry]:
        """Up to `n` entries, oldest first, of different subjects, and no more than 32 MB of bodies at once (but at least one).

        `leave`: those that `claim_known` gives for it are left to it.
        """
        now = self._clock()
        until, lease, at = lease_end(now, lease_s), lease_name(self.holder), to_text(now)
        if self._db.one(moves.READY_OR_LOST, at, at) is None:  # the common answer costs no write
            return []
        taken = self._db.write(lambda tx: moves.take(tx, at, (until, lease), (max(1, min(n, 1000)), CLAIM_BYTES), leave))
        return [self._with_body(row) for row in taken]

    def claim_known(self, n: int, known: Callable[[str], bool], lease_s: float = 60) -> Sequence[Entry]:
        """Up to `n` entries that may be worked on and whose body's sha256 is `known`, oldest first, without their bodies (`with_body`).

        None that was taken up before: whatever that try left undone, `claim` must give it to who does it all."""
        now = self._clock()
        until, lease, at = lease_end(now, lease_s), lease_name(self.holder), to_text(now)
        ready = [seq for seq, sha256 in self._db.rows(moves.READY_BODIES, at, moves.LOOKED_AT) if known(sha256)][: max(1, min(n, 1000))]
        if not ready:
            return []
        return [entry_from(row, None) for row in self._db.write(lambda tx: moves.take_these(tx, ready, at, until, lease))]

    def with_body(self, entry: Entry) -> Entry:
        """A claimed entry as `claim` gives it."""
        return replace(entry, body=self.get(entry.id).body)

    def _with_body(self, row: Row) -> Entry:
        kept: LiteralString = (
            "SELECT b.coding, b.body FROM intake i JOIN intake_body b ON b.sha256 = i.sha256 WHERE i.seq = ? AND i.kept = 1"
        )
        found = self._db.one(kept, row[0])
        return entry_from(row, unpack(found[0], found[1], row[12]) if found else None)

    def renew(self, entry: Entry, lease_s: float = 60) -> bool:
        """Holds the entry longer. False: the lease was lost, stop working on it."""
        until = lease_end(self._clock(), lease_s)
        sql: LiteralString = "UPDATE intake SET lease_until = ? WHERE id = ? AND lease = ? AND state = 'running'"
        return bool(self._db.write(lambda tx: tx.change(sql, until, entry.id, entry.lease)))

    def done(self, entry: Entry | str, result: Mapping[str, Any] | None = None) -> bool:
        """Applied. False when the lease was lost meanwhile or somebody else finished it: then nothing changes."""
        text = to_json(dict(result or {}), "result", _RESULT_LIMIT)
        return self._leave(entry, "done", "", text)

    def done_many(self, results: Iterable[tuple[Entry, Mapping[str, Any]]]) -> int:
        """`done` for several in one commit; returns for how many it was true."""
        ends = [(entry, to_json(dict(result), "result", _RESULT_LIMIT)) for entry, result in results]
        at = to_text(self._clock())

        def work(tx: Tx) -> int:
            held = [(self._held(tx, entry), text) for entry, text in ends]
            return sum(moves.leave(tx, row[0], "done", ("", text, at)) for row, text in held if row is not None)

        return self._db.write(work)

    def keep_part(self, entry: Entry, number: int, said: tuple[int, int], result: Mapping[str, Any]) -> bool:
        """Part `number` of a large body is applied; `said`: how many items and relations it had. False as in `done`."""
        text = to_json(dict(result), "result", _RESULT_LIMIT)
        sql: LiteralString = "INSERT OR REPLACE INTO intake_part (entry, number, items, relations, result) VALUES (?, ?, ?, ?, ?)"

        def work(tx: Tx) -> bool:
            return self._held(tx, entry) is not None and bool(tx.change(sql, entry.id, number, *said, text))

        return self._db.write(work)

    def parts(self, entry_id: str) -> Sequence[Mapping[str, Any]]:
        """The results of the parts that are applied of one that is not done yet, in order."""
        rows = self._db.rows("SELECT result FROM intake_part WHERE entry = ? ORDER BY number", entry_id)
        return [dict(from_json(row[0]) or {}) for row in rows]

    def progress(self, entry: Entry) -> dict[str, int] | None:
        """How far an open one is that is applied in parts: items, relations, and of how many; None for one that is not."""
        sql: LiteralString = "SELECT count(*), sum(items), sum(relations) FROM intake_part WHERE entry = ?"
        if entry.state == "done" or int(entry.meta.get("items") or 0) + int(entry.meta.get("relations") or 0) <= _SMALL:
            return None
        row = self._db.one(sql, entry.id)
        if row is None or not row[0]:
            return None
        done = {"items": int(row[1]), "of_items": int(entry.meta["items"]), "relations": int(row[2])}
        return {**done, "of_relations": int(entry.meta.get("relations") or 0)}

    def park(self, entry: Entry | str, reason: str) -> bool:
        """Sets it aside for a person, with the reason. False as in `done`."""
        return self._leave(entry, "parked", tidy(reason, 2000), None)

    def fail(self, entry: Entry | str, reason: str, retry: bool = True) -> bool:
        """This try failed: it waits 5 s, 30 s, 2 min, 10 min; after the fifth (or without `retry`) it is parked. False as in `done`."""
        if not retry:
            return self.park(entry, reason)
        now, text = self._clock(), tidy(reason, 2000)

        def work(tx: Tx) -> bool:
            row = self._held(tx, entry)
            if row is None:
                return False
            seq, attempts = row
            if attempts >= MAX_TRIES:
                return moves.leave(tx, seq, "parked", (text, None, to_text(now)))
            return moves.put_back(tx, seq, next_try(now, attempts), text, attempts)

        return self._db.write(work)

    def release(self, entry: Entry | str, reason: str = "", *, delay_s: float = 5.0) -> bool:
        """Gives it back untried (the graph is away): this was no try. False as in `done`."""
        run_at = to_text(self._clock() + timedelta(seconds=max(0.0, min(delay_s, 86400.0))))

        def work(tx: Tx) -> bool:
            row = self._held(tx, entry)
            return row is not None and moves.put_back(tx, row[0], run_at, tidy(reason, 2000), max(row[1] - 1, 0))

        return self._db.write(work)

    def _leave(self, entry: Entry | str, state: str, reason: str, result: str | None) -> bool:
        at = to_text(self._clock())

        def work(tx: Tx) -> bool:
            row = self._held(tx, entry, waiting_too=state == "parked")
            if row is None or not moves.leave(tx, row[0], state, (reason, result, at)):
                return False
            if state == "done":
                tx.change("DELETE FROM intake_part WHERE entry = ?", entry.id if isinstance(entry, Entry) else entry)
            return True

        return self._db.write(work)

    @staticmethod
    def _held(tx: Tx, entry: Entry | str, *, waiting_too: bool = False) -> Row | None:
        """(seq, attempts) of a running entry: by its claim if an `Entry` is given, by its id alone if only that is known."""
        if isinstance(entry, Entry) and entry.lease:
            return tx.one("SELECT seq, attempts FROM intake WHERE id = ? AND lease = ? AND state = 'running'", entry.id, entry.lease)
        number = entry.id if isinstance(entry, Entry) else entry
        states = ("running", "waiting") if waiting_too else ("running", "running")
        return tx.one("SELECT seq, attempts FROM intake WHERE id = ? AND state IN (?, ?)", number, *states)

    def retry(self, entry_id: str) -> None:
        """Puts a parked entry back into its subject's line, with five new tries. Raises `NotFound`, `Conflict`."""
        answer = self._db.write(lambda tx: moves.unpark(tx, entry_id))
        if answer is None:
            raise NotFound("There is no such entry.")
        if answer:
            raise Conflict(f"The entry is {answer}, and only a parked one whose body is still kept can be tried again.")

    def get(self, entry_id: str) -> Entry:
        """One entry with its body. Raises `NotFound`."""
        row = self._db.one(f"SELECT {COLUMNS} FROM intake WHERE id = ?", entry_id)
        if row is None:
            raise NotFound("There is no such entry.")
        return self._with_body(row)

    def list(self, state: str | None = None, limit: int = 50, before: str | None = None) -> Sequence[Entry]:
        """Entries without their bodies, newest first, of one state if given, before the entry with the id `before`."""
        if state is not None and state not in STATES:
            raise Invalid(f"There is no state {tidy(state, 40)!r}; use one of {', '.join(STATES)}.", field="state")
        last: object = 1 << 62
        if before is not None:
            row = self._db.one("SELECT seq FROM intake WHERE id = ?", before)
            if row is None:
                raise NotFound("The entry to read on from is gone.", field="before")
            last = row[0]
        where = "seq < ?" if state is None else "seq < ? AND state = ?"
        values = (last,) if state is None else (last, state)
        sql = f"SELECT {COLUMNS} FROM intake WHERE {where} ORDER BY seq DESC LIMIT ?"
        return [entry_from(row, None) for row in self._db.rows(sql, *values, max(1, min(limit, 1000)))]

    def counts(self) -> dict[str, int]:
        """How many entries are in each state. Kept, not counted: costs the same with a million entries."""
        return {state: int(n) for state, n in self._db.rows("SELECT state, n FROM intake_count")}

    def count_since(self, moment: datetime) -> int:
        """How many were accepted since then."""
        row = self._db.one("SELECT count(*) FROM intake WHERE received_at >= ?", to_text(moment))
        return int(row[0]) if row else 0

    def oldest_open(self) -> datetime | None:
        """When the oldest entry that is not applied yet came in; None when there is no backlog. Parked ones do not count."""
        row = self._db.one(
            "SELECT min(received_at) FROM (SELECT received_at FROM intake WHERE seq IN ("
            " (SELECT min(seq) FROM intake WHERE state = 'waiting'), (SELECT min(seq) FROM intake WHERE state = 'running')))"
        )
        return maybe(row[0]) if row else None

    def reopen_expired(self) -> int:
        """Entries whose worker was lost may be claimed again; the fifth time they are parked. `claim` does this too. Returns how many."""
        now = to_text(self._clock())
        if self._db.one("SELECT 1 FROM intake WHERE state = 'running' AND lease_until <= ?", now) is None:
            return 0
        return self._db.write(lambda tx: moves.reopen(tx, now))

    def forget(self, before: datetime) -> int:
        """Drops the bodies of what was applied and came in before then; the row and its sha256 stay. Returns how many.

        In steps of 500, so that nobody waits long for it.
        """
        total, limit = 0, to_text(before)
        while True:
            gone = self._db.write(lambda tx: moves.drop_bodies(tx, limit, 500))
            total += gone
            if gone < 500:
                break
        while total and self._db.write(lambda tx: moves.give_space_back(tx, 1000)):
            pass
        return total
