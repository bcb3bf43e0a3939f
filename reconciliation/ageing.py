"""Ageing: what a CI that nobody sees any more counts as, from days and failed looks, by data/ageing.yaml. Pure.

Four kinds of silence are kept apart: looked and it was absent (its source record says so, and the CI is absent at once); looked and it was
not reachable; looked and the credentials or rights failed; not looked at. Only failed looks and missing reports make a CI older.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from cmdb.model import times
from cmdb.model.catalogue import Catalogue

STATES = ("missing", "stale", "retire")
"""In the order in which a CI passes them; `retire` is a proposal."""
UNREACHABLE, REFUSED = "unreachable", "credentials"
_WORDS = {UNREACHABLE: "could not be reached", REFUSED: "refused its credentials or rights"}


@dataclass(frozen=True, slots=True)
class Limit:
    """Days since it was seen and failed tries since then; both must be reached."""

    days: int
    tries: int


@dataclass(frozen=True, slots=True)
class Rules:
    """data/ageing.yaml. `daily` and `looks` are kinds of sources; `grace`: part → days for which a complete look ends nothing."""

    daily: frozenset[str]
    looks: frozenset[str]
    classes: Mapping[str, Mapping[str, Limit]]
    grace: Mapping[str, int]

    def of(self, catalogue: Catalogue, cls: str) -> Mapping[str, Limit] | None:
        """The limits of a class: its own, else those of the nearest class it inherits from; None: it does not age."""
        if cls not in catalogue.classes:
            return None
        return next((self.classes[name] for name in catalogue.lineage(cls) if name in self.classes), None)

    @property
    def youngest(self) -> int:
        """Days below which nothing has aged."""
        return min(limits["missing"].days for limits in self.classes.values())


@dataclass(frozen=True, slots=True)
class Look:
    """Failed looks of one source since it last saw the CI: the last one's state, when, why, and how many."""

    source: str
    state: str
    at: str
    reason: str
    failed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """`state` is "" for one that has not aged. `why` is a sentence for people."""

    state: str
    why: str


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    """data/ageing.yaml."""
    data: dict[str, Any] = yaml.safe_load((resources.files("reconciliation") / "data/ageing.yaml").read_text(encoding="utf-8"))
    return rules_of(data)


def patient_until(part: str, seen_at: str) -> str:
    """Until when what was last seen then in this part is still counted as there, although a complete look no longer shows it."""
    days = shipped_rules().grace.get(part, 0)
    return times.to_text(times.from_text(seen_at) + timedelta(days=days)) if days else seen_at


def rules_of(data: Mapping[str, Any]) -> Rules:
    """Rules from their data form. Raises KeyError, TypeError or ValueError where a state or a number is missing, or limits shrink."""
    classes = {
        name: {state: Limit(int(at[state]["days"]), int(at[state]["tries"])) for state in STATES} for name, at in data["classes"].items()
    }
    for name, limits in classes.items():
        days = [limits[state].days for state in STATES]
        if days != sorted(days) or min(days) < 1:
            raise ValueError(f"the days of class {name} must be at least 1 and grow from missing to retire")
    return Rules(
        frozenset(data["daily"]), frozenset(data["looks"]), classes, {str(part): int(days) for part, days in data.get("grace", {}).items()}
    )


def judge(ci: Mapping[str, Any], looks: Iterable[Look], rules: Rules, catalogue: Catalogue, now: datetime) -> Judged:
    """What the CI counts as now. `ci`: class, last_seen_at, sources, status. `looks`: failed ones, of sources that saw it once."""
    limits = rules.of(catalogue, str(ci["class"]))
    if limits is None or ci.get("status") in ("retired", "disposed"):
        return Judged("", "")
    seen = str(ci["last_seen_at"])
    days = max(0, (now - datetime.fromisoformat(seen)).days)
    kinds = {str(key).partition(":")[0] for key in ci.get("sources") or ()}
    failed = [look for look in looks if look.at > seen and look.source.partition(":")[0] in rules.looks]
    # The tries of a source that should see it count by themselves: three scans and no report are three tries, not four.
    tries = max([days if kinds & rules.daily else 0, *(look.failed for look in failed)])
    state = next((name for name in reversed(STATES) if days >= limits[name].days and tries >= limits[name].tries), "")
    return Judged(state, _why(days, kinds & rules.daily, failed) if state else "")


def _why(days: int, daily: Iterable[str], failed: list[Look]) -> str:
    parts = [f"not seen for {days} days"]
    parts += [f"{look.source.replace(':', ' ')} {_WORDS[look.state]} {look.failed} times, last on {look.at[:10]}" for look in failed]
    if list(daily):
        parts.append("its agent sent no report")
    return "; ".join(parts)
