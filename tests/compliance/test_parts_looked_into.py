"""What a part of a software list says is found out once a day and list of ours, not at each judging."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest

from cmdb.compliance import endpoints
from cmdb.compliance.endpoints import knowledge
from cmdb.compliance.software import NOTHING, Findings
from cmdb.graph.door import Graph
from cmdb.graph.endpoint_facts import products_of
from cmdb.model import times

PART, PLAIN, NOT_THERE = "part of a test", "part of a test that says nothing", "part that is not there"


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    endpoints._said_by.cache_clear()
    yield
    endpoints._said_by.cache_clear()


def _said(graph: Graph, days: int = 0) -> tuple[dict[str, Findings], int]:
    known = knowledge(graph, times.from_text("2026-11-20T12:00:00Z") + timedelta(days=days))
    with graph.counting() as counter:
        endpoints._look_into(graph, {PART, PLAIN, NOT_THERE}, known)
    return known.chunks, counter.queries


def _list(graph: Graph, part: str, name: str) -> None:
    graph.write(
        "CREATE (p:SoftwareChunk {key: $part}) CREATE (p)-[:LISTS]->(:SoftwareVersion {key: $name, name: $name, version: '1.0'})",
        part=part,
        name=name,
    )


def test_a_part_is_looked_into_once_a_day(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(graph, PART, "TeamViewer")
    _list(graph, PLAIN, "a program nobody asks about")
    first, asked = _said(graph)
    assert (first[PART].remote_control, first[PLAIN], first[NOT_THERE]) == (frozenset({"TeamViewer 1.0"}), NOTHING, NOTHING)
    assert asked == 1
    looked: list[str] = []

    def noted(graph: Graph, keys: Collection[str]) -> dict[str, list[tuple[str, str]]]:
        looked.extend(keys)
        return products_of(graph, keys)

    monkeypatch.setattr("cmdb.graph.endpoint_facts.products_of", noted)
    assert _said(graph) == (first, 1)
    assert looked == [NOT_THERE], "it may come to be there"
    _list(graph, NOT_THERE, "AnyDesk")
    assert _said(graph)[0][NOT_THERE].remote_control == {"AnyDesk 1.0"}
    assert _said(graph)[1] == 0
    looked.clear()
    assert _said(graph, days=1)[1] == 1
    assert sorted(looked) == sorted([PART, PLAIN, NOT_THERE]), "another day, another end of support"


def test_more_than_is_remembered_is_forgotten(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    _list(graph, PART, "TeamViewer")
    _list(graph, PLAIN, "a program nobody asks about")
    monkeypatch.setattr(endpoints, "MOST_PARTS", 1)
    first, _ = _said(graph)
    assert _said(graph)[0] == first
    assert endpoints._said_by.cache_info().currsize == 0
