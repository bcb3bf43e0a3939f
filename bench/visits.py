"""Asking the whole application for pages and telling how long it took: sign-in, permissions, queries, templates, one request at a time.

With Flask's test client, so that no network and no waiting for another request is in the figures.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from bench.figures import Figure
from bench.graphs import Bench
from cmdb.store import Ledger
from web import Services, create_app
from web.settings import WebSettings

Paths = Mapping[str, Callable[[], str]]
"""Kind of page → the address to ask for next"""
BARE = "bare"
"""The kind that asks nothing of the graph: the yardstick"""
_WARM = 2


@contextmanager
def visitor(bench: Bench) -> Iterator[FlaskClient]:
    """A browser of somebody signed in who may see all, at an application over this graph with a ledger of its own."""
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as ledger:
        app = create_app(Services(WebSettings(secret_key="the key of a measurement"), bench.graph, ledger, bench.catalogue))
        account = ledger.accounts.add("bench", None, "auditor")
        client = app.test_client()
        client.set_cookie("moorings", ledger.sessions.start(account.id, address="127.0.0.1", agent="bench"))
        yield client


def visited(client: FlaskClient, paths: Paths, times: int) -> dict[str, list[float]]:
    """Milliseconds of each request of each kind, interleaved; two of each to warm up are not counted."""

    def visit(path: Callable[[], str]) -> None:
        asked = path()
        answer = client.get(asked)
        answer.get_data()
        assert answer.status_code in (200, 303), f"{asked}: {answer.status}"

    return timed({name: partial(visit, path) for name, path in paths.items()}, times, warm=_WARM)


def timed(asked: Mapping[str, Callable[[], object]], times: int, *, warm: int = 1) -> dict[str, list[float]]:
    """Milliseconds of each question of each kind, interleaved; the first of each to warm up are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(times + warm):
        for name, question in asked.items():
            start = time.perf_counter()
            question()
            if turn >= warm:
                taken[name].append((time.perf_counter() - start) * 1000)
    return taken


def figures(bench: Bench, paths: Paths, times: int, about: str, goal: str) -> Iterator[Figure]:
    """p50 and p95 of each kind beside those of the page without the graph. `about` says of how many of what."""
    with visitor(bench) as client:
        taken = visited(client, {BARE: lambda: "/help", **paths}, times)
    yield from beside(taken, "", about, "page without the graph", lambda _: goal)


def beside(taken: dict[str, list[float]], what: str, about: str, bare: str, goal: Callable[[str], str]) -> Iterator[Figure]:
    """p50 and p95 of each kind beside those of the kind `BARE`, which is called `bare`. `goal`: of the p95 of a kind."""
    yardsticks = percentiles(taken.pop(BARE))
    for name, spans in taken.items():
        for which, value, yardstick, wanted in zip(("p50", "p95"), percentiles(spans), yardsticks, ("", goal(name)), strict=True):
            yield Figure(f"{what}{name}, {about}, {which}", value, "ms", f"{bare}, {which}", yardstick, wanted)


def percentiles(spans: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    return statistics.median(spans), statistics.quantiles(spans, n=20, method="inclusive")[-1]
