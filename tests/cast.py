"""The cast of every test of pages and API: one person for each role, and a stranger who has no account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from unittest.mock import patch

from cmdb.store import Account, Ledger, passwords

ROLES: Mapping[str, tuple[str, str]] = {
    "ada": ("administrator", "Ada Admin"),
    "otto": ("operator", "Otto Operator"),
    "vera": ("viewer", "Vera Viewer"),
    "adam": ("auditor", "Adam Auditor"),
    "rita": ("requester", "Rita Requester"),
}
PASSWORD = "correct horse battery staple"


@cache
def _hashed() -> str:
    return passwords.hash_password(PASSWORD)


def hire(ledger: Ledger) -> dict[str, Account]:
    """Add the cast. Only ada has a password, `PASSWORD`; hashing is slow on purpose, so it is hashed once per worker."""
    hashed = _hashed()
    with patch.object(passwords, "hash_password", lambda _password: hashed):
        return {
            login: ledger.accounts.add(login, PASSWORD if login == "ada" else None, role, name=name, email=f"{login}@example.org")
            for login, (role, name) in ROLES.items()
        }
