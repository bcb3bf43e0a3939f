"""Pages at N CIs: list, search and CI page, p50 and p95, beside a page that asks nothing of the graph.

Through the whole application (sign-in, permissions, templates) with Flask's test client, one request at a time, on the embedded engine.
The graph is filled by reconciliation.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from cmdb.graph import cis
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.store import Ledger
from reconciliation import reconcile
from web import Services, create_app
from web.settings import WebSettings

_BATCH = 1000
_GOAL = "p95 < 300 ms at 100,000 CIs"
_CLASSES = ("server", "virtual_machine", "laptop", "desktop", "switch")


def fill(bench: Bench, count: int) -> list[str]:
    """`count` CIs of five classes, each at one of the sites of its batch; returns their ids."""
    ids: list[str] = []
    for start in range(0, count, _BATCH):
        sites = [Item(f"site{n}", "site", (Identifier("name", f"Site {n:03d}"),), {"name": f"Site {n:03d}"}) for n in range(20)]
        items = [_item(n) for n in range(start, min(count, start + _BATCH))]
        stands = tuple(Relation("located_in", item.ref, f"site{place % 20}") for place, item in enumerate(items))
        at = datetime(2026, 11, 1, tzinfo=UTC)
        told = Observation(f"fill-{start}", Source("import", f"bench-{start}"), at, (*sites, *items), stands)
        ids += [str(done.ci) for done in reconcile(bench.graph, bench.catalogue, told).resolved if not done.ref.startswith("site")]
    cis.recount(bench.graph)
    return ids


def _item(n: int) -> Item:
    name, serial = f"{('web', 'db', 'app', 'pc', 'sw')[n % 5]}-{n:07d}", f"BX{n:08d}"
    return Item(f"i{n}", _CLASSES[n % 5], (Identifier("serial", serial, "bench"),), {"name": name, "serial": serial, "vendor": "Bench"})


def run(size: int) -> list[Figure]:
    """`size` CIs, up to 100 requests of each kind, interleaved."""
    count, times = max(10, size), 100 if size >= 1000 else 3
    with graphs.embedded() as bench, tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as ledger:
        ids = fill(bench, count)
        app = create_app(Services(WebSettings(secret_key="the key of a measurement"), bench.graph, ledger, bench.catalogue))
        account = ledger.accounts.add("bench", None, "operator")
        client = app.test_client()
        client.set_cookie("moorings", ledger.sessions.start(account.id, address="127.0.0.1", agent="bench"))
        taken = _visit(client, _paths(random.Random(9), ids), times)
    bare = _percentiles(taken.pop("bare"))
    return [
        Figure(f"{name}, {count:,} CIs, {which}", value, "ms", f"page without the graph, {which}", beside, goal)
        for name, spans in taken.items()
        for which, value, beside, goal in zip(("p50", "p95"), _percentiles(spans), bare, ("", _GOAL), strict=True)
    ]


def _paths(chance: random.Random, ids: list[str]) -> dict[str, Callable[[], str]]:
    """What to ask for next, of each kind."""
    numbers = range(len(ids))
    return {
        "bare": lambda: "/help",
        "list": lambda: f"/cis?class={chance.choice(('ci', *_CLASSES))}",
        "search by part of a name": lambda: f"/search?q={chance.choice(('web', 'db', 'pc'))}-00{chance.choice(numbers) % 10}",
        "search by serial": lambda: f"/search?q=BX{chance.choice(numbers):08d}",
        "CI page": lambda: f"/cis/{chance.choice(ids)}",
    }


def _visit(client: FlaskClient, paths: dict[str, Callable[[], str]], times: int) -> dict[str, list[float]]:
    """Milliseconds of each request; two of each to warm up are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(times + 2):
        for name, path in paths.items():
            asked, start = path(), time.perf_counter()
            answer = client.get(asked)
            answer.get_data()
            span = (time.perf_counter() - start) * 1000
            assert answer.status_code in (200, 303), f"{asked}: {answer.status}"
            if turn >= 2:
                taken[name].append(span)
    return taken


def _percentiles(spans: list[float]) -> tuple[float, float]:
    return statistics.median(spans), statistics.quantiles(spans, n=20, method="inclusive")[-1]
