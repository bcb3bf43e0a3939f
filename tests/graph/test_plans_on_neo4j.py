"""How long lists are begun: at the results of the policy that is asked about, never at those of all; no window is too wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import neo4j
import pytest

from cmdb.graph import compliance, compliance_lists, compliance_past, reviews
from cmdb.graph.door import Graph
from tests.engines.neo4j import Neo4jServer

_AT = "2026-11-20T08:00:00.000Z"
_ASKED: dict[str, Callable[[Graph], object]] = {
    "on": lambda graph: compliance.listed(graph, ["p3|fail"], {}, after=("pc-0100", "0100|p3"), limit=20),
    "back": lambda graph: compliance.listed(graph, ["p3|fail"], {}, after=("pc-0100", "0100|p3"), limit=20, backwards=True),
    "as of": lambda graph: compliance_past.at_moment(graph, "p3", _AT, {}, after=("pc-0100", "0100"), limit=20),
}


@pytest.fixture
def filled(neo4j_graph: Graph) -> Graph:
    """Two hundred endpoints by ten policies, each with an interval that ended."""
    at = {"place": "", "state": "fail", "rev": 1, "since": "2026-11-01T08:00:00.000Z", "until": ""}
    rows: list[dict[str, Any]] = [
        at | {"key": f"{ci}|p{p}", "ci": ci, "policy": f"p{p}", "place": f"p{p}|fail", "name": f"pc-{ci}", "name_lower": f"pc-{ci}"}
        for ci in (f"{n:04d}" for n in range(200))
        for p in range(10)
    ]
    past = [{**row, "key": row["key"] + "|1", "since": "2026-10-01T08:00:00.000Z", "until": row["since"]} for row in rows]
    neo4j_graph.write("UNWIND $rows AS row CREATE (e:Evaluation) SET e = row", rows=rows)
    neo4j_graph.write("UNWIND $rows AS row CREATE (e:PastEvaluation) SET e = row", rows=past)
    return neo4j_graph


@pytest.mark.parametrize("kind", sorted(_ASKED))
def test_a_list_begins_at_its_policy(kind: str, filled: Graph, neo4j_server: Neo4jServer) -> None:
    """At 20,000 endpoints by five policies a page of one read the results of all five: 205,000 hits in the place of 20,000."""
    with filled.counting() as counter:
        assert _ASKED[kind](filled)
    lists = [one for one in counter.statements if "UNWIND" not in one]
    assert lists
    with neo4j.GraphDatabase.driver(neo4j_server.url, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        for statement in lists:
            plan = driver.execute_query("EXPLAIN " + statement).summary.plan
            assert plan is not None
            assert [one for one in _beginnings(plan) if "(place)" not in one and "(policy)" not in one] == []


@pytest.mark.parametrize("label", ["EndpointStanding", "OpenQuestion"])
def test_a_window_ends_where_its_page_does(label: str, graph: Graph) -> None:
    """The bound of the first window of some hundred is near their beginning, not at their end."""
    values = [f"{n:04d}\x01x" for n in range(300)]
    if label == "EndpointStanding":
        rows: list[dict[str, Any]] = [{"ci": one, "shelf": one, "rank": one} for one in values]
        graph.write("UNWIND $rows AS row CREATE (s:EndpointStanding) SET s = row", rows=rows)
        assert [row["ci"] for row in compliance.worst(graph, limit=3)] == values[:3]
        ends = [graph.read(compliance_lists._AHEAD, place="", step=20)[0]["end"], compliance.worst_end(graph, limit=20)]
    else:
        rows = [{"id": one, "back": one} for one in values]
        graph.write("UNWIND $rows AS row CREATE (o:OpenQuestion) SET o = row", rows=rows)
        ends = [graph.read(one, place="", step=20)[0]["end"] for one in (reviews._AHEAD, reviews._AHEAD_BACK)]
    assert ends == [values[19], values[19]]


def _beginnings(plan: dict[str, Any]) -> Iterator[str]:
    children = plan.get("children") or []
    if not children and "Argument" not in plan["operatorType"]:
        yield f"{plan['operatorType']} {plan['args'].get('Details', '')}"
    for child in children:
        yield from _beginnings(child)
