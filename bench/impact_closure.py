"""Impact closure of 5,000 in 100,000 CIs, beside the level-by-level Cypher alone (goal: at most three times as long).

python -m bench.impact_closure [--cis 100000] [--hit 5000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from bench import graphs
from bench.figures import Figure
from cmdb.graph.door import Graph
from cmdb.impact.answer import answer
from cmdb.impact.question import ask

_FAN = 8


def fill(graph: Graph, cis: int, hit: int) -> None:
    """A tree of `hit` dependents under the CI `c0`, and beside it CIs in trees of the same kind."""
    nodes = [{"id": f"c{n}", "seen": "2026-11-22T10:00:00.000Z"} for n in range(cis)]
    edges = [{"a": f"c{n}", "b": f"c{n // hit * hit + (n % hit - 1) // _FAN}"} for n in range(cis) if n % hit]
    for at in range(0, cis, 5000):
        graph.write(
            "UNWIND $rows AS r CREATE (:CI:Server {id: r.id, class: 'server', display_name: r.id, display_lower: r.id, "
            "presence: 'present', rev: 1, last_seen_at: r.seen})",
            rows=nodes[at : at + 5000],
        )
    for at in range(0, len(edges), 5000):
        graph.write(
            "UNWIND $rows AS r MATCH (a:CI {id: r.a}) MATCH (b:CI {id: r.b}) CREATE (a)-[:DEPENDS_ON {key: r.a + r.b}]->(b)",
            rows=edges[at : at + 5000],
        )


def by_cypher_alone(graph: Graph) -> int:
    """The dependents of `c0`, level by level, ids only."""
    seen, frontier = {"c0"}, ["c0"]
    while frontier:
        rows = graph.read("UNWIND $ids AS id MATCH (:CI {id: id})<-[:DEPENDS_ON]-(o:CI) RETURN DISTINCT o.id AS id", ids=frontier)
        frontier = [row["id"] for row in rows if row["id"] not in seen]
        seen.update(frontier)
    return len(seen)


def timed(work: Callable[[], int], rounds: int) -> dict[str, float]:
    """Seconds: median and worst of `rounds` after one to warm up; and what it counted."""
    counted, spans = work(), []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        spans.append(time.perf_counter() - started)
    return {"median_s": round(statistics.median(spans), 4), "worst_s": round(max(spans), 4), "counted": counted}


def measured(cis: int, hit: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """A graph filled anew; the times of Cypher alone and of the answer."""
    with graphs.embedded() as bench:
        fill(bench.graph, cis, hit)
        alone = timed(lambda: by_cypher_alone(bench.graph), rounds)
        whole = timed(lambda: int(answer(bench.graph, bench.catalogue, ask(["c0"]))["counts"]["down"]), rounds)
    return alone, whole


def run(size: int) -> list[Figure]:
    """One CI of which a twentieth of all depends."""
    alone, whole = measured(max(40, size), max(10, size // 20), 5 if size >= 1000 else 2)
    name = f"impact closure, {whole['counted']:,.0f} down of {max(40, size):,} CIs"
    return [Figure(name, whole["median_s"] * 1000, "ms", "level-by-level Cypher alone", alone["median_s"] * 1000, "<= 3x at 100,000 CIs")]


def main() -> None:
    """Fill a graph, measure both, print JSON."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--cis", type=int, default=100_000)
    words.add_argument("--hit", type=int, default=5_000)
    words.add_argument("--rounds", type=int, default=5)
    given = words.parse_args()
    alone, whole = measured(given.cis, given.hit, given.rounds)
    ratio = round(whole["median_s"] / alone["median_s"], 2)
    print(json.dumps({"cis": given.cis, "cypher_alone": alone, "impact": whole, "ratio": ratio}, indent=2))


if __name__ == "__main__":
    main()
