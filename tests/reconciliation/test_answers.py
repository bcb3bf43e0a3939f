"""What people answer: applied by the same door, remembered, taken back; and questions that settle themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cmdb.errors import Conflict, Invalid
from cmdb.graph import candidates, cis, history, kin, review_stakes, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Observation, Source
from reconciliation import answer, preview_answer, reconcile, take_back
from reconciliation.joining import join
from reconciliation.records import from_row
from reconciliation.settling import settle

Maker = Callable[..., Observation]
MACS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")


@pytest.fixture
def told(graph: Graph, catalogue: Catalogue, observed: Maker) -> Callable[..., Any]:
    """`told(items, …)`: observed and reconciled."""
    return lambda *a, **k: reconcile(graph, catalogue, observed(*a, **k))


def doubtful(observed: Maker, minute: int = 5, **more: str) -> Observation:
    """A machine without a name or number that shows the network cards of two others."""
    made = observed([("x", "laptop", {"mac": MACS[0], **more}, {"model": f"M{minute}"})], minute=minute)
    shows = (*made.items[0].identifiers, Identifier("mac", MACS[1]))
    return replace(made, items=(replace(made.items[0], identifiers=shows),))


@pytest.fixture
def question(graph: Graph, catalogue: Catalogue, observed: Maker, told: Callable[..., Any]) -> tuple[str, str]:
    """(review, its first candidate): which of two laptops it is."""
    ids = []
    for n, mac in enumerate(MACS):
        shows = {"hostname": f"desk-{n}", "mac": mac, "machine_id": f"{n + 1}" * 32}
        ids.append(told([("a", "laptop", shows, {"name": f"desk-{n}"})], source=f"ssh:{n}").resolved[0].ci)
    reconcile(graph, catalogue, doubtful(observed))
    rows = reviews.listed(graph)
    assert [(r["kind"], r["pattern"], sorted(r["candidates"])) for r in rows] == [("who", "2 x +mac", sorted(ids))]
    return str(rows[0]["id"]), str(ids[0])


def laptops(graph: Graph) -> list[str]:
    """Ids of all laptops, the oldest first."""
    return [str(r["id"]) for r in graph.read("MATCH (c:Laptop) RETURN c.id AS id ORDER BY id")]


def shows(graph: Graph, ci: str, kind: str) -> list[str]:
    """Values of one kind of identifier."""
    return [str(r["value"]) for r in review_stakes.identifiers(graph, [ci])[ci] if r["kind"] == kind]


def test_same_applies_what_waited_with_author_and_reason(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, ci = question
    answer(graph, catalogue, review, "same", ci, by="otto", reason="the label says so")
    assert len(laptops(graph)) == 2
    assert cis.get(graph, ci)["sources"] == ["agent:ocs", "ssh:0"]
    events = history.of_ci(graph, ci)
    assert [(e["kind"], e["actor"], e["reason"]) for e in events] == [
        ("review_answered", "otto", "the label says so"),
        ("attribute", "otto", "the label says so"),
    ]
    kept = reviews.get(graph, review)
    assert (kept["state"], kept["answer"], kept["answered_by"]) == ("answered", f"same:{ci}", "otto")
    assert [(h["answer"], h["by"], h["reason"]) for h in kept["history"]] == [(f"same:{ci}", "otto", "the label says so")]
    assert ([r["id"] for r in reviews.closed(graph)], reviews.listed(graph), reviews.count_open(graph)) == ([review], [], 0)
    with pytest.raises(Conflict):
        answer(graph, catalogue, review, "same", ci, by="vera")


@pytest.mark.parametrize("choice", ["same", "different", "replaced-part", "retired-replaced"])
def test_the_same_evidence_is_never_asked_about_again(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str], choice: str
) -> None:
    review, ci = question
    answer(graph, catalogue, review, choice, ci, by="otto")
    meant = ci if choice in ("same", "replaced-part") else laptops(graph)[2]
    for minute in (6, 7):
        again = reconcile(graph, catalogue, doubtful(observed, minute))
        assert [(r.outcome, r.ci) for r in again.resolved] == [("match", meant)]
        assert cis.get(graph, meant)["model"] == f"M{minute}"
    assert reviews.count_open(graph) == 0


def test_another_source_with_the_same_evidence_is_another_question(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]
) -> None:
    """Before an answer: the question is a source's evidence. The same again only renews what waits."""
    review, _ = question
    reconcile(graph, catalogue, doubtful(observed, 8))
    assert [r["id"] for r in reviews.listed(graph)] == [review]
    assert reviews.get(graph, review)["body"]["items"][0]["attributes"]["model"] == "M8"
    reconcile(graph, catalogue, doubtful(observed, 4))
    assert reviews.get(graph, review)["body"]["items"][0]["attributes"]["model"] == "M8"
    reconcile(graph, catalogue, replace(doubtful(observed, 9), source=Source("snmp", "core")))
    assert len(reviews.listed(graph)) == 2


