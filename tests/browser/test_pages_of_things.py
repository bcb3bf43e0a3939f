"""Every page about one thing, with the thing there: wide in the light, narrow in the dark, judged by axe and by the console."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.browser.conftest import Opener, Site, assert_no_sideways_scroll, violations
from tests.browser.things import build, pages_of_things
from web.registry import PAGES as BLUEPRINTS

PAGES = pages_of_things()
NOT_PAGES = frozenset(
    {"auth.one_time", "imports.template", "notes.file", "policies.text", "reference.text", "reviews.job"}
)  # walked with its token; files; the progress of a long answer, which only a worker makes
_RAW = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\bNone\b(?! (?:is|of) )|\bTrue\b|\bFalse\b|\bundefined\b|\{'")


@pytest.fixture(scope="module")
def things(site: Site) -> dict[str, str]:
    """One of everything."""
    return build(site)


@pytest.mark.parametrize(("path", "login"), PAGES, ids=[path for path, _ in PAGES])
def test_page(walk: Opener, things: dict[str, str], path: str, login: str) -> None:
    page = walk(path.format(**things), as_=login)
    page.wait_for_load_state("networkidle")
    assert_no_sideways_scroll(page)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme="dark")
    assert_no_sideways_scroll(page)
    assert violations(page) == [], "at 320 pixels in the dark"
    assert page.title().endswith(" · Moorings")
    assert (page.locator("h1").count(), page.locator("main").count()) == (1, 1)
    said = page.locator("main").inner_text()
    if not path.startswith("/cis/{laptop}/edit"):  # its hints say how a time is written
        assert _RAW.findall(said) == [], "values as programs write them"


def test_no_page_about_a_thing_is_missing(site: Site) -> None:
    bare = Flask(__name__)
    for blueprint in BLUEPRINTS:
        bare.register_blueprint(blueprint)
    asked = {rule.endpoint for rule in bare.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments}
    where = bare.url_map.bind("localhost")
    listed = {where.match(re.sub(r"\{\w+\}", "x", path.split("?")[0]), method="GET")[0] for path, _ in PAGES}
    assert {one for one in asked if not one.endswith("static")} - listed - NOT_PAGES == set(), "add these to tests/browser/things.py"
