"""Every page at every width, in light and dark: no sideways scroll, a title, one heading, a quiet console, nothing axe finds wrong."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browser.conftest import Opener, Site, Watch, assert_accessible, assert_no_sideways_scroll, violations
from tests.browser.pages import NOT_PAGES, PAGES
from web.registry import PAGES as BLUEPRINTS

WIDTHS = (1440, 390, 320)


@pytest.fixture(scope="module", autouse=True)
def _something_in_the_ledger(site: Site) -> None:
    """A few lines in every table, with hostile text among them."""
    ledger = site.ledger
    for name in ('<script>alert("x")</script>', "A" * 180, "ordinary"):
        ledger.audit.write("ada", "ci.edit", name, {"name": name}, "10.0.0.1")
        ledger.api_tokens.add(name[:100], "viewer", created_by="ada")
        ledger.agent_tokens.add(name[:100], site="Headquarters", ownership="corporate")
        ledger.refusals.note("unreadable", name, address="10.0.0.1")
        ledger.jobs.enqueue("scan.ssh", {"targets": name[:50]})
        ledger.intake.accept("agent", b"{}", meta={"subject": name})
    entry = ledger.intake.claim()
    assert entry is not None
    ledger.intake.park(entry, "The document ends in the middle. " * 8)


@pytest.mark.parametrize(("path", "login"), PAGES, ids=[path for path, _ in PAGES])
def test_page(walk: Opener, watch: Watch, path: str, login: str) -> None:
    if path == "/nothing-here":
        watch.allow("status of 404")
    page = walk(path, as_=login)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert_no_sideways_scroll(page)
        if width == WIDTHS[0]:
            assert_accessible(page)
    assert violations(page) == [], "at 320 pixels"
    assert page.title().endswith(" · Moorings")
    assert len(page.title()) > len(" · Moorings")
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1


def test_no_page_is_missing_from_the_list(site: Site) -> None:
    bare = Flask(__name__)
    for blueprint in BLUEPRINTS:
        bare.register_blueprint(blueprint)
    pages = {
        str(rule)
        for rule in bare.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static"
    }
    listed = {path.split("?")[0] for path, _ in PAGES}
    assert pages - listed - NOT_PAGES == set(), "add these to tests/browser/pages.py"


def test_what_is_wrong_is_seen(walk: Opener, watch: Watch) -> None:
    """The judges judge: each kind of fault is told once, in the test that made it, and the next page is free of it."""
    page = walk("/help", as_="vera")
    page.evaluate(
        """() => {
            const wrong = document.createElement('div');
            wrong.innerHTML = '<img src="data:,x"><p class="pale">Nobody can read this.</p>';
            document.querySelector('main').append(wrong);
            const pale = document.querySelector('.pale');
            pale.style.color = '#bbb';
            pale.style.background = '#ccc';
            console.error('said aloud');
            setTimeout(() => { throw new Error('thrown late'); }, 0);
        }"""
    )
    assert {one.split(":")[0] for one in violations(page)} == {"image-alt", "color-contrast"}
    page.wait_for_function("() => true")
    assert [one for one in watch.complaints if "said aloud" in one] == ["said aloud"]
    assert [one for one in watch.complaints if "thrown late" in one] == ["thrown late"]
    watch.allow("said aloud")
    watch.allow("thrown late")
    page = walk("/help", as_="vera")
    assert violations(page) == []
