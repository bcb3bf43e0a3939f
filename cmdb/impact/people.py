"""People: who uses what is hit, who is cut off, where and how they work, and whether it hits them in their hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cmdb.graph import impact
from cmdb.graph.door import Graph
from cmdb.impact import hours

UNKNOWN = "unknown"


@dataclass(slots=True)
class Person:
    """Somebody who is hit, and why."""

    id: str
    name: str
    work_mode: str
    working_hours: str
    timezone: str
    site: str = ""
    reasons: list[str] = field(default_factory=list)

    def hours(self) -> hours.Hours | None:
        """When they work; None when nobody can read it."""
        return hours.parse(self.working_hours, self.timezone or "UTC") if self.working_hours else None

    def hit(self, start: datetime, end: datetime) -> bool:
        """Whether the window meets their hours; hours that are unknown or unreadable count as met."""
        found = self.hours()
        return found is None or found.touches(start, end)


@dataclass(slots=True)
class Crowd:
    """Everybody who is hit."""

    people: dict[str, Person] = field(default_factory=dict)

    def told(self, start: datetime, end: datetime) -> dict[str, Any]:
        """The part `people` of the answer."""
        everyone = sorted(self.people.values(), key=lambda p: (p.name.lower(), p.id))
        hit = {p.id for p in everyone if p.hit(start, end)}
        unread = [p for p in everyone if p.hours() is None]
        return {
            "total": len(everyone),
            "in_window": len(hit),
            "hours_unknown": len(unread),
            "by_site": dict(sorted(Counter(p.site or UNKNOWN for p in everyone).items())),
            "by_work_mode": dict(sorted(Counter(p.work_mode or UNKNOWN for p in everyone).items())),
            "items": [
                {
                    "ci": p.id,
                    "name": p.name,
                    "site": p.site or UNKNOWN,
                    "work_mode": p.work_mode or UNKNOWN,
                    "in_window": p.id in hit,
                    "hours": p.working_hours or UNKNOWN,
                    "hours_readable": p.hours() is not None,
                    "because": p.reasons,
                }
                for p in everyone
            ],
        }


def crowd(
    graph: Graph, down: Mapping[str, tuple[str, str]], loans: Iterable[Mapping[str, Any]] = (), already: Collection[str] = ()
) -> Crowd:
    """Who is hit by what is down. `down`: id → (class, name). `loans`: open loans of these (ci, person).

    `already`: what other changes took down. A fixed number of statements, and one more for each level of teams in teams.
    """
    found = Crowd()
    rows = impact.related(graph, down, ("USED_BY", "OWNED_BY"), outward=True)
    used = {str(row["id"]) for row in rows if row["label"] == "USED_BY"}
    users = [r for r in rows if r["label"] == "USED_BY" or (str(r["id"]) not in used and _held(down[str(r["id"])][0]))]
    for row in users:
        _add(found, row["ci"], f"uses {down[str(row['id'])][1]}")
    _members(graph, found, users, down)
    _cut_off(graph, found, down, frozenset(already))
    borrowers = {str(loan["person"]): f"borrowed {down[str(loan['ci'])][1]}" for loan in loans}
    for row in impact.present(graph, borrowers):
        _add(found, row, borrowers[str(row["id"])])
    _places(graph, found)
    return found


def _held(cls: str) -> bool:
    """Devices somebody owns are counted as used by the owner where no use is known."""
    return cls in {"laptop", "desktop", "workstation", "phone", "tablet", "endpoint", "virtual_machine", "printer"}


def _add(found: Crowd, ci: Mapping[str, Any], reason: str) -> None:
    if ci["class"] != "person":
        return
    person = found.people.get(str(ci["id"]))
    if person is None:
        mode, hours_text, zone = (str(ci.get(name) or "") for name in ("work_mode", "working_hours", "timezone"))
        person = found.people[str(ci["id"])] = Person(str(ci["id"]), str(ci["display_name"]), mode, hours_text, zone)
    if reason not in person.reasons:
        person.reasons.append(reason)


def _members(graph: Graph, found: Crowd, users: Iterable[Mapping[str, Any]], down: Mapping[str, tuple[str, str]]) -> None:
    """The people of the teams and organisations that use it; a team of a team too (cycles are fine)."""
    reasons = {str(r["ci"]["id"]): f"{r['ci']['display_name']} uses {down[str(r['id'])][1]}" for r in users if r["ci"]["class"] != "person"}
    frontier, seen = set(reasons), set(reasons)
    while frontier:
        reached: set[str] = set()
        for row in impact.related(graph, frontier, ("BELONGS_TO",), outward=False):
            reason, who = reasons[str(row["id"])], str(row["ci"]["id"])
            _add(found, row["ci"], reason)
            if row["ci"]["class"] != "person" and who not in seen:
                reasons[who] = reason
                reached.add(who)
        seen |= reached
        frontier = reached


def _cut_off(graph: Graph, found: Crowd, down: Mapping[str, tuple[str, str]], already: frozenset[str]) -> None:
    """Those whose every line to work over is down: their own, or their site's; and those whose workplace itself is down."""
    places = {ci: "is not usable" for ci, (cls, _) in down.items() if cls in ("site", "room")}
    lines = {ci for ci, (cls, _) in down.items() if cls == "internet_access"}
    users = {str(r["ci"]["id"]): r["ci"] for r in impact.related(graph, lines, ("USES_ACCESS",), outward=False)}
    left: dict[str, int] = dict.fromkeys(users, 0)
    for row in impact.related(graph, users, ("USES_ACCESS",), outward=True):
        left[str(row["id"])] += str(row["ci"]["id"]) not in lines | already
    names = {ci: name for ci, (_, name) in down.items()} | {ci: str(row["display_name"]) for ci, row in users.items()}
    for ci, row in users.items():
        if left[ci] == 0:
            _add(found, row, "is cut off: no line is left")
            places.setdefault(ci, "is cut off") if row["class"] == "site" else None
    for row in impact.related(graph, places, ("WORKS_AT",), outward=False):
        _add(found, row["ci"], f"works at {names[str(row['id'])]}, which {places[str(row['id'])]}")


def _places(graph: Graph, found: Crowd) -> None:
    for row in impact.related(graph, found.people.keys(), ("WORKS_AT",), outward=True):
        person = found.people[str(row["id"])]
        person.site = str(row["ci"]["display_name"])
        if not hours.known_zone(person.timezone) and hours.known_zone(row["ci"].get("timezone")):
            person.timezone = str(row["ci"]["timezone"])


def unknown_zones(people: Collection[Person]) -> int:
    """How many have no time zone anybody knows: their hours are read as UTC."""
    return sum(not hours.known_zone(p.timezone) for p in people)
