"""Constraints and indexes hold over all classes at once and are used by look-ups, on both engines."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from cmdb.errors import CmdbError, GraphConstraint, Invalid
from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.schema import Entry, Index, Unique
from cmdb.model.catalogue import Catalogue

CATALOGUE = Catalogue.load()
CLASSES = [cls for cls in CATALOGUE.classes.values() if not cls.abstract]


def test_every_entry_is_there_and_applying_again_makes_nothing(graph: Graph) -> None:
    with graph.counting() as counter:
        count = schema.apply(graph, CATALOGUE)
    assert counter.queries <= 3
    there = {row["name"] for row in [*graph.read("SHOW CONSTRAINTS"), *graph.read("SHOW INDEXES")]}
    wanted = {entry.name for entry in schema.entries(CATALOGUE, graph.engine)}
    assert wanted <= there
    assert count == len(wanted)
    assert {f"moorings_unique_{one.label.lower()}_key" for one in CATALOGUE.relations.values()} <= wanted


def test_an_id_is_unique_whatever_the_class(graph: Graph) -> None:
    for cls in CLASSES[:8]:
        query: Any = f"CREATE (:CI:{cls.label} {{id: $id}})"
        graph.write(query, id=cls.name)
        for other in ("CI", f"CI:{CLASSES[9].label}", f"CI:{cls.label}"):
            again: Any = f"CREATE (:{other} {{id: $id}})"
            with pytest.raises(GraphConstraint):
                graph.write(again, id=cls.name)
    assert graph.read("MATCH (c:CI) RETURN count(c) AS n") == [{"n": 8}]


def test_two_relations_of_one_type_and_key_cannot_be(graph: Graph) -> None:
    graph.write("CREATE (:CI:Server {id: 'a'})-[:RUNS_ON {key: 'runs_on|a|b'}]->(:CI:Server {id: 'b'})")
    with pytest.raises(GraphConstraint):
        graph.write("MATCH (a:CI {id: 'a'}) MATCH (b:CI {id: 'b'}) CREATE (a)-[:RUNS_ON {key: 'runs_on|a|b'}]->(b)")
    graph.write("MATCH (a:CI {id: 'a'}) MATCH (b:CI {id: 'b'}) MERGE (a)-[r:RUNS_ON {key: 'runs_on|a|b'}]->(b) SET r.port = 1")
    assert graph.read("MATCH (:CI)-[r:RUNS_ON]->() RETURN r.port AS port") == [{"port": 1}]


@pytest.mark.slow
def test_looking_up_by_id_uses_the_index_over_all_classes(graph: Graph) -> None:
    """50,000 nodes of all classes: 200 look-ups by id cost a small part of one scan for each, so they do not scan."""
    per_class = 50_000 // len(CLASSES)
    for cls in CLASSES:
        rows = [{"id": f"{cls.name}-{n}", "class": cls.name, "display_lower": f"{cls.name} {n}"} for n in range(per_class)]
        query: Any = f"UNWIND $rows AS row CREATE (c:CI:{cls.label}) SET c = row"
        graph.write(query, rows=rows)
    ids = [f"{cls.name}-{n}" for cls in CLASSES for n in range(0, per_class, per_class // 4)][:200]
    looked_up = "UNWIND $ids AS id MATCH (c:CI {id: id}) RETURN count(c) AS n"
    assert graph.read(looked_up, ids=ids) == [{"n": len(ids)}]
    scan = _seconds(lambda: graph.read("MATCH (c:CI) WHERE c.unindexed = 1 RETURN count(c) AS n"))
    many = _seconds(lambda: graph.read(looked_up, ids=ids))
    assert many < scan * len(ids) / 5
    assert len(graph.read("MATCH (c:CI) WHERE c.display_lower STARTS WITH 'laptop 1' RETURN c.id AS id")) > 10
    counted = graph.read("MATCH (c:CI) WHERE c.class = 'server' RETURN count(c) AS n")
    assert counted == [{"n": per_class}]


def _seconds(work: Any) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def test_doubles_in_the_data_are_named(graph: Graph) -> None:
    label = f"Double{time.monotonic_ns()}"
    query: Any = f"CREATE (:{label} {{id: 1}}), (:{label} {{id: 1}})"
    graph.write(query)
    with pytest.raises(GraphConstraint, match=rf"{label}\.id cannot be made unique"):
        schema.make(graph, Unique(label, "id"))


def test_several_may_apply_at_once(graph: Graph) -> None:
    label = f"Race{time.monotonic_ns()}"
    entries: list[Entry] = [Unique(label, "id"), Index(label, "name"), Unique(label.upper(), "key", relation=True)]
    errors: list[CmdbError] = []
    begin = threading.Barrier(4)

    def run() -> None:
        begin.wait()
        try:
            for entry in entries:
                schema.make(graph, entry)
        except CmdbError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_names_cannot_carry_cypher() -> None:
    with pytest.raises(Invalid, match="cannot be the name"):
        schema.statements(replace(CATALOGUE, relations={"x": replace(CATALOGUE.relations["runs_on"], label="X]-() DELETE r //")}), "neo4j")


def test_the_fingerprint_follows_the_catalogue() -> None:
    fewer = replace(CATALOGUE, relations={"runs_on": CATALOGUE.relations["runs_on"]})
    for engine in ("neo4j", "embedded"):
        assert schema.fingerprint(CATALOGUE, engine) == schema.fingerprint(Catalogue.load(), engine)
        assert schema.fingerprint(CATALOGUE, engine) != schema.fingerprint(fewer, engine)
