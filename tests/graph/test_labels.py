"""A class that turns out to be another one: the label changes, everything else stays, on both engines."""

from __future__ import annotations

import pytest

from cmdb.errors import GraphConstraint, Invalid
from cmdb.graph.door import Graph, Tx
from cmdb.graph.labels import relabel


@pytest.fixture
def node(graph: Graph) -> Graph:
    graph.write("CREATE CONSTRAINT labels_ci IF NOT EXISTS FOR (c:CI) REQUIRE c.id IS UNIQUE")
    graph.write("CREATE (:CI:Server {id: 'a', class: 'server', rev: 1})-[:RUNS {k: 1}]->(:CI:Person {id: 'p'})")
    return graph


def test_everything_but_the_label_stays(node: Graph) -> None:
    assert node.writing(lambda tx: relabel(tx, "a", "Server", "Hypervisor"))
    rows = node.read("MATCH (c:CI {id: 'a'})-[r:RUNS]->(p) RETURN labels(c) AS labels, properties(c) AS c, r.k AS k, p.id AS p")
    assert [set(row.pop("labels")) for row in rows] == [{"CI", "Hypervisor"}]
    assert rows == [{"c": {"id": "a", "class": "server", "rev": 1}, "k": 1, "p": "p"}]
    assert node.read("MATCH (c:Server) RETURN c") == []
    assert len(node.read("MATCH (c:Hypervisor) RETURN c")) == 1


def test_inside_a_transaction_that_changes_more(node: Graph) -> None:
    def work(tx: Tx) -> None:
        tx.run("MATCH (c:CI {id: 'a'}) SET c.rev = 2")
        tx.run("MATCH (c:CI {id: 'a'}) CREATE (:Event {id: 'e1'})-[:EVENT_OF]->(c)")
        relabel(tx, "a", "Server", "Hypervisor")
        tx.run("UNWIND ['a'] AS id MATCH (c:CI {id: id}) SET c += {class: 'hypervisor', rev: 3}")
        tx.run("MATCH (c:CI {id: 'a'}) CREATE (:Event {id: 'e2'})-[:EVENT_OF]->(c)")
        tx.run("MATCH (c:CI {id: 'a'})-[r:RUNS]->() DELETE r")

    node.writing(work)
    rows = node.read("MATCH (e:Event)-[:EVENT_OF]->(c:Hypervisor) RETURN e.id AS event, c.rev AS rev, c.class AS class ORDER BY event")
    assert rows == [{"event": "e1", "rev": 3, "class": "hypervisor"}, {"event": "e2", "rev": 3, "class": "hypervisor"}]
    assert node.read("MATCH (:CI {id: 'a'})-[r:RUNS]->() RETURN r") == []


def test_the_id_stays_unique(node: Graph) -> None:
    node.writing(lambda tx: relabel(tx, "a", "Server", "Hypervisor"))
    for query in (
        "CREATE (:CI:Server {id: 'a'})",
        "CREATE (:CI:Hypervisor {id: 'a'})",
        "CREATE (:CI:Laptop {id: 'a'})",
        "CREATE (:CI {id: 'a'})",
    ):
        with pytest.raises(GraphConstraint):
            node.write(query)
    assert node.writing(lambda tx: relabel(tx, "a", "Hypervisor", "Server"))
    assert len(node.read("MATCH (c:CI {id: 'a'}) RETURN c")) == 1


def test_an_unknown_node_is_said(node: Graph) -> None:
    assert not node.writing(lambda tx: relabel(tx, "nobody", "Server", "Hypervisor"))


def test_a_label_cannot_carry_cypher(node: Graph) -> None:
    with pytest.raises(Invalid, match="no label"):
        node.writing(lambda tx: relabel(tx, "a", "Server", "X DETACH DELETE c"))
