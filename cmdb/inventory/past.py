"""The past of a CI, told from what it is now and its history. Pure.

Events are read in the order in which they were learned; those that had not happened, or were not known, at the moment are left out. A value
is what the last event that counts made of it; where none counts, what it was before the first, if the CI was there by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cmdb.inventory.moment import Moment
from cmdb.model.naming import NAMING

Row = dict[str, Any]
LATE: Final = "told_late"
LATE_RELATION: Final = "late_relation"
LATE_PRESENCE: Final = "late_presence"
ABSENT_AT: Final = "absent_at"
"""Detail of a relation that begins: when its source had last looked and not seen it."""
UNTIL: Final = "until"
"""Detail of what was told late: the next word that was known by then; what it says counts from there on."""
MOMENTARY: Final = frozenset({"seen_clients", "logged_in_users"})
"""Attributes that are so at the moment of looking alone: each look may tell another list, so they make no history and have no past."""
_PRESENCE = {"became_absent": "absent", "came_back": "present"}


@dataclass(frozen=True, slots=True)
class Told:
    """One value of the past: since when it was so, who said it, when it was learned ("" where it was there from the beginning)."""

    value: Any
    at: str
    source: str = ""
    recorded_at: str = ""


def in_order(events: Iterable[Mapping[str, Any]], ci: str) -> list[Mapping[str, Any]]:
    """The CI's own events as they were learned. Those of a CI that was joined into it later are not its own past."""
    return sorted((e for e in events if e["ci"] == ci), key=lambda e: (str(e["recorded_at"]), str(e["id"])))


def born_at(row: Mapping[str, Any]) -> str:
    """Since when the first word of it says it was there."""
    return str(row.get("born_at") or row["created_at"])


def state(row: Mapping[str, Any], events: Sequence[Mapping[str, Any]], moment: Moment) -> Row | None:
    """The CI's properties at the moment (with `born_at`), or None where it was not there or not known. `events`: `in_order`."""
    if str(row["created_at"]) > moment.known_at:
        return None
    since = min([born_at(row), *(str(e["at"]) for e in events if moment.holds(e) and not _absent_only(e, str(row["id"])))])
    if since > moment.as_of:
        return None
    told = values(row, events, moment)
    found = {k: v for k, v in row.items() if k not in told}
    found |= {name: one.value for name, one in told.items() if one.value is not None}
    found["presence"] = _presence(row, events, moment)
    found["last_seen_at"] = min(str(row["last_seen_at"]), moment.as_of)
    known = [str(e["recorded_at"]) for e in events if moment.holds(e)]
    found["updated_at"] = max(known) if known else min(str(row["updated_at"]), moment.as_of, moment.known_at)
    name = _name(found, told)
    return found | {"display_name": name, "display_lower": name.lower(), "born_at": since}


def values(row: Mapping[str, Any], events: Sequence[Mapping[str, Any]], moment: Moment) -> dict[str, Told]:
    """Those values (attributes and `class`) that the history speaks of, as they were. Value None: there was none."""
    lines: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for event in events:
        for change in event["changes"]:
            if change["ci"] == row["id"] and change["kind"] in ("attribute", "class", LATE) and change.get("attribute"):
                lines.setdefault(str(change["attribute"]), []).append((event, change))
    for name in lines.keys() & MOMENTARY:  # told before they were left out of the history
        del lines[name]
    found = {name: told for name, line in lines.items() if (told := _value(row, name, line, moment)) is not None}
    if born_at(row) > moment.as_of:  # there by a late word alone: what was first said later was not known of that time
        found = {name: Told(None, "") for name in row if name not in KEPT} | found
    if str(row.get("last_seen_at", "")) > moment.as_of:
        found |= {name: Told(None, "") for name in MOMENTARY & row.keys()}
    return found


KEPT = frozenset(
    ("id", "class", "rev", "lock", "presence", "created_at", "born_at", "created_by", "updated_at", "last_seen_at", "display_name",
     "display_lower", "sources", "ageing", "ageing_why", "ageing_since")
)  # fmt: skip
"""Properties of a CI that are no attributes."""


