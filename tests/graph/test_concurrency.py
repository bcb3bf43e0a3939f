"""Many writers at once: exactly one wins where one may win, nothing is lost where all may write. On both engines."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from cmdb.errors import CmdbError, GraphConstraint
from cmdb.graph.door import Graph, Tx

CLIENTS = 64


def together(count: int, work: Callable[[int], object]) -> Counter[str]:
    """Run `work` in `count` threads that begin at once; how often each result or error came."""
    results: Counter[str] = Counter()
    begin = threading.Barrier(count)

    def run(number: int) -> None:
        begin.wait()
        try:
            result = str(work(number))
        except CmdbError as error:
            result = type(error).__name__
        results[result] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return results


def test_a_uniqueness_constraint_has_one_winner_of_64(graph: Graph) -> None:
    graph.write("CREATE (:CI:Laptop {id: 'laptop'})")
    graph.write("UNWIND range(0, 63) AS n CREATE (:CI:Person {id: 'person' + n})")

    def take(number: int) -> str:
        graph.write(
            "MATCH (p:CI {id: $person}) MATCH (l:CI {id: 'laptop'}) CREATE (p)-[:USED_BY {key: 'laptop', who: $person}]->(l)",
            person=f"person{number}",
        )
        return "won"

    assert together(CLIENTS, take) == {"won": 1, "GraphConstraint": CLIENTS - 1}
    assert graph.read("MATCH ()-[r:USED_BY]->() RETURN count(r) AS n") == [{"n": 1}]


def test_a_lock_written_before_the_check_has_one_winner_of_64(graph: Graph) -> None:
    graph.write("CREATE (:Loan {id: 'loan'})")

    def take(number: int) -> bool:
        query = "MATCH (l:Loan {id: 'loan'}) SET l.lock = $me WITH l WHERE l.holder IS NULL SET l.holder = $me RETURN l.holder AS holder"
        return bool(graph.write(query, me=f"clerk{number}"))

    assert together(CLIENTS, take) == {"True": 1, "False": CLIENTS - 1}


def test_nobody_s_increment_is_lost(graph: Graph) -> None:
    graph.write("CREATE (:Probe {n: 0})")
    assert together(32, lambda _: graph.write("MATCH (p:Probe) SET p.n = p.n + 1 RETURN 1 AS one")[0]["one"]) == {"1": 32}
    assert graph.read("MATCH (p:Probe) RETURN p.n AS n") == [{"n": 32}]


def test_locks_in_opposite_order_end_well(graph: Graph) -> None:
    graph.write("CREATE (:Probe {id: 0, n: 0}), (:Probe {id: 1, n: 0})")

    def work(tx: Tx, first: int) -> None:
        for one in (first, 1 - first):
            tx.run("MATCH (p:Probe {id: $id}) SET p.n = p.n + 1", id=one)
            time.sleep(0.02)

    assert together(12, lambda number: graph.writing(lambda tx: work(tx, number % 2))) == {"None": 12}
    assert graph.read("MATCH (p:Probe) RETURN p.n AS n") == [{"n": 12}, {"n": 12}]


def test_labels_and_types_seen_for_the_first_time_by_many_at_once(graph: Graph) -> None:
    tag = f"T{time.monotonic_ns()}"  # new in this engine, whatever ran before

    def create(number: int) -> str:
        labels = (f"{tag}A{number % 3}", f"{tag}R{number % 2}", f"{tag}B{number % 2}")
        query = "CREATE (:CI:{} {{id: $a}})-[:{} {{key: $a}}]->(:CI:{} {{id: $b}})".format(*labels)
        graph.write(query, a=f"a{number}", b=f"b{number}")
        return "made"

    assert together(16, create) == {"made": 16}
    assert graph.read("MATCH (:CI)-[r]->(:CI) RETURN count(r) AS n") == [{"n": 16}]


def test_the_loser_of_a_merge_sees_a_constraint_error_or_the_winner_s_node(graph: Graph) -> None:
    results = together(40, lambda _: graph.write("MERGE (i:Identifier {key: 'mac||02'}) RETURN count(i) AS n")[0]["n"])
    assert set(results) <= {"1", GraphConstraint.__name__}
    assert results["1"] >= 1
    assert graph.read("MATCH (i:Identifier) RETURN count(i) AS n") == [{"n": 1}]
