"""Distrust: a source, or one thing it speaks of, is not listened to any more. Its records are kept, and heard again when it is trusted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from cmdb.errors import Conflict, GraphConflict, GraphConstraint, Invalid, NotFound
from cmdb.graph import distrust as orders
from cmdb.graph.door import Graph
from cmdb.graph.write import write
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Source
from reconciliation import redrawing
from reconciliation.distrusting import Order, orders_of
from reconciliation.records import Record

BATCH = 300
"""CIs drawn anew in one transaction."""
ATTEMPTS = 8
MOST_SHOWN = 2_000
"""Changes that a dry run lists; the rest is counted by doing it."""

Mark = Callable[[Record], str]


def distrust(
    graph: Graph, catalogue: Catalogue, source: str, *, subject: str = "", by: str, reason: str, apply: bool = False
) -> Changes:  # fmt: skip
    """Do not listen to a source (`agent:ocs`, `import:list.csv`; `agent:*` for all agents), or to one thing it speaks of (`subject`).

    Every Change that follows is returned; nothing is written unless `apply`. What the source says later is kept and does not speak.
    Raises Invalid naming the field, NotFound for a source nobody heard of, Conflict where it is distrusted already.
    """
    order = _order(source, subject, by, reason)
    standing = orders_of(orders.orders(graph))
    if any(one.key == order.key for one in standing.orders):
        raise Conflict("This source is distrusted already.")
    rows = [row for row in orders.spoken_of(graph, order.source) if order.covers(str(row["source"]), str(row["subject"]))]
    if not rows:
        raise NotFound(f"No record of {order.source}{' under this subject' if subject else ''} exists.")
    if apply:
        orders.give(graph, {name: getattr(order, name) for name in ("key", "source", "subject", "by", "reason", "at")})

    def mark(record: Record) -> str:
        return record.distrusted or (order.key if order.covers(record.source, record.subject) else "")

    told = Change("distrusted", "", "", order.source, "", None, order.key, order.source, reason)
    return _drawn(graph, catalogue, {str(row["ci"]) for row in rows}, mark, told, (by, reason), apply=apply)


def trust(graph: Graph, catalogue: Catalogue, key: str, *, by: str, reason: str, apply: bool = True) -> Changes:
    """Listen again: the order `key` ends, and what its records say counts as if it had never been given.

    Raises NotFound where there is no such order, Invalid.
    """
    if not reason.strip():
        raise Invalid("Say why it is trusted again.", field="reason")
    standing = orders_of(orders.orders(graph))
    order = next((one for one in standing.orders if one.key == key), None)
    if order is None:
        raise NotFound("There is no such order; see which sources are distrusted.")
    left = replace(standing, orders=tuple(one for one in standing.orders if one.key != key))
    rows = orders.marked(graph, key)
    if apply:
        orders.lift(graph, key)

    def mark(record: Record) -> str:
        return left.order(record.source, record.subject) if record.distrusted == key else record.distrusted

    told = Change("trusted", "", "", order.source, "", order.key, None, order.source, reason)
    return _drawn(graph, catalogue, {str(row["ci"]) for row in rows}, mark, told, (by, reason), apply=apply)


def standing(graph: Graph) -> Sequence[Order]:
    """The orders that stand, by key."""
    return orders_of(orders.orders(graph)).orders


def _order(source: str, subject: str, by: str, reason: str) -> Order:
    if ":" not in source or len(source) > 400:
        raise Invalid("Name a source as it is listed, such as agent:ocs, or agent:* for all agents.", field="source")
    if source.split(":", 1)[0] in ("person", "rule"):
        raise Invalid(
            "What people and rules say is changed by editing; only machines, files and services can be distrusted.", field="source"
        )
    if subject and source.endswith("*"):
        raise Invalid("A subject belongs to one source; name that.", field="subject")
    if not reason.strip():
        raise Invalid("Say why it is not to be believed.", field="reason")
    return Order(f"{source}|{subject}" if subject else source, source, subject, by, reason.strip()[:500], times.to_text(times.now()))


def _drawn(
    graph: Graph, catalogue: Catalogue, ids: Iterable[str], mark: Mark, told: Change, who: tuple[str, str], *, apply: bool
) -> Changes:  # fmt: skip
    changes: list[Change] = [told]
    observation = ""
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        drawn = _one_batch(graph, catalogue, ordered[start : start + BATCH], mark, who, apply=apply)
        changes += drawn.draft.changes
        observation = drawn.draft.observation.id
    return Changes(observation, tuple(changes), (), applied=apply)


def _one_batch(graph: Graph, catalogue: Catalogue, ids: list[str], mark: Mark, who: tuple[str, str], *, apply: bool) -> Any:
    for attempt in range(ATTEMPTS):
        drawn = redrawing.opened(graph, ids, by=who[0], reason=who[1], source=Source("rule", "trust"))
        for by_slot in drawn.draft.after.values():
            for slot, record in by_slot.items():
                if (now := mark(record)) != record.distrusted:
                    by_slot[slot] = replace(record, distrusted=now, said="")
        redrawing.plan(drawn, catalogue)
        if not apply:
            return drawn
        drawn.draft.write_events(set())
        try:
            graph.writing(lambda tx, plan=drawn.draft.plan: write(tx, plan, catalogue))  # type: ignore[misc]
        except (GraphConflict, GraphConstraint):
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))  # noqa: S311 - spreads the writers, protects nothing
            continue
        return drawn
    raise GraphConflict("Other writers were faster every time; try again later.")
