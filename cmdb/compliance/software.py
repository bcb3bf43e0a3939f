"""What software lists say: browsers without updates, forbidden, missing, unsupported products, remote control tools. Pure.

Software is kept in parts that many endpoints share (`SoftwareChunk`); a part never changes, so what it says is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cmdb.compliance.browsers import Browser, Browsers, numbers, shipped_browsers
from cmdb.compliance.pattern import LONGEST_PATTERN, matches
from cmdb.compliance.truth import version_key
from cmdb.errors import Invalid

_DATA = Path(__file__).parent / "data"
SHIPPED = _DATA / "software.yaml"
_LISTS = ("remote_control", "forbidden", "required", "unsupported", "security")
Product = tuple[str, str]
"""Name and version as reported."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One product of a list: what it is called, the names it goes by, the last day of its support, and below which version that counts."""

    product: str
    match: tuple[str, ...]
    until: str = ""
    before: str = ""

    def is_(self, name: str, version: str) -> bool:
        """Whether that installed product is this one."""
        if not any(matches(name, pattern) for pattern in self.match):
            return False
        if not self.before:
            return True
        found, limit = version_key(numbers(version)), version_key(self.before)
        return found is not None and limit is not None and found < limit


@dataclass(frozen=True, slots=True)
class Lists:
    """A site's lists, with their day and where they come from."""

    dated: str
    source: str
    remote_control: tuple[Watched, ...] = ()
    forbidden: tuple[Watched, ...] = ()
    required: tuple[Watched, ...] = ()
    unsupported: tuple[Watched, ...] = ()
    security: tuple[Watched, ...] = ()
    approved: tuple[str, ...] = ()


def read_lists(text: str, file: str) -> Lists:
    """Lists from YAML. Raises Invalid naming the list and entry at fault."""
    try:
        body = yaml.safe_load(text)
        date.fromisoformat(str(body["dated"]))
    except (yaml.YAMLError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(f"{file}: needs dated (YYYY-MM-DD), source and lists of products.", field="lists") from error
    made = {name: _watched(body.get(name) or (), name, file) for name in _LISTS}
    approved = tuple(str(one) for one in body.get("approved") or ())
    return Lists(str(body["dated"]), str(body.get("source", "")), approved=approved, **made)


def _watched(rows: Any, name: str, file: str) -> tuple[Watched, ...]:
    found = []
    for number, row in enumerate(rows if isinstance(rows, list) else (), start=1):
        match = row.get("match") if isinstance(row, dict) else None
        if not match or not isinstance(match, list) or not row.get("product") or any(len(str(one)) > LONGEST_PATTERN for one in match):
            raise Invalid(f"{file}: entry {number} of {name} needs a product, and under match a list of names.", field=name)
        found.append(
            Watched(str(row["product"]), tuple(str(one).lower() for one in match), str(row.get("until", "")), str(row.get("before", "")))
        )
    return tuple(found)


@lru_cache(maxsize=1)
def shipped_lists() -> Lists:
    """The lists of this version."""
    return read_lists(SHIPPED.read_text(encoding="utf-8"), "software.yaml")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a list of products says; `security`: products that protect; `seen`: which required products are among them."""

    outdated_browsers: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()
    remote_control: frozenset[str] = frozenset()
    security: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    def plus(self, other: Findings) -> Findings:
        """Both lists together."""
        return Findings(*(getattr(self, name) | getattr(other, name) for name in self.__slots__))


NOTHING = Findings()
"""What most parts of a list say."""


def together(findings: Iterable[Findings]) -> Findings:
    """What all these say."""
    found = NOTHING
    for one in findings:
        if one is not NOTHING:
            found = found.plus(one)
    return found


@lru_cache(maxsize=4)
def _index(lists: Lists, browsers: Browsers) -> Mapping[str, tuple[tuple[str, Watched | Browser], ...]]:
    """First letter of a pattern → (what it is for, product): so that a name is compared with few of them. `*`: with all."""
    rows: dict[str, dict[tuple[str, Watched | Browser], None]] = {}
    wanted: list[tuple[str, Watched | Browser]] = [("outdated_browsers", one) for one in browsers.entries]
    for kind in ("forbidden", "unsupported", "remote_control", "security"):
        wanted += [(kind, one) for one in getattr(lists, kind)]
    wanted += [("seen", one) for one in lists.required]
    for kind, one in wanted:
        for pattern in one.match:
            rows.setdefault(pattern[:1], {})[kind, one] = None
    return {letter: tuple(found) for letter, found in rows.items()}


def look(products: Iterable[Product], lists: Lists, today: date, browsers: Browsers | None = None) -> Findings:
    """What these products say, by these lists and releases of browsers (None: the shipped ones), on that day."""
    found: dict[str, set[str]] = {name: set() for name in Findings.__slots__}
    index, day = _index(lists, browsers or shipped_browsers()), today.isoformat()
    for given, version in products:
        name = given.lower()
        for kind, one in (*index.get(name[:1], ()), *index.get("*", ())):
            if isinstance(one, Browser):
                hit = any(matches(name, pattern) for pattern in one.match) and bool(one.outdated(version, today))
            else:
                known = kind == "unsupported" and one.until >= day
                hit = not known and one.product not in (lists.approved if kind == "remote_control" else ()) and one.is_(name, version)
            if hit:
                found[kind].add(one.product if kind == "seen" and isinstance(one, Watched) else f"{given} {version}".strip())
    return Findings(*(frozenset(found[name]) for name in Findings.__slots__)) if any(found.values()) else NOTHING
