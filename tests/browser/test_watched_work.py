"""Pages of work that goes on: they ask for themselves every two seconds, and who reads, chooses or listens is left alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from cmdb.intake.doubts import ordered_later
from cmdb.store import Job
from tests.browser.conftest import Opener, Site, assert_accessible

_LISTEN = """() => {
    window.heard = [];
    window.spoken = document.querySelector('#watched');
    new MutationObserver(() => window.heard.push(window.spoken.textContent)).observe(
        window.spoken, {subtree: true, childList: true, characterData: true});
}"""
_PLACE = """() => ({
    selected: String(getSelection()), y: scrollY, same: document.querySelector('#watched') === window.spoken,
    live: [...document.querySelectorAll('#scan-live [aria-live]')].length})"""


def _asked_again(page: Page, path: str, times: int = 2) -> None:
    for _ in range(times):
        with page.expect_response(lambda answer: path in answer.url):
            pass


def _claimed(site: Site, kind: str) -> Job:
    job = site.ledger.jobs.claim([kind])
    assert job is not None
    return job


def _running_scan(site: Site) -> tuple[Job, Job]:
    """A scan of two hosts, both begun."""
    scan = site.ledger.jobs.enqueue("scan", {"method": "ssh", "targets": ["10.0.0.1", "10.0.0.2"], "credential": "lab", "by": "otto"})
    site.ledger.jobs.enqueue("scan-host", {"host": "10.0.0.1", "port": 22}, parent=scan)
    running = _claimed(site, "scan")
    site.ledger.jobs.heartbeat(running, {"total": 2, "begun": 2, "done": 0})
    return running, _claimed(site, "scan-host")


def test_a_scan_that_is_watched(open_page: Opener, site: Site) -> None:
    """An open question, a selection, the focus and the place stay; the number on the way is shown and not announced; its end is."""
    scan, host = _running_scan(site)
    page = open_page(f"/scans/{scan.id}", as_="otto", width=390)
    page.set_viewport_size({"width": 390, "height": 300})
    page.locator("summary", has_text="Cancel").click()
    page.get_by_role("button", name="Cancel").focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.panel h2')); scrollTo(0, 150)")
    page.evaluate(_LISTEN)
    before = page.evaluate(_PLACE)
    assert (before["selected"], before["y"], before["live"]) == ("Hosts", 150, 0)
    site.ledger.jobs.heartbeat(scan, {"total": 2, "begun": 2, "done": 1})
    _asked_again(page, scan.id)
    expect(page.locator(".progress-line")).to_contain_text("1 of 2 hosts")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert page.evaluate(_PLACE) == before, "the same status, unspoken; what was marked is marked; nothing jumped"
    assert page.evaluate("window.heard") == []
    site.ledger.jobs.finish(host, {"outcome": "refused", "reason": "The port is closed.", "seconds": 0.1})
    site.ledger.jobs.finish(scan, {"total": 2})
    expect(page.locator("#watched")).to_have_text("Scan: done")
    assert page.evaluate("document.querySelector('#watched') === window.spoken"), "the one that a screen reader listens to"
    expect(page.locator("summary", has_text="Cancel")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2600)
    assert asked == [], "nothing asks any more"
    assert_accessible(page)


def test_a_scan_without_script_can_be_looked_at_again(open_page: Opener, site: Site) -> None:
    scan, host = _running_scan(site)
    page = open_page(f"/scans/{scan.id}", as_="otto", script=False)
    site.ledger.jobs.finish(host, {"outcome": "refused", "reason": "The port is closed.", "seconds": 0.1})
    site.ledger.jobs.finish(scan, {"total": 2})
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(".ci-line")).to_contain_text("done")
    expect(page.get_by_role("link", name="Look again")).to_have_count(0)


def test_an_import_that_waits(open_page: Opener, site: Site) -> None:
    entry = site.ledger.intake.accept("observation", b"{}", meta={"source": "import:watched", "actor": "otto", "items": 3, "subject": "w"})
    page = open_page(f"/imports/{entry}", as_="otto")
    page.locator("#import-live").get_by_role("link", name="Look again").focus()
    page.evaluate(_LISTEN)
    _asked_again(page, entry)
    expect(page.locator("#import-live").get_by_role("link", name="Look again")).to_be_focused()
    assert page.evaluate(_PLACE)["same"]
    assert page.evaluate("window.heard") == []


def test_a_look_at_what_would_change(open_page: Opener, site: Site) -> None:
    """The page asks every two seconds and is changed in place: no complaint in the console, the focus stays."""
    words = {"source": "import:watched.csv", "subject": "", "by": "ada", "reason": "the wrong list"}
    job = ordered_later(site.ledger, "distrust", words, apply=False)
    page = open_page(f"/admin/sources/trust?job={job}", as_="ada")
    page.get_by_label("Why", exact=True).fill("half a sentence")
    page.get_by_role("link", name="Look again").focus()
    _asked_again(page, f"job={job}")
    expect(page.locator("#trust-live")).to_contain_text("waiting")
    expect(page.get_by_role("link", name="Look again")).to_be_focused()
    assert page.get_by_label("Why", exact=True).input_value() == "half a sentence", "what is being typed stays"
    site.ledger.jobs.cancel(job)
    expect(page.locator("#watched")).to_have_text("Looking what would change: cancelled")
