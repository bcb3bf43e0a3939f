"""The whole answer over a real graph: a small firm with a service, redundancy, cables, people with hours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.graph.door import Graph
from cmdb.impact.answer import answer
from cmdb.impact.question import ask
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile

CATALOGUE = Catalogue.load()
MONDAY = ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z")


def _item(ref: str, cls: str, kind: str = "external_id", **attributes: Any) -> Item:
    scope = "firm" if kind == "external_id" else ""
    return Item(
        ref, cls, (Identifier(kind, f"{ref}@example.org" if kind == "email" else f"{ref}-0001", scope),), {"name": ref, **attributes}
    )


def firm(graph: Graph) -> dict[str, str]:
    """Shop needs (web1 or web2) and db1; both webs by one switch each to the core; ref → id."""
    items = (
        _item("shop", "service", criticality="high", support_hours="Mon-Fri 08:00-18:00", maintenance_window="Sun 02:00-05:00"),
        _item("web1", "server"),
        _item("web2", "server"),
        _item("db1", "server"),
        _item("core1", "switch", role="core"),
        _item("core2", "switch", role="core"),
        _item("sw1", "switch"),
        _item("paris", "site", "name", timezone="Europe/Paris"),
        _item("ann", "person", "email", working_hours="Mon-Fri 09:00-17:30", work_mode="office"),
        _item("bob", "person", "email", working_hours="whenever", work_mode="remote"),
        _item("line", "internet_access"),
    )
    web = {"group": "web", "need": "any"}
    relations = (
        Relation("depends_on", "shop", "web1", attributes=web),
        Relation("depends_on", "shop", "web2", attributes=web),
        Relation("depends_on", "shop", "db1"),
        Relation("connected_to", "sw1", "core1"),
        Relation("connected_to", "sw1", "core2"),
        Relation("connected_to", "db1", "sw1"),
        Relation("connected_to", "web1", "core1"),
        Relation("connected_to", "web2", "core2"),
        Relation("used_by", "shop", "ann"),
        Relation("used_by", "shop", "bob"),
        Relation("works_at", "ann", "paris"),
        Relation("uses_access", "bob", "line"),
    )
    changes = reconcile(graph, CATALOGUE, Observation("o", Source("import", "firm"), datetime(2026, 11, 1, tzinfo=UTC), items, relations))
    return {done.ref: str(done.ci) for done in changes.resolved}


@pytest.fixture
def ids(graph: Graph) -> dict[str, str]:
    """The firm, in the graph."""
    return firm(graph)


def _names(rows: list[dict[str, Any]]) -> set[str]:
    return {row["name"] for row in rows}


def test_one_web_server_only_thins_the_service(graph: Graph, ids: dict[str, str]) -> None:
    """(web1 or web2) and db1."""
    told = answer(graph, CATALOGUE, ask([ids["web1"]], window=MONDAY))
    assert (_names(told["down"]), _names(told["loses_redundancy"])) == ({"web1"}, {"shop"})
    assert told["loses_redundancy"][0]["why"] == "group web: 1 of 2 up, 1 needed"
    assert (told["people"]["total"], told["services"][0]["state"]) == (0, "degraded")
    told = answer(graph, CATALOGUE, ask([ids["web1"]], window=MONDAY, also_down=[ids["web2"]]))
    assert _names(told["down"]) == {"web1", "shop"}
    assert told["already_down"] == [ids["web2"]]


def test_a_switch_cuts_off_the_database_and_the_service_falls(graph: Graph, ids: dict[str, str]) -> None:
    """Found over cables: the explanation goes shop → db1 → sw1. People, hours, risk, better window follow."""
    with graph.counting() as counter:
        told = answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY), now=datetime(2026, 11, 20, tzinfo=UTC))
    assert counter.queries <= 20
    assert [row["name"] for row in told["down"]] == ["sw1", "db1", "shop"]
    shop = told["down"][2]
    assert [(step["name"], step["why"]) for step in shop["because"]] == [
        ("shop", "depends on: 0 of 1 up, 1 needed"),
        ("db1", "no path to the core is left"),
        ("sw1", "chosen"),
    ]
    people = told["people"]
    assert (people["total"], people["in_window"], people["hours_unknown"]) == (2, 2, 1)
    assert people["by_site"] == {"paris": 1, "unknown": 1}
    assert people["by_work_mode"] == {"office": 1, "remote": 1}
    assert (told["risk"]["grade"], told["risk"]["board"]) == ("high", True)
    first = told["better_windows"][0]
    assert (first["from"], first["services"], first["people"]) == ("2026-11-22T02:00:00.000Z", 0, 1)
    assert told["freshness"]["oldest_at"] == "2026-11-01T00:00:00.000Z"
    assert told["truncated"] == 0


def test_a_core_switch_lost_costs_redundancy_only_where_there_was_some(graph: Graph, ids: dict[str, str]) -> None:
    """sw1 had two ways; web1 had one and is cut off; db1 behind sw1 never had two."""
    told = answer(graph, CATALOGUE, ask([ids["core1"]], window=MONDAY))
    assert _names(told["down"]) == {"core1", "web1"}
    assert _names(told["loses_redundancy"]) == {"sw1", "shop"}


def test_excluded_and_hidden(graph: Graph, ids: dict[str, str]) -> None:
    """An excluded CI stays up and passes nothing on; a limit says how many it left out."""
    told = answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY, exclude=[ids["db1"]]))
    assert _names(told["down"]) == {"sw1"}
    assert answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY), limit=3)["truncated"] > 0


def test_upstream(graph: Graph, ids: dict[str, str]) -> None:
    """What the shop needs, its single points of failure, and the pairs that take it down."""
    told = answer(graph, CATALOGUE, ask([ids["shop"]], direction="up"))
    assert _names(told["needs"]) == {"web1", "web2", "db1", "sw1", "core1", "core2"}
    assert _names(told["single_points"]) == {"db1", "sw1"}
    pairs = [{part["name"] for part in cut["cis"]} for cut in told["cut_sets"]]
    assert pairs == [{"web1", "web2"}, {"web1", "core2"}, {"web2", "core1"}, {"core1", "core2"}] or {"web1", "web2"} in pairs
    assert len(pairs) == 4
    assert told["searched"][0]["complete_up_to"] == 3


def test_people_without_a_line(graph: Graph, ids: dict[str, str]) -> None:
    """Bob works over one line; without it he is cut off, though nothing he uses is down."""
    told = answer(graph, CATALOGUE, ask([ids["line"]], window=MONDAY))
    assert told["people"]["items"][0]["because"] == ["is cut off: no line is left"]
    assert _names(told["down"]) == {"line"}


def test_questions_that_cannot_be_answered(graph: Graph) -> None:
    """Each names its field."""
    with pytest.raises(NotFound):
        answer(graph, CATALOGUE, ask(["nobody"]))
    for words in ({"direction": "sideways"}, {"window": ("yesterday", "")}, {"window": (MONDAY[1], MONDAY[0])}):
        with pytest.raises(Invalid):
            ask(["x"], **words)
    with pytest.raises(Invalid):
        ask([])
