"""Security software over time: protected, degraded, disabled, removed or unknown; incidents, and how long until it was restored.

It is read from the intervals of four policies, so it has their evidence and needs no record of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from cmdb.graph import compliance as results
from cmdb.graph import shadow as store
from cmdb.graph.door import Graph, Row
from cmdb.model.times import from_text, to_text

PRESENT, ON, FRESH, TAMPER = "antimalware-present", "antimalware-on", "signatures-fresh", "security-software-not-tampered"
_READ = (PRESENT, ON, FRESH, TAMPER)
TOGETHER = timedelta(minutes=30)
"""Several endpoints of one group within this are one incident."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one state. `reason` of an unknown; `until` empty: still."""

    state: str
    reason: str
    since: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """Protection lost on endpoints of one group at about the same time. `open`: how many of them are still without."""

    site: str
    team: str
    since: str
    endpoints: tuple[tuple[str, str], ...]
    open: int


@dataclass(frozen=True, slots=True)
class Restored:
    """How long one group was without protection, on average, in hours, over this many spells that ended."""

    site: str
    team: str
    count: int
    mean_h: float


def timeline(graph: Graph, ci: str) -> list[Span]:
    """The protection of one endpoint from its first judgement on, the newest first. Two reads."""
    rows = [{**row, "until": ""} for row in results.current(graph, [ci])] + results.past(graph, ci, limit=2000)
    return spans([row for row in rows if row["policy"] in _READ])


def spans(rows: Sequence[Row]) -> list[Span]:
    """The same from intervals of the four policies (policy, state, reason, since, until)."""
    moments = sorted({row["since"] for row in rows} | {row["until"] for row in rows if row["until"]})
    found: list[Span] = []
    for moment in moments:
        then = {row["policy"]: row for row in rows if row["since"] <= moment and (not row["until"] or row["until"] > moment)}
        if not then:
            state = ("", "")
        else:
            state = _state(then)
        if found and not found[-1].until and (found[-1].state, found[-1].reason) == state:
            continue
        if found and not found[-1].until:
            found[-1] = Span(found[-1].state, found[-1].reason, found[-1].since, moment)
        if state[0]:
            found.append(Span(*state, moment))
    return found[::-1]


def _state(then: Mapping[str, Row]) -> tuple[str, str]:
    def said(policy: str) -> str:
        return str(then[policy]["state"]) if policy in then else ""

    if said(PRESENT) == "fail":
        return "removed", ""
    if said(ON) == "fail" or said(TAMPER) == "fail":
        return "disabled", ""
    if said(ON) == "pass":
        return ("degraded", "") if said(FRESH) == "fail" else ("protected", "")
    if said(ON) in ("not_applicable", ""):
        return "", ""
    return "unknown", str(then[ON]["reason"])


def incidents(graph: Graph, now: datetime, *, days: int = 90) -> list[Incident]:
    """Losses of protection that lasted in the last days, endpoints of one site and team within half an hour together, the newest first."""
    return grouped(store.spells(graph, TAMPER, to_text(now - timedelta(days=days))))


def grouped(spells: Iterable[Row]) -> list[Incident]:
    """Spells as incidents. A spell belongs to the one before it in its group when it began within 30 minutes of it."""
    groups: dict[tuple[str, str], list[list[Row]]] = {}
    for row in sorted(spells, key=lambda one: (one["since"], one["ci"])):
        runs = groups.setdefault((row["site"] or "", row["team"] or ""), [])
        if runs and from_text(row["since"]) - from_text(runs[-1][-1]["since"]) <= TOGETHER:
            runs[-1].append(row)
        else:
            runs.append([row])
    found = [
        Incident(
            site,
            team,
            str(run[0]["since"]),
            tuple(sorted({(str(row["ci"]), str(row["name"])) for row in run}, key=lambda one: one[1])),
            len({row["ci"] for row in run if not row["until"]}),
        )
        for (site, team), runs in groups.items()
        for run in runs
    ]
    return sorted(found, key=lambda one: (one.since, one.site, one.team), reverse=True)


def restored(graph: Graph, now: datetime, *, days: int = 180) -> list[Restored]:
    """Per site and team how long until protection was back, or the loss ended otherwise; the slowest first."""
    hours: dict[tuple[str, str], list[float]] = {}
    for row in store.spells(graph, TAMPER, to_text(now - timedelta(days=days))):
        if row["until"]:
            lasted = (from_text(row["until"]) - from_text(row["since"])).total_seconds() / 3600
            hours.setdefault((row["site"] or "", row["team"] or ""), []).append(lasted)
    found = [Restored(site, team, len(all_), fmean(all_)) for (site, team), all_ in hours.items()]
    return sorted(found, key=lambda one: -one.mean_h)
