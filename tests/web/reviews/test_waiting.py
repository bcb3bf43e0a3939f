"""Relations that wait, as people and programs see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from cmdb.graph import history
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from reconciliation.parked import Parked, parked
from tests.web.visitor import Visitor, said
from web import Services

Visit = Callable[[str], Visitor]
Program = Callable[[str], FlaskClient]


@pytest.fixture
def waits(services: Services) -> list[Parked]:
    """Three neighbours of one server that nobody has shown."""
    for n, name in enumerate(("sw-1.example", "sw-2.example", "sw-3.example")):
        items = (
            Item("a", "server", (Identifier("serial", "WAIT-0001", "dell"),), {"name": "edge"}),
            Item("b", "server", (Identifier("hostname", name),)),
        )
        at = datetime(2026, 11, 1, 8, n, tzinfo=UTC)
        seen = Observation(uuid7(), Source("snmp", "scan"), at, items, (Relation("depends_on", "a", "b"),))
        reconcile(services.graph, services.catalogue, seen)
    return parked(services.graph)


def test_the_list_says_what_is_missing(visit: Visit, waits: list[Parked]) -> None:
    vera = visit("vera")
    page = vera.get("/reviews/waiting").text
    assert "hostname sw-1.example" in page
    assert f'href="/cis/{waits[0].anchor}/relations"' in page
    assert "Give up" not in page, "who may only read is offered nothing"
    assert "given up 90 days after" in page
    rows = vera.get("/reviews/waiting?format=csv").text.splitlines()
    assert len(rows) == 4
    assert "hostname sw-1.example" in rows[1]
    assert "sw-2.example" not in vera.get("/reviews/waiting?shows=sw-1").text


@pytest.mark.usefixtures("waits")
def test_page_by_page_in_the_order_in_which_they_are_kept(visit: Visit, services: Services) -> None:
    """Each page reads only its own rows, and all are on one of them."""
    vera, names, seen = visit("vera"), ["sw-1.example", "sw-2.example", "sw-3.example"], []
    where = "/reviews/waiting?limit=1"
    while where:
        page = vera.get(where).text
        seen += [name for name in names if f"hostname {name}" in page]
        link = re.search(r'rel="next" href="([^"]+)"', page)
        where = link[1].replace("&amp;", "&") if link else ""
    assert seen == names
    with services.graph.counting() as counted:
        vera.get("/reviews/waiting?limit=1")
    (told,) = [one for one in counted.statements if "collect([p.key" in one]
    assert "LIMIT $limit" in told


def test_nothing_waits(visit: Visit) -> None:
    assert "Nothing waits" in visit("vera").get("/reviews/waiting").text


def test_the_known_end_shows_what_it_waits_for(visit: Visit, waits: list[Parked]) -> None:
    page = visit("vera").get(f"/cis/{waits[0].anchor}/relations").text
    assert "Waits for what nobody has shown yet" in page
    assert "hostname sw-2.example" in page


def test_giving_up_wants_a_reason_and_is_told(visit: Visit, services: Services, waits: list[Parked]) -> None:
    otto = visit("otto")
    assert visit("vera").post("/reviews/waiting/give-up", {"id": waits[0].id, "reason": "x"}).status_code == 403
    assert otto.post("/reviews/waiting/give-up", {"id": waits[0].id, "reason": ""}).status_code == 400
    assert len(parked(services.graph)) == 3
    assert otto.post("/reviews/waiting/give-up", {"id": waits[0].id, "reason": "scrapped"}).status_code == 303
    assert [one.id for one in parked(services.graph)] == [one.id for one in waits[1:]]
    event = next(e for e in history.of_ci(services.graph, waits[0].anchor) if e["kind"] == "given_up")
    assert (event["actor"], event["reason"]) == ("otto", "scrapped")
    assert "waits no longer" in otto.get(f"/cis/{waits[0].anchor}/history").text


def test_programs_read_and_give_up(program: Program, services: Services, waits: list[Parked]) -> None:
    client = program("operator")
    first = said(client.get("/api/v1/waiting-relations?limit=2"))
    rest = said(client.get(f"/api/v1/waiting-relations?limit=2&cursor={first['next']}"))
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == [one.id for one in waits]
    assert rest["next"] is None
    one = first["items"][0]
    assert (one["ci"], one["type"], one["outgoing"], one["missing_class"]) == (waits[0].anchor, "depends_on", True, "server")
    assert one["shows"] == ["hostname sw-1.example"]
    here = f"/api/v1/waiting-relations/{one['id']}/give-up"
    assert program("viewer").post(here, json={"reason": "no"}).status_code == 403
    assert client.post(here, json={}).status_code == 422
    assert client.post(here, json={"reason": "scrapped"}).status_code == 200
    assert client.post(here, json={"reason": "scrapped"}).status_code == 404
    assert len(parked(services.graph)) == 2
