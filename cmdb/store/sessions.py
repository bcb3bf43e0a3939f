"""Sign-in sessions. The cookie holds a random token; the ledger only its SHA-256, so a stolen ledger opens no session."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from cmdb.errors import CmdbError, Invalid, NotFound
from cmdb.store.accounts import COLUMNS, Account, account_from
from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import tidy
from cmdb.store.times import Clock, from_text, maybe, to_text

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=1)
_SESSION = "session.id, session.address, session.agent, session.created_at, session.last_seen_at"

log = logging.getLogger(__name__)


def digest(token: str) -> bytes:
    """What is stored of a random token. Tokens carry 256 bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def new_token() -> str:
    """256 random bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. `id` names it on the page of open sessions; it is not the token."""

    id: str
    account: Account
    address: str
    agent: str
    created_at: datetime
    last_seen_at: datetime


def _session_from(row: Row) -> Session:
    number, address, agent, created_at, last_seen_at, *account = row
    return Session(number, account_from(tuple(account)), address, agent, from_text(created_at), from_text(last_seen_at))


class Sessions:
    """Sessions end 8 h after the last request, 7 days after sign-in, or when somebody ends them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def _bounds(self) -> tuple[str, str]:
        """Sessions seen before the first or started before the second are over."""
        now = self._clock()
        return to_text(now - IDLE), to_text(now - ABSOLUTE)

    def start(self, account_id: str, *, address: str, agent: str) -> str:
        """Signs the account in and returns the token for the cookie. Raises `NotFound` for an unknown or locked account."""
        token, at, bounds = new_token(), to_text(self._clock()), self._bounds()

        def work(tx: Tx) -> int:
            tx.change("DELETE FROM session WHERE last_seen_at < ? OR created_at < ?", *bounds)
            return tx.change(
                "INSERT INTO session (token_sha256, id, account_id, address, agent, created_at, last_seen_at)"
                " SELECT ?, ?, id, ?, ?, ?, ? FROM account WHERE id = ? AND active = 1",
                *(digest(token), uuid4().hex, tidy(address, 64), tidy(agent, 300), at, at, account_id),
            )

        if not self._db.write(work):
            raise NotFound("There is no such account, or it is deactivated.")
        return token

    def find(self, token: str) -> Session | None:
        """The open session of this token, with its account as it is now; None when it ended or never was."""
        row = self._db.one(
            f"SELECT {_SESSION}, {COLUMNS} FROM session JOIN account ON account.id = session.account_id"
            " WHERE token_sha256 = ? AND session.last_seen_at >= ? AND session.created_at >= ? AND account.active = 1",
            *(digest(token), *self._bounds()),
        )
        if row is None:
            return None
        session = _session_from(row)
        if self._clock() - session.last_seen_at >= TOUCH_EVERY:
            self._touch(session)
        return session

    def _touch(self, session: Session) -> None:
        at = to_text(self._clock())

        def work(tx: Tx) -> None:
            tx.change("UPDATE session SET last_seen_at = ? WHERE id = ?", at, session.id)
            tx.change("UPDATE account SET last_seen_at = ? WHERE id = ?", at, session.account.id)

        try:
            self._db.write(work)
        except CmdbError as error:  # a full disk must not sign people out
            log.warning("session not touched reason=%s", error.message)

    def end(self, token: str) -> None:
        """Signs out. An unknown token is no error: it is over either way."""
        self._db.write(lambda tx: tx.change("DELETE FROM session WHERE token_sha256 = ?", digest(token)))

    def end_one(self, account_id: str, session_id: str) -> bool:
        """Ends one session of this account by the id its list shows. False: there is none."""
        return bool(self._db.write(lambda tx: tx.change("DELETE FROM session WHERE account_id = ? AND id = ?", account_id, session_id)))

    def end_all(self, account_id: str) -> int:
        """Ends every session of the account; returns how many there were."""
        return self._db.write(lambda tx: tx.change("DELETE FROM session WHERE account_id = ?", account_id))

    def list(self, account_id: str) -> Sequence[Session]:
        """The open sessions of an account, the last used first."""
        found = self._db.rows(
            f"SELECT {_SESSION}, {COLUMNS} FROM session JOIN account ON account.id = session.account_id"
            " WHERE account_id = ? AND session.last_seen_at >= ? AND session.created_at >= ?"
            " ORDER BY session.last_seen_at DESC, session.id",
            *(account_id, *self._bounds()),
        )
        return [_session_from(row) for row in found]

    def sweep(self) -> int:
        """Deletes sessions that are over and one-time links that are too old; returns how many. Meant for once a day."""
        bounds, now = self._bounds(), to_text(self._clock())

        def work(tx: Tx) -> int:
            gone = tx.change("DELETE FROM session WHERE last_seen_at < ? OR created_at < ?", *bounds)
            return gone + tx.change("DELETE FROM one_time_token WHERE expires_at < ?", now)

        return self._db.write(work)

    def one_time(self, account_id: str, ttl_s: float = 900) -> str:
        """A token that signs this account in once, within `ttl_s` seconds. Raises `NotFound`, `Invalid`."""
        if not 0 < ttl_s <= 7 * 86400:
            raise Invalid("A one-time link may be valid for at most seven days.", field="ttl_s")
        token, now = new_token(), self._clock()

        def work(tx: Tx) -> int:
            tx.change("DELETE FROM one_time_token WHERE expires_at < ?", to_text(now))
            return tx.change(
                "INSERT INTO one_time_token (token_sha256, account_id, expires_at)"
                " SELECT ?, id, ? FROM account WHERE id = ? AND active = 1",
                *(digest(token), to_text(now + timedelta(seconds=ttl_s)), account_id),
            )

        if not self._db.write(work):
            raise NotFound("There is no such account, or it is deactivated.")
        return token

    def redeem(self, one_time_token: str) -> Account | None:
        """The account of a one-time token, which is then used up; None when it is unknown, used, too old or the account is locked."""

        def work(tx: Tx) -> Row | None:
            row = tx.one("DELETE FROM one_time_token WHERE token_sha256 = ? RETURNING account_id, expires_at", digest(one_time_token))
            expires_at = maybe(row[1]) if row else None
            if row is None or expires_at is None or expires_at < self._clock():
                return None
            return tx.one(f"SELECT {COLUMNS} FROM account WHERE id = ? AND active = 1", row[0])

        row = self._db.write(work)
        return account_from(row) if row else None