def _value(row: Mapping[str, Any], name: str, line: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], moment: Moment) -> Told | None:
    normal = [(e, c) for e, c in line if c["kind"] != LATE]
    counted = [(e, c) for e, c in normal if moment.holds(e)]
    first = Told(normal[0][1].get("before") if normal else row.get(name), born_at(row), str(row.get("created_by", "")))
    base = first if first.at <= moment.as_of else None
    if counted:
        event, change = counted[-1]
        base = Told(change.get("after"), str(event["at"]), str(change.get("source", "")), str(event["recorded_at"]))
    overruled = max([str(e["at"]) for e, _ in counted] + ([first.at] if first.at <= moment.as_of else []), default="")
    place = (base.recorded_at if base else "", str(counted[-1][0]["id"]) if counted else "")
    late = [
        (str(e["at"]), str(e["id"]), Told(c.get("after"), str(e["at"]), str(c.get("source", "")), str(e["recorded_at"])))
        for e, c in line
        if c["kind"] == LATE
        and moment.holds(e)
        and str(e["at"]) > overruled
        and (str(e["recorded_at"]), str(e["id"])) > place
        and not _over(c, moment)
    ]
    if late:
        return max(late, key=lambda one: one[:2])[2]
    return base or (Told(None, "") if normal or name in row else None)


def _over(change: Mapping[str, Any], moment: Moment) -> bool:
    """Whether the next word that was known counts already; one told by an older version does not say."""
    until = change.get("details", {}).get(UNTIL)
    return until is not None and str(until[1]) <= moment.as_of


def _absent_only(event: Mapping[str, Any], ci: str) -> bool:
    """Whether a look told late only that it was not there."""
    return all(c["kind"] in (LATE_RELATION, LATE_PRESENCE) and c["ci"] == ci and not _late_there(c) for c in event["changes"])


def _late_there(change: Mapping[str, Any]) -> bool:
    return bool(change["details"]["there"][1])


def _told_late(turns: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], moment: Moment) -> bool | None:
    """What looks that were told late say of the moment: each source's newest one; there, where one saw it. None: they say nothing."""
    newest: dict[str, tuple[tuple[str, str, str], bool]] = {}
    for event, change in turns:
        if moment.holds(event) and not _over(change, moment):
            place = (str(event["at"]), str(event["recorded_at"]), str(event["id"]))
            source = str(change.get("source", ""))
            newest[source] = max(newest.get(source, (place, False)), (place, _late_there(change)))
    return any(there for _, there in newest.values()) if newest else None


def _presence(row: Mapping[str, Any], events: Sequence[Mapping[str, Any]], moment: Moment) -> str:
    looks = [(e, c) for e in events for c in e["changes"] if c["kind"] == LATE_PRESENCE and c["ci"] == row["id"]]
    late = _told_late(looks, moment)
    if late is None and moment.as_of < born_at(row) and any(moment.holds(e) for e, _ in looks):
        late = False  # seen before all else by a look told late, gone by the next one, and not there yet for the first one in time
    if late is not None:
        return "present" if late else "absent"
    turns = [(e, c) for e in events for c in e["changes"] if c["kind"] in _PRESENCE and c["ci"] == row["id"]]
    counted = [_PRESENCE[c["kind"]] for e, c in turns if moment.holds(e)]
    if counted:
        return counted[-1]
    if turns:  # before the first turn it was the other way round
        return "present" if turns[0][1]["kind"] == "became_absent" else "absent"
    return str(row["presence"])


def _name(found: Mapping[str, Any], told: Mapping[str, Told]) -> str:
    if not told.keys() & set(NAMING):
        return str(found.get("display_name", ""))
    names = (found.get(attribute) for attribute in NAMING)
    chosen = next((n.strip()[:200] for n in names if isinstance(n, str) and n.strip()), "")
    return chosen or f"{str(found['class']).replace('_', ' ')} {str(found['id'])[-6:]}"


