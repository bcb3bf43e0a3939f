"""Files attached to notes: bodies by what they hold, each kept as long as a note refers to it.

The notes stand in the graph, which no transaction of the ledger covers. So a reference is *open* from the moment the file is kept until its
note is there (`settle`), and again before the note is taken away (`doubt`); whoever looks after open ones that are old asks the graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store.database import Database, Tx
from cmdb.store.entry import pack, unpack
from cmdb.store.intake_moves import give_space_back
from cmdb.store.texts import required
from cmdb.store.times import Clock, to_text

MAX_FILE = 20 << 20
"""Bytes of one file."""


class Attachments:
    """The files of notes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def keep(self, note: str, body: bytes) -> str:
        """Keeps the file of a note that is about to be written, durable on return; the reference is open. Gives its SHA-256 (hex).

        Raises `Invalid` for an empty file or one over 20 MB, `Conflict` where the note has a file, `StoreUnavailable` or `Busy`.
        """
        check_size(len(body))
        name, sha256, at = required(note, "note"), hashlib.sha256(body).hexdigest(), to_text(self._clock())
        packed = None if self._has(sha256) else pack(body)

        def work(tx: Tx) -> None:
            if tx.one("SELECT 1 FROM attachment WHERE note = ?", name):
                raise Conflict("This note has a file already.", field="file")
            if tx.one("SELECT 1 FROM attachment_body WHERE sha256 = ?", sha256) is None:
                values = (sha256, len(body), *(packed or pack(body)))
                tx.change("INSERT INTO attachment_body (sha256, size, coding, body) VALUES (?, ?, ?, ?)", *values)
            tx.change("INSERT INTO attachment (note, sha256, at) VALUES (?, ?, ?)", name, sha256, at)

        self._db.write(work)
        return sha256

    def _has(self, sha256: str) -> bool:
        return self._db.one("SELECT 1 FROM attachment_body WHERE sha256 = ?", sha256) is not None

    def settle(self, notes: Collection[str]) -> None:
        """These notes are in the graph: their files stay."""
        self._db.write(lambda tx: tx.change_many("UPDATE attachment SET settled = 1 WHERE note = ?", [(one,) for one in sorted(notes)]))

    def doubt(self, notes: Collection[str]) -> None:
        """These notes are about to be taken away: their references are open from now on."""
        rows = [(to_text(self._clock()), one) for one in sorted(notes)]
        self._db.write(lambda tx: tx.change_many("UPDATE attachment SET settled = 0, at = ? WHERE note = ?", rows))

    def doubted(self, before: datetime, limit: int) -> Sequence[str]:
        """Notes whose references were opened before then and still are, the oldest first."""
        sql = "SELECT note FROM attachment INDEXED BY attachment_open WHERE settled = 0 AND at < ? ORDER BY at, note LIMIT ?"
        return [str(row[0]) for row in self._db.rows(sql, to_text(before), max(1, min(limit, 1000)))]

    def drop(self, notes: Collection[str]) -> int:
        """These notes are gone: so are their files, but for those that another note has, too. Returns how many bodies went."""

        def work(tx: Tx) -> int:
            gone = 0
            for note in sorted(notes):
                for (sha256,) in tx.rows("DELETE FROM attachment WHERE note = ? RETURNING sha256", note):
                    gone += tx.change(
                        "DELETE FROM attachment_body WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM attachment WHERE sha256 = ?)",
                        *(sha256, sha256),
                    )
            return gone

        gone = self._db.write(work)
        while gone and self._db.write(lambda tx: give_space_back(tx, 1000)):
            pass
        return gone

    def drop_all(self) -> int:
        """There are no notes: no file is kept. For the ledger of a graph that was made anew without them. Returns how many bodies went."""

        def work(tx: Tx) -> int:
            tx.change("DELETE FROM attachment")
            return tx.change("DELETE FROM attachment_body")

        return self._db.write(work)

    def read(self, note: str) -> bytes:
        """The file of a note. Raises `NotFound`, also where the ledger is of a time before the file came (restored from a backup)."""
        row = self._db.one("SELECT b.coding, b.body, b.size FROM attachment a JOIN attachment_body b USING (sha256) WHERE a.note = ?", note)
        if row is None:
            raise NotFound("The file of this note is not kept here.")
        return unpack(row[0], row[1], row[2])

    def count(self) -> tuple[int, int]:
        """How many files are kept, equal ones once, and how many bytes they hold (unpacked)."""
        row = self._db.one("SELECT count(*), coalesce(sum(size), 0) FROM attachment_body")
        return (int(row[0]), int(row[1])) if row else (0, 0)


def check_size(size: int) -> None:
    """Whether a file of so many bytes may be kept. Raises `Invalid` naming the limit."""
    if size <= 0:
        raise Invalid("The file is empty.", field="file")
    if size > MAX_FILE:
        raise Invalid(f"The file is larger than {MAX_FILE >> 20} MB ({MAX_FILE:,} bytes), the most that a note may have.", field="file")
