"""The reference data policies are judged by: shipped with this version, or a site's own; imported, exported, and taken back.

`software`: which products are remote control, forbidden, required, unsupported, security (YAML). `systems`: the last day with security
updates of operating systems (JSON).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmdb.compliance import reference, software
from cmdb.compliance.reference import Reference
from cmdb.compliance.software import Lists
from cmdb.errors import Conflict, GraphConstraint, Invalid, NotFound
from cmdb.graph import reference_texts as store
from cmdb.graph.door import Graph
from cmdb.model import times

LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    shipped: Path
    read: Callable[[str, str], Any]


KINDS: Mapping[str, _Kind] = {
    "software": _Kind("Product lists", software.SHIPPED, software.read_lists),
    "systems": _Kind("End of life of operating systems", reference.SHIPPED, reference.read),
}


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


@lru_cache(maxsize=16)
def _read(name: str, text: str) -> Any:
    return KINDS[name].read(text, KINDS[name].shipped.name)


def _shipped(name: str) -> str:
    return KINDS[name].shipped.read_text(encoding="utf-8")


def tables(graph: Graph) -> tuple[Reference, Lists]:
    """What counts here. One read."""
    rows = store.counting(graph)
    own = {name: str(row["text"]) for name, row in rows.items() if name in KINDS and row["text"]}
    systems = _read("systems", own["systems"]) if "systems" in own else reference.shipped()
    return systems, _read("software", own["software"]) if "software" in own else software.shipped_lists()


def told(graph: Graph) -> list[Told]:
    """Every kind, for people."""
    rows, found = store.counting(graph), []
    for name, kind in KINDS.items():
        row = rows.get(name, {})
        own = str(row.get("text", ""))
        made = _read(name, own or _shipped(name))
        told_by = (bool(own), str(row.get("by", "")), str(row.get("at", "")), int(row.get("number", 0)))
        found.append(Told(name, kind.title, made.dated, made.source, own or _shipped(name), *told_by))
    return found


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
    return _add(graph, before, text, by, now)


def undo(graph: Graph, name: str) -> Told:
    """Take the last import back: the one before counts again, or the shipped one. Raises NotFound, Conflict where there is none."""
    before = one(graph, name)
    if not before.number:
        raise Conflict("The shipped one counts; there is nothing to take back.")
    store.remove(graph, name, before.number)
    return one(graph, name)


def _add(graph: Graph, before: Told, text: str, by: str, now: datetime | None) -> Told:
    try:
        store.add(graph, before.name, before.number + 1, {"text": text, "by": by, "at": times.to_text(now or times.now())})
    except GraphConstraint:
        raise Conflict("Somebody else brought another one meanwhile; look again.") from None
    return one(graph, before.name)
