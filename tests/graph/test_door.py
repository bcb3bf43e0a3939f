"""The door: reads, writes, errors in the house's words, on both engines."""

from __future__ import annotations

import pytest

from cmdb.errors import GraphError
from cmdb.graph.door import Graph


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
