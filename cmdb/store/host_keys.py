"""SSH host keys: none is trusted before a person approved it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import uuid4

from cmdb.errors import Invalid, NotFound
from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import required, tidy
from cmdb.store.times import Clock, from_text, maybe, to_text

PENDING_PER_HOST = 10
"""A host that shows another key at every visit must not fill the list."""
_COLUMNS: LiteralString = (
    "id, host, port, key_type, key_b64, fingerprint, state, first_seen_at, last_seen_at, decided_at, decided_by,"
    " state = 'pending' AND EXISTS (SELECT 1 FROM host_key a WHERE a.host = k.host AND a.port = k.port AND a.state = 'approved')"
)


@dataclass(frozen=True, slots=True)
class HostKey:
    """A key that `host:port` showed. `changed`: it waits for approval although another key of that host is approved – perhaps an attack.

    `state` is pending, approved or rejected. `fingerprint` is `SHA256:…` as ssh-keygen writes it.
    """

    id: str
    host: str
    port: int
    key_type: str
    key_b64: str
    fingerprint: str
    state: str
    first_seen_at: datetime
    last_seen_at: datetime
    decided_at: datetime | None
    decided_by: str
    changed: bool


def _key_from(row: Row) -> HostKey:
    number, host, port, key_type, key_b64, fingerprint, state, first_seen_at, last_seen_at, decided_at, decided_by, changed = row
    return HostKey(
        *(number, host, port, key_type, key_b64, fingerprint, state, from_text(first_seen_at), from_text(last_seen_at)),
        *(maybe(decided_at), decided_by, bool(changed)),
    )


def fingerprint_of(key_b64: str) -> str:
    """`SHA256:…` as ssh-keygen writes it. Raises `Invalid`."""
    try:
        raw = base64.b64decode(key_b64, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("The host key is not base64.", field="key_b64") from None
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")


class HostKeys:
    """The table of host keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def seen(self, host: str, port: int, key_type: str, key_b64: str, fingerprint: str = "") -> HostKey:
        """Notes that the host showed this key: pending if it is new; what was decided stays. Look at `state` before going on.

        Raises `Invalid`, also when the fingerprint is not the key's.
        """
        host, key_type = required(host, "host", 255).lower(), required(key_type, "key_type", 100)
        if not 0 < port < 65536:
            raise Invalid("The port must be between 1 and 65535.", field="port")
        if not 0 < len(key_b64) <= 16384:
            raise Invalid("The host key is empty or larger than any real one.", field="key_b64")
        proof = fingerprint_of(key_b64)
        if fingerprint and fingerprint != proof:
            raise Invalid("The fingerprint does not belong to this host key.", field="fingerprint")
        number, at = uuid4().hex, to_text(self._clock())

        def work(tx: Tx) -> Row | None:
            found = tx.one(
                "INSERT INTO host_key (id, host, port, key_type, key_b64, fingerprint, first_seen_at, last_seen_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host, port, key_type, key_b64)"
                " DO UPDATE SET last_seen_at = excluded.last_seen_at RETURNING id",
                *(number, host, port, key_type, key_b64, proof, at, at),
            )
            tx.change(
                "DELETE FROM host_key WHERE id IN (SELECT id FROM host_key WHERE host = ? AND port = ? AND state = 'pending'"
                " ORDER BY last_seen_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
                *(host, port, PENDING_PER_HOST),
            )
            return tx.one(f"SELECT {_COLUMNS} FROM host_key k WHERE id = ?", found[0]) if found else None

        return self._known(self._db.write(work))

    def approved(self, host: str, port: int) -> Sequence[HostKey]:
        """The keys this host may show."""
        sql: LiteralString = (
            f"SELECT {_COLUMNS} FROM host_key k WHERE host = ? AND port = ? AND state = 'approved' ORDER BY key_type, rowid"
        )
        return [_key_from(row) for row in self._db.rows(sql, host.strip().lower(), port)]

    def pending(self) -> Sequence[HostKey]:
        """What waits for a person, changed keys first, then the newest."""
        sql: LiteralString = (
            f"SELECT {_COLUMNS} AS changed FROM host_key k WHERE state = 'pending' ORDER BY changed DESC, last_seen_at DESC, rowid"
        )
        return [_key_from(row) for row in self._db.rows(sql)]

    def list(self) -> Sequence[HostKey]:
        """All keys by host and port."""
        return [_key_from(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM host_key k ORDER BY host, port, key_type, rowid")]

    def get(self, key_id: str) -> HostKey:
        """One key. Raises `NotFound`."""
        return self._known(self._db.one(f"SELECT {_COLUMNS} FROM host_key k WHERE id = ?", key_id))

    def approve(self, key_id: str, by: str) -> HostKey:
        """Trusts the key from now on, beside others of the host that were approved; remove those if they are gone. Raises `NotFound`."""
        return self._decide(key_id, "approved", by)

    def reject(self, key_id: str, by: str) -> HostKey:
        """Never trusts the key, and does not ask again. Raises `NotFound`."""
        return self._decide(key_id, "rejected", by)

    def _decide(self, key_id: str, state: str, by: str) -> HostKey:
        at, who = to_text(self._clock()), tidy(by, 100)

        def work(tx: Tx) -> Row | None:
            tx.change("UPDATE host_key SET state = ?, decided_at = ?, decided_by = ? WHERE id = ?", state, at, who, key_id)
            return tx.one(f"SELECT {_COLUMNS} FROM host_key k WHERE id = ?", key_id)

        return self._known(self._db.write(work))

    def remove(self, key_id: str) -> None:
        """Forgets the key; seen again, it is new. Raises `NotFound`."""
        if not self._db.write(lambda tx: tx.change("DELETE FROM host_key WHERE id = ?", key_id)):
            raise NotFound("There is no such host key.")

    @staticmethod
    def _known(row: Row | None) -> HostKey:
        if row is None:
            raise NotFound("There is no such host key.")
        return _key_from(row)
