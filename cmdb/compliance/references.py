"""The reference data policies are judged by: shipped with this version, or a site's own; imported, exported, and taken back.

`software`: which products are remote control, forbidden, required, unsupported, security (YAML). `systems`: the last day with security
updates of operating systems (JSON). `browsers`: their releases (JSON). How old they may be is the site's own word, too: what needs
older ones is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmdb.compliance import browsers, reference, software
from cmdb.compliance.browsers import Browsers
from cmdb.compliance.reference import Reference
from cmdb.compliance.software import Lists
from cmdb.errors import Conflict, GraphConstraint, Invalid, NotFound
from cmdb.graph import reference_texts as store
from cmdb.graph.door import Graph
from cmdb.model import times

LONGEST = 1_000_000
ALLOWED_DAYS = 400
"""How old reference data may be where the site says nothing."""
_LEAST, _MOST = 1, 3_650
_ALLOWED = "allowed_days"


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    shipped: Path
    read: Callable[[str, str], Any]


KINDS: Mapping[str, _Kind] = {
    "software": _Kind("Product lists", software.SHIPPED, software.read_lists),
    "systems": _Kind("End of life of operating systems", reference.SHIPPED, reference.read),
    "browsers": _Kind("Releases of browsers", browsers.SHIPPED, browsers.read_browsers),
}


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts here, and how many days old it may be."""

    systems: Reference
    lists: Lists
    browsers: Browsers
    allowed_days: int = ALLOWED_DAYS

    def too_old(self, today: date) -> frozenset[str]:
        """The names of those that are older than the site allows."""
        dated = {"software": self.lists.dated, "systems": self.systems.dated, "browsers": self.browsers.dated}
        return frozenset(name for name, day in dated.items() if _age(day, today) > self.allowed_days)


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of data as it counts: the day it says it is of, where it comes from, who brought it when (empty: it is the shipped one)."""

    name: str
    title: str
    dated: str
    source: str
    text: str
    own: bool = False
    by: str = ""
    at: str = ""
    number: int = 0
    too_old: bool = False


@lru_cache(maxsize=16)
def _read(name: str, text: str) -> Any:
    return KINDS[name].read(text, KINDS[name].shipped.name)


def _shipped(name: str) -> str:
    return KINDS[name].shipped.read_text(encoding="utf-8")


def _age(dated: str, today: date) -> int:
    return (today - date.fromisoformat(dated)).days


def tables(graph: Graph) -> Counting:
    """What counts here. One read."""
    rows = store.counting(graph)
    own = {name: str(row["text"]) for name, row in rows.items() if name in KINDS and row["text"]}
    return Counting(
        _read("systems", own["systems"]) if "systems" in own else reference.shipped(),
        _read("software", own["software"]) if "software" in own else software.shipped_lists(),
        _read("browsers", own["browsers"]) if "browsers" in own else browsers.shipped_browsers(),
        _allowed(rows),
    )


def _allowed(rows: Mapping[str, Mapping[str, Any]]) -> int:
    return int(rows[_ALLOWED]["text"]) if _ALLOWED in rows else ALLOWED_DAYS


def allowed_days(graph: Graph) -> int:
    """How many days old reference data may be here. One read."""
    return _allowed(store.counting(graph))


def allow(graph: Graph, days: int, *, by: str, now: datetime | None = None) -> int:
    """Say how old it may be. Raises Invalid outside 1 to 3,650 days, Conflict where somebody else was faster."""
    if not _LEAST <= days <= _MOST:
        raise Invalid(f"Reference data may be {_LEAST} to {_MOST:,} days old.", field="days")
    before = store.counting(graph).get(_ALLOWED, {})
    _add(graph, _ALLOWED, int(before.get("number", 0)), {"text": str(days), "by": by}, now)
    return days


def told(graph: Graph, today: date | None = None) -> list[Told]:
    """Every kind, for people."""
    rows, found, day = store.counting(graph), [], today or times.now().date()
    allowed = _allowed(rows)
    for name, kind in KINDS.items():
        row = rows.get(name, {})
        own = str(row.get("text", ""))
        made = _read(name, own or _shipped(name))
        told_by = (bool(own), str(row.get("by", "")), str(row.get("at", "")), int(row.get("number", 0)))
        old = _age(made.dated, day) > allowed
        found.append(Told(name, kind.title, made.dated, made.source, own or _shipped(name), *told_by, too_old=old))
    return found


def kind_of(text: str) -> str:
    """Which of them a text is, by its form. Raises Invalid where it is none of them."""
    found, wrong = "", []
    for name, kind in KINDS.items():
        try:
            kind.read(text, "the file")
        except Invalid as error:
            wrong.append(f"{kind.title}: {error.message}")
            continue
        found = name if name != "software" or _lists_anything(text) else found
    if not found:
        raise Invalid("The file is none of the reference data. " + " ".join(wrong), field="file")
    return found


def _lists_anything(text: str) -> bool:
    made = software.read_lists(text, "the file")
    return bool(made.remote_control or made.forbidden or made.required or made.unsupported or made.security)


def one(graph: Graph, name: str) -> Told:
    """One of them. Raises NotFound."""
    for found in told(graph):
        if found.name == name:
            return found
    raise NotFound(f"There is no reference data {name[:40]!r}; there is {', '.join(KINDS)}.")


def keep(graph: Graph, name: str, text: str, *, by: str, now: datetime | None = None) -> Told:
    """Let a site's own text count. Raises NotFound, Invalid naming what is wrong in it, Conflict where somebody else was faster."""
    before = one(graph, name)
    if len(text) > LONGEST:
        raise Invalid(f"More than {LONGEST:,} characters.", field="file")
    _read(name, text)
    _add(graph, name, before.number, {"text": text, "by": by}, now)
    return one(graph, name)


def undo(graph: Graph, name: str) -> Told:
    """Take the last import back: the one before counts again, or the shipped one. Raises NotFound, Conflict where there is none."""
    before = one(graph, name)
    if not before.number:
        raise Conflict("The shipped one counts; there is nothing to take back.")
    store.remove(graph, name, before.number)
    return one(graph, name)


def _add(graph: Graph, name: str, number: int, props: Mapping[str, str], now: datetime | None) -> None:
    try:
        store.add(graph, name, number + 1, {**props, "at": times.to_text(now or times.now())})
    except GraphConstraint:
        raise Conflict("Somebody else brought another one meanwhile; look again.") from None
