"""Compliance of N endpoints by every shipped policy: the overview and its trend by every filter, and as of a date, p50 and p95.

Written raw in the shape the product writes (`bench.compliance_fleet`). Beside the reading of one endpoint's standing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta

from bench import compliance_fleet, graphs
from bench.compliance_fleet import NOW, SITES, TEAMS
from bench.figures import Figure
from bench.visits import BARE, beside, timed
from cmdb.compliance import kept_days, past, report
from cmdb.compliance.policy import SEVERITIES, shipped
from cmdb.graph.door import Graph

_POLICY, _DAYS = "disk-encryption", 90
_GOALS = {"overview": "p95 < 300 ms at 100,000 endpoints", "a policy": "p95 < 300 ms", "as of": "p95 < 1 s"}


def run(size: int) -> list[Figure]:
    """`size` endpoints, up to 30 questions of each kind, interleaved."""
    count, turns = max(10, size), 30 if size >= 1000 else 3
    with graphs.embedded() as bench:
        compliance_fleet.fill(bench.graph, count, shipped(), {_POLICY}, _DAYS)
        taken = timed(_questions(bench.graph, random.Random(3), count), turns)
    return list(beside(taken, "compliance, ", f"{count:,} endpoints", "one standing", _goal))


def _goal(name: str) -> str:
    return next((goal for word, goal in _GOALS.items() if name.startswith(word)), "")


def _words(dice: random.Random) -> dict[str, str]:
    """A word to narrow by of each kind; the site is that of the team."""
    team = dice.randrange(TEAMS)
    return {
        "ownership": dice.choice(("corporate", "personal")),
        "cls": dice.choice(("laptop", "phone")),
        "site": f"Site {team % SITES:02d}",
        "team": f"Team {team:02d}",
        "severity": dice.choice(sorted(SEVERITIES)),
    }


def _some(dice: random.Random, least: int = 0) -> Mapping[str, str]:
    """Any filter: at least so many words, and at most two."""
    one = _words(dice)
    return {name: one[name] for name in dice.sample(sorted(one), dice.randint(least, 2))}


def _questions(graph: Graph, dice: random.Random, count: int) -> dict[str, Callable[[], object]]:
    """What is asked, by its name."""

    def one() -> str:
        return f"{dice.randrange(count):08d}-0000-7000-8000-000000000000"

    def begin() -> tuple[str, str]:
        return (f"pc-{dice.randrange(count):06d}", "")

    def page(where: Mapping[str, str]) -> None:
        report.overview(graph, where)
        kept_days.trend(graph, NOW, where=where)

    def by(name: str) -> Callable[[], object]:
        return lambda: page({name: _words(dice)[name]})

    long_ago, yesterday = NOW - timedelta(days=40), NOW - timedelta(days=1)
    return {
        BARE: lambda: graph.read("MATCH (s:EndpointStanding {ci: $ci}) RETURN s.weight AS weight", ci=one()),
        "overview and trend of 90 days, everything": lambda: page({}),
        **{f"overview and trend of 90 days, by {name}": by(name) for name in _words(dice)},
        "overview and trend of 90 days, two words": lambda: page(_some(dice, 2)),
        "a policy's trend of 90 days": lambda: kept_days.trend(graph, NOW, policy=_POLICY),
        "a policy's list": lambda: report.endpoints(graph, _POLICY, "", {}, after=begin()),
        "a policy's list, failing": lambda: report.endpoints(graph, _POLICY, "fail", {}, after=begin()),
        "as of a date, overview": lambda: kept_days.overview_at(graph, yesterday, _some(dice)),
        "as of a date, a policy's list": lambda: past.policy_at(graph, _POLICY, long_ago, {}, after=begin()),
        "as of a date, one endpoint": lambda: past.endpoint_at(graph, one(), yesterday),
        "keeping the counts of the day": lambda: kept_days.keep_today(graph, NOW),
    }
