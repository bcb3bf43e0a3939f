"""The picture of a change's impact in Chromium: accessible, one tab stop with arrows, folded groups, zoom, every width and theme."""

from __future__ import annotations

from datetime import UTC, datetime

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.browser.conftest import Opener, Site, assert_accessible, assert_no_sideways_scroll
from tests.impact.test_answer import firm


def _address(site: Site) -> str:
    """The firm with fourteen laptops behind the switch that goes down."""
    ids = firm(site.graph)
    items = [Item("sw", "switch", (Identifier("ci", ids["sw1"]),), {})]
    items += [Item(f"l{n}", "laptop", (Identifier("serial", f"IMPACT{n:04d}"),), {"name": f"Laptop {n:02d} <b>"}) for n in range(14)]
    cables = tuple(Relation("connected_to", f"l{n}", "sw") for n in range(14))
    reconcile(
        site.graph, Catalogue.load(), Observation("p", Source("import", "p"), datetime(2026, 11, 2, tzinfo=UTC), tuple(items), cables)
    )
    return f"/impact?ci={ids['sw1']}&from=2026-11-23T09:00&to=2026-11-23T10:00"


def test_the_picture(site: Site, open_page: Opener) -> None:
    """Fourteen alike are one box that opens; arrows walk; zoom changes the size; nothing for axe to find."""
    address = _address(site)
    page = open_page(address, as_="vera")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert_no_sideways_scroll(page)
    assert_accessible(page)
    boxes = page.locator(".impact-box")
    assert boxes.count() == 4
    assert page.locator(".impact-box[tabindex='0']").count() == 1
    boxes.first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") in ("db1, Server: down", "14 Laptops, show each: down")
    before = page.locator(".impact-picture").bounding_box()
    page.locator("[data-zoom='1.25']").click()
    after = page.locator(".impact-picture").bounding_box()
    assert before is not None
    assert after is not None
    assert round(after["width"] / before["width"], 2) == 1.25
    page.locator(".impact-box[aria-label^='14 Laptops']").click()
    page.wait_for_url("**expand=**")
    assert page.locator(".impact-box").count() == 17
