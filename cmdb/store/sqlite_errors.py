"""SQLite's error codes in sentences a person can act on. Never the statement, never its values: they may be secrets."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from cmdb.errors import Busy, CmdbError, Conflict, StoreUnavailable

_NEARLY_FULL = 1 << 20


def _disk_is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _NEARLY_FULL
    except OSError:
        return False


def translate(error: sqlite3.Error, path: Path) -> CmdbError:
    """The house's error for what SQLite said about the file at `path`. A constraint is a `Conflict`: callers look for it by its class."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"The ledger {path} is held by another process; it did not come free in time. Try again.")
    if code == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(f"The ledger refused this: it is already there, or what it belongs to is not ({name}).")
    if code == sqlite3.SQLITE_FULL or (code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _disk_is_full(path)):
        return StoreUnavailable(f"The disk with {path.parent} is full; nothing was stored. Free some space and try again.")
    if code == sqlite3.SQLITE_READONLY:
        return StoreUnavailable(f"The ledger {path} is not writable for this user; nothing was stored.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreUnavailable(f"The ledger {path} cannot be opened; check that its folder exists and belongs to this user.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreUnavailable(f"The file {path} is damaged or is not a ledger ({name}); restore it from a backup.")
    if code == sqlite3.SQLITE_TOOBIG:
        return StoreUnavailable("This is too large for the ledger; nothing was stored.")
    return StoreUnavailable(f"The ledger {path} could not be read or written ({name}).")
