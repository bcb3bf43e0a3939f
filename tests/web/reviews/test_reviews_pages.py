"""The queue and its questions as pages: evidence, what hangs on each, answers, the next one, take-back, filters, files, groups."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from flask.testing import FlaskClient

from cmdb.graph import cis, reviews
from cmdb.model.observation import Identifier, Item
from cmdb.runtime.house import House
from cmdb.runtime.review_work import ANSWER_GROUP, answer_group
from reconciliation import joining as joins
from tests.cases import open_ids, told, which
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def test_a_question_shows_the_evidence_side_by_side(visit: Visit, services: Services, asked: list[str]) -> None:
    page = visit("vera").get(f"/reviews/{asked[0]}").text
    assert "a1-0a" in page
    assert "a1-0b" in page
    assert "00:1b:21:a1:00:01" in page
    assert 'aria-label="agrees"' in page
    assert 'aria-label="not shown by both"' in page
    assert "data-review" not in page, "who may only read is not offered the answers"
    double = visit("otto").get(f"/reviews/{asked[3]}").text
    assert 'aria-label="differs"' in double
    assert "They are different things" in double


def test_a_blocked_and_a_shared_value_say_so(visit: Visit, services: Services) -> None:
    """A placeholder serial is shown and counts for nothing; so does what several show."""
    which(services.graph, services.catalogue, "c1")
    graph, catalogue = services.graph, services.catalogue
    cards = (Identifier("mac", "00:1b:21:c1:00:01"), Identifier("mac", "00:1b:21:c1:00:02"), Identifier("serial", "To be filled by O.E.M."))
    told(graph, catalogue, "agent:glpi", 3, Item("z", "laptop", cards, {"model": "M"}))
    which(graph, catalogue, "c2")
    graph.write(
        "MATCH (i:Identifier {value: '001b21c10001'}) MATCH (c:CI {display_name: 'c2-0a'}) SET i.shared = true "
        "CREATE (i)-[:IDENTIFIES {grade: 'medium', scope: ''}]->(c)"
    )
    review = reviews.listed(graph, filters={"source": "agent:glpi"})[0]["id"]
    page = visit("otto").get(f"/reviews/{review}").text
    assert "To be filled by O.E.M." in page
    assert "placeholder" in page
    assert 'aria-label="shared: several show it"' in page


def test_a_tag_stands_as_it_was_written_and_the_sign_that_differs_is_marked(visit: Visit, services: Services, asked: list[str]) -> None:
    """An asset tag in the capitals of its source; of two network cards that differ in one sign, the sign, for the eye and in words."""
    shows = (Identifier("machine_id", f"aa1{0:029x}"), Identifier("asset_tag", "IT-00X7"))
    told(services.graph, services.catalogue, "ssh:a", 3, Item("x", "laptop", shows, {"name": "a1-0a", "asset_tag": "IT-00X7"}))
    page = visit("otto").get(f"/reviews/{asked[0]}").text
    assert '<span class="shown">IT-00X7</span>' in page
    assert "it-00x7" not in page
    double = visit("otto").get(f"/reviews/{asked[3]}").text
    assert re.search(r":0<mark>[19]</mark>", double)
    assert re.search(r"\((1 instead of 9|9 instead of 1) at place 17\)", double)


def test_looking_costs_few_queries_whatever_the_candidates(visit: Visit, services: Services, asked: list[str]) -> None:
    otto = visit("otto")
    for path, most in ((f"/reviews/{asked[0]}", 12), ("/reviews", 5), ("/reviews/groups", 4), ("/reviews/closed", 4)):
        with services.graph.counting() as counter:
            assert otto.get(path).status_code == 200
        assert counter.queries <= most, (path, counter.statements)


def test_what_each_answer_would_change_is_told_before(visit: Visit, services: Services, asked: list[str]) -> None:
    before = services.graph.read("MATCH (n) RETURN count(n) AS n")
    page = visit("vera").get(f"/reviews/{asked[0]}/choices").text
    assert page.count("foreseen-one") == 7
    assert "a new laptop" in page
    assert "retired" in page
    assert services.graph.read("MATCH (n) RETURN count(n) AS n") == before


def test_answers_lead_to_the_next_and_can_be_taken_back(visit: Visit, services: Services, asked: list[str]) -> None:
    """From the first question to the last, without a script; the last answer is taken back."""
    otto, at = visit("otto"), f"/reviews/{asked[0]}?class=laptop"
    for place in range(3):
        page = otto.get(at).text
        value = re.findall(r'value="(same:[^"]+)"', page)[0]
        assert re.search(r"data-review", page)
        at = otto.post(f"/reviews/{asked[place]}?class=laptop", {"answer": value, "reason": "label"}).headers["Location"]
        if place < 2:
            assert at == f"/reviews/{asked[place + 1]}?class=laptop&last={asked[place]}"
            assert f"/reviews/{asked[place]}/take-back" in otto.get(at).text
    assert (reviews.count_open(services.graph), len(open_ids(services.graph, "who"))) == (1, 0)
    page = otto.get(at).text
    assert "by otto" in page
    assert "That was the last question of this view; 1 more is open in the queue." in page
    assert otto.post(f"/reviews/{asked[2]}/take-back", {"reason": "wrong"}).status_code == 303
    again = otto.get(f"/reviews/{asked[2]}").text
    assert "taken back" in again
    assert reviews.count_open(services.graph) == 2
    assert [line.action for line in services.ledger.audit.list()][:2] == ["review.take-back", "review.answer"]


def test_who_may_not_edit_cannot_answer(visit: Visit, asked: list[str]) -> None:
    vera = visit("vera")
    assert vera.post(f"/reviews/{asked[0]}", {"answer": "different"}).status_code == 403
    assert vera.post(f"/reviews/{asked[0]}/take-back").status_code == 403
    otto = visit("otto")
    assert otto.post(f"/reviews/{asked[0]}", {"answer": "nonsense"}).status_code == 400
    assert otto.post(f"/reviews/{asked[0]}/take-back").status_code == 409
    assert otto.get("/reviews/nothing").status_code == 404


def test_the_queue_filters_pages_and_exports(visit: Visit, services: Services, asked: list[str]) -> None:
    vera = visit("vera")
    assert [n for n, one in enumerate(asked) if one in vera.get("/reviews?kind=double").text] == [3]
    assert [n for n, one in enumerate(asked) if one in vera.get("/reviews?source=AGENT:OCS&class=laptop").text] == [0, 1, 2]
    assert "Nothing matches these filters" in vera.get("/reviews?age=month").text
    assert vera.get("/reviews?age=ever").status_code == 400
    lines = vera.get("/reviews?format=csv&class=laptop").text.splitlines()
    assert len(lines) == 4
    assert "a1-0a" in lines[1]


def test_a_group_is_answered_at_once_where_it_is_small(visit: Visit, services: Services, asked: list[str]) -> None:
    otto = visit("otto")
    key = reviews.groups(services.graph)[0]["group"]
    assert "3 × Laptop" in otto.get("/reviews/groups").text
    equal = otto.get(f"/reviews/groups/{key}?answer=same").text
    assert "Two candidates fit equally" in equal
    assert "Answer all" not in equal
    shown = otto.get(f"/reviews/groups/{key}?answer=different").text
    assert "Answer all 3" in shown
    assert len(open_ids(services.graph, "who")) == 3
    assert otto.post(f"/reviews/groups/{key}", {"answer": "different", "reason": "docks"}).headers["Location"] == "/reviews/groups"
    closed = reviews.closed(services.graph)
    assert [(r["answer"], r["answered_by"], r["answer_reason"]) for r in closed] == [("different", "otto", "docks")] * 3
    assert otto.get(f"/reviews/groups/{key}").status_code == 404


def test_a_large_group_is_a_job_with_progress(visit: Visit, services: Services) -> None:
    """More than fifty: ordered by the page, done by the workers, each with its own answer."""
    which(services.graph, services.catalogue, "d1", 51)
    otto, key = visit("otto"), reviews.groups(services.graph)[0]["group"]
    where = otto.post(f"/reviews/groups/{key}", {"answer": "different", "reason": "docks"}).headers["Location"]
    assert otto.get(where).status_code == 200
    jobs = services.ledger.jobs
    job = jobs.claim([ANSWER_GROUP])
    assert job is not None
    house = House(None, services.graph, None, services.ledger, services.catalogue)  # type: ignore[arg-type]
    result = answer_group(house, job, threading.Event())
    assert result is not None
    assert (result["answered"], result["left_open"]) == (51, 0)
    assert (jobs.get(job.id).progress or {})["done"] == 51
    jobs.finish(job, result)
    assert "51 answered" in otto.get(where).text
    assert reviews.count_open(services.graph) == 0
    assert {r["answered_by"] for r in reviews.closed(services.graph, limit=60)} == {"otto"}


def test_the_dashboard_counts_what_waits(visit: Visit, services: Services, asked: list[str]) -> None:
    assert re.search(r'stat-number">4</span>\s*<span class="stat-words">identity questions open', visit("otto").get("/").text)


def test_hostile_names_are_text(visit: Visit, services: Services) -> None:
    hostile = '<img src=x onerror=alert(1)>"'
    which(services.graph, services.catalogue, "e1")
    services.graph.write("MATCH (c:CI {display_name: 'e1-0a'}) SET c.display_name = $name", name=hostile)
    review = open_ids(services.graph)[0]
    otto = visit("otto")
    for path in ("/reviews", f"/reviews/{review}", f"/reviews/{review}/choices"):
        assert hostile not in otto.get(path).text
    assert cis.many(services.graph, set(reviews.listed(services.graph)[0]["candidates"]))


def test_a_question_that_is_answered_by_now_closes_itself_when_it_is_opened(
    visit: Visit, program: Callable[[str], FlaskClient], services: Services, asked: list[str]
) -> None:
    """Joined elsewhere while nobody looked: the page says so instead of asking, what waited is in, and the list has it no more."""
    ends = [sorted(str(c["id"]) for c in reviews.get(services.graph, one)["candidates"]) for one in asked]
    for pair in (ends[0], ends[1], ends[3]):
        joins.join(services.graph, services.catalogue, *pair, reason="one label")
    page = visit("vera").get(f"/reviews/{asked[0]}").text
    assert "It settled itself" in page
    assert "later evidence settled it" in page
    assert cis.get(services.graph, ends[0][0])["model"] == "M0"
    assert program("viewer").get(f"/api/v1/reviews/{asked[1]}").get_json()["state"] == "solved"
    listed = visit("vera").get("/reviews").text
    assert [one in listed for one in asked] == [False, False, True, False]
    assert reviews.get(services.graph, asked[3])["answer_reason"] == "the candidates were joined"
    assert open_ids(services.graph) == [asked[2]]
