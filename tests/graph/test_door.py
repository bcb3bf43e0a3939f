"""The door: reads, writes, errors in the house's words, on both engines."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmdb.errors import Conflict, GraphError, GraphTimeout, GraphUnavailable, Invalid
from cmdb.graph.door import Graph, Tx
from cmdb.graph.engine import Engine

ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c WHERE c % 7 = 3 RETURN count(c) AS n"


def test_what_was_written_is_read(graph: Graph) -> None:
    graph.write(
        "CREATE (c:Probe {name: $name, tags: $tags, n: $n, f: $f, yes: $yes})", name="Zürich €", tags=["a", "b"], n=7, f=0.5, yes=True
    )
    rows = graph.read("MATCH (c:Probe) RETURN c, c.name AS name, {inner: c, all: [c.n]} AS map")
    node = {"name": "Zürich €", "tags": ["a", "b"], "n": 7, "f": 0.5, "yes": True}
    assert rows == [{"c": node, "name": "Zürich €", "map": {"inner": node, "all": [7]}}]


def test_counting_counts_this_block_only(graph: Graph) -> None:
    graph.read("RETURN 1 AS one")
    with graph.counting() as outer:
        graph.reading(lambda tx: [tx.run("RETURN 1 AS one"), tx.run("RETURN 2 AS two")])
        with graph.counting() as inner:
            graph.read("RETURN 3 AS three")
    graph.read("RETURN 4 AS four")
    assert (outer.queries, inner.queries) == (3, 1)
    assert inner.statements == ["RETURN 3 AS three"]


def test_a_statement_that_cannot_be_read_is_a_graph_error(graph: Graph) -> None:
    with pytest.raises(GraphError, match="refused"):
        graph.read("THIS IS NOT CYPHER")


@pytest.mark.parametrize("value", ["half a pair \ud800", 2**63, object()])
def test_a_value_no_engine_can_hold_is_invalid_and_does_no_harm(graph: Graph, value: object) -> None:
    with pytest.raises(Invalid, match="cannot be stored"):
        graph.write("CREATE (:Probe {v: $v})", v=value)
    assert graph.read("MATCH (p:Probe) RETURN count(p) AS n") == [{"n": 0}]


@pytest.mark.parametrize(
    "value",
    ["NUL \x00 inside", "😀 \u202e", "'}) DETACH DELETE n //", "", 2**63 - 1, -(2**63), 1e308, [], ["a", ""], "x" * 2_000_000],
    ids=["nul", "emoji", "cypher", "empty", "greatest", "least", "float", "nothing", "texts", "long"],
)
def test_hostile_values_come_back_as_they_went(graph: Graph, value: object) -> None:
    graph.write("CREATE (:Probe {v: $v})", v=value)
    assert graph.read("MATCH (p:Probe) RETURN p.v AS v") == [{"v": value}]


def test_work_that_raises_is_rolled_back_and_not_repeated(graph: Graph) -> None:
    calls = 0

    def work(tx: Tx) -> None:
        nonlocal calls
        calls += 1
        tx.run("CREATE (:Probe)")
        raise Conflict("Somebody else was first.")

    with pytest.raises(Conflict, match="first"):
        graph.writing(work)
    assert calls == 1
    assert graph.read("MATCH (p:Probe) RETURN count(p) AS n") == [{"n": 0}]


def test_a_read_cannot_be_used_to_write_unnoticed(neo4j_graph: Graph) -> None:
    with pytest.raises(GraphError):
        neo4j_graph.read("CREATE (:Probe)")


def test_a_query_over_its_time_limit_is_stopped(neo4j_graph: Graph) -> None:
    started = time.monotonic()
    with pytest.raises(GraphTimeout, match="time limit"):
        neo4j_graph.reading(lambda tx: tx.run(ENDLESS), timeout_s=1)
    assert time.monotonic() - started < 30
    assert neo4j_graph.read("RETURN 1 AS one") == [{"one": 1}]


def test_the_embedded_engine_has_its_limit_from_its_start(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path, heap_mb=256, light=True, query_timeout_s=5)
    with engine, Graph.connect(engine.url, engine.user, engine.password, engine="embedded") as graph:
        graph.write("UNWIND range(1, 200) AS n CREATE (:Probe {n: n})")
        for endless in (ENDLESS, "MATCH (a), (b), (c), (d) WHERE a.n + b.n + c.n + d.n = -1 RETURN count(*) AS n"):
            started = time.monotonic()
            with pytest.raises(GraphTimeout, match="time limit"):
                graph.read(endless)
            assert time.monotonic() - started < 30
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]


def test_nobody_there_is_said_quickly() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with (
        Graph.connect(f"bolt://127.0.0.1:{port}", "neo4j", "x", engine="neo4j") as graph,
        pytest.raises(GraphUnavailable, match="cannot be reached"),
    ):
        graph.ping()
    assert time.monotonic() - started < 6


def test_somebody_who_accepts_and_says_nothing_is_said_too() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"bolt://127.0.0.1:{silent.getsockname()[1]}"
        with Graph.connect(url, "neo4j", "x", engine="neo4j") as graph, pytest.raises(GraphUnavailable):
            graph.ping()


@pytest.mark.parametrize("url", ["http://localhost:7474", "localhost", "bolt://", "bolt://h:99999999", "bolt://h:port"])
def test_an_address_that_cannot_be_one_is_invalid(url: str) -> None:
    with pytest.raises(Invalid, match="graph address") as caught:
        Graph.connect(url, "u", "p", engine="neo4j").close()
    assert caught.value.field == "graph_url"


def test_more_clients_than_connections_wait_for_their_turn(embedded_engine: Engine) -> None:
    engine = embedded_engine
    few = Graph.connect(engine.url, engine.user, engine.password, engine="embedded", pool_size=2)
    with few as graph, ThreadPoolExecutor(12) as threads:
        rows = list(threads.map(lambda n: graph.read("RETURN $n AS n", n=n), range(48)))
    assert rows == [[{"n": n}] for n in range(48)]


def test_ten_thousand_rows_with_nodes_in_them(graph: Graph) -> None:
    graph.write("UNWIND range(1, 10000) AS n CREATE (:Probe {n: n, text: 'x' + n})")
    rows = graph.read("MATCH (p:Probe) RETURN p ORDER BY p.n")
    assert len(rows) == 10_000
    assert rows[9_999] == {"p": {"n": 10_000, "text": "x10000"}}
