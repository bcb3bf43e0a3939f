"""A real server and a real Chromium: pages as each of the cast sees them, judged by axe and by the console."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Account, Ledger
from tests.cast import hire
from tests.real_browser import browser
from tests.real_parts import real_part_missing
from web import Services, create_app
from web.serving import Server
from web.settings import WebSettings

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
THEMES = ("light", "dark")
PHONE = 560
"""Pixels up to which a table's rows are cards (35 rem)."""


@dataclass(frozen=True, slots=True)
class Site:
    """The running server with what it runs over."""

    url: str
    services: Services
    cast: dict[str, Account]

    @property
    def ledger(self) -> Ledger:
        """The server's ledger."""
        return self.services.ledger

    @property
    def graph(self) -> Graph:
        """The server's graph (embedded). Tests that need things in it put them there and do not expect it empty."""
        return self.services.graph


@dataclass
class Watch:
    """What a page complained of: console errors (CSP violations are among them), uncaught exceptions, failed loads."""

    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    followed: list[tuple[Page, str, Callable[[Any], None]]] = field(default_factory=list)

    def allow(self, words: str) -> None:
        """A complaint with these words in it is meant, e.g. `status of 422` where a form comes back."""
        self.allowed.append(words)

    def left(self) -> list[str]:
        """The complaints that nobody allowed."""
        return [one for one in self.complaints if not any(words in one for words in self.allowed)]

    def follow(self, page: Page) -> None:
        """Listen to a page from now on, until `leave`."""
        for event, heard in (("console", self._said), ("pageerror", self._thrown), ("requestfailed", self._failed)):
            page.on(event, heard)  # type: ignore[call-overload]
            self.followed.append((page, event, heard))

    def leave(self) -> None:
        """Listen no more: the page may be another test's next."""
        for page, event, heard in self.followed:
            page.remove_listener(event, heard)
        self.followed.clear()

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _thrown(self, error: Any) -> None:
        self.complaints.append(str(error))

    def _failed(self, request: Any) -> None:
        # A request that a newer one or a navigation made needless is no failure.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"{request.url}: {request.failure}")


@pytest.fixture(scope="session")
def site(_embedded_session: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all browser tests of this worker, over the worker's embedded engine and a ledger with the cast."""
    ledger = Ledger(tmp_path_factory.mktemp("site") / "ledger.db")
    cast = hire(ledger)
    settings = WebSettings(secret_key="a key for tests", sign_in_limit="1000 per minute", public_url="http://cmdb.example.org")
    services = Services(settings, _embedded_session, ledger, Catalogue.load())
    server = Server.bind(create_app(services), "127.0.0.1", 0, threads=4)
    thread = threading.Thread(target=server.run, name="test-server", daemon=True)
    thread.start()
    yield Site(server.url, services, cast)
    server.stop()
    thread.join(10)
    ledger.close()


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """Debian's Chromium, headless."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        real_part_missing("Chromium (apt-get install chromium)")
    return browser(found, ARGUMENTS)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test if a page it opened complained."""
    watching = Watch()
    yield watching
    watching.leave()
    assert not watching.left(), "\n".join(watching.left())


Opener = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, site: Site, watch: Watch) -> Iterator[Opener]:
    """`open_page("/people", as_="vera", width=390, theme="dark", script=True)`: a fresh browser, signed in, at that address.

    `as_=""` is a stranger.
    """
    contexts: list[BrowserContext] = []

    def opened(path: str, *, as_: str = "ada", width: int = 1440, theme: str = "light", script: bool = True) -> Page:
        height = 900 if width > 600 else 844
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",  # a colour half-way through its transition is nobody's choice
            java_script_enabled=script,
            base_url=site.url,
        )
        contexts.append(context)
        _arrive(context, site, as_)
        page = context.new_page()
        watch.follow(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def _arrive(context: BrowserContext, site: Site, login: str) -> None:
    """Sign in, in place of whoever was; a stranger has no cookie."""
    context.clear_cookies()
    if login:
        token = site.ledger.sessions.start(site.cast[login].id, address="127.0.0.1", agent="Mozilla/5.0 (X11; Linux) Chrome/156")
        context.add_cookies([{"name": "moorings", "value": token, "url": site.url}])


@pytest.fixture(scope="module")
def _walker(chromium: Browser, site: Site) -> Iterator[Page]:
    context = chromium.new_context(reduced_motion="reduce", base_url=site.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def walk(_walker: Page, site: Site, watch: Watch) -> Opener:
    """`walk("/people", as_="vera")`: as `open_page`, 1440 wide in the light, but each test of a module goes on in the same tab.

    For tests that only look: a fresh browser costs as much as half the look. Nothing of the last test is left but the cache of files:
    cookies go, and the application stores nothing else in a browser.
    """

    def opened(path: str, *, as_: str) -> Page:
        _walker.goto("about:blank")
        _arrive(_walker.context, site, as_)
        _walker.set_viewport_size({"width": 1440, "height": 900})
        _walker.emulate_media(color_scheme="light")
        watch.follow(_walker)
        _walker.goto(path)
        return _walker

    return opened


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


# What passed is told of once for each rule and stays in the browser: with all of it, a page took up to twice as long.
_JUDGE = """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']}).then(
    result => result.violations.flatMap(rule => rule.nodes.map(
        node => `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)} ${(node.failureSummary || '').slice(0, 300)}`)))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong by WCAG 2.0 to 2.2, levels A and AA: one line for each failing element."""
    # The policy of the pages forbids injected scripts, as it should; evaluate() goes round it as developer tools do.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_JUDGE, list(RULES))
    return found


def assert_accessible(page: Page) -> None:
    """No violation, as the page is now, in light and in dark."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found = violations(page)
        assert not found, f"{page.url} in {theme}:\n" + "\n".join(found)


def assert_no_sideways_scroll(page: Page) -> None:
    """The body is not wider than the window: wide tables scroll inside themselves, on a phone (cards) not at all."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    culprits = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
             && !e.closest('.table-scroll, pre, svg')).slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert wide <= 0, f"{page.url} is {wide} px too wide: {culprits}"
    if page.evaluate("innerWidth") <= PHONE:
        scrolling = page.evaluate(
            """() => [...document.querySelectorAll('.stack, .data-table .table-scroll')]
                 .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 120))"""
        )
        assert scrolling == [], f"{page.url}: tables that scroll at {page.evaluate('innerWidth')} px"
