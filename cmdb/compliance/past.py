"""Compliance as of a date, since when something fails, and how long repairs take. Counts of the past are in `cmdb.compliance.kept_days`.

A result begins when it was judged. So what is told of a moment is what was known then; when a fact itself was so, its evidence says, and
what was learned of that moment later is told by `cmdb.compliance.hindsight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

from cmdb.compliance.report import policy_of
from cmdb.compliance.waivers import overlay
from cmdb.graph import compliance as results
from cmdb.graph import compliance_past as store
from cmdb.graph.door import Graph, Row
from cmdb.model.times import from_text, to_text

_WINDOW = 500


@dataclass(frozen=True, slots=True)
class Repairs:
    """How long failures lasted until they passed: how many, mean and median in hours; None without one. `at`: when that was counted."""

    count: int = 0
    mean_h: float | None = None
    median_h: float | None = None
    at: str = ""


def policy_at(
    graph: Graph, policy: str, when: datetime, where: Mapping[str, str], *, after: tuple[str, str] = ("", ""), limit: int = 50
) -> list[Row]:
    """Results of one policy as they were, by the endpoint's name; read on after (name, ci). Raises NotFound for the policy."""
    policy_of(graph, policy)
    return _at(graph, policy, when, where, after, limit)


def _at(graph: Graph, policy: str, when: datetime, where: Mapping[str, str], after: tuple[str, str], limit: int) -> list[Row]:
    over = overlay(graph, at=when)
    rows = store.at_moment(graph, policy, to_text(when), where, after=after, limit=limit)
    full = [{**row, "declared": row.get("declared") or row["ownership"], "severity": row.get("severity") or ""} for row in rows]
    return [{**row, "waiver": over.over(row)} for row in full]


def every_at(graph: Graph, policy: str, when: datetime, where: Mapping[str, str]) -> Iterator[Row]:
    """The whole list as it was, window by window: for files and bundles. Also of a policy that counts no more."""
    after = ("", "")
    while rows := _at(graph, policy, when, where, after, _WINDOW):
        yield from rows
        after = (rows[-1]["name"], rows[-1]["ci"])


def endpoint_at(graph: Graph, ci: str, when: datetime) -> list[Row]:
    """What every policy said of one endpoint at that time, with its evidence, by policy."""
    at = to_text(when)
    found = {row["policy"]: {**row, "ci": ci} for row in results.past(graph, ci, limit=10_000) if row["since"] <= at < row["until"]}
    found |= {row["policy"]: row for row in results.current(graph, [ci]) if row["since"] <= at}
    return [found[name] for name in sorted(found)]


def failing_since(current: Row, before: Sequence[Row]) -> str:
    """Since when it fails without a break, also over editions of the policy (ISO text); empty where it does not fail."""
    if current["state"] != "fail":
        return ""
    since = str(current["since"])
    for row in sorted((one for one in before if one["policy"] == current["policy"]), key=lambda one: one["until"], reverse=True):
        if row["until"] == since and row["state"] == "fail":
            since = str(row["since"])
        elif row["until"] <= since:
            break
    return since


_COUNTED, _OLD = timedelta(hours=20), timedelta(hours=48)


def keep_repairs(graph: Graph, policies: Iterable[str], now: datetime) -> int:
    """Count the repairs of those of these policies that were not counted today; how many these were. For the clock: at 100,000 endpoints
    it takes a second or more for each.
    """
    names = sorted(policies)
    kept = store.kept_repairs(graph, names)
    due = [name for name in names if name not in kept or str(kept[name]["at"]) < to_text(now - _COUNTED)]
    for name in due:
        one = repairs(graph, name, now)
        store.keep_repairs(graph, {"policy": name, "at": to_text(now), "count": one.count, "mean_h": one.mean_h, "median_h": one.median_h})
    return len(due)


def repairs_of(graph: Graph, policy: str, now: datetime) -> Repairs:
    """How long repairs of this policy took, as it was counted last; counted here where that was never, after `now` or two days before."""
    kept = store.kept_repairs(graph, [policy]).get(policy)
    if kept is None or not to_text(now - _OLD) <= str(kept["at"]) <= to_text(now):
        return repairs(graph, policy, now)
    return Repairs(int(kept["count"]), kept["mean_h"], kept["median_h"], str(kept["at"]))


def repairs(graph: Graph, policy: str, now: datetime, *, days: int = 180) -> Repairs:
    """How long failures of this policy lasted that ended in a pass in the last days. What became unknown is not repaired."""
    since = to_text(now - timedelta(days=days))
    closed = store.intervals(graph, policy, since)
    starts = {(row["ci"], row["since"]): row["state"] for row in closed}
    starts |= dict.fromkeys(store.passing_since(graph, policy, since).items(), "pass")
    hours: list[float] = []
    begun: dict[str, str] = {}
    for row in closed:
        if row["state"] != "fail":
            begun.pop(row["ci"], None)
            continue
        first = begun.setdefault(row["ci"], row["since"])
        after = starts.get((row["ci"], row["until"]))
        if after == "fail":
            continue
        begun.pop(row["ci"], None)
        if after == "pass":
            hours.append((from_text(row["until"]) - from_text(first)).total_seconds() / 3600)
    return Repairs(len(hours), fmean(hours), median(hours), to_text(now)) if hours else Repairs(at=to_text(now))
