"""Reads of several, met: one statement for all, and the same answers as alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import GraphTimeout
from cmdb.graph import candidates
from cmdb.graph.door import Graph
from cmdb.graph.meeting import asked, met
from cmdb.model import times

Work = Callable[[Graph], Any]


def _graph(log: list[list[int]]) -> tuple[Graph, Callable[[Graph, Sequence[int]], list[int]]]:
    """A graph that nobody connects to, and a question that is answered by tenfold."""

    def tenfold(_: Graph, asked_for: Sequence[int]) -> list[int]:
        log.append(list(asked_for))
        return [10 * one for one in asked_for]

    return Graph.connect("bolt://127.0.0.1:1", "nobody", "none", engine="embedded"), tenfold


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8))
def test_everybody_gets_his_own_answers(wishes: list[list[int]]) -> None:
    log: list[list[int]] = []
    graph, tenfold = _graph(log)
    with graph:

        def work(mine: Sequence[int], graph: Graph) -> list[int]:
            return [asked(graph, tenfold, one) for one in mine]

        assert met(graph, [partial(work, mine) for mine in wishes]) == [[10 * one for one in mine] for mine in wishes]
    assert len(log) == max(map(len, wishes), default=0), "as many statements as the one who asks most"
    assert sorted(one for asked_for in log for one in asked_for) == sorted(one for mine in wishes for one in mine)


def test_only_one_runs_at_a_time_and_the_time_is_that_of_the_caller() -> None:
    graph, tenfold = _graph([])
    inside: list[int] = []
    most: list[int] = []

    def work(graph: Graph) -> object:
        for _ in range(20):
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            asked(graph, tenfold, 1)
        return times.now()

    with graph, times.doing_again(times.from_text("2020-01-02T03:04:05Z")):
        assert met(graph, [work] * 6) == [times.from_text("2020-01-02T03:04:05Z")] * 6
    assert max(most) == 1


@pytest.mark.parametrize("at_fault", ["one of them", "the graph"])
def test_an_error_is_raised_and_nobody_goes_on_waiting(at_fault: str) -> None:
    graph, tenfold = _graph([])
    before = threading.active_count()
    done: list[int] = []

    def fails(graph: Graph) -> int:
        if at_fault == "one of them":
            raise ValueError("a bug")
        return asked(graph, broken, 1)

    def broken(_: Graph, asked_for: Sequence[int]) -> list[int]:
        raise GraphTimeout(f"It took too long for {len(asked_for)}.")

    def works(graph: Graph) -> None:
        asked(graph, tenfold, 1)
        asked(graph, tenfold, 2)
        done.append(1)

    with graph, pytest.raises(ValueError if at_fault == "one of them" else GraphTimeout):
        met(graph, [works, fails, works])
    assert done == [1, 1], "the others ended as alone"
    assert threading.active_count() == before


def test_who_is_stopped_from_outside_leaves_nobody_behind() -> None:
    graph, _ = _graph([])
    before = threading.active_count()

    def stopped(_: Graph, asked_for: Sequence[int]) -> list[int]:
        raise KeyboardInterrupt

    works: list[Work] = [lambda graph: asked(graph, stopped, 1)] * 3
    with graph, pytest.raises(KeyboardInterrupt):
        met(graph, works)
    assert threading.active_count() == before


def test_each_read_answers_many_as_it_answers_one(graph: Graph) -> None:
    graph.write(
        """
        UNWIND range(1, 6) AS n
        CREATE (c:CI {id: 'c' + toString(n), class: 'device', created_at: 'x', last_seen_at: 'y', sources: ['s']})
        CREATE (i:Identifier {key: 'k' + toString(n), kind: 'serial', value: 'v'})-[:IDENTIFIES {grade: 'strong', scope: ''}]->(c)
        CREATE (s:SourceRecord {key: c.id + '|s|t', said: 'd' + toString(n), absent_at: '', distrusted: '', observed_at: '1'})
        CREATE (s)-[:RECORD_OF]->(c)
        CREATE (p:SoftwareChunk {key: 'p' + toString(n)})-[:LISTS]->(:SoftwareVersion {key: 'w' + toString(n), name: 'n' + toString(n)})
        """
    )
    graph.write("MATCH (a:CI {id: 'c1'}) MATCH (b:CI {id: 'c2'}) CREATE (a)-[:CONNECTED_TO {key: 'connected_to|c1|c2'}]->(b)")
    graph.write("MATCH (i:Identifier {key: 'k3'}) MATCH (b:CI {id: 'c4'}) CREATE (i)-[:IDENTIFIES {grade: 'weak', scope: ''}]->(b)")
    works: list[Work] = [
        lambda graph: candidates.find(graph, ["k1", "k3"]),
        lambda graph: candidates.find(graph, ["k3", "nothing"]),
        lambda graph: candidates.find(graph, []),
        lambda graph: candidates.states(graph, {"c1", "c5", "nothing"}),
        lambda graph: candidates.states(graph, {"c5"}),
        lambda graph: candidates.relations(graph, {"connected_to|c1|c2", "connected_to|c3|c4"}),
        lambda graph: candidates.relations(graph, {"connected_to|c1|c3"}),
        lambda graph: candidates.chunk_rows(graph, ["p1", "p2"]),
        lambda graph: candidates.chunk_rows(graph, ["p2", "p9"]),
        lambda graph: candidates.repeated(graph, [{"ref": "a", "key": "k1", "record": "|s|t", "said": "d1"}]),
        lambda graph: candidates.repeated(
            graph, [{"ref": "a", "key": "k2", "record": "|s|t", "said": "d2"}, {"ref": "b", "key": "k5", "record": "|s|t", "said": "else"}]
        ),
    ]

    def plain(given: Any) -> Any:
        return sorted(given, key=repr) if isinstance(given, list) else given

    alone = [plain(work(graph)) for work in works]
    with graph.counting() as counter:
        together = [plain(found) for found in met(graph, works)]
    assert together == alone
    assert counter.queries == 5, "each kind of question once"
    assert [row["ci"] for row in alone[0]] == ["c1", "c3", "c4", "c4"]
    assert sorted(alone[3]) == ["c1", "c5"]
    assert [len(rows) for rows in alone[5:7]] == [1, 0]
    assert alone[8] == {"p2": [{"name": "n2", "version": None, "arch": None}]}
    assert alone[10] == [{"ref": "a", "ci": "c2", "record": "c2|s|t", "observed_at": "1"}]
