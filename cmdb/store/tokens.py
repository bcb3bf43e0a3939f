"""Bearer tokens: of programs that use the API, and of the agents that report. Shown once, kept as SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import uuid4

from cmdb.errors import Invalid, NotFound
from cmdb.store.accounts import check_role
from cmdb.store.database import Database, Row
from cmdb.store.sessions import digest, new_token
from cmdb.store.texts import required, tidy
from cmdb.store.times import Clock, from_text, maybe, to_text
from cmdb.store.uses import Uses

API_PREFIX = "mrg_"
AGENT_PREFIX = "agt_"
MAX_GRACE = timedelta(days=90)
_API: LiteralString = "id, name, role, created_by, created_at, expires_at, last_used_at, revoked_at"
_AGENT: LiteralString = "id, name, site, ownership, created_at, last_used_at, uses, revoked_at, rotated_at, previous_until"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program may do: the rights of `role`, until `expires_at` (None: without end)."""

    id: str
    name: str
    role: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def revoked(self) -> bool:
        """Whether somebody withdrew it."""
        return self.revoked_at is not None


@dataclass(frozen=True, slots=True)
class AgentToken:
    """An enrolment token: every report that comes by it is of this site and ownership.

    `rotated_at` is when its secret was last exchanged, `previous_until` until when the secret before is still taken.
    """

    id: str
    name: str
    site: str
    ownership: str
    created_at: datetime
    last_used_at: datetime | None
    uses: int
    revoked_at: datetime | None
    rotated_at: datetime | None = None
    previous_until: datetime | None = None

    @property
    def revoked(self) -> bool:
        """Whether somebody withdrew it."""
        return self.revoked_at is not None


def _api_from(row: Row) -> ApiToken:
    number, name, role, created_by, created_at, *times = row
    return ApiToken(number, name, role, created_by, from_text(created_at), *(maybe(time) for time in times))


def _agent_from(row: Row) -> AgentToken:
    number, name, site, ownership, created_at, last_used_at, uses, *times = row
    return AgentToken(number, name, site, ownership, from_text(created_at), maybe(last_used_at), uses, *(maybe(time) for time in times))


