"""A service's page: what alone takes it down, who uses it from where and how, who answers for it, what it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from cmdb.graph.door import Graph
from cmdb.impact.standing import people_of, stands_on
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.impact.test_answer import firm
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]
CATALOGUE = Catalogue.load()


def _staffed(graph: Graph) -> dict[str, str]:
    """The firm with an owner for its shop, and a team that uses it."""
    ids = firm(graph)
    items = (
        Item("shop", "service", (Identifier("ci", ids["shop"]),), {}),
        Item("paris", "site", (Identifier("ci", ids["paris"]),), {}),
        Item("till", "team", (Identifier("name", "Tills"),), {"name": "Tills"}),
        Item("eve", "person", (Identifier("email", "eve@example.org"),), {"name": "eve", "work_mode": "hybrid"}),
    )
    relations = (
        Relation("owned_by", "shop", "eve"),
        Relation("used_by", "shop", "till"),
        Relation("belongs_to", "eve", "till"),
        Relation("works_at", "eve", "paris"),
    )
    at = datetime(2026, 11, 2, tzinfo=UTC)
    reconcile(graph, CATALOGUE, Observation("staff", Source("import", "staff"), at, items, relations))
    return ids


def test_what_it_stands_on_and_who_stands_behind_it(graph: Graph) -> None:
    """One of two web servers is no single point, the database and the switch before it are; a team counts by its members."""
    ids = _staffed(graph)
    below = stands_on(graph, CATALOGUE, ids["shop"])
    assert {row["name"] for row in below["single_points"]} == {"db1", "sw1"}
    assert {row["name"] for row in below["needs"]} >= {"web1", "web2", "db1"}
    assert (below["cut_sets"], below["searched"][0]["complete_up_to"]) == ([], 1)
    assert stands_on(graph, CATALOGUE, ids["shop"], limit=3)["truncated"] > 0
    row = {"id": ids["shop"], "class": "service", "display_name": "shop"}
    with graph.counting() as counter:
        people = people_of(graph, row)
    assert people == {
        "total": 3,
        "by_site": {"paris": 2, "unknown": 1},
        "by_work_mode": {"hybrid": 1, "office": 1, "remote": 1},
        "both": {"paris": {"hybrid": 1, "office": 1}, "unknown": {"remote": 1}},
    }
    assert counter.queries <= 8


def test_the_page(services: Services, visit: Visit) -> None:
    """All of it on one page, at a bounded number of queries."""
    ids = _staffed(services.graph)
    with services.graph.counting() as counter:
        page = visit("vera").get(f"/services/{ids['shop']}")
    assert page.status_code == 200
    assert counter.queries <= 24
    text = " ".join(page.text.split())
    alone = text[text.index("Each of these takes it down alone") : text.index("Who answers for it")]
    assert "db1" in alone
    assert "web1" not in alone
    assert f'href="/people/{services.graph.read("MATCH (c:CI {display_name: $n}) RETURN c.id AS id", n="eve")[0]["id"]}"' in text
    (paris,) = re.findall(r'scope="row">paris</th>(.*?)</tr>', text)
    assert paris == (
        '<td role="cell" class="numeric" data-label="hybrid">1</td><td role="cell" class="numeric" data-label="office">1</td>'
        '<td role="cell" class="numeric" data-label="remote">0</td><td role="cell" class="numeric" data-label="All">2</td>'
    )
    assert "Everything it stands on:" in text


def test_a_service_nobody_described(services: Services, visit: Visit) -> None:
    """Says what is not known instead of calling it safe."""
    item = Item("bare", "service", (Identifier("name", "Bare"),), {"name": "Bare"})
    done = reconcile(services.graph, CATALOGUE, Observation("b", Source("import", "b"), datetime(2026, 11, 2, tzinfo=UTC), (item,)))
    page = visit("otto").get(f"/services/{done.resolved[0].ci}").text
    assert "Nothing is known that it needs" in page
    assert "Nobody is named as its user" in page
    assert "Name an owner" in page
    assert "nothing takes it down alone" not in page
