"""Whose an identifier is that several things showed: said by a person, or learned by time; and it is shared again when another shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import history
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.owning import marks_age, own
from reconciliation.recompute import recompute
from tests.reconciliation.conftest import START
from tests.reconciliation.dump import dump

Observed = Callable[..., Observation]
DAY = 1440
DOCK = "00:1b:21:dd:0c:01"
KEY = "mac||001b21dd0c01"
BY: dict[str, Any] = {"by": "ada", "reason": "the dock stays with her"}


def _laptop(n: int) -> tuple[Any, ...]:
    return ("pc", "laptop", {"serial": f"LAPTOP10{n}", "mac": DOCK, "hostname": f"nb-{n}"}, {"name": f"nb-{n}"})


def _two(graph: Graph, catalogue: Catalogue, observed: Observed) -> list[str]:
    """Two laptops that showed one dock, alive at the same time."""
    ids = [reconcile(graph, catalogue, observed([_laptop(n)], minute=n)).resolved[0].ci for n in (1, 2)]
    reconcile(graph, catalogue, observed([_laptop(1)], minute=5))
    assert _shown(graph) == [(ids[0], True), (ids[1], True)]
    return ids


def _shown(graph: Graph) -> list[tuple[str, bool]]:
    rows = graph.read("MATCH (i:Identifier {key: $key})-[:IDENTIFIES]->(c:CI) RETURN c.id AS ci, i.shared AS s ORDER BY ci", key=KEY)
    return [(str(row["ci"]), bool(row["s"])) for row in rows]


def test_a_person_says_whose_it_is(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    """Foreseen and done: the other loses it, for good until it shows it again; then it is shared again."""
    one, two = _two(graph, catalogue, observed)
    before = dump(graph)
    foreseen = own(graph, two, KEY, **BY, apply=False)
    assert (dump(graph), [c.kind for c in foreseen.changes]) == (before, ["identifier_ended", "identifier_restored"])
    own(graph, two, KEY, **BY)
    assert _shown(graph) == [(two, False)]
    recompute(graph, catalogue, [one, two])
    assert _shown(graph) == [(two, False)]
    assert next((e["kind"], e["actor"], e["reason"]) for e in history.of_ci(graph, two)) == ("identifier_restored", "ada", BY["reason"])
    with pytest.raises(Conflict, match="Nobody else shows it"):
        own(graph, two, KEY, **BY)
    reconcile(graph, catalogue, observed([_laptop(1)], minute=30))
    assert {ci for ci, _ in _shown(graph)} == {one, two}


def test_mistakes_are_named(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    one, _ = _two(graph, catalogue, observed)
    with pytest.raises(Invalid, match="Say why"):
        own(graph, one, KEY, by="ada", reason=" ")
    with pytest.raises(NotFound):
        own(graph, one, "serial||laptop102", **BY)


def test_marks_age(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    """While both are seen it stays; when only one was for the whole period, it is that one's, and its history says so."""
    one, two = _two(graph, catalogue, observed)
    reconcile(graph, catalogue, observed([_laptop(2)], minute=15 * DAY))
    assert marks_age(graph, START + timedelta(days=20)) == {"looked": 1, "cleared": 0}
    assert marks_age(graph, START + timedelta(days=20), days=10) == {"looked": 1, "cleared": 1}
    assert _shown(graph) == [(one, False), (two, False)]
    event = history.of_ci(graph, two)[0]
    assert (event["source"], event["reason"]) == ("rule:sharing", "only this one was seen with it in 10 days")
    assert marks_age(graph, START + timedelta(days=20), days=10) == {"looked": 0, "cleared": 0}
    reconcile(graph, catalogue, observed([_laptop(2)], minute=21 * DAY))
    assert sorted(row["id"] for row in graph.read("MATCH (c:Laptop) RETURN c.id AS id")) == [one, two]
