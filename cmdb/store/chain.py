"""The chain of accepted reports: each link's hash holds the one before. Who edits, adds or removes an entry later breaks it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import from_json
from cmdb.store.times import to_text

START = hashlib.sha256(b"moorings intake chain 1").hexdigest()
_STEP = 2000


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a look at the chain found: links, the last link's hash, and where it is broken with why (empty: it holds)."""

    links: int
    head: str
    since: str = ""
    broken_at: str = ""
    why: str = ""

    @property
    def whole(self) -> bool:
        """Whether it holds from its first link to its last."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted entry, as evidence names it. `cis`: the configuration items it turned out to be about."""

    id: str
    kind: str
    sha256: str
    received_at: str
    link: str
    cis: frozenset[str] = frozenset()


def link_of(before: str, entry: Sequence[object]) -> str:
    """The hash of an entry (number, id, kind, sha256 of its body, received_at) after the link before it."""
    return hashlib.sha256("\n".join([before, *map(str, entry)]).encode()).hexdigest()


def add_link(tx: Tx, entry: Row) -> None:
    """Chain a new entry (number, id, kind, sha256 of its body, received_at), in the transaction that accepts it."""
    row = tx.one("SELECT link FROM intake_chain ORDER BY seq DESC LIMIT 1")
    tx.change(
        "INSERT INTO intake_chain (seq, id, kind, sha256, received_at, link) VALUES (?, ?, ?, ?, ?, ?)",
        *entry,
        link_of(str(row[0]) if row else START, entry),
    )


class Chain:
    """The chain, for who reads it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def verify(self) -> ChainState:
        """Walk the whole chain beside the entries it is about. Memory stays bounded."""
        link, last, count, since = START, 0, 0, ""
        sql = (
            "SELECT c.seq, c.id, c.kind, c.sha256, c.received_at, c.link, i.id, i.kind, i.sha256, i.received_at FROM intake_chain c"
            " LEFT JOIN intake i ON i.seq = c.seq WHERE c.seq > ? ORDER BY c.seq LIMIT ?"
        )
        while rows := self._db.rows(sql, last, _STEP):
            for row in rows:
                link = link_of(link, row[:5])
                since = since or str(row[4])
                why = "its hash does not follow from the link before" if link != row[5] else ""
                if not why and row[6] is None:
                    why = "the entry is gone"
                elif not why and tuple(row[1:5]) != tuple(row[6:10]):
                    why = "the entry is not what was accepted"
                if why:
                    return ChainState(count, str(row[5]), since, str(row[1]), why)
                count, last = count + 1, int(row[0])
        extra = self._db.one(
            "SELECT id FROM intake WHERE seq >= coalesce((SELECT min(seq) FROM intake_chain), 9223372036854775807)"
            " AND seq NOT IN (SELECT seq FROM intake_chain) LIMIT 1"
        )
        if extra is not None:
            return ChainState(count, link, since, str(extra[0]), "the entry was never accepted")
        return ChainState(count, link, since)

    def near(self, at: datetime, within: timedelta = timedelta(seconds=5)) -> list[Accepted]:
        """Entries accepted around that time, oldest first (at most 200)."""
        rows = self._db.rows(
            "SELECT c.id, c.kind, c.sha256, c.received_at, c.link, i.result FROM intake_chain c LEFT JOIN intake i ON i.seq = c.seq"
            " WHERE c.received_at >= ? AND c.received_at <= ? ORDER BY c.seq LIMIT 200",
            to_text(at - within),
            to_text(at + within),
        )
        return [Accepted(str(r[0]), str(r[1]), str(r[2]), str(r[3]), str(r[4]), _cis(r[5])) for r in rows]


def _cis(result: str | None) -> frozenset[str]:
    body: Any = from_json(result) if result else {}
    items = body.get("items", ()) if isinstance(body, dict) else ()
    return frozenset(str(one["ci"]) for one in items if isinstance(one, dict) and one.get("ci"))
