"""Settings a person changes while the server runs. What must be known before the ledger opens is in `cmdb.config`."""

from __future__ import annotations

from typing import Any

from cmdb.store.database import Database, Tx
from cmdb.store.texts import from_json, required, to_json


def put_in(tx: Tx, key: str, text: str) -> None:
    """Keep a value (its JSON) in the commit of something else."""
    tx.change("INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, text)


def says_in(tx: Tx, key: str, value: Any) -> bool:
    """Whether the setting has this value (None: none was put) in the commit of something else."""
    row = tx.one("SELECT value FROM setting WHERE key = ?", key)
    return bool((None if row is None else from_json(row[0])) == value)


class Settings:
    """Key → JSON value."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default where none was put."""
        row = self._db.one("SELECT value FROM setting WHERE key = ?", key)
        return default if row is None else from_json(row[0])

    def keep(self, key: str, json_value: Any) -> Any:
        """Puts the value only where there is none yet, and gives what is kept: two who make a secret at once end with the same one.

        Raises `Invalid` as `put` does.
        """
        key, text = required(key, "key", 200), to_json(json_value, "value", 1_000_000)

        def work(tx: Tx) -> str:
            tx.change("INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", key, text)
            row = tx.one("SELECT value FROM setting WHERE key = ?", key)
            return str(row[0]) if row else text

        return from_json(self._db.write(work))

    def put(self, key: str, json_value: Any) -> None:
        """Keeps a value. Raises `Invalid` for what is no JSON or larger than 1 MB."""
        key, text = required(key, "key", 200), to_json(json_value, "value", 1_000_000)
        self._db.write(lambda tx: put_in(tx, key, text))
