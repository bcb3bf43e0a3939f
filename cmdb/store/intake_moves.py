"""The moves of an entry between its states, each inside a write transaction. They alone keep the rule of `head` (see `intake`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import LiteralString, TypeAlias

from cmdb.errors import StoreUnavailable
from cmdb.store.chain import add_link
from cmdb.store.database import Row, Tx
from cmdb.store.entry import COLUMNS, pack
from cmdb.store.leases import LOST, MAX_TRIES

READY_OR_LOST: LiteralString = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM intake INDEXED BY intake_next WHERE state = 'waiting' AND head = 1 AND run_at <= ?)"
    " OR EXISTS (SELECT 1 FROM intake INDEXED BY intake_leased WHERE state = 'running' AND lease_until <= ?)"
)


READY_BODIES: LiteralString = (
    "SELECT seq, sha256 FROM intake INDEXED BY intake_next WHERE state = 'waiting' AND head = 1 AND run_at <= ?"
    " AND attempts = 0 AND reason = '' ORDER BY seq LIMIT ?"
)


def open_in_line(tx: Tx, subject: str) -> Row | None:
    """The oldest entry of this subject that is waiting or running."""
    return tx.one(
        "SELECT seq, head FROM intake WHERE subject = ? AND subject IS NOT NULL AND state IN ('waiting', 'running') ORDER BY seq LIMIT 1",
        subject,
    )


CHAINED: LiteralString = "RETURNING seq, id, kind, sha256, received_at"
"""What the chain wants to know of a new entry."""


def enter(tx: Tx, values: Row) -> None:
    """A new entry: id, kind, subject, meta, sha256, size, received_at. It is the head of its line where nothing of its subject is open."""
    sql: LiteralString = (
        "INSERT INTO intake (id, kind, subject, meta, sha256, size, received_at, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
        " NOT EXISTS (SELECT 1 FROM intake WHERE subject = ?3 AND subject IS NOT NULL AND state IN ('waiting', 'running')))"
        f" {CHAINED}"
    )
    chain(tx, tx.one(sql, *values))


def chain(tx: Tx, entered: Row | None) -> None:
    """Chain the entry that was put in by a statement that ends in `CHAINED`."""
    if entered is None:
        raise StoreUnavailable("The ledger did not tell the number of a new entry.")
    add_link(tx, entered)


LOOKED_AT = 500
"""Entries at the head of the line that are looked at to find those with a body that is known."""

Leave: TypeAlias = Callable[[str], bool] | None
"""Tells of a body's sha256 whether an entry that was never taken up is left to who knows that body (`Intake.claim_known`)."""


def take(tx: Tx, at: str, lease: tuple[str, str], limits: tuple[int, int], leave: Leave = None) -> list[Row]:
    """Claims the oldest heads: at most `limits[0]` entries and `limits[1]` bytes of bodies, but at least one. `lease`: until when, and its
    name."""
    reopen(tx, at)
    picked: list[int] = []
    total = 0
    ready: LiteralString = (
        "SELECT seq, size, sha256, attempts = 0 AND reason = '' FROM intake INDEXED BY intake_next"
        " WHERE state = 'waiting' AND head = 1 AND run_at <= ? ORDER BY seq LIMIT ?"
    )
    for seq, size, sha256, fresh in tx.rows(ready, at, limits[0] if leave is None else LOOKED_AT):
        if leave is not None and fresh and leave(sha256):
            continue
        total += size
        if len(picked) == limits[0] or (picked and total > limits[1]):
            break
        picked.append(seq)
    return take_these(tx, picked, at, *lease)


def take_these(tx: Tx, seqs: Sequence[int], at: str, until: str, lease: str) -> list[Row]:
    """Claims those of these entries that still may be."""
    taken = []
    for seq in seqs:
        taken += tx.rows(
            "UPDATE intake SET state = 'running', attempts = attempts + 1, lease = ?, lease_until = ?, run_at = ''"
            f" WHERE seq = ? AND state = 'waiting' AND head = 1 AND run_at <= ? RETURNING {COLUMNS}",
            *(lease, until, seq, at),
        )
    return taken


