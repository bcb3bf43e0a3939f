"""Whose an identifier is that several things showed: a person says it, or time does. Then it decides again.

A dock goes to its new owner for good, a clone is deleted: the mark *shared* would make the identifier worthless for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import review_writes, shared_marks
from cmdb.graph.door import Graph, Row
from cmdb.inventory import edit
from cmdb.model import times
from cmdb.model.change import Change, Changes
from cmdb.model.events import event_of
from reconciliation.answers import records_without

RULE = "rule:sharing"
PERIOD_DAYS = 90
"""For so long only one must have been seen, unless the site says otherwise."""
_WINDOW = 500
_GONE = ("retired", "disposed", "lost")


def own(graph: Graph, ci: str, key: str, *, by: str, reason: str, apply: bool = True) -> Changes:
    """The identifier is this CI's alone: the others lose it, and it decides again. Who shows it again later has it again.

    Raises Invalid naming the field, NotFound where the CI does not show it, Conflict where nobody else does.
    """
    if not reason.strip():
        raise Invalid("Say why it is this one's alone.", field="reason")
    rows = shared_marks.of_key(graph, key)
    if ci not in {str(row["ci"]) for row in rows}:
        raise NotFound("This configuration item does not show that identifier.")
    others = [str(row["ci"]) for row in rows if row["ci"] != ci]
    if not others and not rows[0]["shared"]:
        raise Conflict("Nobody else shows it: it is this one's alone already.")
    kind, value = str(rows[0]["kind"]), str(rows[0]["value"])
    source = edit.PERSON.key
    kept = Change("identifier_restored", ci, "", "", kind, None, value, source, reason)
    changes = [Change("identifier_ended", other, "", "", kind, value, None, source, reason) for other in others]
    if apply:
        at = times.to_text(times.now())
        why = {"source": source, "actor": by, "reason": reason, "at": at}
        for other in others:
            review_writes.end_identifiers(graph, other, {key}, why, records_without(graph, other, {key})[0])
        shared_marks.clear(graph, [key], [{"ci": ci, "props": event_of(kept, at, by)}])
    return Changes("", (*changes, kept), (), applied=apply)


def marks_age(graph: Graph, now: datetime, *, days: int = PERIOD_DAYS) -> dict[str, int]:
    """Take away the marks of identifiers that only one living thing has shown for so long. Counts: looked, cleared."""
    limit, at, place = times.to_text(now - timedelta(days=days)), times.to_text(now), ""
    counted: Counter[str] = Counter(looked=0, cleared=0)
    while rows := shared_marks.holders(graph, place, limit=_WINDOW):
        place = str(rows[-1]["key"])
        counted["looked"] += len(rows)
        events: dict[str, Mapping[str, Any]] = {}
        for row in rows:
            seen = _seen(row["cis"], limit)
            if len(seen) == 1:
                reason = f"only this one was seen with it in {days} days"
                told = Change("identifier_restored", seen[0], "", "", str(row["kind"]), None, str(row["value"]), RULE, reason)
                events[str(row["key"])] = {"ci": seen[0], "props": event_of(told, at, "")}
        shared_marks.clear(graph, list(events), list(events.values()))
        counted["cleared"] += len(events)
    return dict(counted)


def _seen(cis: Iterable[Row | list[Any]], limit: str) -> list[str]:
    """Those that are there and were seen since then."""
    rows: list[Any] = list(cis)
    return [
        str(id_)
        for id_, presence, seen, status in rows
        if presence == "present" and str(seen or "") >= limit and str(status or "") not in _GONE
    ]
