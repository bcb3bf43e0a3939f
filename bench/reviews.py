"""The review queue at N open questions: its list, its groups and one question, p50 and p95, beside a page that asks nothing of the graph.

Through the whole application with Flask's test client, one request at a time, on the embedded engine. The questions are made by
reconciliation: machines that come back with the name and the network card of a known one, but with another machine id.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from bench.pages import _percentiles, _visit
from cmdb.graph import reviews
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.store import Ledger
from reconciliation import reconcile
from web import Services, create_app
from web.settings import WebSettings

_BATCH = 1000
_GOAL = "p95 < 300 ms at 10,000 open questions"
_CLASSES = ("laptop", "desktop", "server")


def fill(bench: Bench, count: int) -> list[str]:
    """`count` known machines and as many questions about them; returns the ids of the questions."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for start in range(0, count, _BATCH):
        numbers = range(start, min(count, start + _BATCH))
        known = tuple(_machine(n, f"{n:032x}") for n in numbers)
        reconcile(bench.graph, bench.catalogue, Observation(f"known-{start}", Source("import", "stock"), at, known))
        doubtful = tuple(_machine(n, f"f{n:031x}") for n in numbers)
        told = Observation(f"doubt-{start}", Source("agent", f"site-{start // _BATCH % 4}"), at, doubtful)
        reconcile(bench.graph, bench.catalogue, told)
    return [str(row["id"]) for row in bench.graph.read("MATCH (v:Review {state: 'open'}) RETURN v.id AS id")]


def _machine(n: int, machine_id: str) -> Item:
    mac = f"001b21{n + 1:06x}"
    shows = (Identifier("hostname", f"host-{n:06d}"), Identifier("mac", mac), Identifier("machine_id", machine_id))
    return Item(f"m{n}", _CLASSES[n % 3], shows, {"name": f"host-{n:06d}", "model": f"Model {n % 20}"})


def run(size: int) -> list[Figure]:
    """`size` open questions, at most 10,000; up to 100 requests of each kind, interleaved."""
    count, times = max(10, min(size, 10_000)), 100 if size >= 1000 else 3
    with graphs.embedded() as bench, tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as ledger:
        ids = fill(bench, count)
        assert reviews.count_open(bench.graph) == count, "every doubtful machine is a question"
        app = create_app(Services(WebSettings(secret_key="the key of a measurement"), bench.graph, ledger, bench.catalogue))
        account = ledger.accounts.add("bench", None, "operator")
        client = app.test_client()
        client.set_cookie("moorings", ledger.sessions.start(account.id, address="127.0.0.1", agent="bench"))
        taken = _visit(client, _paths(random.Random(9), ids), times)
    bare = _percentiles(taken.pop("bare"))
    return [
        Figure(f"{name}, {count:,} open, {which}", value, "ms", f"page without the graph, {which}", beside, goal)
        for name, spans in taken.items()
        for which, value, beside, goal in zip(("p50", "p95"), _percentiles(spans), bare, ("", _GOAL), strict=True)
    ]


def _paths(chance: random.Random, ids: list[str]) -> dict[str, Callable[[], str]]:
    """What to ask for next, of each kind."""
    return {
        "bare": lambda: "/help",
        "queue": lambda: "/reviews",
        "queue, filtered": lambda: f"/reviews?class={chance.choice(_CLASSES)}&source=site-{chance.randrange(4)}",
        "groups": lambda: "/reviews/groups",
        "one question": lambda: f"/reviews/{chance.choice(ids)}",
        "what each answer would change": lambda: f"/reviews/{chance.choice(ids)}/choices",
    }
