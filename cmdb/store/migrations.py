"""The ledger's schema: numbered SQL files, applied once, in order, each in its own transaction and remembered with its checksum."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from cmdb.errors import StoreUnavailable
from cmdb.store.sqlite_errors import translate
from cmdb.store.times import to_text

APPLICATION_ID = 0x4D6F6F72
"""`Moor`: written into the file's header, so that no other program's database is taken for a ledger."""
OLDEST_SQLITE = (3, 37, 0)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. `name` is the file's, `0001_people`; `sha256` is of its text with Unix line ends."""

    number: int
    name: str
    sql: str
    sha256: str


def shipped() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    found = []
    for file in resources.files("cmdb.store").joinpath("schema").iterdir():
        if file.name.endswith(".sql"):
            name = file.name.removesuffix(".sql")
            sql = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            found.append(Migration(int(name[:4]), name, sql, hashlib.sha256(sql.encode()).hexdigest()))
    return tuple(sorted(found, key=lambda migration: migration.number))


def statements(sql: str) -> list[str]:
    """The single statements of a script; semicolons inside triggers and strings do not end one."""
    found, open_part = [], ""
    for line in sql.splitlines(keepends=True):
        open_part += line
        if sqlite3.complete_statement(open_part):
            found.append(open_part.strip())
            open_part = ""
    if open_part.strip():
        found.append(open_part.strip())
    return found


def migrate(connection: sqlite3.Connection, path: Path, at: datetime, steps: tuple[Migration, ...]) -> list[str]:
    """Brings the file to `steps`; returns the names applied. Several processes may do it at once: one does, the others find it done.

    Raises `StoreUnavailable` where the file belongs to another program, a newer Moorings, or a migration was edited after it ran.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreUnavailable(f"Python's SQLite is {sqlite3.sqlite_version}; the ledger needs 3.37 or newer. Use a newer Python.")
    applied = []
    try:
        _check_owner(connection, path)
        for step in _missing(connection, path, steps):
            connection.execute("BEGIN IMMEDIATE")
            try:
                if step in _missing(connection, path, steps):  # nobody was faster
                    _apply(connection, step, at)
                    applied.append(step.name)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise translate(error, path) from error
    return applied


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and (owner or tables):
        raise StoreUnavailable(f"The file {path} is another program's database, not a ledger; give another path.")


def _missing(connection: sqlite3.Connection, path: Path, steps: tuple[Migration, ...]) -> list[Migration]:
    known = {step.number: step for step in steps}
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").fetchone() is None:
        return list(steps)
    there = dict(connection.execute("SELECT number, sha256 FROM migration").fetchall())
    newer = sorted(set(there) - set(known))
    if newer:
        raise StoreUnavailable(
            f"The ledger {path} was written by a newer Moorings (schema {newer[-1]}, this version knows {max(known, default=0)}); "
            "start that version, or restore the backup made before the upgrade."
        )
    for number, sha256 in there.items():
        if known[number].sha256 != sha256:
            raise StoreUnavailable(
                f"Migration {known[number].name} of the ledger {path} is not the one that was applied; reinstall this version of Moorings."
            )
    return [step for step in steps if step.number not in there]


def _apply(connection: sqlite3.Connection, step: Migration, at: datetime) -> None:
    for statement in statements(step.sql):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO migration (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)", (step.number, step.name, step.sha256, to_text(at))
    )
