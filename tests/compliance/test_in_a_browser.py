"""The pages of compliance with results in them: at home on a phone, judged by axe in light and dark, without complaints."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.browser.conftest import Watch, assert_accessible, assert_no_sideways_scroll, chromium, open_page, site, watch  # noqa: F401 - fixtures
from tests.compliance.conftest import NOW


@pytest.mark.real("browser")
def test_pages_with_results(
    embedded_graph: Graph,
    catalogue: Catalogue,
    reporter: Callable[..., str],
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    ids = [
        reporter(
            embedded_graph,
            f"FLEET{n}7Q",
            "agent:glpi" if n % 4 else "import:list",
            days=n * 3,
            hostname=f"laptop-{n:02}",
            ownership=("corporate", "loaned", "personal")[n % 3],
            disk_encrypted=n % 3 > 0,
            firewall_enabled=n % 2 > 0,
            os_family="windows",
            os_name="Windows 11",
            os_version=("25H2", "22H2")[n % 2],
            relations=[("located_in", "site", ("Berlin", "Lyon")[n % 2])],
        )
        for n in range(8)
    ]
    reporter(embedded_graph, "FLEET17Q", "ssh:scan", disk_encrypted=False)
    evaluate(embedded_graph, catalogue, shipped(), None, NOW)
    for place in ("", "/policies/disk-encryption", f"/endpoints/{ids[1]}", "/worst", "/silent"):
        for width in (1440, 390):
            page = open_page(f"/compliance{place}", as_="vera", width=width)
            assert_no_sideways_scroll(page)
            if width == 1440:
                assert_accessible(page)


@pytest.mark.real("browser")
def test_by_keyboard_alone(
    embedded_graph: Graph,
    catalogue: Catalogue,
    reporter: Callable[..., str],
    open_page: Callable[..., Page],  # noqa: F811
    watch: Watch,  # noqa: F811
) -> None:
    """A question closes on Escape and gives the focus back; trying a policy and a refused name begin where the answer is."""
    ci = reporter(embedded_graph, "KEYS7QX", hostname="keys-pc", ownership="corporate", disk_encrypted=False)
    evaluate(embedded_graph, catalogue, shipped(), [ci], NOW)
    page = open_page("/compliance/policies", as_="ada")
    summary = page.locator("details.confirm > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('details.confirm[open]') !== null")
    page.keyboard.press("Escape")
    assert summary.evaluate("it => it === document.activeElement && !it.parentElement.open")
    page = open_page("/compliance/policies/new", as_="ada")
    page.locator("#endpoints").focus()
    page.keyboard.type("keys-pc")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Of 1 endpoint" in page.locator("[data-answer]:focus").inner_text()
    watch.allow("status of 422")
    page = open_page("/compliance/shadow", as_="otto")
    page.locator("details.confirm > summary").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody-of-that-name")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#error-summary:focus").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert page.evaluate("document.activeElement.value") == "nobody-of-that-name"
