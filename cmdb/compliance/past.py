"""Compliance as of a date, its trend, since when something fails, and how long repairs take.

A result begins when it was judged. So what is told of a moment is what was known then; when a fact itself was so, its evidence says, and
what was learned of that moment later is told by `cmdb.compliance.hindsight`.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any

import orjson

from cmdb.compliance.chosen import active
from cmdb.compliance.policy import ASKED, STATES, Policy
from cmdb.compliance.report import DIMENSIONS, Grave, Overview, graver, overview_of, policy_of
from cmdb.compliance.waivers import excepted, overlay
from cmdb.errors import Invalid
from cmdb.graph import compliance as results
from cmdb.graph import compliance_counts as counts
from cmdb.graph import compliance_past as store
from cmdb.graph.door import Graph, Row
from cmdb.model.times import from_text, to_text

_WINDOW = 500
_COLUMNS = ("policy", "state", "reason", "ownership", "site", "team", "cls", "n")
_OF_ALL = ("policy", "state", "ownership", "cls")
_OF_PLACE = (*_OF_ALL, "site", "team")
Sums = dict[tuple[str, ...], int]
"""`_OF_ALL` or `_OF_PLACE` → how many."""


@dataclass(frozen=True, slots=True)
class Day:
    """The counts of one day; `share` is pass / (pass + fail + unknown)."""

    day: str
    states: Mapping[str, int]

    @property
    def share(self) -> float | None:
        """The headline of that day; None where nobody was asked."""
        asked = sum(self.states[state] for state in ASKED)
        return self.states["pass"] / asked if asked else None


@dataclass(frozen=True, slots=True)
class Repairs:
    """How long failures lasted until they passed: how many, mean and median in hours; None without one."""

    count: int = 0
    mean_h: float | None = None
    median_h: float | None = None


def keep_today(graph: Graph, now: datetime) -> None:
    """Keep the counts of this day; the last call of a day stays.

    Every cell packed together for the overview as of that day; for trends the sums of the fleet, of each site and of each team apart.
    """
    cells, at = counts.cells(graph), to_text(now)
    fleet: Sums = {}
    sums: dict[str, Sums] = {"": fleet}
    for policy, state, _, ownership, site, team, cls, n in cells:  # _COLUMNS
        of_all = (policy, state, ownership, cls)
        fleet[of_all] = fleet.get(of_all, 0) + n
        # Of a site the teams are not told apart: who asks for a team reads that team's sums.
        for place, of_place in ((f"site|{site}", (*of_all, site, "")), (f"team|{team}", (*of_all, site, team))):
            if not place.endswith("|"):
                kept = sums.setdefault(place, {})
                kept[of_place] = kept.get(of_place, 0) + n
    days = {place: packed([[*key, n] for key, n in rows.items()]) for place, rows in sums.items()}
    store.keep_day(graph, at[:10], at, packed(cells), days)


_PACKED = "b64:"


def packed(rows: Sequence[Sequence[object]]) -> str:
    """Rows as text: the same words over and over, which compress to a twentieth."""
    return _PACKED + base64.b64encode(zlib.compress(orjson.dumps(rows), 6)).decode()


def _unpacked(text: str) -> list[list[Any]]:
    """Rows as they were packed; those of earlier releases are in base 85, which takes ten times as long to read, or plain JSON."""
    found: list[list[Any]] = orjson.loads(text if text.startswith("[") else zlib.decompress(_bytes(text)))
    return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[len(_PACKED) :]) if text.startswith(_PACKED) else base64.b85decode(text)


def _wanted(where: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in where.items() if key in DIMENSIONS and value}


def trend(graph: Graph, now: datetime, *, days: int = 90, policy: str = "", where: Mapping[str, str] | None = None) -> list[Day]:
    """The counts of each kept day up to now, of one policy or all, narrowed by ownership, site, team, cls and severity (as it is now)."""
    wanted = _wanted(where or {})
    if policy:
        wanted["policy"] = policy
    place = next((f"{kind}|{wanted[kind]}" for kind in ("team", "site") if kind in wanted), "")
    severity = (where or {}).get("severity", "")
    grave = graver(active(graph), severity)[0] if severity else Grave()
    kept = store.days(graph, to_text(now - timedelta(days=days))[:10], to_text(now)[:10], place)
    return [Day(one["day"], _summed(one, wanted, _OF_PLACE if place else _OF_ALL, grave)) for one in kept]


def _summed(kept: Row, wanted: Mapping[str, str], names: Sequence[str], grave: Grave) -> dict[str, int]:
    """State → number, of one kept day."""
    columns, rows = (names, _unpacked(kept["sums"])) if kept["sums"] else (_COLUMNS, _unpacked(kept["counts"] or "[]"))
    for name, value in wanted.items():
        column = columns.index(name)
        rows = [row for row in rows if row[column] == value]
    if grave.severity:
        policy, owner = columns.index("policy"), columns.index("ownership")
        rows = [row for row in rows if (row[policy], row[owner]) in grave.pairs]
    at, states = columns.index("state"), dict.fromkeys(STATES, 0)
    for row in rows:
        states[row[at]] += row[-1]
    return states


def overview_at(graph: Graph, when: datetime, where: Mapping[str, str], policies: Sequence[Policy] | None = None) -> tuple[Overview, str]:
    """The overview as it was kept last at or before that time, and when that was. Raises Invalid where no day that early was kept."""
    at, wanted = to_text(when), _wanted(where)
    kept = store.last_day(graph, at)
    if kept is None:
        raise Invalid("Nothing was kept at or before that time.", field="as_of")
    every = _unpacked(kept["counts"])
    narrowed = every
    for name, value in wanted.items():
        column = _COLUMNS.index(name)
        narrowed = [row for row in narrowed if row[column] == value]
    grave, chosen = graver(policies or active(graph), where.get("severity", ""))
    rows = grave.among(dict(zip(_COLUMNS, row, strict=True)) for row in narrowed)
    accepted = excepted(graph, rows, overlay(graph, at=when), wanted | grave.word)
    choices = {key: tuple(sorted({row[_COLUMNS.index(key)] for row in every} - {""})) for key in DIMENSIONS}
    return replace(overview_of(graph, rows, wanted, chosen, accepted), choices=choices), str(kept["at"])


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
    return Repairs(len(hours), fmean(hours), median(hours)) if hours else Repairs()
