"""Relations that wait for their other end, as people read them: what waits, for whom, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cmdb.errors import NotFound
from cmdb.graph import waiting
from cmdb.graph.door import Graph, Row
from cmdb.model.observation import Item
from cmdb.model.observation_json import from_stored
from reconciliation.prepare import DIRECT

WAIT_DAYS = 90
WAIT_KEY = "waiting.days"
"""Ledger setting: for how many days a relation waits for its other end after it was told last; WAIT_DAYS where the site says nothing."""
MOST = 5_000
"""Rows that are shown; there may be more."""


@dataclass(frozen=True, slots=True)
class Parked:
    """One that waits. `anchor`: the end that is known, empty if none is; `shows`: by what the other end would be recognised, in words.

    `since`: when it was told first, `told_at`: last (ISO texts). `outgoing`: whether the known end is where the relation begins.
    """

    id: str
    anchor: str
    name: str
    cls: str
    relation: str
    outgoing: bool
    missing: str
    missing_cls: str
    shows: tuple[str, ...]
    source: str
    since: str
    told_at: str

    def said(self) -> dict[str, Any]:
        """By what it is found again, in another graph too, where ids and keys are others."""
        return {"id": self.id, "ci": self.anchor, "relation": self.relation, "source": self.source, "shows": list(self.shows)}


def waiting_days(setting: object) -> int:
    """What the setting of WAIT_KEY means."""
    return setting if isinstance(setting, int) and setting > 0 else WAIT_DAYS


def parked(graph: Graph, *, limit: int = MOST, after: tuple[str, str] = ("", "")) -> list[Parked]:
    """What waits, the longest untold first. `after`: (told_at, id) of the last one of the page before."""
    return [told_of(row) for row in waiting.parked(graph, limit=limit, after=after)]


def parked_at(graph: Graph, ci: str, *, limit: int = MOST) -> list[Parked]:
    """What waits to be related to this CI, the longest untold first."""
    return [told_of(row) for row in waiting.parked_at(graph, ci, limit)]


def parked_as(graph: Graph, key: str) -> Parked:
    """The one of this id. Raises NotFound where none waits."""
    rows = waiting.parked_as(graph, [key])
    if not rows:
        raise NotFound("No such relation waits.")
    return told_of(rows[0])


def the_same(graph: Graph, relations: Sequence[Mapping[str, Any]]) -> list[Parked]:
    """Those that wait still of what `said` told: by their ids, and where those are others (another graph) by what they say."""
    wanted = {str(one.get("id") or ""): one for one in relations}
    found = {one.id: one for one in map(told_of, waiting.parked_as(graph, wanted.keys() - {""})) if _as_said(one) == _said(wanted[one.id])}
    left: dict[str, list[Mapping[str, Any]]] = {}
    for one in relations:
        if str(one.get("id") or "") not in found:
            left.setdefault(str(one["ci"]), []).append(_said(one))
    for ci, those in sorted(left.items()):
        found |= {one.id: one for one in parked_at(graph, ci) if _as_said(one) in those}
    return list(found.values())


def _as_said(one: Parked) -> dict[str, Any]:
    return _said(one.said())


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != "id"}


def told_of(row: Row) -> Parked:
    """A row of `cmdb.graph.waiting.parked`."""
    observation = from_stored(orjson.loads(row["body"]))
    relation = observation.relations[0]
    items = {item.ref: item for item in observation.items}
    unknown = next((ref for ref in (relation.target, relation.source) if not _is_known(items[ref])), relation.target)
    item = items[unknown]
    return Parked(
        str(row["key"]),
        str(row["anchor"] or ""),
        str(row["name"] or ""),
        str(row["cls"] or ""),
        relation.type,
        unknown == relation.target,
        _label(item),
        item.cls,
        _shows(item),
        str(row["source"]),
        str(row["since"] or ""),
        str(row["told_at"] or ""),
    )


def _is_known(item: Item) -> bool:
    return any(identifier.kind == DIRECT for identifier in item.identifiers)


def _label(item: Item) -> str:
    return item.identifiers[0].value[:200] if item.identifiers else item.cls


def _shows(item: Item) -> tuple[str, ...]:
    return tuple(f"{one.kind.replace('_', ' ')} {one.value[:200]}" for one in item.identifiers[:20])
