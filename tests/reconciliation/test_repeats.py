"""A repeated report costs four statements, and is thought through again as soon as anything it stands on changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.graph import repeats
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.repeats import digest, voice

Maker = Callable[..., Observation]


@pytest.fixture
def said(observed: Maker) -> Callable[..., Observation]:
    """A notebook with a port and 300 packages, at a minute; `serial` and `model` may differ."""

    def make(minute: int, *, serial: str = "7XK2M13", model: str = "Latitude", source: str = "agent:ocs") -> Observation:
        items: list[tuple[Any, ...]] = [
            ("pc", "laptop", {"serial": serial, "mac": "00:1b:21:aa:bb:cc"}, {"model": model}),
            ("eth0", "interface", {"if_name": "eth0"}, {"mac": "00:1b:21:aa:bb:cc"}, "pc"),
        ]
        packages = {"pc": [(f"package{n}", "1.0") for n in range(300)]}
        looks = [("pc", "interfaces", "complete"), ("pc", "software", "complete")]
        return observed(items, coverage=looks, software=packages, minute=minute, source=source)

    return make


def seen(graph: Graph) -> list[tuple[str, str]]:
    rows = graph.read("MATCH (s:SourceRecord)-[:RECORD_OF]->(c:CI) RETURN c.last_seen_at AS ci, s.observed_at AS record ORDER BY c.id")
    return [(row["ci"][11:16], row["record"][11:16]) for row in rows]


def test_a_repeat_is_seen_in_few_statements(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    first = reconcile(graph, catalogue, said(0))
    with graph.counting() as counter:
        again = reconcile(graph, catalogue, said(60))
    assert counter.queries == 4
    assert again.changes == ()
    assert [(r.ref, r.ci, r.outcome) for r in again.resolved] == [(r.ref, r.ci, "match") for r in first.resolved]
    assert seen(graph) == [("09:00", "09:00")] * 2


def test_the_same_time_writes_nothing(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    reconcile(graph, catalogue, said(0))
    with graph.counting() as counter:
        reconcile(graph, catalogue, said(0))
    assert counter.queries == 2


def test_what_differs_is_thought_through(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    reconcile(graph, catalogue, said(0))
    changes = reconcile(graph, catalogue, said(60, model="Precision")).changes
    assert [(c.attribute, c.before, c.after) for c in changes] == [("model", "Latitude", "Precision")]
    back = reconcile(graph, catalogue, said(120)).changes
    assert [(c.attribute, c.after) for c in back] == [("model", "Latitude")], "the word of minute 0 is not the last one any more"


def test_another_device_with_the_same_card_ends_it(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    reconcile(graph, catalogue, said(0))
    reconcile(graph, catalogue, said(30, serial="OTHER99"))
    word = repeats.again(graph, voice(said(60)), digest(said(60)), "2026-11-01T09:00:00.000Z")
    assert word is None, "a card that two devices show must be judged"
    assert reconcile(graph, catalogue, said(60)).resolved[0].outcome == "match"


def test_an_edit_between_stays(graph: Graph, catalogue: Catalogue, observed: Maker, said: Callable[..., Observation]) -> None:
    ci = reconcile(graph, catalogue, said(0)).resolved[0].ci
    reconcile(graph, catalogue, observed([("x", "laptop", {"ci": ci}, {"name": "Ada's"})], source="person:edit", minute=10))
    reconcile(graph, catalogue, said(60))
    assert graph.read("MATCH (c:Laptop) RETURN c.display_name AS n, c.last_seen_at AS at")[0]["n"] == "Ada's"
    assert ("09:00", "09:00") in seen(graph)


def test_an_older_one_that_comes_late_moves_nothing_back(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    reconcile(graph, catalogue, said(60))
    reconcile(graph, catalogue, said(0))
    assert seen(graph) == [("09:00", "09:00")] * 2


def test_words_of_silent_voices_are_dropped(graph: Graph, catalogue: Catalogue, said: Callable[..., Observation]) -> None:
    reconcile(graph, catalogue, said(0))
    assert repeats.forget(graph, "2026-11-01T08:00:00.000Z") == 0
    assert repeats.forget(graph, "2026-11-02T00:00:00.000Z") == 1
    assert reconcile(graph, catalogue, said(60)).changes == ()


def test_order_does_not_matter_and_words_do(said: Callable[..., Observation]) -> None:
    one = said(0)
    turned = Observation("other", one.source, one.observed_at, one.items[::-1], one.relations, one.coverage[::-1], "otto", "why")
    assert (voice(turned), digest(turned)) == (voice(one), digest(one))
    assert voice(said(0, source="agent:glpi")) != voice(one)
    assert digest(said(0, model="Precision")) != digest(one)