def put_back(tx: Tx, seq: int, run_at: str, reason: str, attempts: int) -> bool:
    """From running to waiting, at the head of its line as before: the ones behind it wait on."""
    return bool(
        tx.change(
            "UPDATE intake SET state = 'waiting', lease = NULL, lease_until = NULL, run_at = ?, reason = ?, attempts = ? WHERE seq = ?",
            *(run_at, reason, attempts, seq),
        )
    )


def leave(tx: Tx, seq: int, state: str, end: tuple[str, str | None, str]) -> bool:
    """To `done` or `parked`, out of its line; the next of its subject steps up. `end` is (reason, result, time)."""
    row = tx.one(
        "UPDATE intake SET state = ?, lease = NULL, lease_until = NULL, run_at = '', reason = ?, result = ?, finished_at = ?"
        " WHERE seq = ? AND state IN ('waiting', 'running') RETURNING subject, head",
        *(state, *end, seq),
    )
    if row is None:
        return False
    subject, head = row
    if subject is not None and head:
        following = open_in_line(tx, subject)
        if following is not None:
            tx.change("UPDATE intake SET head = 1 WHERE seq = ?", following[0])
    return True


def unpark(tx: Tx, entry_id: str) -> str | None:
    """Back to waiting with new tries. None: unknown; a state: it is in that one, or has no body any more; empty: done."""
    row = tx.one("SELECT seq, subject, state, kept FROM intake WHERE id = ?", entry_id)
    if row is None:
        return None
    seq, subject, state, kept = row
    if state != "parked" or not kept:
        return str(state)
    head = subject is None or open_in_line(tx, subject) is None
    tx.change("UPDATE intake SET state = 'waiting', head = ?, attempts = 0, run_at = '', finished_at = NULL WHERE seq = ?", int(head), seq)
    return ""


def reopen(tx: Tx, at: str) -> int:
    """Entries whose lease ran out wait again; those whose worker was lost five times are parked: they may be what kills it."""
    lost = tx.rows("SELECT seq, attempts FROM intake INDEXED BY intake_leased WHERE state = 'running' AND lease_until <= ?", at)
    for seq, attempts in lost:
        if attempts >= MAX_TRIES:
            leave(tx, seq, "parked", (LOST, None, at))
        else:
            put_back(tx, seq, "", LOST, attempts)
    return len(lost)


def end_leases(tx: Tx, begin: str, at: str) -> int:
    """Entries whose lease's name begins so wait again at once, as `reopen` does it. Returns how many."""
    tx.change("UPDATE intake SET lease_until = ? WHERE state = 'running' AND substr(lease, 1, ?) = ?", at, len(begin), begin)
    return reopen(tx, at)


HAS_BODY: LiteralString = "SELECT 1 FROM intake_body WHERE sha256 = ?"


def put_body(tx: Tx, sha256: str, body: bytes, packed: tuple[str, bytes] | None) -> None:
    """Keeps a body, once however many entries have it. `packed` None: an equal one was there a moment ago."""
    if packed is None and tx.one(HAS_BODY, sha256) is None:
        packed = pack(body)
    if packed is not None:
        tx.change("INSERT INTO intake_body (sha256, coding, body) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING", sha256, *packed)


def drop_bodies(tx: Tx, before: str, at_most: int) -> int:
    """Lets go of the bodies of applied entries received before then; deletes those that no other entry has. Returns how many entries."""
    old: LiteralString = (
        "SELECT seq, sha256 FROM intake INDEXED BY intake_to_drop WHERE kept = 1 AND state = 'done' AND received_at < ? LIMIT ?"
    )
    rows = tx.rows(old, before, at_most)
    tx.change_many("UPDATE intake SET kept = 0 WHERE seq = ?", [(seq,) for seq, _ in rows])
    tx.change_many(
        "DELETE FROM intake_body WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM intake WHERE sha256 = ? AND kept = 1)",
        [(sha256, sha256) for sha256 in sorted({sha256 for _, sha256 in rows})],
    )
    return len(rows)


def give_space_back(tx: Tx, at_most: int) -> int:
    """Cuts free pages off the file; returns how many are left."""
    row = tx.one("PRAGMA freelist_count")
    free = int(row[0]) if row else 0
    for _ in range(min(free, at_most)):
        tx.rows("PRAGMA incremental_vacuum(1)")  # one page a call: Python's sqlite3 takes only the first step of this statement
    return max(free - at_most, 0)