def relations(ci: str, rows: Iterable[Mapping[str, Any]], events: Sequence[Mapping[str, Any]], moment: Moment) -> list[Row]:
    """The CI's relations at the moment. `rows`: what there is now (key, outward, other, first_seen_at, claims, group, need …).

    Rows of ended ones have what the history kept of them; of the other end only its id (`other`).
    """
    lines: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for event in events:
        for change in event["changes"]:
            if str(change["kind"]).startswith("relation_") or change["kind"] == LATE_RELATION:
                lines.setdefault(key_of(change), []).append((event, change))
    now = {str(row["key"]): row for row in rows}
    found = []
    for key in sorted(now.keys() | lines.keys()):
        line = lines.get(key, [])
        row = now.get(key)
        if _was_there(row, line, moment):
            found.append(_related(ci, key, row, line, moment))
    return found


def absent_before(key: str, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """When complete looks did not show the relation yet that later ones showed: kept with its beginnings."""
    begun = [c for e in events for c in e["changes"] if c["kind"] == "relation_added" and key_of(c) == key]
    return sorted(str(c["details"][ABSENT_AT][1]) for c in begun if ABSENT_AT in c.get("details", {}))


def key_of(change: Mapping[str, Any]) -> str:
    """The key of the relation that a change of the history is about."""
    return f"{change['attribute']}|{change['ci']}|{change.get('after') or change.get('before')}"


def relation_there(key: str, row: Mapping[str, Any] | None, events: Sequence[Mapping[str, Any]], moment: Moment) -> bool:
    """Whether one relation was there at the moment. `row`: what there is of it now; `events`: of the CI at either end, `in_order`."""
    changes = [(e, c) for e in events for c in e["changes"] if str(c["kind"]).startswith("relation_") or c["kind"] == LATE_RELATION]
    return _was_there(row, [(e, c) for e, c in changes if key_of(c) == key], moment)


def _was_there(row: Mapping[str, Any] | None, line: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], moment: Moment) -> bool:
    late = _told_late([(e, c) for e, c in line if c["kind"] == LATE_RELATION], moment)
    if late is not None:
        return late
    line = [(e, c) for e, c in line if c["kind"] != LATE_RELATION]
    counted = [str(c["kind"]) for e, c in line if moment.holds(e)]
    if counted:
        return counted[-1] != "relation_ended"
    if line:  # before the first turn it was the other way round, from when it was first seen
        first = line[0][1]
        seen = first.get("details", {}).get("first_seen_at", [""])[0] if first["kind"] == "relation_ended" else ""
        return str(first["kind"]) != "relation_added" and str(seen or "") <= moment.as_of
    return row is not None and str(row.get("first_seen_at") or "") <= moment.as_of


def _related(
    ci: str, key: str, row: Mapping[str, Any] | None, line: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], moment: Moment
) -> Row:
    _, source, target = key.split("|")
    line = [(e, c) for e, c in line if c["kind"] != LATE_RELATION]
    outward = source == ci
    bare: Row = {"key": key, "outward": outward, "other": target if outward else source, "claims": (), "group": None, "need": None}
    found = bare | {"first_seen_at": "", "last_seen_at": ""} | dict(row or {})
    details: dict[str, list[tuple[bool, Any, Any]]] = {}
    for event, change in line:
        for name, (before, after) in change.get("details", {}).items():
            if name == ABSENT_AT:
                continue
            details.setdefault(name, []).append((moment.holds(event), before, after))
    for name, turns in details.items():
        counted = [after for counts, _, after in turns if counts]
        found[name] = counted[-1] if counted else turns[0][1]
    added = [str(e["at"]) for e, c in line if c["kind"] == "relation_added" and moment.holds(e)]
    if added:
        found["first_seen_at"] = added[-1]
    if not found["claims"]:
        found["claims"] = tuple(f"{source}|{c['source']}" for _, c in line[-1:] if c.get("source"))
    return found
