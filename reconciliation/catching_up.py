"""Catching up: relations that wait come in when their other end is known after all, and are given up when nobody tells of them any more.

What waits normally comes in right after the write that showed what it waits for. Not so where the process died in between, or where the two
were written at the same moment and neither saw the other. A sweep finds those: it asks what is, not what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.graph import waiting
from cmdb.graph.door import Graph, Row
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation_json import from_stored
from reconciliation.events import event_of
from reconciliation.parked import WAIT_DAYS, told_of
from reconciliation.reconcile import apply, decide, settle_after

RULE = "rule:waiting"
_WINDOW = 500
_AGAIN = timedelta(days=1)
"""What was tried in vain (its other end is doubtful still) is left alone for so long."""


def catch_up(graph: Graph, catalogue: Catalogue, *, now: datetime | None = None) -> list[Change]:
    """Bring in what waits for something that is known by now. Returns the Changes. Raises what the graph raises; again is harmless."""
    present = now or times.now()
    before, at = times.to_text(present - _AGAIN), times.to_text(present)
    changes: list[Change] = []
    while rows := waiting.shown_meanwhile(graph, before, _WINDOW):
        vain = [str(row["key"]) for row in rows if not _come_in(graph, catalogue, row, changes)]
        waiting.tried(graph, vain, at)
        if len(rows) < _WINDOW:
            break
    return changes


def _come_in(graph: Graph, catalogue: Catalogue, row: Row, changes: list[Change]) -> bool:
    """Whether it found its other end."""
    try:
        observation = from_stored(row["body"])
        if decide(graph, catalogue, observation).draft.plan.pendings:
            return False
        decided = apply(graph, catalogue, observation, changes)
    except (Invalid, NotFound):  # its known end was erased, or another version's class is no more
        return False
    if decided.draft.plan.pendings:
        return False
    settle_after(graph, catalogue, decided, changes)
    waiting.unpark(graph, str(row["key"]))
    return True


def give_up(graph: Graph, *, days: int = WAIT_DAYS, now: datetime | None = None) -> int:
    """Give up what nobody told of for so many days; the history of the known end says so. Returns how many."""
    present = now or times.now()
    limit, given = times.to_text(present - timedelta(days=days)), 0
    while rows := waiting.parked(graph, limit=_WINDOW, told_before=limit):
        given += _gone(graph, rows, f"nobody showed it, and nobody told of it for {days} days", by="", now=present)
        if len(rows) < _WINDOW:
            break
    return given


def drop(graph: Graph, keys: Iterable[str], *, by: str, reason: str) -> int:
    """A person's order: these wait no longer. Told again, they wait again. Returns how many there were.

    Raises Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why it need not wait any longer.", field="reason")
    return _gone(graph, waiting.parked_keys(graph, sorted(set(keys))), reason.strip()[:1000], by=by, now=times.now())


def _gone(graph: Graph, rows: Iterable[Row], reason: str, *, by: str, now: datetime) -> int:
    found, at = list(rows), times.to_text(now)
    events: list[Mapping[str, Any]] = []
    for row in found:
        if row["anchor"]:
            told = told_of(row)
            change = Change("given_up", str(row["anchor"]), "", "", told.relation, told.missing, None, str(row["source"]), reason)
            events.append({"ci": row["anchor"], "props": event_of(change, at, by, RULE)})
    waiting.give_up(graph, [str(row["key"]) for row in found], events)
    return len(found)
