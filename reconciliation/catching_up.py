"""Catching up: relations that wait come in when their other end is known after all, and are given up when nobody tells of them any more.

What waits normally comes in right after the write that showed what it waits for. Not so where the process died in between, or where the two
were written at the same moment and neither saw the other. A sweep finds those: it asks what is, not what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.graph import waiting
from cmdb.graph.door import Graph, Row
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.events import event_of
from cmdb.model.observation_json import from_stored
from reconciliation.parked import WAIT_DAYS, Parked, the_same, told_of
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
        came = {str(row["key"]) for row in rows if _come_in(graph, catalogue, row, changes)}
        waiting.unpark(graph, came)
        waiting.tried(graph, {str(row["key"]) for row in rows} - came, at)
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
    return True


def overdue(graph: Graph, *, days: int = WAIT_DAYS, now: datetime | None = None) -> list[Parked]:
    """What nobody told of for so many days, the longest untold first; at most 500."""
    limit = times.to_text((now or times.now()) - timedelta(days=days))
    return [told_of(row) for row in waiting.parked(graph, limit=_WINDOW, told_before=limit)]


def give_up(graph: Graph, relations: Sequence[Mapping[str, Any]], *, by: str, reason: str, apply: bool = True) -> Changes:
    """These wait no longer, and the history of their known ends says so; told again, they wait again.

    `relations`: as `Parked.said` gives them. `by`: a person; "" for the clock. Raises Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why it need not wait any longer.", field="reason")
    at, found = times.to_text(times.now()), the_same(graph, relations)
    changes = [Change("given_up", one.anchor, "", "", one.relation, one.missing, None, one.source, reason.strip()[:1000]) for one in found]
    if apply:
        events = [{"ci": change.ci, "props": event_of(change, at, by, "" if by else RULE)} for change in changes if change.ci]
        waiting.give_up(graph, [one.id for one in found], events)
    return Changes("", tuple(changes), (), applied=apply)
