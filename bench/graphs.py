"""The graphs to measure on: a new embedded engine, and the Neo4j that MOORINGS_GRAPH names, which must be empty and is emptied again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import PartMissing
from bench.processes import cpu_s
from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.graph.opening import open_graph
from cmdb.model.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Bench:
    """An empty graph with all constraints and indexes. `pid` is the engine's process, 0 where it is not ours to see."""

    name: str
    graph: Graph
    catalogue: Catalogue
    pid: int = 0

    def engine_cpu_s(self) -> float:
        """CPU-seconds the engine has used so far; 0 where they cannot be seen."""
        return cpu_s(self.pid) if self.pid else 0.0


@contextmanager
def embedded(heap_mb: int = 1024, *, large: bool = False) -> Iterator[Bench]:
    """A new embedded engine in a folder of its own. `large`: as one that is started on a large graph."""
    catalogue = Catalogue.load()
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine.start(Path(folder), heap_mb=heap_mb, large=large) as engine,
        Graph.connect(engine.url, engine.user, engine.password, engine="embedded") as graph,
    ):
        schema.apply(graph, catalogue)
        yield Bench("embedded", graph, catalogue, engine.pid)


@contextmanager
def named(settings: Settings) -> Iterator[Bench]:
    """The Neo4j of the settings. Raises PartMissing where it does not answer, and where it holds anything: it may be somebody's."""
    try:
        graph, _ = open_graph(settings)
    except CmdbError as error:
        raise PartMissing(error.message) from error
    with graph:
        if graph.read("MATCH (n) RETURN n LIMIT 1"):
            raise PartMissing("the Neo4j of MOORINGS_GRAPH is not empty; measuring needs an empty one")
        catalogue = Catalogue.load()
        try:
            schema.apply(graph, catalogue)
            yield Bench("neo4j", graph, catalogue)
        finally:
            while graph.write("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"]:
                pass


def all_engines() -> Iterator[Bench]:
    """The embedded engine, then the Neo4j of the environment where one is named."""
    with embedded() as bench:
        yield bench
    settings = Settings.load()
    if settings.graph_url:
        with named(settings) as bench:
            yield bench
