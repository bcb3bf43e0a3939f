"""Software over N endpoints of 900 products: who has a range of versions, how many have which, who lacks it, p50 and p95.

The fleet is written raw, in the shape the product writes, and only those parts of the lists that the questions touch
(`bench.software_fleet`): a product's parts are all in one bucket. Beside the reading of one endpoint by its id.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from bench import graphs, software_fleet
from bench.figures import Figure
from bench.visits import BARE, beside, timed
from cmdb.graph import cis
from cmdb.inventory import software

_GOAL = "p95 < 500 ms at 100,000 endpoints"
_ENDPOINTS = ("laptop", "desktop", "workstation", "phone", "tablet")
_SOME = (0, 2, 3, 5, 10, 11, 14)
"""Packages that are asked about: on all platforms (0, 11) and on one."""


def run(size: int) -> list[Figure]:
    """`size` endpoints, up to 40 questions of each kind, interleaved."""
    count, turns = max(10, size), 40 if size >= 1000 else 3
    names = [software_fleet.product(platform, n) for n in _SOME for platform in range(2)]
    names += [f"tail{n:04d}" for n in (1, 400, 2500)]
    with graphs.embedded() as bench:
        software_fleet.fill(bench.graph, count, frozenset(software_fleet.bucket(name) for name in names))
        known = [name for name in dict.fromkeys(names) if software.products(bench.graph, name, limit=1)]
        taken = _ask(bench, random.Random(3), known, count, turns)
    return list(beside(taken, "software, ", f"{count:,} endpoints", "one endpoint by id", _goal))


def _goal(name: str) -> str:
    return _GOAL if "range" in name else ""


def _ask(bench: graphs.Bench, dice: random.Random, names: list[str], count: int, turns: int) -> dict[str, list[float]]:
    """Milliseconds of each question; the first of each is not counted."""
    graph = bench.graph

    def span() -> str:
        sign = dice.choice(("<", ">=", "<="))
        return f"{sign}{1 + dice.randrange(7)}.{dice.randrange(30)}.{dice.randint(5, 9)}"

    asked: dict[str, Callable[[], object]] = {
        BARE: lambda: cis.get(graph, f"{dice.randrange(count):08d}-0000-7000-8000-000000000000"),
        "who has this version range": lambda: software.who_has(graph, dice.choice(names), span()),
        "who has any version": lambda: software.who_has(graph, dice.choice(names)),
        "how many per version": lambda: software.versions_of(graph, dice.choice(names)),
        "who lacks it": lambda: software.lacking(graph, _ENDPOINTS, dice.choice(names)),
        "products by beginning": lambda: software.products(graph, dice.choice(names)[:5]),
    }
    return timed(asked, turns)
