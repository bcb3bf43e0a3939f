"""Local accounts: who may sign in, in which role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import uuid4

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import passwords
from cmdb.store.database import Database, Row, Tx
from cmdb.store.texts import tidy
from cmdb.store.times import Clock, from_text, maybe, to_text

ROLES = ("viewer", "operator", "auditor", "administrator", "requester")
THEMES = ("auto", "light", "dark")
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,98}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+")
COLUMNS: LiteralString = (
    "account.id, account.login, account.name, account.email, account.role, account.active, account.theme, account.created_at,"
    " account.last_seen_at"
)


@dataclass(frozen=True, slots=True)
class Account:
    """One person (or a service of theirs) that signs in. The password hash stays inside the ledger."""

    id: str
    login: str
    name: str
    email: str
    role: str
    active: bool
    theme: str
    created_at: datetime
    last_seen_at: datetime | None


def account_from(row: Row) -> Account:
    """Reads a row of `COLUMNS`."""
    number, login, name, email, role, active, theme, created_at, last_seen_at = row
    return Account(number, login, name, email, role, bool(active), theme, from_text(created_at), maybe(last_seen_at))


def check_role(role: str) -> str:
    """The role, if it is one. Raises `Invalid`."""
    if role not in ROLES:
        raise Invalid(f"There is no role {tidy(str(role), 40)!r}; use one of {', '.join(ROLES)}.", field="role")
    return role


def normal_login(login: str) -> str:
    """Logins are compared without case. Raises `Invalid` for what cannot be one."""
    text = login.strip().lower()
    if not _LOGIN.fullmatch(text):
        raise Invalid("The login must be 1 to 100 letters, digits or . _ @ + - and begin and end with a letter or digit.", field="login")
    return text


class Accounts:
    """The table of accounts. There is always an active administrator once there was one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def add(self, login: str, password: str | None, role: str, *, name: str = "", email: str = "") -> Account:
        """Creates an account; without a password it can only be entered by a one-time link.

        Raises `Invalid` (login, password, role, email) and `Conflict` where the login is taken.
        """
        login, role = normal_login(login), check_role(role)
        if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
            raise Invalid("The e-mail address must look like ada@example.org.", field="email")
        hashed = self._hash_new(password, login)
        number, at = uuid4().hex, to_text(self._clock())

        def work(tx: Tx) -> Row | None:
            return tx.one(
                "INSERT INTO account (id, login, name, email, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
                f" ON CONFLICT (login) DO NOTHING RETURNING {COLUMNS}",
                *(number, login, tidy(name, 200), tidy(email, 254), role, hashed, at),
            )

        row = self._db.write(work)
        if row is None:
            raise Conflict(f"The login {login} is taken; choose another.", field="login")
        return account_from(row)

    @staticmethod
    def _hash_new(password: str | None, login: str) -> str | None:
        if password is None:
            return None
        passwords.check_policy(password, login)
        return passwords.hash_password(password)

    def authenticate(self, login: str, password: str) -> Account | None:
        """The active account with this login and password, or None. An unknown login takes the same time as a wrong password."""
        text = tidy(login, 200).lower()
        row = self._db.one(f"SELECT {COLUMNS}, password_hash FROM account WHERE login = ? AND active = 1", text)
        stored: str | None = row[-1] if row else None
        if not passwords.verify(stored, password) or row is None or stored is None:
            return None
        renewed = passwords.hash_password(password) if passwords.is_outdated(stored) else stored
        at = to_text(self._clock())
        updated = self._db.write(
            lambda tx: tx.one(
                "UPDATE account SET last_seen_at = ?, password_hash = ? WHERE id = ? AND active = 1 AND password_hash = ?"
                f" RETURNING {COLUMNS}",
                *(at, renewed, row[0], stored),
            )
        )
        return account_from(updated) if updated else None

    def get(self, account_id: str) -> Account:
        """One account. Raises `NotFound`."""
        row = self._db.one(f"SELECT {COLUMNS} FROM account WHERE id = ?", account_id)
        if row is None:
            raise NotFound("There is no such account.")
        return account_from(row)

    def by_login(self, login: str) -> Account | None:
        """The account with this login, active or not."""
        row = self._db.one(f"SELECT {COLUMNS} FROM account WHERE login = ?", tidy(login, 200).lower())
        return account_from(row) if row else None

    def list(self) -> Sequence[Account]:
        """All accounts by login."""
        return [account_from(row) for row in self._db.rows(f"SELECT {COLUMNS} FROM account ORDER BY login")]

    def set_password(self, account_id: str, password: str) -> None:
        """Gives a new password and ends all sessions and one-time links of the account. Raises `Invalid`, `NotFound`."""
        hashed = self._hash_new(password, self.get(account_id).login)

        def work(tx: Tx) -> int:
            _end_sessions(tx, account_id)
            return tx.change("UPDATE account SET password_hash = ? WHERE id = ?", hashed, account_id)

        if not self._db.write(work):
            raise NotFound("There is no such account.")

    def set_role(self, account_id: str, role: str) -> Account:
        """Changes the role, at once also for sessions that are open. Raises `Conflict` for the last administrator."""
        check_role(role)

        def work(tx: Tx) -> Row | None:
            if role != "administrator":
                _keep_one_administrator(tx, account_id)
            return tx.one(f"UPDATE account SET role = ? WHERE id = ? RETURNING {COLUMNS}", role, account_id)

        return self._updated(self._db.write(work))

    def set_theme(self, account_id: str, theme: str) -> Account:
        """`auto`, `light` or `dark`."""
        if theme not in THEMES:
            raise Invalid(f"There is no theme {tidy(str(theme), 40)!r}; use one of {', '.join(THEMES)}.", field="theme")
        return self._updated(
            self._db.write(lambda tx: tx.one(f"UPDATE account SET theme = ? WHERE id = ? RETURNING {COLUMNS}", theme, account_id))
        )

    def deactivate(self, account_id: str) -> Account:
        """Locks the account out and ends its sessions. Raises `Conflict` for the last administrator."""

        def work(tx: Tx) -> Row | None:
            _keep_one_administrator(tx, account_id)
            _end_sessions(tx, account_id)
            return tx.one(f"UPDATE account SET active = 0 WHERE id = ? RETURNING {COLUMNS}", account_id)

        return self._updated(self._db.write(work))

    def reactivate(self, account_id: str) -> Account:
        """Lets the account in again, with its old password."""
        return self._updated(
            self._db.write(lambda tx: tx.one(f"UPDATE account SET active = 1 WHERE id = ? RETURNING {COLUMNS}", account_id))
        )

    @staticmethod
    def _updated(row: Row | None) -> Account:
        if row is None:
            raise NotFound("There is no such account.")
        return account_from(row)


def _end_sessions(tx: Tx, account_id: str) -> None:
    tx.change("DELETE FROM session WHERE account_id = ?", account_id)
    tx.change("DELETE FROM one_time_token WHERE account_id = ?", account_id)


def _keep_one_administrator(tx: Tx, account_id: str) -> None:
    others = tx.one("SELECT 1 FROM account WHERE role = 'administrator' AND active = 1 AND id <> ?", account_id)
    this = tx.one("SELECT 1 FROM account WHERE role = 'administrator' AND active = 1 AND id = ?", account_id)
    if this and not others:
        raise Conflict("This is the last active administrator; make somebody else administrator first.")
