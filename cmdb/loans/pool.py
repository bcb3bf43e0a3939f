"""The loan pool: hardware whose ownership is loaned, or that is in stock, or that is out now; and how many accessories are out.

A device needs no flag of its own: what is in stock can be lent, and what belongs to the pool for good says so by its ownership.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cmdb.graph import loans
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue

_BATCH = 200
UNFIT = frozenset({"lost", "retired", "disposed", "in_repair"})
"""States of life in which nothing is lent"""
STATES = ("available", "on_loan", "unavailable")


@dataclass(frozen=True, slots=True)
class Pooled:
    """A device of the pool. `state` is available, on_loan or unavailable; the loan fields are empty unless it is out."""

    id: str
    name: str
    place: str
    cls: str
    asset_tag: str
    serial: str
    model: str
    state: str
    status: str
    loan: str = ""
    person: str = ""
    person_name: str = ""
    due_on: str = ""


def pool(graph: Graph, catalogue: Catalogue, after: tuple[str, str] | None = None, *, backwards: bool = False) -> Iterator[Pooled]:
    """Devices of the pool by name, from a place (lower-case name, id) on, or back from it; read in batches as far as the caller goes."""
    classes = list(catalogue.descendants("hardware"))
    while True:
        rows = loans.pool_at(graph, classes, after, _BATCH, backwards=backwards)
        held = loans.held(graph, [str(row["id"]) for row in rows])
        for row in rows:
            yield _pooled(row, held.get(str(row["id"])))
        if len(rows) < _BATCH:
            return
        after = _place(rows[-1])


def accessories_out(graph: Graph) -> list[tuple[str, int]]:
    """How many pieces of each accessory are out with open loans, most first."""
    count: Counter[str] = Counter()
    for packed in loans.accessories_out(graph):
        for one in orjson.loads(packed):
            count[str(one["name"])] += max(0, int(one["quantity"]) - int(one["returned"]))
    return [(name, n) for name, n in count.most_common() if n]


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("display_lower") or ""), str(row["id"])


def _pooled(row: Mapping[str, Any], held: Mapping[str, Any] | None) -> Pooled:
    status = str(row.get("status") or "")
    state = "on_loan" if held else "unavailable" if status in UNFIT or row.get("presence") == "absent" else "available"
    said = {name: str(row.get(name) or "") for name in ("asset_tag", "serial", "model")}
    lent = {name: str(held[name]) for name in ("loan", "person", "person_name", "due_on")} if held else {}
    place = _place(row)[0]
    return Pooled(str(row["id"]), str(row["display_name"]), place, str(row["class"]), **said, state=state, status=status, **lent)
