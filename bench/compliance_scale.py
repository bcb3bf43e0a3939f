"""Compliance of N endpoints by every shipped policy: the overview with filters, and as of a date, p50 and p95.

Written raw in the shape the product writes (`bench.compliance_fleet`). Beside the reading of one endpoint's standing.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from bench import compliance_fleet, graphs
from bench.compliance_fleet import NOW, SITES, TEAMS
from bench.figures import Figure
from cmdb.compliance import past, report
from cmdb.compliance.policy import shipped
from cmdb.graph.door import Graph

_POLICY, _DAYS = "disk-encryption", 3
_GOALS = {"overview": "p95 < 300 ms at 100,000 endpoints", "as of": "p95 < 1 s"}


def run(size: int) -> list[Figure]:
    """`size` endpoints, up to 30 questions of each kind, interleaved."""
    count, turns = max(10, size), 30 if size >= 1000 else 3
    with graphs.embedded() as bench:
        compliance_fleet.fill(bench.graph, count, shipped(), {_POLICY}, _DAYS)
        taken = _ask(bench.graph, random.Random(3), count, turns)
    bare = _percentiles(taken.pop("bare"))
    return [
        Figure(f"compliance, {name}, {count:,} endpoints, {which}", value, "ms", f"one standing, {which}", beside, goal)
        for name, spans in taken.items()
        for which, value, beside, goal in zip(("p50", "p95"), _percentiles(spans), bare, ("", _goal(name)), strict=True)
    ]


def _goal(name: str) -> str:
    return next((goal for word, goal in _GOALS.items() if name.startswith(word)), "")


def _where(dice: random.Random) -> Mapping[str, str]:
    """Any filter: none, one or two words."""
    team = dice.randrange(TEAMS)
    site = f"Site {team % SITES:02d}"
    whose, cls = dice.choice(("corporate", "personal")), dice.choice(("laptop", "phone"))
    one = {"ownership": whose, "cls": cls, "site": site, "team": f"Team {team:02d}"}
    return {name: one[name] for name in dice.sample(sorted(one), dice.randint(0, 2))}


def _ask(graph: Graph, dice: random.Random, count: int, turns: int) -> dict[str, list[float]]:
    """Milliseconds of each question; the first of each is not counted."""

    def one() -> str:
        return f"{dice.randrange(count):08d}-0000-7000-8000-000000000000"

    def begin() -> tuple[str, str]:
        return (f"pc-{dice.randrange(count):06d}", "")

    long_ago, yesterday = NOW - timedelta(days=40), NOW - timedelta(days=1)
    asked: dict[str, Callable[[], object]] = {
        "bare": lambda: graph.read("MATCH (s:EndpointStanding {ci: $ci}) RETURN s.weight AS weight", ci=one()),
        "overview, any filter": lambda: report.overview(graph, _where(dice)),
        "trend, any filter": lambda: past.trend(graph, NOW, where=_where(dice)),
        "as of a date, overview": lambda: past.overview_at(graph, yesterday, _where(dice)),
        "as of a date, a policy's list": lambda: past.policy_at(graph, _POLICY, long_ago, _where(dice), after=begin()),
        "as of a date, one endpoint": lambda: past.endpoint_at(graph, one(), yesterday),
        "a policy's list": lambda: report.endpoints(graph, _POLICY, "fail", {}, after=begin()),
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(turns + 1):
        for name, question in asked.items():
            start = time.perf_counter()
            question()
            if turn:
                taken[name].append((time.perf_counter() - start) * 1000)
    return taken


def _percentiles(spans: list[float]) -> tuple[float, float]:
    return statistics.median(spans), statistics.quantiles(spans, n=20, method="inclusive")[-1]
