"""Fixtures every room may use. Engines are started once per worker, at first use, and emptied before each test."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.model.catalogue import Catalogue
from tests.engines.neo4j import Neo4jMissing, Neo4jServer
from tests.real_parts import MARK, real_part_missing
from tests.routes_once import compile_routes_once

# On a busy machine the time of one example says nothing; pytest's own time limit finds what hangs.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
compile_routes_once()

ENGINES = ("embedded", "neo4j")
_ENGINE_FIXTURES = {"graph", "embedded_graph", "neo4j_graph", "embedded_engine", "neo4j_server"}
_POOL = 80  # tests with 64 clients at once must not measure the pool


def _wanted_engines() -> list[str]:
    named = os.environ.get("MOORINGS_TEST_ENGINES", "")
    return [engine for engine in ENGINES if not named or engine in named.replace(" ", "").split(",")]


def empty(graph: Graph) -> None:
    """Delete everything in the graph; constraints and indexes stay."""
    while graph.write("MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"] == 10_000:
        pass


@pytest.fixture(autouse=True)
def _no_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright leaves its event loop marked as running in the thread; tests that run a loop of their own must not see it."""
    if "chromium" in request.fixturenames:
        yield
        return
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def embedded_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The worker's embedded engine. `light`: for graphs as small as tests make, compiling its code thoroughly costs more than it gives."""
    with Engine.start(tmp_path_factory.mktemp("embedded"), heap_mb=512, light=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """The worker's Neo4j (5.26 LTS, or MOORINGS_TEST_NEO4J_VERSION)."""
    if "neo4j" not in _wanted_engines():
        pytest.skip("MOORINGS_TEST_ENGINES leaves Neo4j out")
    try:
        server = Neo4jServer.start(tmp_path_factory.mktemp("neo4j"))
    except Neo4jMissing as missing:
        real_part_missing(f"Neo4j ({missing})")
    yield server
    server.kill()  # the data goes with it; an orderly end would cost seconds


@pytest.fixture(scope="session")
def _embedded_session(embedded_engine: Engine) -> Iterator[Graph]:
    with Graph.connect(embedded_engine.url, embedded_engine.user, embedded_engine.password, engine="embedded", pool_size=_POOL) as graph:
        schema.apply(graph, Catalogue.load())
        yield graph


@pytest.fixture(scope="session")
def _neo4j_session(neo4j_server: Neo4jServer) -> Iterator[Graph]:
    with Graph.connect(neo4j_server.url, neo4j_server.user, neo4j_server.password, engine="neo4j", pool_size=_POOL) as graph:
        schema.apply(graph, Catalogue.load())
        yield graph


@pytest.fixture
def embedded_graph(_embedded_session: Graph) -> Graph:
    """An empty graph on the embedded engine."""
    empty(_embedded_session)
    return _embedded_session


@pytest.fixture
def neo4j_graph(_neo4j_session: Graph) -> Graph:
    """An empty graph on Neo4j."""
    empty(_neo4j_session)
    return _neo4j_session


@pytest.fixture(params=_wanted_engines())
def graph(request: pytest.FixtureRequest) -> Graph:
    """An empty graph with the shipped catalogue's constraints and indexes, on each engine in turn."""
    chosen: Graph = request.getfixturevalue(f"{request.param}_graph")
    return chosen


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings: MOORINGS_SHARED, or `shared` beside the repository."""
    folder = Path(os.environ.get("MOORINGS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not folder.is_dir():
        real_part_missing("the folder of recordings (MOORINGS_SHARED, or shared/ beside the repository)")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs an engine also waits for its start, which takes a minute where everything else runs at once."""
    for item in items:
        if _ENGINE_FIXTURES & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what could not be tested here, and why."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.getreports("skipped") + terminalreporter.getreports("failed") + terminalreporter.getreports("error"):
        text = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else report.longreprtext
        _, mark, reason = text.partition(MARK)
        if mark:
            key = reason.splitlines()[0]
            reasons[key] = reasons.get(key, 0) + 1
    if reasons:
        terminalreporter.section("real parts that were missing")
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count} test(s): {reason}")