def test_retired_and_replaced(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, old = question
    answer(graph, catalogue, review, "retired-replaced", old, by="otto", reason="swapped on Monday")
    new = laptops(graph)[2]
    assert cis.get(graph, old)["status"] == "retired"
    assert graph.read("MATCH (a:CI)-[:REPLACES]->(b:CI) RETURN a.id AS a, b.id AS b") == [{"a": new, "b": old}]
    assert (shows(graph, old, "mac"), shows(graph, new, "mac")) == ([], ["001b21000001", "001b21000002"])
    ended = next(e for e in history.of_ci(graph, old) if e["kind"] == "identifier_ended")
    assert (ended["actor"], ended["reason"]) == ("otto", "swapped on Monday")


def test_answers_name_the_field_at_fault(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, ci = question
    for choice, named, field in (("maybe", ci, "answer"), ("same", "nobody", "ci"), ("retired-replaced", "", "ci")):
        with pytest.raises(Invalid) as refused:
            answer(graph, catalogue, review, choice, named, by="otto")
        assert refused.value.field == field
    assert reviews.count_open(graph) == 1


@pytest.fixture
def double(graph: Graph, told: Callable[..., Any]) -> tuple[str, str, str]:
    """(review, the older, the younger): after some weeks the system of one machine runs on other network cards and shows a serial."""
    one = told([("a", "laptop", {"hostname": "desk-7", "mac": MACS[0], "machine_id": "7" * 32}, {"name": "desk-7"})], source="ssh:a")
    shows = {"hostname": "desk-7", "mac": MACS[1], "machine_id": "7" * 32, "serial": "BBB22222"}
    two = told([("b", "laptop", shows, {"name": "desk-7"})], source="agent:b", minute=20 * 24 * 60)
    asked = reviews.listed(graph)
    ids = [str(one.resolved[0].ci), str(two.resolved[0].ci)]
    assert [(r["kind"], sorted(r["candidates"])) for r in asked] == [("double", ids)]
    return str(asked[0]["id"]), ids[0], ids[1]


def test_a_double_is_joined_into_the_older(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str]) -> None:
    review, old, new = double
    answer(graph, catalogue, review, "same", new, by="otto")
    assert laptops(graph) == [old]
    assert cis.get(graph, new)["redirected_from"] == new


def test_a_replaced_part_takes_its_identifier_with_it(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str]) -> None:
    review, old, _ = double
    done = answer(graph, catalogue, review, "replaced-part", old, by="otto", reason="new board")
    assert laptops(graph) == [old]
    assert (shows(graph, old, "mac"), shows(graph, old, "hostname")) == (["001b21000002"], ["desk-7"])
    assert [(c.attribute, c.before) for c in done.changes if c.kind == "identifier_ended"] == [("mac", "001b21000001")]
    assert graph.read("MATCH (i:Identifier) WHERE NOT EXISTS { MATCH (i)-[:IDENTIFIES]->(:CI) } RETURN i.key AS key") == []


def test_a_double_that_was_replaced(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str]) -> None:
    review, old, new = double
    answer(graph, catalogue, review, "retired-replaced", old, by="otto")
    assert laptops(graph) == [old, new]
    assert (cis.get(graph, old)["status"], shows(graph, old, "hostname"), shows(graph, old, "mac")) == ("retired", [], ["001b21000001"])


def test_a_question_settles_itself_when_its_source_shows_more(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]
) -> None:
    """The same machine with its serial number and all it showed before: the question closes and what waited is applied."""
    review, _ = question
    done = reconcile(graph, catalogue, doubtful(observed, 9, serial="CCC33333"))
    kept = reviews.get(graph, review)
    assert (kept["state"], kept["answered_by"], kept["decided"]) == ("solved", "moorings", done.resolved[0].ci)
    assert kept["answer_reason"]
    assert [c.ci for c in done.changes if c.kind == "review_closed"] == [done.resolved[0].ci]
    assert review in {r["id"] for r in reviews.closed(graph)}


