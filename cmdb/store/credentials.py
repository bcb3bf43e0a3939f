"""What discovery signs in with, sealed with AES-256-GCM. The key is not in the ledger: a stolen copy of it opens nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from cmdb.errors import Conflict, Invalid, NotFound, SecretUnreadable
from cmdb.store.credential_kinds import checked
from cmdb.store.database import Database, Row, Tx
from cmdb.store.sealing import KEY_BYTES, KeyFile, key_id, seal, unseal
from cmdb.store.texts import required
from cmdb.store.times import Clock, from_text, to_text


class Secret(Mapping[str, str]):
    """The fields of a credential. Its repr, str and format are blank; pickle, deepcopy and `dataclasses.asdict` are refused."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, field: str) -> str:
        return self._fields[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled or copied; pass the credential's name instead.")

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Credential:
    """One opened credential."""

    name: str
    kind: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class CredentialInfo:
    """What may be shown of a credential."""

    name: str
    kind: str
    created_at: datetime
    updated_at: datetime


def _about(name: str, kind: str) -> str:
    """Bound into the seal: a row whose name or kind was edited, or whose secret was moved to another row, does not open."""
    return f"moorings credential\n{kind}\n{name}"


class Credentials:
    """The table of sealed credentials."""

    def __init__(self, database: Database, clock: Clock, key_file: KeyFile) -> None:
        self._db = database
        self._clock = clock
        self._file = key_file

    def add(self, name: str, kind: str, secret: Mapping[str, str]) -> CredentialInfo:
        """Seals a new one; the first makes the key file. Raises `Invalid`, `Conflict` where the name is taken, `SecretUnreadable`."""
        name, plain = required(name, "name"), _plain(kind, secret)
        at = to_text(self._clock())

        def work(tx: Tx) -> bool:
            key = self._sealing_key(tx)
            sql = (
                "INSERT INTO credential (name, kind, key_id, sealed, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO NOTHING"
            )
            return bool(tx.change(sql, name, kind, key_id(key), seal(key, plain, _about(name, kind)), at, at))

        if not self._db.write(work):
            raise Conflict(f"There is already a credential named {name}; choose another name, or replace it.", field="name")
        return CredentialInfo(name, kind, from_text(at), from_text(at))

    def replace(self, name: str, kind: str, secret: Mapping[str, str]) -> None:
        """Gives an existing credential a new content; whoever refers to its name uses that from now on. Raises `Invalid`, `NotFound`."""
        plain, at = _plain(kind, secret), to_text(self._clock())

        def work(tx: Tx) -> bool:
            key = self._sealing_key(tx)
            sql = "UPDATE credential SET kind = ?, key_id = ?, sealed = ?, updated_at = ? WHERE name = ?"
            return bool(tx.change(sql, kind, key_id(key), seal(key, plain, _about(name, kind)), at, name))

        if not self._db.write(work):
            raise NotFound("There is no credential of this name.", field="name")

    def get(self, name: str) -> Credential:
        """Opens one. Raises `NotFound`, and `SecretUnreadable` for a wrong or missing key or an edited row."""
        for last in (False, True):
            row = self._db.one("SELECT name, kind, key_id, sealed FROM credential WHERE name = ?", name)
            if row is None:
                raise NotFound("There is no credential of this name.", field="name")
            try:
                return Credential(row[0], row[1], Secret(json.loads(_open(row, self._file))))
            except SecretUnreadable:
                if last:  # the first time, a rotation may have happened between the reading of row and file
                    raise
        raise AssertionError("unreachable")

    def list(self) -> Sequence[CredentialInfo]:
        """Names, kinds and times of all, by name. Needs no key."""
        found = self._db.rows("SELECT name, kind, created_at, updated_at FROM credential ORDER BY name")
        return [CredentialInfo(name, kind, from_text(created_at), from_text(updated_at)) for name, kind, created_at, updated_at in found]

    def unreadable(self) -> Sequence[str]:
        """The names of those that do not open with the keys there are: for the page that shows the house's health."""
        bad = []
        for row in self._db.rows("SELECT name, kind, key_id, sealed FROM credential ORDER BY name"):
            try:
                _open(row, self._file)
            except SecretUnreadable:
                bad.append(row[0])
        return bad

    def remove(self, name: str) -> None:
        """Deletes it. Raises `NotFound`."""
        if not self._db.write(lambda tx: tx.change("DELETE FROM credential WHERE name = ?", name)):
            raise NotFound("There is no credential of this name.", field="name")

    def rotate(self, new_key: bytes | None = None) -> int:
        """Seals everything anew with another key (32 bytes; random if none is given) and forgets the old one. Returns how many.

        Killed at any moment, every credential still opens: both keys are in the file before the first row changes, the old one leaves it
        after the last. Raises `SecretUnreadable` if one of them does not open now: then nothing was changed.
        """
        key = KeyFile.random_key() if new_key is None else new_key
        if len(key) != KEY_BYTES:
            raise Invalid("A key must have exactly 32 bytes.", field="key")

        def work(tx: Tx) -> int:
            rows = tx.rows("SELECT name, kind, key_id, sealed FROM credential WHERE key_id <> ?", key_id(key))
            plain = [(row, _open(row, self._file)) for row in rows]
            self._file.write([key, *(old for old in self._file.read() if old != key)])
            for row, content in plain:
                sealed = seal(key, content, _about(row[0], row[1]))
                tx.change("UPDATE credential SET key_id = ?, sealed = ? WHERE name = ?", key_id(key), sealed, row[0])
            return len(rows)

        def tidy_up(tx: Tx) -> None:
            needed = {row[0] for row in tx.rows("SELECT DISTINCT key_id FROM credential")}
            first, *others = self._file.read()
            self._file.write([first, *(old for old in others if key_id(old) in needed)])

        count = self._db.write(work)
        self._db.write(tidy_up)
        return count

    def _sealing_key(self, tx: Tx) -> bytes:
        """The first key. Read inside the write transaction: all changes of the key file happen inside one too, so they never cross."""
        keys = self._file.read()
        if not keys:
            if tx.one("SELECT 1 FROM credential"):
                raise SecretUnreadable(f"The key file {self._file.path} is missing; put it back from your copy.")
            keys = self._file.create()
        return keys[0]


def _plain(kind: str, secret: Mapping[str, str]) -> bytes:
    return json.dumps(checked(kind, secret), ensure_ascii=False).encode()


def _open(row: Row, key_file: KeyFile) -> bytes:
    """The content of a (name, kind, key_id, sealed) row. Raises `SecretUnreadable`."""
    name, kind, wanted, sealed = row
    keys = key_file.read()
    if not keys:
        raise SecretUnreadable(f"The key file {key_file.path} is missing; put it back from your copy.")
    key = next((key for key in keys if key_id(key) == wanted), None)
    if key is None:
        raise SecretUnreadable(
            f"The credential {name} was sealed with another key than those in {key_file.path}; put that key back, or replace it."
        )
    plain = unseal(key, sealed, _about(name, kind))
    if plain is None:
        raise SecretUnreadable(f"The credential {name} was changed inside the ledger file or is damaged; replace it.")
    return plain
