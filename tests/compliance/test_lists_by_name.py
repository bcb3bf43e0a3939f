"""A policy's list walks the endpoints by name where its results are many, and tells what sorting all of them tells."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cmdb.compliance import report
from cmdb.graph import compliance as store
from cmdb.graph import compliance_lists, privacy
from cmdb.graph.compliance_lists import page
from cmdb.graph.door import Graph
from cmdb.graph.migrations import steps
from cmdb.graph.migrations.steps import Running
from cmdb.graph.standings import rank, shelf
from cmdb.model.catalogue import Catalogue

STATES = ("pass", "fail", "unknown", "not_applicable", "error")
NAMES = ("PC", "pc-1", "pc 1", "pc-10", "Ärger", "", "zz\x01top", "pc")


def endpoint(dice: random.Random, n: int) -> dict[str, Any]:
    """One endpoint's words and its result of a policy; names repeat."""
    words = {
        "ci": f"ci-{n:03d}",
        "name": dice.choice(NAMES) + dice.choice(("", str(n % 7))),
        "cls": dice.choice(("laptop", "phone")),
        "declared": dice.choice(("corporate", "personal")),
        "site": dice.choice(("Lyon", "Bonn", "")),
        "team": dice.choice(("Red", "")),
    }
    state = dice.choice(STATES[:4])
    more = {"state": state, "reason": dice.choice(("stale", "")), "severity": dice.choice(("high", "low")), "place": f"p|{state}"}
    return {**words, **more, "key": f"{words['ci']}|p", "policy": "p", "name_lower": words["name"].lower(), "evidence": "[]"}


def fill(graph: Graph, rows: list[dict[str, Any]]) -> None:
    """The results and the standings, as judging keeps them."""
    graph.write("UNWIND $rows AS row CREATE (e:Evaluation) SET e = row", rows=rows)
    kept = [
        {**{k: row[k] for k in ("ci", "name", "cls", "declared", "site", "team")}, "shelf": shelf(row["name"], row["ci"])} for row in rows
    ]
    graph.write("UNWIND $rows AS row CREATE (s:EndpointStanding) SET s = row", rows=kept)


@pytest.mark.parametrize("seed", range(2))
def test_walking_tells_what_sorting_tells(graph: Graph, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Every page of the list, whatever it is narrowed by; windows of a few, so that many follow each other."""
    dice = random.Random(seed)
    fill(graph, [endpoint(dice, n) for n in range(60)])
    monkeypatch.setattr(compliance_lists, "FEW", 0)
    monkeypatch.setattr(compliance_lists, "_FIRST", 20)
    for _ in range(5):
        words = {
            "ownership": "corporate",
            "site": "Lyon",
            "team": "Red",
            "cls": "phone",
            "reason": "stale",
            "severity": "low",
            "name": "pc",
        }
        where = {name: words[name] for name in dice.sample(sorted(words), dice.randint(0, 2))}
        states = dice.choice((STATES, ("fail",), ("error",)))
        sorted_all = store.listed(graph, [f"p|{one}" for one in states], where, after=("", ""), limit=500)
        walked: list[dict[str, Any]] = []
        after = ("", "")
        while rows := page(graph, "p", states, where, after=after, limit=9, backwards=False):
            walked += rows
            after = (rows[-1]["name_lower"], rows[-1]["key"])
        assert walked == sorted_all


def test_few_results_are_sorted_and_pages_back_are_too(graph: Graph) -> None:
    """The same list from the other side."""
    dice = random.Random(9)
    fill(graph, [endpoint(dice, n) for n in range(20)])
    every = page(graph, "p", STATES, {}, after=("", ""), limit=50, backwards=False)
    last = (every[-1]["name_lower"], every[-1]["key"])
    back = page(graph, "p", STATES, {}, after=last, limit=50, backwards=True)
    assert [row["key"] for row in back] == [row["key"] for row in every[-2::-1]]


def test_standings_of_an_earlier_release_get_their_place_and_erasure_takes_the_name_out_of_it(graph: Graph, catalogue: Catalogue) -> None:
    """The migration, again and again; a device that may not be named is not named by the order either."""
    graph.write("CREATE (s:EndpointStanding {ci: 'ci-1', name: 'Annas-PC'}) CREATE (t:EndpointStanding {ci: 'ci-2'})")
    step = next(one for one in steps.read_steps() if one.title == "0005 endpoints by name")
    _twice(step, graph, catalogue)
    asked = "MATCH (s:EndpointStanding) RETURN s.shelf AS shelf ORDER BY shelf"
    assert [row["shelf"] for row in graph.read(asked)] == ["\x01ci-2", "annas-pc\x01ci-1"]
    privacy.rename_standing(graph, "ci-1", "device 7")
    assert [row["shelf"] for row in graph.read(asked)] == ["\x01ci-2", "device 7\x01ci-1"]


def _twice(step: steps.Step, graph: Graph, catalogue: Catalogue) -> None:
    for _ in range(2):
        steps.module_of(step).run(Running(graph, catalogue, "", lambda _place: None))


def test_standings_of_an_earlier_release_get_their_rank_and_erasure_takes_the_name_out_of_it(graph: Graph, catalogue: Catalogue) -> None:
    """The heaviest are named first after the migration; one without failures has no rank, before and after it is named anew."""
    graph.write(
        "UNWIND $rows AS row CREATE (s:EndpointStanding) SET s = row",
        rows=[{"ci": f"ci-{n}", "name": "Annas-PC", "weight": weight} for n, weight in enumerate((3, 0, 25))],
    )
    assert report.worst(graph) == []
    _twice(next(one for one in steps.read_steps() if one.title == "0006 endpoints by weight"), graph, catalogue)
    assert [row["ci"] for row in report.worst(graph)] == ["ci-2", "ci-0"]
    for ci in ("ci-0", "ci-1"):
        privacy.rename_standing(graph, ci, "device 7")
    asked = "MATCH (s:EndpointStanding) RETURN s.rank AS rank ORDER BY s.ci"
    assert [row["rank"] for row in graph.read(asked)] == ["99996\x01device 7\x01ci-0", None, "99974\x01annas-pc\x01ci-2"]


@pytest.mark.parametrize("limit", [1, 5, 40, 200])
def test_the_worst_come_first_however_many_are_as_heavy(graph: Graph, limit: int) -> None:
    """By weight, then by name."""
    dice = random.Random(limit)
    weights = (0, 1, 5, 9, 9, 11, 41, 300)
    rows: list[dict[str, Any]] = [{"ci": f"ci-{n:03d}", "name": f"pc-{n % 40}", "weight": dice.choice(weights)} for n in range(120)]
    rows = [{**row, "rank": rank(row["weight"], shelf(row["name"], row["ci"]))} for row in rows]
    graph.write("UNWIND $rows AS row CREATE (s:EndpointStanding) SET s = row", rows=rows)
    heavy = sorted((-row["weight"], row["name"], row["ci"]) for row in rows if row["weight"])
    assert [(-row["weight"], row["name"], row["ci"]) for row in report.worst(graph, limit)] == heavy[:limit]
