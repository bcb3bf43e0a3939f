"""How a connection to the ledger's file is opened, always the same way."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from cmdb.store.sqlite_errors import translate

BUSY_TIMEOUT_S = 30.0
_PRAGMAS = (
    "auto_vacuum = INCREMENTAL",  # counts only for a file that is still empty
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: fsync alone does not reach the platter
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "journal_size_limit = 16777216",
    "secure_delete = ON",  # what is erased is overwritten
)


def connect(path: Path) -> sqlite3.Connection:
    """A new connection with this house's settings. Raises `StoreUnavailable`, or `Busy` after 30 s."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return _connect(path)
        except sqlite3.Error as error:
            # Switching to WAL, and the first look at a file another process is just closing, answer "locked" without waiting.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise translate(error, path) from error
            time.sleep(0.01)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection
