"""Releases of browsers: shipped with their date and source, replaceable by a file of the same form. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmdb.compliance.pattern import LONGEST_PATTERN
from cmdb.compliance.truth import version_key
from cmdb.errors import Invalid

SHIPPED = Path(__file__).parent / "data" / "browsers.json"
BROWSER_GRACE = timedelta(days=30)
"""How long after a browser's next release the one before may still be used."""
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Browser:
    """Releases of one browser, oldest first, and its versions with extended support."""

    browser: str
    match: tuple[str, ...]
    esr: tuple[str, ...]
    releases: tuple[tuple[tuple[int, ...], str], ...]

    def outdated(self, version: str, today: date) -> bool | None:
        """Whether there has been something newer for too long; None: the version says nothing."""
        found = version_key(numbers(version))
        if not found:
            return None
        if any(found[: len(key)] == key for key in map(version_key, self.esr) if key):
            return False
        for released, day in self.releases:
            if released > found and released[0] > found[0]:
                return today - date.fromisoformat(day) > BROWSER_GRACE
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Browsers:
    """The table with its day (ISO) and where it comes from. Two are the same only if they are one: it is a key of caches."""

    dated: str
    source: str
    entries: tuple[Browser, ...]

    @property
    def names(self) -> frozenset[str]:
        """Every name that a browser goes by."""
        return frozenset(name for one in self.entries for name in one.match)


def numbers(version: str) -> str:
    """The dotted number at the beginning: `1:115.0esr-1` → `115.0`."""
    text = version.rpartition(":")[2]
    end = next((place for place, sign in enumerate(text) if not (sign.isdigit() or sign == ".")), len(text))
    return ".".join(text[:end].strip(".").split(".")[:8])


def read_browsers(text: str, file: str) -> Browsers:
    """The table from JSON. Raises Invalid naming the file and the browser or release at fault."""
    try:
        body = json.loads(text)
        dated, source, rows = str(body["dated"]), str(body["source"]), list(body["entries"])
        date.fromisoformat(dated)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(f"{file}: needs dated (YYYY-MM-DD), source and entries.", field="browsers") from error
    return Browsers(dated, source, tuple(_browser(row, number, file) for number, row in enumerate(rows, start=1)))


def _browser(row: Any, number: int, file: str) -> Browser:
    if not isinstance(row, dict) or not row.get("browser"):
        raise Invalid(f"{file}: entry {number} needs a browser.", field="entries")
    name = str(row["browser"])[:60]
    match = row.get("match")
    if not isinstance(match, list) or not match or any(not str(one) or len(str(one)) > LONGEST_PATTERN for one in match):
        raise Invalid(f"{file}: {name} needs, under match, a list of names.", field="match")
    releases, esr = row.get("releases"), row.get("esr", [])
    if not isinstance(releases, list) or not releases or len(releases) > _MOST or not isinstance(esr, list):
        raise Invalid(f"{file}: {name} needs releases (at most {_MOST:,}): [version, day], and esr as a list.", field="releases")
    return Browser(name, tuple(str(one).lower() for one in match), tuple(map(str, esr)), tuple(sorted(_releases(releases, name, file))))


def _releases(rows: Iterable[Any], name: str, file: str) -> Iterable[tuple[tuple[int, ...], str]]:
    for number, row in enumerate(rows, start=1):
        try:
            version, day = row
            date.fromisoformat(day)
            key = version_key(numbers(version))
        except (ValueError, TypeError, AttributeError) as error:
            raise Invalid(f"{file}: release {number} of {name} is no [version, YYYY-MM-DD].", field="releases") from error
        if not key:
            raise Invalid(f"{file}: release {number} of {name} has no number in its version.", field="releases")
        yield key, day


@lru_cache(maxsize=1)
def shipped_browsers() -> Browsers:
    """The table of this version."""
    return read_browsers(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name)
