"""Many at once: several processes that tell of the same devices, and one observation of thousands of items that is interrupted."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cmdb.errors import GraphUnavailable
from cmdb.graph.door import EngineName, Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source
from reconciliation import batches, reconcile
from tests.reconciliation.conftest import START
from tests.reconciliation.dump import dump

PROCESSES, DEVICES, ROUNDS = 4, 5, 2
Where = tuple[EngineName, str, str, str]


def _told(process: int, turn: int, first: int) -> Observation:
    """Devices with a port each, a service that depends on them all, as one source tells it. Every process begins elsewhere."""
    items: list[Item] = [Item("pay", "service", (Identifier("name", "Payroll"),), {"name": "Payroll"})]
    relations = []
    for step in range(DEVICES):
        n = (first + step) % DEVICES
        items.append(Item(f"d{n}", "server", (Identifier("serial", f"MANY{n:04}Z"),), {"name": f"d{n}", "os_version": str(turn)}))
        items.append(Item(f"p{n}", "interface", (Identifier("if_name", "eth0"),), {"mtu": 1500 + turn}, parent=f"d{n}"))
        relations.append(Relation("depends_on", "pay", f"d{n}"))
    covered = tuple(Coverage(f"d{n}", "interfaces", "complete") for n in range(DEVICES))
    at = START + timedelta(minutes=turn * 10 + process)
    return Observation(f"p{process}-{turn}", Source("agent", f"a{process}"), at, tuple(items), tuple(relations), covered)


def work(where: Where, process: int) -> None:
    """What one process does."""
    engine, url, user, password = where
    with Graph.connect(url, user, password, engine=engine) as graph:
        catalogue = Catalogue.load()
        for turn in range(ROUNDS):
            reconcile(graph, catalogue, _told(process, turn, process))


@pytest.fixture(params=["embedded", "neo4j"])
def reached(request: pytest.FixtureRequest) -> tuple[Graph, Where]:
    """A graph, and how another process reaches it."""
    name = str(request.param)
    graph: Graph = request.getfixturevalue(f"{name}_graph")
    server: Any = request.getfixturevalue("embedded_engine" if name == "embedded" else "neo4j_server")
    return graph, (graph.engine, server.url, server.user, server.password)


@pytest.mark.timeout(300)
def test_processes_that_tell_of_the_same_devices(reached: tuple[Graph, Where]) -> None:
    """No device, port, record or relation twice; no word of any process is lost."""
    graph, where = reached
    spawn = multiprocessing.get_context("spawn")
    running = [spawn.Process(target=work, args=(where, number)) for number in range(PROCESSES)]
    for process in running:
        process.start()
    for process in running:
        process.join(280)
    assert [process.exitcode for process in running] == [0] * PROCESSES
    rows = graph.read("MATCH (c:CI) RETURN c.class AS class, count(*) AS n, count(DISTINCT c.display_lower) AS names")
    assert {row["class"]: row["n"] for row in rows} == {"server": DEVICES, "interface": DEVICES, "service": 1}
    sources = graph.read("MATCH (c:CI) WHERE c.class = 'server' RETURN c.sources AS sources, c.os_version AS os")
    assert all(row == {"sources": [f"agent:a{n}" for n in range(PROCESSES)], "os": str(ROUNDS - 1)} for row in sources)
    held = graph.read("MATCH (a:CI)-[r]->(b:CI) RETURN type(r) AS type, count(r) AS n, count(DISTINCT r.key) AS keys")
    assert {row["type"]: (row["n"], row["keys"]) for row in held} == {"PART_OF": (DEVICES, DEVICES), "DEPENDS_ON": (DEVICES, DEVICES)}
    claims = graph.read("MATCH (:CI)-[r:PART_OF]->(:CI) RETURN size(r.claims) AS n")
    assert [row["n"] for row in claims] == [PROCESSES] * DEVICES


def _large(count: int) -> Observation:
    items = tuple(Item(f"m{n}", "laptop", (Identifier("serial", f"LARGE{n:06}"),), {"name": f"m{n}", "model": "A"}) for n in range(count))
    return Observation("large", Source("import", "list.csv"), START, items)


@pytest.mark.timeout(300)
def test_a_large_observation_goes_on_where_it_was(embedded_graph: Graph, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 items in one observation: the engine goes away in the middle; said again, it ends as if nothing had been."""
    graph, seen = embedded_graph, _large(5_000)
    assert max(len(batch.items) for batch in batches.batches(seen)) <= batches.LARGEST
    real, counted = Graph.writing, "MATCH (c:CI) RETURN count(c) AS n"

    def failing(self: Graph, task: Callable[..., Any], **more: Any) -> Any:
        if self.read(counted)[0]["n"] >= batches.LARGEST:
            raise GraphUnavailable("The graph went away.")
        return real(self, task, **more)

    monkeypatch.setattr(Graph, "writing", failing)
    with pytest.raises(GraphUnavailable):
        reconcile(graph, catalogue, seen)
    monkeypatch.setattr(Graph, "writing", real)
    assert graph.read(counted) == [{"n": batches.LARGEST}]
    changes = reconcile(graph, catalogue, seen)
    assert (len(changes.resolved), sum(c.kind == "ci_created" for c in changes.changes)) == (5_000, 5_000 - batches.LARGEST)
    cis, relations, records = dump(graph)
    assert (len(cis), relations, len(records)) == (5_000, [], 5_000)
    assert reconcile(graph, catalogue, replace(seen, id="again")).changes == ()
