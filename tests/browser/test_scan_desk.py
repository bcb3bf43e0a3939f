"""The scan desk in a real browser: a scanner's burst loses nothing, keeps its order, and leaves the focus where it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from cmdb.loans.desk import Desk, Terms
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile
from tests.browser.conftest import Opener, Site, assert_accessible, assert_no_sideways_scroll

TAGS = [f"BURST-{n:02}" for n in range(12)]
DUE = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()


@pytest.fixture
def lent(site: Site) -> dict[str, str]:
    """Twelve lent laptops, the last with a charger. Tag → device."""
    items = [Item(tag, "laptop", (Identifier("asset_tag", tag),), {"name": f"Burst {tag[-2:]}"}) for tag in TAGS]
    items.append(Item("p", "person", (Identifier("email", "burst@example.org"),), {"name": "Bea Burst", "work_mode": "hybrid"}))
    seen = Observation("burst", Source("import", "burst"), datetime(2026, 11, 1, tzinfo=UTC), tuple(items))
    ids = {r.ref: r.ci for r in reconcile(site.graph, site.services.catalogue, seen).resolved}
    desk = Desk(site.graph, site.services.catalogue)
    for tag in TAGS:
        if desk.open_of(ids[tag]) is None:
            desk.check_out(ids[tag], ids["p"], Terms(DUE, accessories=("charger",) if tag == TAGS[-1] else ()), actor="otto")
    return ids


def test_a_burst_of_scans_is_taken_in_order(open_page: Opener, site: Site, lent: dict[str, str]) -> None:
    """Tags with Enter and Tab in turn, one twice, one with a charger to tick; all are answered, none is lost."""
    page = open_page("/loans/desk", as_="otto")
    field = page.get_by_label("Asset tag, serial, host name or QR code")
    expect(field).to_be_focused()
    for number, tag in enumerate([*TAGS, TAGS[0], "NO-SUCH-TAG"]):
        page.keyboard.type(tag)
        page.keyboard.press("Tab" if number % 2 else "Enter")
    lines = page.locator("#desk-lines > li")
    expect(lines).to_have_count(14, timeout=20_000)
    told = [line.split()[0] for line in page.locator("#desk-lines .desk-tag").all_inner_texts()]
    assert told[::-1] == [*TAGS, TAGS[0], "NO-SUCH-TAG"]
    expect(page.locator("#desk-ok")).to_have_text("11")
    expect(page.locator("#desk-said")).to_have_text("Nobody knows NO-SUCH-TAG.")
    expect(field).to_be_focused()
    assert_accessible(page)
    page.get_by_role("checkbox", name="charger").uncheck()
    page.get_by_role("button", name=f"Take back {TAGS[-1]}").click()
    expect(page.locator("#desk-said")).to_contain_text("missing: charger")
    desk = Desk(site.graph, site.services.catalogue)
    assert [desk.open_of(lent[tag]) for tag in TAGS] == [None] * 12
    page.get_by_role("heading", level=1).click()
    page.keyboard.type("X")
    expect(field).to_have_value("X")


@pytest.mark.parametrize("width", [1440, 390])
def test_checking_out_by_badge(open_page: Opener, lent: dict[str, str], width: int) -> None:
    """The badge chooses the borrower; a device that somebody has is refused by name or told as scanned."""
    page = open_page("/loans/desk?mode=out", as_="otto", width=width)
    page.keyboard.type("burst@example.org")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-borrower")).to_contain_text("Bea Burst")
    page.keyboard.type(TAGS[3])
    page.keyboard.press("Enter")
    expect(page.locator("#desk-said")).to_contain_text("is with Bea Burst already")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