def test_a_join_closes_the_question_about_both(graph: Graph, told: Callable[..., Any], double: tuple[str, str, str]) -> None:
    review, old, _ = double
    shows = {"serial": "BBB22222", "mac": MACS[0], "machine_id": "7" * 32, "hostname": "desk-7"}
    told([("a", "laptop", shows, {"name": "desk-7"})], source="local:here", minute=20 * 24 * 60 + 4)
    kept = reviews.get(graph, review)
    if laptops(graph) == [old]:  # whether this joins is the business of the rules
        assert (kept["state"], kept["answer_reason"]) == ("solved", "the candidates were joined")
    else:
        assert kept["state"] == "open"


def test_a_join_by_a_person_closes_other_questions_about_both(
    graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]
) -> None:
    """Two sources ask which of two it is; a join of the two settles the other question and applies what waited."""
    review, ci = question
    other = laptops(graph)[1]
    join(graph, catalogue, ci, other, reason="seen on the desk", by="otto")
    closed = settle(graph, catalogue, lambda seen: reconcile(graph, catalogue, seen), (), [ci])
    assert [(c.kind, c.ci) for c in closed] == [("review_closed", ci)]
    assert reviews.get(graph, review)["state"] == "solved"
    assert "agent:ocs" in cis.get(graph, ci)["sources"]


def test_a_new_one_taken_back_is_asked_about_itself(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    """The question is open again, about the CI that the answer made; `same` joins it back."""
    review, ci = question
    answer(graph, catalogue, review, "different", "", by="otto")
    made = laptops(graph)[2]
    take_back(graph, catalogue, review, by="vera", reason="it is the same desk")
    asked = reviews.get(graph, review)
    assert (asked["state"], asked["kind"], asked["subject"]) == ("open", "double", made)
    assert [(h["answer"], h["by"]) for h in asked["history"]] == [("different", "otto"), ("taken back", "vera")]
    assert [r["id"] for r in reviews.listed(graph)] == [review]
    with pytest.raises(Conflict):
        take_back(graph, catalogue, review, by="vera")
    answer(graph, catalogue, review, "same", ci, by="vera")
    assert made not in laptops(graph)
    assert cis.get(graph, ci)["sources"] == ["agent:ocs", "ssh:0"]


def test_a_replacement_taken_back(graph: Graph, catalogue: Catalogue, question: tuple[str, str]) -> None:
    review, old = question
    before = shows(graph, old, "mac"), shows(graph, old, "hostname")
    answer(graph, catalogue, review, "retired-replaced", old, by="otto")
    take_back(graph, catalogue, review, by="otto")
    assert cis.get(graph, old).get("status") is None
    assert graph.read("MATCH (:CI)-[r:REPLACES]->(:CI) RETURN r") == []
    assert (shows(graph, old, "mac"), shows(graph, old, "hostname")) == before
    assert "identifier_restored" in {e["kind"] for e in history.of_ci(graph, old)}


def test_a_double_told_apart_and_taken_back(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str]) -> None:
    review, old, new = double
    answer(graph, catalogue, review, "different", "", by="otto", reason="two stickers")
    assert kin.apart(graph, [old, new]) == {frozenset((old, new))}
    for ci in (old, new):
        assert ("review_answered", "two stickers") in {(e["kind"], e["reason"]) for e in history.of_ci(graph, ci)}
    take_back(graph, catalogue, review, by="otto")
    assert (reviews.count_open(graph), laptops(graph), kin.apart(graph, [old, new])) == (1, [old, new], set())


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [
        ("same", {"attribute"}),
        ("different", {"ci_created"}),
        ("replaced-part", {"attribute"}),
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


def test_a_join_is_foreseen(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str]) -> None:
    review, old, new = double
    foreseen = preview_answer(graph, catalogue, review, "replaced-part", old)
    told = [(c.kind, c.attribute, c.before, c.after) for c in foreseen.changes]
    assert told[0] == ("joined", "id", new, old)
    assert ("attribute", "serial", None, "BBB22222") in told
    assert told[-1] == ("identifier_ended", "mac", "001b21000001", None)


