"""The review queue by keyboard from the first question to the last, without a script, and by axe."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import Page, expect

from cmdb.graph import reviews
from tests.browser.conftest import Opener, Site, assert_accessible, assert_no_sideways_scroll
from tests.cases import double, open_ids, which

_marks = count(0xE0)


class Queue:
    """Three questions of a source of their own: the house is shared, and other tests may have questions too."""

    def __init__(self, site: Site) -> None:
        self.mark = f"{next(_marks):02x}"
        self.query = f"source=agent%3Aq{self.mark}"
        self._graph = site.graph
        which(site.graph, site.services.catalogue, self.mark, 3, source=f"agent:q{self.mark}")
        self.ids = self.open()

    def open(self) -> list[str]:
        """What is still open, the oldest first."""
        return reviews.open_ids(self._graph, filters={"source": f"agent:q{self.mark}"}, limit=10)

    def at(self, page: Page, place: int, last: int | None = None) -> None:
        """Wait until the page shows that question (after an answer to the question `last`)."""
        tail = f"&last={self.ids[last]}" if last is not None else ""
        page.wait_for_url(f"**/reviews/{self.ids[place]}?{self.query}{tail}")


@pytest.fixture
def queue(site: Site) -> Queue:
    """Questions of this test."""
    return Queue(site)


def test_from_the_first_to_the_last_by_keys(open_page: Opener, queue: Queue, site: Site) -> None:
    page, ids = open_page(f"/reviews?{queue.query}", as_="otto"), queue.ids
    page.get_by_role("link", name="Start with the first").click()
    queue.at(page, 0)
    page.keyboard.press("j")
    queue.at(page, 1)
    page.keyboard.press("k")
    queue.at(page, 0)
    page.keyboard.press("4")
    expect(page.locator("input[data-key='4']")).to_be_checked()
    page.locator("#reason").press_sequentially("10")
    expect(page.locator("input[data-key='4']")).to_be_checked()
    assert queue.open() == ids, "choosing sends nothing"
    page.locator("#reason").press("Enter")
    queue.at(page, 1, last=0)
    assert reviews.get(site.graph, ids[0])["answer_reason"] == "10"
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    queue.at(page, 2, last=1)
    page.keyboard.press("u")
    queue.at(page, 1)
    assert reviews.get(site.graph, ids[1])["state"] == "open"
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    queue.at(page, 2, last=1)
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    queue.at(page, 2, last=2)
    assert queue.open() == []


def test_a_second_enter_does_not_send_the_answer_again(open_page: Opener, queue: Queue, site: Site) -> None:
    """Who works fast presses it again before the next question is there; the first answer counts, and nobody is told of a conflict."""
    page = open_page(f"/reviews/{queue.ids[0]}?{queue.query}", as_="otto")
    page.keyboard.press("0")
    sent = page.evaluate(
        """() => {
            const sent = [];
            window.addEventListener("submit", (event) => sent.push(!event.defaultPrevented));
            const enter = { key: "Enter", bubbles: true, cancelable: true };
            for (const _ of [1, 2]) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", enter));
            return sent;
        }"""
    )
    assert sent == [True, False]
    queue.at(page, 1, last=0)
    assert reviews.get(site.graph, queue.ids[0])["answered_by"] == "otto"


def test_without_a_script(open_page: Opener, queue: Queue, site: Site) -> None:
    page = open_page(f"/reviews/{queue.ids[0]}?{queue.query}", as_="otto", script=False)
    assert page.get_by_role("link", name="Show what each answer would change").count() == 1
    page.get_by_label("None of them: it is something new").check()
    page.get_by_role("button", name="Answer", exact=True).click()
    queue.at(page, 1, last=0)
    page.get_by_role("button", name="Take it back").click()
    queue.at(page, 0)
    assert reviews.get(site.graph, queue.ids[0])["state"] == "open"


def test_pages_of_a_question_are_accessible_and_narrow(open_page: Opener, queue: Queue, site: Site) -> None:
    double(site.graph, site.services.catalogue, queue.mark)
    group = reviews.get(site.graph, queue.ids[0])["group"]
    questions = [f"/reviews/{one}" for one in (queue.ids[0], open_ids(site.graph, "double")[-1])]
    for path in [*questions, f"/reviews/groups/{group}?answer=different", f"{questions[0]}/choices"]:
        page = open_page(path, as_="otto", width=320)
        page.wait_for_load_state("networkidle")
        assert_no_sideways_scroll(page)
        assert_accessible(page)
