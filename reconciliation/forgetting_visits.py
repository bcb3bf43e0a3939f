"""Forgetting visits: what hosts told of an address at their last look leaves their records when the device that had it is forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import privacy as store
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Source, Value
from reconciliation import redrawing
from reconciliation.records import Record

CLIENTS = "seen_clients"
_ATTEMPTS = 8


def forget_visits(graph: Graph, catalogue: Catalogue, host: str, addresses: Collection[str], *, by: str, reason: str) -> None:
    """The host's clients without these addresses; again changes nothing. Raises GraphConflict where others were faster every time."""
    for _ in range(_ATTEMPTS):
        drawn = redrawing.opened(graph, [host], by=by, reason=reason, source=Source("rule", "privacy"))
        by_slot = drawn.draft.after[host]
        less = {slot: _without(record, addresses) for slot, record in by_slot.items()}
        if less == by_slot:
            return
        by_slot.update(less)
        redrawing.plan(drawn, catalogue)
        drawn.draft.write_events(set())

        def work(tx: Tx, plan: redrawing.Redrawing = drawn) -> None:
            write(tx, plan.draft.plan, catalogue)
            store.forget_last_words(tx, host)

        try:
            graph.writing(work)
        except (GraphConflict, GraphConstraint):
            continue
        return
    raise GraphConflict("Other writers were faster every time; try again later.")


def _without(record: Record, addresses: Collection[str]) -> Record:
    value, at = record.attributes.get(CLIENTS, (None, ""))
    told = value if isinstance(value, tuple | list) else ()
    left = tuple(one for one in told if str(one).partition(" ")[0] not in addresses)
    if len(left) == len(told):
        return record
    kept: Value = left or None
    return replace(record, attributes={**record.attributes, CLIENTS: (kept, at)}, said="", verdict={})
