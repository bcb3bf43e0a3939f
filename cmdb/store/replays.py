"""Reports that were accepted before, by a keyed hash of what was sent."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from cmdb.store.database import Database, Tx
from cmdb.store.settings import Settings
from cmdb.store.times import from_text

KEY = "intake.replay_key"


@dataclass(frozen=True, slots=True)
class FirstArrival:
    """The accepted entry that a report came as for the first time, and when."""

    entry: str
    at: datetime


class Replays:
    """Which reports came before. The key is the site's own, so that nobody can look up in a copy whether a report he has was sent here."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._db = database
        self._settings = settings
        self._key = b""

    def digest(self, once: str) -> bytes:
        """What is kept of a report's own hash (`discovery.reports.own_time`); empty for a report that has none."""
        if not once:
            return b""
        if not self._key:  # two at once: the one that was kept counts
            self._key = bytes.fromhex(str(self._settings.get(KEY, "") or self._settings.keep(KEY, secrets.token_hex(32))))
        return hashlib.blake2b(once.encode(), key=self._key, digest_size=16).digest()

    def first(self, digest: bytes) -> FirstArrival | None:
        """The first arrival of such a report; None where it is new, or cannot be told from others (an empty digest)."""
        if not digest:
            return None
        row = self._db.one(
            "SELECT i.id, i.received_at FROM report_seen s JOIN intake i ON i.id = s.entry WHERE s.digest = ?",
            digest,
        )
        return FirstArrival(str(row[0]), from_text(row[1])) if row else None


def keep_seen(tx: Tx, digest: bytes, entry_id: str) -> None:
    """Remember a report with the entry it came in as, in the transaction that accepts it. The first one stays."""
    tx.change("INSERT OR IGNORE INTO report_seen (digest, entry) VALUES (?, ?)", digest, entry_id)
