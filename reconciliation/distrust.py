"""Distrust: a source, or one thing it speaks of, is not listened to any more. Its records are kept, and heard again when it is trusted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from cmdb.errors import GraphConflict, GraphConstraint, Invalid, NotFound
from cmdb.graph import distrust as orders
from cmdb.graph.door import Graph, Row
from cmdb.graph.write import write
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Source
from reconciliation import redrawing, silencing
from reconciliation.distrust_joins import caused_in, joined_again, undone
from reconciliation.distrusting import FIELDS, Caused, Course, Distrust, Order, Step, given_before, orders_of
from reconciliation.records import Record
from reconciliation.redrawing import Redrawing

BATCH = 300
"""CIs drawn anew in one transaction."""
ATTEMPTS = 8
AT_ONCE = Course()
_UNKNOWN = "There is no such order; see which sources are distrusted."

Redo = Callable[[dict[str, dict[str, Record]]], None]
"""Makes the records of some CIs (CI id → slot → record) what they are to be, in place."""


def distrust(
    graph: Graph,
    catalogue: Catalogue,
    source: str,
    *,
    subject: str = "",
    by: str,
    reason: str,
    apply: bool = False,
    course: Course = AT_ONCE,
) -> Changes:
    """Do not listen to a source (`agent:ocs`, `import:list.csv`; `agent:*` for all agents), or to one thing it speaks of (`subject`).

    Every Change that follows is returned; nothing is written unless `apply`. What the source says later is kept and does not speak. Joins
    that its evidence alone had made are undone, and made again when it is trusted.
    Raises Invalid naming the field, NotFound for a source nobody heard of, Conflict where it is distrusted already.
    """
    order, rows = _meant(graph, source, subject, by, reason)
    given = given_before(standing(graph), order.key, course)

    def silence(by_ci: dict[str, dict[str, Record]]) -> None:
        for by_slot in by_ci.values():
            for slot, record in by_slot.items():
                if not record.distrusted and order.covers(record.source, record.subject):
                    by_slot[slot] = replace(record, distrusted=order.key, said="")

    if given is None:
        caused = caused_in(graph, {str(row["ci"]) for row in rows}, lambda speaker: order.covers(speaker, order.subject), silence)
        if apply:
            give(graph, order, caused, course)
    else:
        caused = list(given.parted)
        course.stands()
    told = Change("distrusted", "", "", order.source, "", None, order.key, order.source, reason)
    speaking = alone(row["ci"] for row in rows if not row["distrusted"])
    done = drawn_anew(graph, catalogue, speaking, silence, told, (by, reason), apply=apply, course=course)
    parted = undone(graph, catalogue, caused, (by, reason), course, apply=apply)
    return replace(done, changes=(*done.changes, *parted))


def _meant(graph: Graph, source: str, subject: str, by: str, reason: str) -> tuple[Order, list[Row]]:
    order = _order(source, subject, by, reason)
    rows = [row for row in orders.spoken_of(graph, order.source) if order.covers(str(row["source"]), str(row["subject"]))]
    if not rows:
        raise NotFound(f"No record of {order.source}{' under this subject' if subject else ''} exists.")
    return order, rows


def give(graph: Graph, order: Order, caused: Collection[Caused], course: Course) -> None:
    """Keep the order with the joins that are undone by it: from now on what its source says is kept and does not speak. Raises Conflict."""
    course.begins()
    more: dict[str, object] = {"parted": [one.to_text() for one in caused], "job": course.job}
    if order.entries:
        more["entries"] = list(order.entries)
    orders.give(graph, {name: getattr(order, name) for name in FIELDS} | more)
    course.stands()


def extent(graph: Graph, source: str, subject: str, reason: str) -> int:
    """How many CIs an order to distrust this would draw anew. Raises what the order itself would raise at once."""
    order, rows = _meant(graph, source, subject, "", reason)
    given_before(standing(graph), order.key, AT_ONCE)
    return len({str(row["ci"]) for row in rows})


def trust(
    graph: Graph, catalogue: Catalogue, key: str, *, by: str, reason: str, apply: bool = True, course: Course = AT_ONCE
) -> Changes:  # fmt: skip
    """Listen again: the order `key` ends, and what its records say counts as if it had never been given.

    Raises NotFound where there is no such order, Invalid.
    """
    _reasoned(reason)
    every = orders_of(orders.orders(graph))
    order = next((one for one in every.orders if one.key == key), None)
    if order is None and not course.again:
        raise NotFound(_UNKNOWN)
    left = replace(every, orders=tuple(one for one in every.orders if one.key != key))
    again: list[Change] = []
    if apply:
        course.begins()
    if order is not None:
        again = joined_again(graph, catalogue, order.parted, (by, reason), course, apply=apply)
    rows = orders.marked(graph, key)
    if apply:
        orders.lift(graph, key)
        course.stands()

    def hear(by_ci: dict[str, dict[str, Record]]) -> None:
        for by_slot in by_ci.values():
            for slot, record in list(by_slot.items()):
                if record.distrusted == key:
                    _heard_again(by_slot, slot, left)

    source = key.partition("|")[0]
    told = Change("trusted", "", "", source, "", key, None, source, reason)
    done = drawn_anew(graph, catalogue, alone(row["ci"] for row in rows), hear, told, (by, reason), apply=apply, course=course)
    return replace(done, changes=(*again, *done.changes))


def extent_of_trust(graph: Graph, key: str, reason: str) -> int:
    """How many CIs an order to trust this again would draw anew. Raises what the order itself would raise at once."""
    _reasoned(reason)
    if all(one.key != key for one in standing(graph)):
        raise NotFound(_UNKNOWN)
    return len({str(row["ci"]) for row in orders.marked(graph, key)})


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why it is trusted again.", field="reason")


def _heard_again(by_slot: dict[str, Record], slot: str, left: Distrust) -> None:
    record = by_slot[slot]
    if not silencing.is_silenced(record):
        by_slot[slot] = replace(record, distrusted=left.order(record.source, record.subject), said="")
        return
    bare = silencing.plain(record)
    spoken = by_slot.get(bare.slot)
    whole = silencing.together(spoken, bare)
    if spoken is None:
        whole = replace(whole, distrusted=left.order(record.source, bare.subject))
    del by_slot[slot]
    by_slot[whole.slot] = whole


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


def alone(cis: Iterable[object]) -> list[tuple[str, ...]]:
    """Each CI as a family of its own, in a fixed order."""
    return [(ci,) for ci in sorted({str(ci) for ci in cis})]


def drawn_anew(
    graph: Graph,
    catalogue: Catalogue,
    families: Sequence[Collection[str]],
    redo: Redo,
    told: Change,
    who: tuple[str, str],
    *,
    apply: bool,
    course: Course = AT_ONCE,
) -> Changes:
    """Redo the records of these CIs and draw everything from them again; CIs of one family in one transaction. `who`: (by, reason).

    Raises GraphConflict, and what the course raises to end it.
    """
    done, total, observation = 0, sum(map(len, families)), ""
    changes: list[Change] = [*course.went(Step("drawn", [told], 0, total))]
    for ids in _batches(families):
        drawn = _one_batch(graph, catalogue, ids, redo, who, apply=apply)
        done += len(ids)
        changes += course.went(Step("drawn", drawn.draft.changes, done, total))
        observation = drawn.draft.observation.id
    return Changes(observation, tuple(changes), (), applied=apply)


def _batches(families: Iterable[Collection[str]]) -> Iterable[list[str]]:
    batch: list[str] = []
    for family in families:
        if batch and len(batch) + len(family) > BATCH:
            yield batch
            batch = []
        batch += sorted(family)
    if batch:
        yield batch


def _one_batch(graph: Graph, catalogue: Catalogue, ids: list[str], redo: Redo, who: tuple[str, str], *, apply: bool) -> Redrawing:
    for attempt in range(ATTEMPTS):
        drawn = redrawing.opened(graph, ids, by=who[0], reason=who[1], source=Source("rule", "trust"))
        redo(drawn.draft.after)
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