def test_the_queue_reads_on_and_back_and_filters(graph: Graph, catalogue: Catalogue, observed: Maker, question: tuple[str, str]) -> None:
    """Several sources ask; pages of two, forwards and backwards; filters; groups."""
    for n in range(5):
        reconcile(graph, catalogue, replace(doubtful(observed, 10 + n), source=Source("snmp", f"site-{n % 2}"), id=f"more-{n}"))
    # one question a source: the same evidence of one source is one question
    rows = reviews.listed(graph)
    ids = [str(r["id"]) for r in rows]
    assert (len(ids), ids, reviews.count_open(graph)) == (3, sorted(ids), 3)
    assert [r["id"] for r in reviews.listed(graph, after=ids[0], limit=1)] == [ids[1]]
    assert [r["id"] for r in reviews.listed(graph, before=ids[2], limit=2)] == [ids[1], ids[0]]
    assert reviews.beside(graph, ids[1]) == (ids[0], ids[2])
    assert reviews.beside(graph, ids[2]) == (ids[1], "")
    assert [r["source"] for r in reviews.listed(graph, filters={"source": "SNMP"})] == ["snmp:site-0", "snmp:site-1"]
    assert reviews.listed(graph, filters={"class": "server"}) == []
    assert [g["count"] for g in reviews.groups(graph, least=1)] == [1, 1, 1]
    assert reviews.group(graph, rows[0]["group"])["pattern"] == "2 x +mac"


@pytest.mark.parametrize("choice", ["same", "replaced-part"])
def test_what_was_put_together_is_parted_again(graph: Graph, catalogue: Catalogue, question: tuple[str, str], choice: str) -> None:
    """What the waiting source said leaves again, as a CI of its own that the question is now about."""
    review, ci = question
    before = laptops(graph), cis.get(graph, ci)["sources"], shows(graph, ci, "mac")
    answer(graph, catalogue, review, choice, ci, by="otto")
    take_back(graph, catalogue, review, by="otto", reason="wrong desk")
    asked = reviews.get(graph, review)
    assert (asked["state"], asked["kind"], asked["subject"] in before[0]) == ("open", "double", False)
    assert (laptops(graph)[:2], cis.get(graph, ci)["sources"], shows(graph, ci, "mac")) == before
    assert cis.get(graph, asked["subject"])["sources"] == ["agent:ocs"]
    answer(graph, catalogue, review, "same", ci, by="otto")
    assert laptops(graph) == before[0]


@pytest.mark.parametrize("choice", ["same", "replaced-part"])
def test_a_join_is_taken_back(graph: Graph, catalogue: Catalogue, double: tuple[str, str, str], choice: str) -> None:
    review, old, new = double
    before = [(ci, cis.get(graph, ci)["sources"], shows(graph, ci, "mac"), shows(graph, ci, "serial")) for ci in (old, new)]
    answer(graph, catalogue, review, choice, old, by="otto")
    take_back(graph, catalogue, review, by="vera", reason="two desks")
    assert [(ci, cis.get(graph, ci)["sources"], shows(graph, ci, "mac"), shows(graph, ci, "serial")) for ci in (old, new)] == before
    assert sorted(reviews.listed(graph)[0]["candidates"]) == [old, new]


def test_a_split_is_foreseen_answered_and_taken_back(graph: Graph, catalogue: Catalogue, told: Callable[..., Any]) -> None:
    """What one source said of a CI by a value that several show is parted from it, and joined back."""
    shows = {"hostname": "desk-7", "mac": MACS[0], "machine_id": "7" * 32}
    ci = str(told([("a", "laptop", shows, {"name": "desk-7"})], source="ssh:a").resolved[0].ci)
    told([("b", "laptop", {**shows, "serial": "BBB22222"}, {"name": "desk-7"})], source="agent:b", minute=2)
    subject = next(r.subject for r in map(from_row, candidates.states(graph, [ci])[ci][1]) if r.source == "agent:b")
    props = {"kind": "split", "class": "laptop", "title": "desk-7", "rule": "shared", "verdict": "{}", "source": "agent:b", "ref": subject}
    row = {"key": "split-test", "id": uuid7(), "at": "2026-11-02T00:00:00.000Z", "candidates": [ci]}
    graph.writing(lambda tx: review_writes.ask(tx, [{**row, "props": {**props, "seen_at": "", "body": ""}}]))
    review = open_of(graph)
    with pytest.raises(Invalid, match="same, different"):
        answer(graph, catalogue, review, "replaced-part", ci, by="otto")
    assert "split" in {c.kind for c in preview_answer(graph, catalogue, review, "different", "").changes}
    answer(graph, catalogue, review, "different", "", by="otto", reason="two desks")
    assert [cis.get(graph, one)["sources"] for one in laptops(graph)] == [["ssh:a"], ["agent:b"]]
    take_back(graph, catalogue, review, by="otto")
    assert laptops(graph) == [ci]
    answer(graph, catalogue, review, "same", ci, by="otto")
    assert (laptops(graph), reviews.count_open(graph)) == ([ci], 0)


def open_of(graph: Graph) -> str:
    """The one open question."""
    (review,) = reviews.open_ids(graph, limit=5)
    return review
