"""The difference of a CI between two moments: values, presence, relations, and of what lies in or carries it, who came, went or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis, history
from cmdb.graph.door import Graph
from cmdb.inventory import past
from cmdb.inventory.look_back import relations_at
from cmdb.inventory.moment import Moment, time_of
from cmdb.model import times
from cmdb.model.catalogue import Catalogue

Row = dict[str, Any]
_SHOWN_CHANGES = 50


def window(start: str, end: str | None) -> tuple[Moment, Moment]:
    """The two moments that `from` and `to` (empty: now) name. Raises Invalid naming the word."""
    now = times.now()
    return Moment(time_of(start, "from", now)), Moment(time_of(end, "to", now) if end else times.to_text(now))


def difference(graph: Graph, catalogue: Catalogue, ci: str, first: Moment, last: Moment) -> Row:
    """`ci`, `from`, `to`, `existed` (both times), `attributes`, `relations` (added, ended, changed), `members` that changed, `software`.

    Members are what it was related to at either time. Raises NotFound where it was there at neither time, Invalid
    where `first` is not before `last`.
    """
    if first.as_of >= last.as_of:
        raise Invalid("from must be before to.", field="from")
    row = cis.get(graph, ci)
    ci = str(row["id"])
    line = past.in_order(history.since(graph, [ci], first.reads_from).get(ci, []), ci)
    before, after = past.state(row, line, first), past.state(row, line, last)
    if before is None and after is None:
        raise NotFound(f"{row['display_name']} is not known at either time.")
    was, now = ({str(r["key"]): r for r in relations_at(graph, ci, moment)} for moment in (first, last))
    others = {str(r["other"]) for r in (*was.values(), *now.values())}
    between = [e for e in line if last.holds(e) and not first.holds(e)]
    return {
        "ci": ci,
        "name": str((after or before or row)["display_name"]),
        "class": str((after or before or row)["class"]),
        "from": first.as_of,
        "to": last.as_of,
        "existed": [before is not None, after is not None],
        "attributes": _attributes(catalogue, before or {}, after or {}),
        "relations": _related(was, now),
        "members": _members(graph, catalogue, others, (first, last)),
        "software": [c for e in between for c in e["changes"] if c["kind"] == "software" and c["ci"] == ci][:_SHOWN_CHANGES],
        "events": len(between),
    }


def _attributes(catalogue: Catalogue, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Row]:
    names = sorted({*before, *after} & {name for cls in catalogue.classes.values() for name in cls.attributes} | {"class", "presence"})
    return [
        {"attribute": name, "before": before.get(name), "after": after.get(name)} for name in names if before.get(name) != after.get(name)
    ]


def _related(was: Mapping[str, Row], now: Mapping[str, Row]) -> list[Row]:
    found = []
    for key in sorted(was.keys() | now.keys()):
        one, other = was.get(key), now.get(key)
        shown = other or one or {}
        same = one is not None and other is not None and all(one[k] == other[k] for k in ("group", "need"))
        if not same:
            what = "added" if one is None else "ended" if other is None else "changed"
            found.append(
                {
                    "what": what,
                    "type": key.split("|")[0],
                    "outward": bool(shown["outward"]),
                    "ci": str(shown["other"]),
                    "name": str(shown["other_name"]),
                    "class": str(shown["other_class"]),
                    "before": {k: one[k] for k in ("group", "need")} if one else None,
                    "after": {k: other[k] for k in ("group", "need")} if other else None,
                }
            )
    return found


def _members(graph: Graph, catalogue: Catalogue, ids: set[str], window: tuple[Moment, Moment]) -> list[Row]:
    """Of these: whose own values changed between the two."""
    first, last = window
    events = history.since(graph, ids, first.reads_from)
    found = []
    for ci, row in cis.many(graph, events.keys()).items():
        line = past.in_order(events[ci], ci)
        before, after = past.state(row, line, first), past.state(row, line, last)
        changed = _attributes(catalogue, before, after) if before is not None and after is not None else []
        if changed:
            found.append({"ci": ci, "name": str(row["display_name"]), "class": str(row["class"]), "attributes": changed})
    return sorted(found, key=lambda one: (str(one["name"]).lower(), str(one["ci"])))