class ApiTokens:
    """The table of API tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._uses = Uses(
            database, clock, lambda tx, token, _count, at: tx.change("UPDATE api_token SET last_used_at = ? WHERE id = ?", at, token)
        )

    def add(self, name: str, role: str, *, created_by: str = "", expires_at: datetime | None = None) -> str:
        """Makes a token and returns it: the only time it is shown. Raises `Invalid` (name, role, expires_at)."""
        name, role = required(name, "name"), check_role(role)
        now = self._clock()
        if expires_at is not None and to_text(expires_at) <= to_text(now):
            raise Invalid("The token would already have expired; give a later time.", field="expires_at")
        plain = API_PREFIX + new_token()
        self._db.write(
            lambda tx: tx.change(
                "INSERT INTO api_token (id, token_sha256, name, role, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(uuid4().hex, digest(plain), name, role, tidy(created_by, 100), to_text(now), to_text(expires_at) if expires_at else None),
            )
        )
        return plain

    def find(self, plain: str) -> ApiToken | None:
        """The token, if it is known, not revoked and not expired."""
        if not plain.startswith(API_PREFIX):
            return None
        row = self._db.one(
            f"SELECT {_API} FROM api_token WHERE token_sha256 = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
            *(digest(plain), to_text(self._clock())),
        )
        if row is None:
            return None
        self._uses.note(row[0])
        return _api_from(row)

    def revoke(self, token_id: str) -> None:
        """Withdraws it from now on; it stays in the list. Raises `NotFound`."""
        at = to_text(self._clock())
        sql: LiteralString = "UPDATE api_token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"
        if not self._db.write(lambda tx: tx.change(sql, at, token_id)):
            raise NotFound("There is no such API token.")

    def list(self) -> Sequence[ApiToken]:
        """All tokens, revoked ones too, newest first; never the secrets."""
        self._uses.write()
        return [_api_from(row) for row in self._db.rows(f"SELECT {_API} FROM api_token ORDER BY rowid DESC")]

    def flush(self) -> None:
        """Writes the times of use that are still in memory."""
        self._uses.write()


class AgentTokens:
    """The table of enrolment tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._uses = Uses(
            database,
            clock,
            lambda tx, token, count, at: tx.change(
                "UPDATE agent_token SET last_used_at = ?, uses = uses + ? WHERE id = ?", at, count, token
            ),
        )

    def add(self, name: str, *, site: str = "", ownership: str = "") -> str:
        """Makes a token and returns it: the only time it is shown. Raises `Invalid`."""
        name, plain, at = required(name, "name"), AGENT_PREFIX + new_token(), to_text(self._clock())
        self._db.write(
            lambda tx: tx.change(
                "INSERT INTO agent_token (id, token_sha256, name, site, ownership, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                *(uuid4().hex, digest(plain), name, tidy(site, 100), tidy(ownership, 40), at),
            )
        )
        return plain

    def find(self, plain: str) -> AgentToken | None:
        """The token, if it is known; look at `revoked` before accepting anything by it."""
        if not plain.startswith(AGENT_PREFIX):
            return None
        at, secret = to_text(self._clock()), digest(plain)
        row = self._db.one(f"SELECT {_AGENT} FROM agent_token WHERE token_sha256 = ?", secret) or self._db.one(
            f"SELECT {_AGENT} FROM agent_token WHERE previous_sha256 = ? AND previous_until > ?", secret, at
        )
        if row is None:
            return None
        token = _agent_from(row)
        if not token.revoked:
            self._uses.note(token.id)
        return token

    def get(self, token_id: str) -> AgentToken:
        """The token of an id, revoked or not. Raises `NotFound`."""
        row = self._db.one(f"SELECT {_AGENT} FROM agent_token WHERE id = ?", token_id)
        if row is None:
            raise NotFound("There is no such agent token.")
        return _agent_from(row)

    def rotate(self, token_id: str, *, grace: timedelta = timedelta()) -> str:
        """Exchanges the secret and returns the new one: the only time it is shown. Site, ownership and what was reported stay.

        The secret before is taken until `grace` is over, so that a fleet can be moved; a rotation during it ends the secret before at once.
        Raises `NotFound`, and `Invalid` for a revoked token or a grace over 90 days.
        """
        if not timedelta() <= grace <= MAX_GRACE:
            raise Invalid(f"The secret before can stay good for 0 to {MAX_GRACE.days} days.", field="grace")
        if self.get(token_id).revoked:
            raise Invalid("A revoked token stays revoked; make a new one.", field="token_id")
        plain, at = AGENT_PREFIX + new_token(), self._clock()
        sql: LiteralString = (
            "UPDATE agent_token SET previous_sha256 = token_sha256, previous_until = ?, token_sha256 = ?, rotated_at = ?"
            " WHERE id = ? AND revoked_at IS NULL"
        )
        if not self._db.write(lambda tx: tx.change(sql, to_text(at + grace), digest(plain), to_text(at), token_id)):
            raise NotFound("There is no such agent token.")
        return plain

    def revoke(self, token_id: str) -> None:
        """Withdraws it from now on; it stays in the list. Raises `NotFound`."""
        at = to_text(self._clock())
        sql: LiteralString = "UPDATE agent_token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"
        if not self._db.write(lambda tx: tx.change(sql, at, token_id)):
            raise NotFound("There is no such agent token.")

    def list(self) -> Sequence[AgentToken]:
        """All tokens, revoked ones too, newest first; never the secrets."""
        self._uses.write()
        return [_agent_from(row) for row in self._db.rows(f"SELECT {_AGENT} FROM agent_token ORDER BY rowid DESC")]

    def flush(self) -> None:
        """Writes the counts that are still in memory."""
        self._uses.write()
