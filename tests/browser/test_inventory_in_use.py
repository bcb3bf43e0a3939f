"""The inventory in a real browser: search as you type, the lookup of the relate form; pages of things by axe."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from cmdb.inventory.listing import find
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.browser.conftest import Opener, Site, assert_accessible, assert_no_sideways_scroll

HOSTILE = '"><img src=x onerror=alert(1)> ' + "W" * 90


@pytest.fixture(scope="module")
def fleet(site: Site) -> dict[str, str]:
    """Two switches with a hostile neighbour, and a person. Name → id."""
    at = datetime(2026, 11, 2, tzinfo=UTC)
    items = (
        Item("a", "switch", (Identifier("serial", "BRW0001", "acme"),), {"name": "browser-one", "serial": "BRW0001"}),
        Item("b", "switch", (Identifier("serial", "BRW0002", "acme"),), {"name": HOSTILE, "serial": "BRW0002"}),
        Item("p", "person", (Identifier("email", "bea@example.org"),), {"name": "Bea Browser", "email": "bea@example.org"}),
        Item("s", "service", (Identifier("name", "Browsing"),), {"name": "Browsing"}),
    )
    relations = (Relation("connected_to", "a", "b"), Relation("depends_on", "s", "a"), Relation("used_by", "s", "p"))
    catalogue = site.services.catalogue
    reconcile(site.graph, catalogue, Observation("browser-1", Source("import", "browser"), at, items, relations))
    return {str(row["display_name"]): str(row["id"]) for word in ("brows", "bea", "brw0002") for row in find(site.graph, word)}


def test_search_as_you_type_keeps_the_url(open_page: Opener, fleet: dict[str, str]) -> None:
    page = open_page("/cis?class=switch", as_="vera")  # the house is shared with other tests: their switches may be here too
    assert page.locator("tbody tr").count() >= 2
    page.locator("#ci-search").press_sequentially("browser-o")
    page.wait_for_url("**q=browser-o*")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "q=browser-o" in page.url
    assert "class=switch" in page.url
    page.reload()
    assert page.locator("tbody tr").count() == 1


def test_relate_finds_the_other_end_without_leaving_the_page(open_page: Opener, fleet: dict[str, str]) -> None:
    page = open_page(f"/cis/{fleet['browser-one']}/relate", as_="otto")
    page.locator("#type").select_option("out:owned_by")
    page.locator("#other-q").press_sequentially("bea")
    page.locator("input[name=other]").first.wait_for()
    assert_accessible(page)
    page.locator("input[name=other]").first.check()
    page.get_by_role("button", name="Relate").click()
    page.wait_for_url("**/relations")
    assert page.get_by_role("link", name="Bea Browser").count() >= 1


@pytest.mark.parametrize("tab", ["", "/relations", "/history", "/software", "/identity", "/edit"])
def test_pages_of_a_ci_are_accessible_and_narrow(open_page: Opener, fleet: dict[str, str], tab: str) -> None:
    page = open_page(f"/cis/{fleet[HOSTILE]}{tab}", as_="otto", width=320)
    assert_no_sideways_scroll(page)
    assert_accessible(page)


@pytest.mark.parametrize("address", ["/people/{Bea Browser}", "/services/{Browsing}"])
def test_pages_of_people_and_services(open_page: Opener, fleet: dict[str, str], address: str) -> None:
    page = open_page(address.split("{", maxsplit=1)[0] + fleet[address.split("{")[1][:-1]], as_="vera", width=320, script=False)
    assert_no_sideways_scroll(page)
    assert page.locator("h1").count() == 1
