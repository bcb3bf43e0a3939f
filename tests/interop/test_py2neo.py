"""py2neo reads and writes the same graph as the official driver, on both engines (extra `interop`)."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from tests.real_parts import real_part_missing


def other_driver(url: str, user: str, password: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import py2neo
        except ImportError:
            real_part_missing("py2neo (extra interop)")
        return py2neo.Graph(url, auth=(user, password))


def read_by_both(graph: Graph, other: Any) -> None:
    graph.write(
        "CREATE (s:CI:Server {id: 'srv-1', name: 'Zürich €', cores: 8, load: 0.5, up: true, tags: ['a', 'b']})"
        "-[:RUNS_ON {key: 'runs_on|srv-1|hv-1', sources: ['ssh']}]->(:CI:Hypervisor {id: 'hv-1', name: 'hv-1'})"
    )
    rows = other.run("MATCH (s:CI {id: $id})-[r:RUNS_ON]->(h:CI) RETURN s, r.sources AS sources, h.id AS host", id="srv-1").data()
    assert [(row["sources"], row["host"]) for row in rows] == [(["ssh"], "hv-1")]
    assert dict(rows[0]["s"]) == {"id": "srv-1", "name": "Zürich €", "cores": 8, "load": 0.5, "up": True, "tags": ["a", "b"]}
    other.run("MATCH (s:CI {id: 'srv-1'}) SET s.note = $note", note="by the other driver")
    assert graph.read("MATCH (s:CI {id: 'srv-1'}) RETURN s.note AS note") == [{"note": "by the other driver"}]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_embedded_engine_speaks_to_py2neo(embedded_graph: Graph, embedded_engine: Engine) -> None:
    read_by_both(embedded_graph, other_driver(embedded_engine.url, embedded_engine.user, embedded_engine.password))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_neo4j_speaks_to_py2neo(neo4j_graph: Graph, neo4j_server: Any) -> None:
    read_by_both(neo4j_graph, other_driver(neo4j_server.url, neo4j_server.user, neo4j_server.password))
