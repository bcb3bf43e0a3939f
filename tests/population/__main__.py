"""`python -m tests.population --devices 10000 --seed 1 --engine embedded`: the table of one world, per kind of trouble."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.model.catalogue import Catalogue
from tests.engines.neo4j import Neo4jServer
from tests.population.deciding import decide
from tests.population.foreign import FOREIGN
from tests.population.fourth import FOURTH
from tests.population.habits import HABITS
from tests.population.running import run
from tests.population.telling import TROUBLES, tell
from tests.population.third import THIRD


@contextmanager
def _graph(engine: str, catalogue: Catalogue) -> Iterator[Graph]:
    with tempfile.TemporaryDirectory() as folder:
        if engine == "neo4j":
            server = Neo4jServer.start(Path(folder))
            try:
                with Graph.connect(server.url, server.user, server.password, engine="neo4j") as graph:
                    schema.apply(graph, catalogue)
                    yield graph
            finally:
                server.kill()
            return
        with (
            Engine.start(Path(folder), heap_mb=1024) as started,
            Graph.connect(started.url, started.user, started.password, engine="embedded") as graph,
        ):
            schema.apply(graph, catalogue)
            yield graph


def main() -> None:
    """Tell a world, reconcile it, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.population", description=__doc__)
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--engine", choices=("embedded", "neo4j", "memory"), default="embedded", help="memory: the decisions alone, without a graph"
    )
    parser.add_argument("--foreign", action="store_true", help="the stories of another people's world")
    parser.add_argument("--third", action="store_true", help="the stories of a third people's world")
    parser.add_argument("--fourth", action="store_true", help="the stories of a fourth people's world")
    parser.add_argument("--habit", choices=sorted(HABITS), default="plain", help="how and when the world speaks")
    parser.add_argument("--examples", type=int, default=0, help="show so many examples of what went wrong")
    chosen = parser.parse_args()
    catalogue = Catalogue.load()
    stories = FOURTH if chosen.fourth else THIRD if chosen.third else FOREIGN if chosen.foreign else TROUBLES
    tale = HABITS[chosen.habit](tell(chosen.devices, chosen.seed, stories), chosen.seed)
    print(f"{len(tale.trouble)} things, {len(tale.said)} observations, seed {chosen.seed}, {chosen.engine}", flush=True)
    started = time.monotonic()
    if chosen.engine == "memory":
        found = decide(catalogue, tale)
    else:
        with _graph(chosen.engine, catalogue) as graph:
            started = time.monotonic()
            found = run(graph, catalogue, tale, progress=10_000)
    took = time.monotonic() - started
    print(found.table())
    print(f"{len(tale.said) / took:.0f} observations a second")
    for kind, what, truths, cis in found.examples[: chosen.examples]:
        print(f"  {kind}: {what}: {', '.join(truths)} on {', '.join(cis)}")


if __name__ == "__main__":
    main()
