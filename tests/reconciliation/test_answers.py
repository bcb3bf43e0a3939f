"""What people answer: applied by the same door, remembered, taken back; and questions that settle themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import Conflict, Invalid
from cmdb.graph import cis, history, review_stakes, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import answer, preview_answer, reconcile, take_back

Maker = Callable[..., Observation]
MACS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")


@pytest.fixture
def told(graph: Graph, catalogue: Catalogue, observed: Maker) -> Callable[..., Any]:
    """`told(items, …)`: observed and reconciled."""
    return lambda *a, **k: reconcile(graph, catalogue, observed(*a, **k))


SHOWS = {"hostname": "desk-7", "mac": MACS[0], "machine_id": "2" * 32}


def doubtful(observed: Maker, minute: int = 5, **more: str) -> Observation:
    """A laptop with a known host name and network card, but another machine id; without a serial number."""
    return observed([("x", "laptop", {**SHOWS, **more}, {"name": "desk-7", "model": f"M{minute}"})], minute=minute)


@pytest.fixture
def question(graph: Graph, catalogue: Catalogue, observed: Maker, told: Callable[..., Any]) -> tuple[str, str]:
    """(review, its one candidate)."""
    one = told([("a", "laptop", {**SHOWS, "machine_id": "1" * 32}, {"name": "desk-7"})], source="ssh:a")
    reconcile(graph, catalogue, doubtful(observed))
    rows = reviews.listed(graph)
    assert [(r["kind"], r["pattern"]) for r in rows] == [("who", "+hostname +mac +name -machine_id")]
    return str(rows[0]["id"]), str(one.resolved[0].ci)


def laptops(graph: Graph) -> list[str]:
    """Ids of all laptops, the oldest first."""
    return [str(r["id"]) for r in graph.read("MATCH (c:Laptop) RETURN c.id AS id ORDER BY id")]


def shows(graph: Graph, ci: str, kind: str) -> list[str]:
    """Values of one kind of identifier."""
    return [str(r["value"]) for r in review_stakes.identifiers(graph, [ci])[ci] if r["kind"] == kind]


def test_same_applies_what_waited_with_author_and_reason(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, ci = question
    answer(graph, catalogue, review, "same", ci, by="otto", reason="the label says so")
    assert laptops(graph) == [ci]
    assert cis.get(graph, ci)["sources"] == ["agent:ocs", "ssh:a"]
    events = history.of_ci(graph, ci)
    assert [(e["kind"], e["actor"], e["reason"]) for e in events] == [
        ("review_answered", "otto", "the label says so"),
        ("attribute", "otto", "the label says so"),
    ]
    kept = reviews.get(graph, review)
    assert (kept["state"], kept["answer"], kept["answered_by"]) == ("answered", f"same:{ci}", "otto")
    assert [(h["answer"], h["by"], h["reason"]) for h in kept["history"]] == [(f"same:{ci}", "otto", "the label says so")]
    with pytest.raises(Conflict):
        answer(graph, catalogue, review, "same", ci, by="vera")


@pytest.mark.parametrize("choice", ["same", "different", "replaced-part", "retired-replaced"])
def test_the_same_evidence_is_never_asked_about_again(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str], choice: str
) -> None:
    review, ci = question
    answer(graph, catalogue, review, choice, ci, by="otto")
    meant = ci if choice in ("same", "replaced-part") else next(one for one in laptops(graph) if one != ci)
    for minute in (6, 7):
        again = reconcile(graph, catalogue, doubtful(observed, minute))
        assert [(r.outcome, r.ci) for r in again.resolved] == [("match", meant)]
        assert cis.get(graph, meant)["model"] == f"M{minute}"
    assert reviews.count_open(graph) == 0


def test_new_evidence_is_a_new_question(graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]) -> None:
    review, ci = question
    answer(graph, catalogue, review, "same", ci, by="otto", reason="one desk")
    more = reconcile(graph, catalogue, doubtful(observed, 8, machine_id="3" * 32))
    assert more.resolved[0].outcome == "ambiguous"
    assert [r["kind"] for r in reviews.listed(graph)] == ["who"]


def test_a_replaced_part_takes_its_identifier_with_it(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, ci = question
    done = answer(graph, catalogue, review, "replaced-part", ci, by="otto", reason="new disk")
    assert laptops(graph) == [ci]
    assert shows(graph, ci, "machine_id") == ["2" * 32]
    assert shows(graph, ci, "hostname") == ["desk-7"]
    assert [(c.attribute, c.before) for c in done.changes if c.kind == "identifier_ended"] == [("machine_id", "1" * 32)]
    ended = next(e for e in history.of_ci(graph, ci) if e["kind"] == "identifier_ended")
    assert (ended["actor"], ended["reason"]) == ("otto", "new disk")
    assert graph.read("MATCH (i:Identifier) WHERE NOT EXISTS { MATCH (i)-[:IDENTIFIES]->(:CI) } RETURN i.key AS key") == []


def test_retired_and_replaced(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, old = question
    answer(graph, catalogue, review, "retired-replaced", old, by="otto", reason="swapped on Monday")
    new = laptops(graph)[1]
    assert cis.get(graph, old)["status"] == "retired"
    assert graph.read("MATCH (a:CI)-[:REPLACES]->(b:CI) RETURN a.id AS a, b.id AS b") == [{"a": new, "b": old}]
    assert (shows(graph, old, "mac"), shows(graph, new, "mac")) == ([], ["001b21000001"])
    assert graph.read("MATCH (i:Identifier {shared: true}) RETURN i.key AS key") == []


def test_answers_name_the_field_at_fault(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, ci = question
    for choice, named, field in (("maybe", ci, "answer"), ("same", "nobody", "ci"), ("retired-replaced", "", "ci")):
        with pytest.raises(Invalid) as refused:
            answer(graph, catalogue, review, choice, named, by="otto")
        assert refused.value.field == field
    assert reviews.count_open(graph) == 1


def double(told: Callable[..., Any], observed: Maker) -> tuple[str, str]:
    """Two CIs and the question whether they are one: the second has a tag of its own and shares name and card with the first."""
    one = told([("a", "laptop", {**SHOWS, "machine_id": "1" * 32}, {"name": "desk-7"})], source="ssh:a")
    two = told([("b", "laptop", {**SHOWS, "serial": "BBB22222"}, {"name": "desk-7"})], source="agent:b", minute=2)
    return str(one.resolved[0].ci), str(two.resolved[0].ci)


def test_a_double_is_joined_into_the_older(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, new = double(told, observed)
    asked = reviews.listed(graph)[0]
    assert (asked["kind"], sorted(asked["candidates"])) == ("double", sorted([old, new]))
    answer(graph, catalogue, asked["id"], "same", new, by="otto")
    assert laptops(graph) == [old]
    assert cis.get(graph, new)["redirected_from"] == new


def test_a_double_with_a_replaced_part(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, _ = double(told, observed)
    answer(graph, catalogue, reviews.listed(graph)[0]["id"], "replaced-part", old, by="otto")
    assert (laptops(graph), shows(graph, old, "machine_id")) == ([old], ["2" * 32])


def test_a_double_that_was_replaced(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, new = double(told, observed)
    answer(graph, catalogue, reviews.listed(graph)[0]["id"], "retired-replaced", old, by="otto")
    assert laptops(graph) == [old, new]
    assert (cis.get(graph, old)["status"], shows(graph, old, "hostname")) == ("retired", [])


def test_a_question_settles_itself_when_its_source_shows_more(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]
) -> None:
    """The same machine with its serial number: a double about it may open, the old question closes and what waited is applied."""
    review, _ = question
    done = reconcile(graph, catalogue, doubtful(observed, 9, serial="CCC33333"))
    kept = reviews.get(graph, review)
    assert (kept["state"], kept["answered_by"], kept["decided"]) == ("solved", "moorings", done.resolved[0].ci)
    assert "same source showed all of it" in kept["answer_reason"]
    assert [c.ci for c in done.changes if c.kind == "review_closed"] == [done.resolved[0].ci]


def test_a_join_closes_the_question_about_both(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, _ = double(told, observed)
    review = reviews.listed(graph)[0]["id"]
    told([("a", "laptop", {"serial": "BBB22222", "machine_id": "1" * 32}, {"name": "desk-7"})], source="local:here", minute=4)
    assert laptops(graph) == [old]
    kept = reviews.get(graph, review)
    assert (kept["state"], kept["answer_reason"]) == ("solved", "the candidates were joined")


def test_a_new_one_taken_back_is_asked_about_itself(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    """The question is open again, about the CI that the answer made; `same` joins it back."""
    review, ci = question
    answer(graph, catalogue, review, "different", "", by="otto")
    made = laptops(graph)[1]
    take_back(graph, catalogue, review, by="vera", reason="it is the same desk")
    asked = reviews.get(graph, review)
    assert (asked["state"], asked["kind"], asked["subject"]) == ("open", "double", made)
    assert [(h["answer"], h["by"]) for h in asked["history"]] == [("different", "otto"), ("taken back", "vera")]
    with pytest.raises(Conflict):
        take_back(graph, catalogue, review, by="vera")
    answer(graph, catalogue, review, "same", ci, by="vera")
    assert laptops(graph) == [ci]
    assert cis.get(graph, ci)["sources"] == ["agent:ocs", "ssh:a"]


def test_a_replacement_taken_back(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, old = question
    before = shows(graph, old, "mac"), shows(graph, old, "hostname")
    answer(graph, catalogue, review, "retired-replaced", old, by="otto")
    take_back(graph, catalogue, review, by="otto")
    assert cis.get(graph, old).get("status") is None
    assert graph.read("MATCH (:CI)-[r:REPLACES]->(:CI) RETURN r") == []
    assert (shows(graph, old, "mac"), shows(graph, old, "hostname")) == before
    assert "identifier_restored" in {e["kind"] for e in history.of_ci(graph, old)}


def test_a_double_told_apart_and_taken_back(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, new = double(told, observed)
    review = reviews.listed(graph)[0]["id"]
    answer(graph, catalogue, review, "different", "", by="otto", reason="two stickers")
    assert [(e["kind"], e["reason"]) for ci in (old, new) for e in history.of_ci(graph, ci)][-1] == ("review_answered", "two stickers")
    take_back(graph, catalogue, review, by="otto")
    assert (reviews.count_open(graph), laptops(graph)) == (1, [old, new])


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [
        ("same", {"attribute"}),
        ("different", {"ci_created"}),
        ("replaced-part", {"attribute", "identifier_ended"}),
        ("retired-replaced", {"ci_created", "attribute", "relation_added"}),
    ],
)
def test_each_answer_is_foreseen_without_changing_anything(
    graph: Graph, catalogue: Catalogue, question: tuple[str, str], choice: str, kinds: set[str]
) -> None:
    review, ci = question
    before = graph.read("MATCH (n) RETURN count(n) AS n")
    foreseen = preview_answer(graph, catalogue, review, choice, ci)
    assert {c.kind for c in foreseen.changes} == kinds
    assert graph.read("MATCH (n) RETURN count(n) AS n") == before


def test_a_join_is_foreseen(graph: Graph, catalogue: Catalogue, told: Callable[..., Any], observed: Maker) -> None:
    old, new = double(told, observed)
    foreseen = preview_answer(graph, catalogue, reviews.listed(graph)[0]["id"], "replaced-part", old)
    assert [(c.kind, c.attribute, c.before, c.after) for c in foreseen.changes] == [
        ("joined", "id", new, old),
        ("attribute", "serial", None, "BBB22222"),
        ("identifier_ended", "machine_id", "1" * 32, None),
    ]
