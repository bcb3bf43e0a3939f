"""End-of-life data of operating systems: shipped with its date and source, replaceable by a file of the same form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from cmdb.errors import Invalid

SHIPPED = Path(__file__).parent / "data" / "os-eol.json"
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an operating system (its name or first words), version, edition (empty: any), and its last day (empty: none announced)."""

    name: str
    version: str
    edition: str
    until: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The table with its date (ISO day) and source."""

    dated: str
    source: str
    entries: tuple[Entry, ...]

    def supported_until(self, name: str, version: str, edition: str) -> str | None:
        """The last day with security updates (ISO day); empty where no end is announced, None where the table does not know it."""
        words, edition, version = f"{name.lower().replace('/', ' ')} ", edition.lower(), version.lower()
        for entry in self.entries:
            if words.startswith(f"{entry.name} ") and _fits(entry.version, version) and entry.edition in edition:
                return entry.until
        return None


def _fits(wanted: str, version: str) -> bool:
    first = version.partition(" ")[0]  # "22.04 LTS"
    return not wanted or first == wanted or first.startswith((f"{wanted}.", f"{wanted}-release"))  # FreeBSD's 13.1-RELEASE-p3


def read(text: str, file: str) -> Reference:
    """A table from JSON. Raises Invalid naming the file and the entry at fault."""
    try:
        body = json.loads(text)
        dated, source, rows = str(body["dated"]), str(body["source"]), list(body["entries"])
        date.fromisoformat(dated)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(f"{file}: needs dated (YYYY-MM-DD), source and entries.", field="reference") from error
    entries = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not row.get("name") or not _DAY.fullmatch(str(row.get("until"))):
            raise Invalid(f"{file}: entry {number} needs name and until (YYYY-MM-DD; empty: no end is announced).", field="entries")
        words = {key: str(row.get(key, "")).lower() for key in ("name", "version", "edition")}
        entries.append(Entry(**words, until=str(row["until"])))
    return Reference(dated, source, tuple(entries))


@lru_cache(maxsize=1)
def shipped() -> Reference:
    """The table that came with this version."""
    return read(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
