"""Services that are hit, in the window or outside it; the risk grade; and the better window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.impact import hours
from cmdb.impact.people import Crowd
from cmdb.model.times import to_text

DAYS_AHEAD = 14
PROPOSALS = 3
_HOURS = ("support_hours", "maintenance_window", "timezone")


@dataclass(frozen=True, slots=True)
class Service:
    """A service or application that is down or degraded."""

    ci: str
    name: str
    cls: str
    state: str
    properties: Mapping[str, Any]

    def _hours(self, attribute: str) -> hours.Hours | None:
        text = self.properties.get(attribute)
        return hours.parse(str(text), str(self.properties.get("timezone") or "UTC")) if text else None

    def in_support(self, start: datetime, end: datetime) -> bool:
        """Whether the window meets the hours in which it must work; unknown or unreadable hours count as met."""
        found = self._hours("support_hours")
        return found is None or found.touches(start, end)

    def in_maintenance(self, start: datetime, end: datetime) -> bool | None:
        """Whether the whole window lies in its maintenance window; None where it has none that can be read."""
        found = self._hours("maintenance_window")
        return None if found is None else found.covers(start, end)

    def in_window(self, start: datetime, end: datetime) -> bool:
        """Whether the change hits it when it must work."""
        return self.in_support(start, end) and self.in_maintenance(start, end) is not True

    def told(self, start: datetime, end: datetime) -> dict[str, Any]:
        """One of `services` in the answer."""
        unread = [name for name in ("support_hours", "maintenance_window") if self.properties.get(name) and self._hours(name) is None]
        return {
            "ci": self.ci,
            "name": self.name,
            "class": self.cls,
            "state": self.state,
            "criticality": self.properties.get("criticality") or "unknown",
            "users": self.properties.get("user_count"),
            "in_window": self.in_window(start, end),
            "in_maintenance_window": self.in_maintenance(start, end),
            "support_hours": self.properties.get("support_hours") or "unknown",
            "unreadable": unread,
        }


def risk(found: Iterable[Service], crowd: Crowd, counts: Mapping[str, int], start: datetime, end: datetime) -> dict[str, Any]:
    """Grade, reasons and whether a board should see it. Critical services, people in their hours and lost redundancy raise it."""
    reasons: list[tuple[int, str]] = []
    hit = [s for s in found if s.in_window(start, end)]
    for service in hit:
        grave = service.properties.get("criticality") in ("high", "critical")
        if service.state == "down":
            reasons.append(
                (2 if grave else 1, f"{service.name} is down when it must work" + (" and its criticality is high" if grave else ""))
            )
        elif grave:
            reasons.append((1, f"{service.name}, whose criticality is high, is degraded"))
    people = sum(p.hit(start, end) for p in crowd.people.values())
    if people:
        reasons.append((2 if people >= 50 else 1, f"{people} {'person is' if people == 1 else 'people are'} hit in their hours"))
    if counts["loses_redundancy"]:
        reasons.append((1, f"{counts['loses_redundancy']} lose redundancy: the next failure takes them"))
    if counts["down"] >= 100:
        reasons.append((1, f"{counts['down']} CIs go down"))
    if counts["truncated"]:
        reasons.append((2, f"{counts['truncated']} CIs were not looked at"))
    level = max((weight for weight, _ in reasons), default=0)
    grade = ("low", "medium", "high")[level]
    return {
        "grade": grade,
        "board": grade != "low",
        "reasons": [words for _, words in sorted(reasons, reverse=True)] or ["Nothing that must work is hit"],
    }


def better_windows(found: Iterable[Service], crowd: Crowd, start: datetime, end: datetime, now: datetime) -> list[dict[str, Any]]:
    """The best windows of the same length within 14 days: maintenance windows first, then fewest services and people, then soonest.

    Only those that are better than the window asked about.
    """
    length = min(max(end - start, timedelta(hours=1)), timedelta(days=3))
    crowds = Counter((p.working_hours, p.timezone) for p in crowd.people.values())
    people_hours = [(n, hours.parse(text, zone or "UTC") if text else None) for (text, zone), n in crowds.items()]
    # Services with the same hours are asked once: a data centre's thousand cost no more than its few kinds of hours.
    alike: dict[tuple[object, ...], list[Service]] = {}
    for service in found:
        alike.setdefault(tuple(service.properties.get(name) for name in _HOURS), []).append(service)

    def price(at: datetime) -> tuple[int, int, int]:
        until = at + length
        outside = sum(len(same) for same in alike.values() if same[0].in_maintenance(at, until) is False)
        busy = sum(len(same) for same in alike.values() if same[0].in_window(at, until))
        people = sum(n for n, found_hours in people_hours if found_hours is None or found_hours.touches(at, until))
        return outside, busy, people

    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    asked = price(start)
    grid = sorted((price(at), at) for at in (first + timedelta(hours=step) for step in range(DAYS_AHEAD * 24)))
    chosen: list[tuple[tuple[int, int, int], datetime]] = []
    for cost, at in grid:
        if cost >= asked or len(chosen) >= PROPOSALS:
            break
        if all(abs(at - other) >= length for _, other in chosen):
            chosen.append((cost, at))
    return [
        {"from": to_text(at), "to": to_text(at + length), "people": cost[2], "services": cost[1], "outside_maintenance": cost[0]}
        for cost, at in chosen
    ]
