"""The three answers from the page of a CI, a service's page, and the lists' filters by the other end, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from cmdb.graph import cis
from cmdb.inventory.listing import find
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.browser.conftest import Opener, Site, assert_accessible, assert_no_sideways_scroll


@pytest.fixture(scope="module")
def answers(site: Site) -> dict[str, str]:
    """A service on a switch, its user, and a laptop that can be lent. Name → id."""
    items = (
        Item("a", "switch", (Identifier("serial", "ANSW0001", "acme"),), {"name": "answer-switch", "serial": "ANSW0001"}),
        Item("p", "person", (Identifier("email", "anna.answer@example.org"),), {"name": "Anna Answer"}),
        Item("s", "service", (Identifier("name", "Answering"),), {"name": "Answering"}),
        Item("l", "laptop", (Identifier("serial", "ANSW0002", "acme"),), {"name": "answer-laptop", "serial": "ANSW0002"}),
    )
    ports = tuple(
        Item(f"a/{n}", "interface", (Identifier("if_name", f"Gi1/0/{n}"),), {"name": f"Gi1/0/{n}"}, parent="a") for n in range(12)
    )
    relations = (Relation("depends_on", "s", "a"), Relation("used_by", "s", "p"))
    seen = Observation("answers-1", Source("import", "answers"), datetime(2026, 11, 2, tzinfo=UTC), (*items, *ports), relations)
    reconcile(site.graph, site.services.catalogue, seen)
    cis.recount(site.graph)
    return {str(row["display_name"]): str(row["id"]) for word in ("answer", "anna") for row in find(site.graph, word)}


@pytest.mark.parametrize("width", [1440, 320])
def test_the_three_answers_of_an_endpoint(open_page: Opener, answers: dict[str, str], width: int) -> None:
    """By the tabs from one to the next; the check-out leads to its form with the device ticked."""
    page = open_page(f"/cis/{answers['answer-laptop']}", as_="otto", width=width)
    for tab in ("Impact", "Loans", "Compliance"):
        page.get_by_role("navigation", name="About answer-laptop").get_by_role("link", name=tab).click()
        expect(page).to_have_title(f"answer-laptop: {tab} · Moorings")
        assert_no_sideways_scroll(page)
        assert_accessible(page)
    page.go_back()
    page.get_by_role("link", name="Check out", exact=True).click()
    expect(page.locator("input[name=device]")).to_be_checked()


@pytest.mark.parametrize("width", [1440, 320])
def test_a_switch_says_in_short_what_breaks(open_page: Opener, answers: dict[str, str], width: int) -> None:
    page = open_page(f"/cis/{answers['answer-switch']}/impact", as_="vera", width=width, script=False)
    expect(page.get_by_text("services: 1 down")).to_be_visible()
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name="Full impact").click()
    expect(page.get_by_role("checkbox", name="answer-switch")).to_be_checked()
    assert_no_sideways_scroll(page)
    page.get_by_text("12 interfaces").click()
    expect(page.get_by_role("link", name="Gi1/0/11")).to_be_visible()
    assert_no_sideways_scroll(page)


def test_a_service_page_says_what_takes_it_down(open_page: Opener, answers: dict[str, str]) -> None:
    page = open_page(f"/services/{answers['Answering']}", as_="vera", width=390)
    alone = page.get_by_role("region", name="Single points of failure")
    expect(alone.get_by_role("link", name="answer-switch")).to_be_visible()
    assert_no_sideways_scroll(page)
    assert_accessible(page)


def test_filter_by_the_name_of_the_user_while_typing(open_page: Opener, answers: dict[str, str]) -> None:
    page = open_page("/services?columns=used_by", as_="vera")
    page.get_by_role("searchbox", name="Filter Used by").press_sequentially("anna", delay=30)
    expect(page).to_have_url(re.compile("used_by=anna"))
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Answering")).to_be_visible()
