"""An engine that goes away in the middle and comes back: said once as unavailable, and the same `Graph` goes on. Both engines."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cmdb.config import Secret, Settings
from cmdb.errors import CmdbError, GraphUnavailable
from cmdb.graph.door import EngineName, Graph
from cmdb.graph.engine import Engine
from cmdb.graph.opening import open_graph
from tests.engines.neo4j import Neo4jMissing, Neo4jServer
from tests.real_parts import real_part_missing


@dataclass
class Part:
    """A graph whose engine can be killed and started again."""

    graph: Graph
    kill: Callable[[], None]
    start: Callable[[], None]


@pytest.fixture(params=["embedded", "neo4j"])
def part(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Part]:
    wanted = os.environ.get("MOORINGS_TEST_ENGINES", "")
    if wanted and request.param not in wanted:
        pytest.skip("MOORINGS_TEST_ENGINES leaves it out")
    yield from (_embedded if request.param == "embedded" else _neo4j)(tmp_path)


def _embedded(folder: Path) -> Iterator[Part]:
    engine = Engine.start(folder, heap_mb=256, light=True)
    port = int(engine.url.rpartition(":")[2])
    box = [engine]
    graph = _connect(engine.url, engine.user, engine.password, "embedded")

    def kill() -> None:
        os.kill(box[0].pid, signal.SIGKILL)
        box[0].stop()

    yield Part(graph, kill, lambda: box.__setitem__(0, Engine.start(folder, port=port, heap_mb=256, light=True)))
    graph.close()
    box[0].stop()


def _neo4j(folder: Path) -> Iterator[Part]:
    try:
        server = Neo4jServer.start(folder)
    except Neo4jMissing as missing:
        real_part_missing(f"Neo4j ({missing})")
    graph = _connect(server.url, server.user, server.password, "neo4j")
    yield Part(graph, server.kill, server.restart)
    graph.close()
    server.kill()


def _connect(url: str, user: str, password: str, engine: EngineName) -> Graph:
    return Graph.connect(url, user, password, engine=engine)


@pytest.mark.timeout(300)
def test_away_and_back(part: Part) -> None:
    part.graph.write("CREATE (:Probe {n: 1})")
    part.kill()
    for call in (lambda: part.graph.read("RETURN 1 AS one"), lambda: part.graph.write("CREATE (:Probe {n: 2})"), part.graph.ping):
        started = time.monotonic()
        with pytest.raises(GraphUnavailable, match="cannot be reached"):
            call()
        assert time.monotonic() - started < 10
    part.start()
    assert part.graph.read("RETURN 1 AS one") == [{"one": 1}]  # the connections of before are stale; nobody has to know
    part.graph.write("CREATE (:Probe {n: 3})")
    assert [row["n"] for row in part.graph.read("MATCH (p:Probe) RETURN p.n AS n ORDER BY n")] == [1, 3]


@pytest.mark.timeout(300)
def test_a_commit_in_doubt_is_not_repeated(part: Part) -> None:
    """Kill the engine inside a transaction: the work fails as unavailable and is not there afterwards."""

    def work(tx: object) -> None:
        tx.run("CREATE (:Probe {n: 1})")  # type: ignore[attr-defined]
        part.kill()

    with pytest.raises(CmdbError):
        part.graph.writing(work)
    part.start()
    assert part.graph.read("MATCH (p:Probe) RETURN count(p) AS n") == [{"n": 0}]


@pytest.mark.timeout(300)
def test_a_neo4j_is_opened_by_its_address_and_a_wrong_password_is_said(neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, graph_url=neo4j_server.url, graph_user="neo4j", graph_password=Secret(neo4j_server.password))
    graph, engine = open_graph(settings)
    with graph:
        assert (graph.engine, engine) == ("neo4j", None)
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]
    assert list(tmp_path.iterdir()) == []  # no embedded engine beside it
    wrong = Settings(data=tmp_path, graph_url=neo4j_server.url, graph_password=Secret("wrong"))
    with pytest.raises(GraphUnavailable, match="does not accept the user name and password") as caught:
        open_graph(wrong)
    assert "wrong" not in caught.value.message
