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
EITHER = "/"
"""Between two days of which one is the last: which one depends on what is not known."""
_ORDINARY = re.compile(r"\b(home|pro|professional|core\w*|se|professionnel|famille|домашняя|профессиональная)\b|家庭|专业", re.IGNORECASE)
"""Windows' editions for everybody, Pro Education among them: for these the table names none."""
_OTHERS = re.compile(r"enterprise|education|lts[bc]|\biot\b|multi-session")
"""Editions that are known, of which the table may name none for a version: then they end with the ordinary ones."""
_TRANSLATED = {
    "entreprise": "enterprise",
    "éducation": "education",
    "корпоративная": "enterprise",
    "企业版": "enterprise",
    "教育版": "education",
}
"""Languages in which Windows itself names its editions in other words."""


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
        """The last day with security updates (ISO day); empty where no end is announced, None where the table does not know it.

        Where it depends on an edition that is not known, the first and the last day that it may be, with EITHER between them.
        """
        words, version = f"{name.lower().replace('/', ' ')} ", version.lower()
        fitting = [entry for entry in self.entries if words.startswith(f"{entry.name} ") and _fits(entry.version, version)]
        exact = [entry for entry in fitting if entry.version == fitting[0].version]
        if not any(entry.edition for entry in exact):
            return fitting[0].until if fitting else None
        said = _edition(edition)
        chosen = [one for one in exact if one.edition and one.edition in said] if not _ORDINARY.search(said) else []
        if chosen or _ORDINARY.search(said) or _OTHERS.search(said):
            return next((one.until for one in (*chosen, *exact) if one in chosen or not one.edition), None)
        days = sorted({entry.until for entry in exact})
        return days[0] if len(days) == 1 or not days[0] else f"{days[0]}{EITHER}{days[-1]}"


def _edition(said: str) -> str:
    """An edition in lower case, in English where Windows has it in another language."""
    found = said.lower()
    for word, english in _TRANSLATED.items():
        found = found.replace(word, english)
    return found


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
