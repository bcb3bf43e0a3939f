"""The review queue at N open questions: its list, its groups and one question, p50 and p95, beside a page that asks nothing of the graph.

Through the whole application with Flask's test client, one request at a time, on the embedded engine. The questions are made by
reconciliation: machines that show the network cards of two others, and systems that come back on other network cards.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from bench import graphs, visits
from bench.figures import Figure
from bench.graphs import Bench
from cmdb.graph import reviews
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile

_BATCH = 1000
_GOAL = "p95 < 300 ms at 10,000 open questions"
_CLASSES = ("laptop", "desktop", "server")


def fill(bench: Bench, count: int) -> list[str]:
    """`count` questions, half of them which of two machines it is, half whether two are one; returns their ids."""
    half = count // 2
    for start in range(0, half, _BATCH):
        numbers = range(start, min(half, start + _BATCH))
        _tell(bench, "ssh:all", 1, [_machine(2 * n + side, 2 * n + side, _CLASSES[n % 3]) for n in numbers for side in (0, 1)])
        cards = {n: tuple(Identifier("mac", _mac(2 * n + side)) for side in (0, 1)) for n in numbers}
        _tell(bench, _site(start), 2, [Item(f"q{n}", _CLASSES[n % 3], cards[n]) for n in numbers])
    for start in range(half, count, _BATCH):
        numbers = range(4 * count + start, 4 * count + min(count, start + _BATCH))
        _tell(bench, "ssh:all", 1, [_machine(n, n, "server") for n in numbers])
        _tell(bench, _site(start), 40, [_machine(n, n + 4 * count, "server") for n in numbers])
    return reviews.open_ids(bench.graph, limit=count)


def _tell(bench: Bench, source: str, day: int, items: list[Item]) -> None:
    kind, _, name = source.partition(":")
    at = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=day)
    reconcile(bench.graph, bench.catalogue, Observation(f"{source}-{day}-{items[0].ref}", Source(kind, name), at, tuple(items)))


def _site(start: int) -> str:
    return f"agent:site-{start // _BATCH % 4}"


def _machine(n: int, card: int, cls: str) -> Item:
    """Machine number `n` with that network card."""
    shows = (Identifier("hostname", f"host-{n:06d}"), Identifier("mac", _mac(card)), Identifier("machine_id", f"{n + 1:032x}"))
    return Item(f"m{n}", cls, shows, {"name": f"host-{n:06d}", "model": f"Model {n % 20}"})


def _mac(n: int) -> str:
    return f"001b21{n + 1:06x}"


def run(size: int) -> list[Figure]:
    """`size` open questions, at most 10,000; up to 100 requests of each kind, interleaved."""
    count = max(10, min(size, 10_000))
    with graphs.embedded() as bench:
        ids = fill(bench, count)
        assert len(ids) == count, f"{len(ids)} of {count} became questions"
        return list(visits.figures(bench, _paths(random.Random(9), ids), 100 if size >= 1000 else 3, f"{count:,} open", _GOAL))


def _paths(chance: random.Random, ids: list[str]) -> visits.Paths:
    """What to ask for next, of each kind."""
    return {
        "queue": lambda: "/reviews",
        "queue, filtered": lambda: f"/reviews?class={chance.choice(_CLASSES)}&source=site-{chance.randrange(4)}",
        "groups": lambda: "/reviews/groups",
        "one question": lambda: f"/reviews/{chance.choice(ids)}",
        "what each answer would change": lambda: f"/reviews/{chance.choice(ids)}/choices",
    }
