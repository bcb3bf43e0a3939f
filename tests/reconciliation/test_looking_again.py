"""Open questions whose answer became known by another way than the evidence just written close themselves, and say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import GraphUnavailable
from cmdb.graph import cis, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation
from reconciliation import reconcile
from reconciliation.distrust import distrust
from reconciliation.joining import join
from reconciliation.looking_again import look_again
from reconciliation.splitting import split
from tests.cases import double, open_ids, told, which
from tests.reconciliation.dump import dump

Maker = Callable[..., Observation]


def _candidates(graph: Graph, review: str) -> list[str]:
    return [str(c["id"]) for c in reviews.get(graph, review)["candidates"]]


def _state(graph: Graph, review: str) -> tuple[str, str, str]:
    asked = reviews.get(graph, review)
    return asked["state"], asked["answered_by"], asked["answer_reason"]


def test_after_a_join_by_a_person_what_waited_comes_in(graph: Graph, catalogue: Catalogue) -> None:
    """Nobody told the question; the next turn finds it answered, and the other two go on waiting."""
    which(graph, catalogue, "a1", 3)
    first, *left = open_ids(graph)
    keep, gone = _candidates(graph, first)
    join(graph, catalogue, keep, gone, reason="seen on the desk", by="otto")
    assert open_ids(graph) == [first, *left]
    done = look_again(graph, catalogue)
    assert (done.looked, done.place, open_ids(graph)) == (3, "", left)
    assert {c.kind for c in done.changes if c.ci == keep} == {"review_closed", "attribute"}
    state, by, reason = _state(graph, first)
    assert (state, by) == ("solved", "moorings")
    assert reason.startswith("later evidence settled it: ")
    assert (cis.get(graph, keep)["model"], "agent:ocs" in cis.get(graph, keep)["sources"]) == ("M0", True)
    before = dump(graph)
    assert look_again(graph, catalogue).changes == ()
    assert dump(graph) == before


def test_it_looks_at_some_at_a_time_and_at_all_in_turn(graph: Graph, catalogue: Catalogue) -> None:
    which(graph, catalogue, "a2", 5)
    asked = open_ids(graph)
    first = look_again(graph, catalogue, limit=2)
    assert (first.looked, first.place) == (2, asked[1])
    second = look_again(graph, catalogue, after=first.place, limit=2)
    assert (second.looked, second.place) == (2, asked[3])
    assert look_again(graph, catalogue, after=second.place, limit=2).place == ""
    assert open_ids(graph) == asked


def test_a_source_that_is_not_believed_any_more_leaves_one(graph: Graph, catalogue: Catalogue) -> None:
    """Nobody else saw that network card at the other candidate: what waited is the one that is left."""
    which(graph, catalogue, "a3")
    shows = (Identifier("hostname", "a3-0b"), Identifier("machine_id", f"ba3{0:029x}"))
    told(graph, catalogue, "agent:glpi", 1, Item("x", "laptop", shows, {"name": "a3-0b"}))
    (review,) = open_ids(graph)
    one, other = _candidates(graph, review)
    look_again(graph, catalogue)
    assert open_ids(graph) == [review]
    distrust(graph, catalogue, "ssh:b", by="ada", reason="another network", apply=True)
    look_again(graph, catalogue)
    asked = reviews.get(graph, review)
    assert (asked["state"], asked["decided"]) == ("solved", one)
    assert cis.get(graph, one)["model"] == "M0"
    assert "model" not in cis.get(graph, other)


def test_a_double_that_was_told_apart_elsewhere(graph: Graph, catalogue: Catalogue) -> None:
    double(graph, catalogue, "b1")
    (review,) = open_ids(graph)
    pair = _candidates(graph, review)
    review_writes.apart(graph, [pair], {"by": "otto", "reason": "two stickers", "at": "2026-11-01T00:00:00.000Z"})
    look_again(graph, catalogue)
    assert _state(graph, review) == ("solved", "moorings", "they were told apart meanwhile")


def test_a_question_about_what_is_gone(graph: Graph, catalogue: Catalogue) -> None:
    double(graph, catalogue, "b2")
    (review,) = open_ids(graph)
    for ci in _candidates(graph, review):
        graph.write("MATCH (c:CI {id: $id}) DETACH DELETE c RETURN count(*) AS n", id=ci)
    look_again(graph, catalogue)
    assert _state(graph, review) == ("solved", "moorings", "what it asked about is gone")


def _another(observed: Maker, minute: int, **more: str) -> Observation:
    return observed([("m", "server", {"serial": "SPLIT001", "mac": "00:1b:21:0e:00:01", **more}, {"name": "box"})], minute=minute)


def test_a_part_that_was_parted_while_the_server_stopped(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """The records were parted and the question was not closed: as after a stop between the two."""
    ci = reconcile(graph, catalogue, _another(observed, 0)).resolved[0].ci
    seen = observed([("m", "server", {"serial": "SPLIT001", "agent_id": "node-7"}, {"name": "box"})], source="agent:glpi", minute=1)
    assert reconcile(graph, catalogue, seen).resolved[0].ci == ci
    subjects = [str(r["s"]) for r in graph.read("MATCH (r:SourceRecord {ci: $ci, source: 'agent:glpi'}) RETURN r.subject AS s", ci=ci)]
    props = {"kind": "split", "class": "server", "title": "box", "rule": "shared", "source": "agent:glpi", "seen_at": "2026-11-01"}
    words: dict[str, Any] = {"verdict": f'{{"subjects": ["{subjects[0]}"]}}', "ref": subjects[0], "body": "", "pattern": "", "group": "g"}
    row = {"key": "k", "id": "0192f0c1-0000-7000-8000-000000000001", "at": "2026-11-01T00:00:00.000Z", "props": {**props, **words}}
    graph.writing(lambda tx: review_writes.ask(tx, [{**row, "candidates": [ci]}]))
    look_again(graph, catalogue)
    assert open_ids(graph) == [row["id"]]
    other = observed([("m", "server", {"serial": "SPLIT001", "asset_tag": "A1"}, {})], source="import:list", minute=2)
    reconcile(graph, catalogue, other)
    split(graph, catalogue, ci, subjects, by="otto", reason="two boxes")
    graph.write("MATCH (v:Review {key: 'k'}) SET v.state = 'open' CREATE (o:OpenQuestion {id: v.id}) RETURN count(*) AS n")
    look_again(graph, catalogue)
    assert _state(graph, str(row["id"]))[0] == "solved"
    assert open_ids(graph) == []


def test_who_stops_between_closing_and_applying_loses_nothing(graph: Graph, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is closed, what waited is not in: it stays in the list until the next turn brings it in."""
    which(graph, catalogue, "a4")
    (review,) = open_ids(graph)
    keep, gone = _candidates(graph, review)
    join(graph, catalogue, keep, gone, reason="seen on the desk", by="otto")

    def away(*_: object) -> None:
        raise GraphUnavailable("The graph went away.")

    monkeypatch.setattr("reconciliation.looking_again.reconcile", away)
    with pytest.raises(GraphUnavailable):
        look_again(graph, catalogue)
    assert (_state(graph, review)[0], "model" in cis.get(graph, keep), open_ids(graph)) == ("solved", False, [review])
    monkeypatch.undo()
    look_again(graph, catalogue)
    assert (cis.get(graph, keep)["model"], open_ids(graph)) == ("M0", [])


def test_one_that_cannot_be_looked_at_holds_no_other_back(graph: Graph, catalogue: Catalogue) -> None:
    """Its class is not in the catalogue any more; the next one closes all the same."""
    which(graph, catalogue, "a5", 2)
    first, second = open_ids(graph)
    for review in (first, second):
        join(graph, catalogue, *_candidates(graph, review), reason="seen on the desk", by="otto")
    body = reviews.get(graph, first)["body"]
    body["items"][0]["class"] = "zeppelin"
    graph.write("MATCH (v:Review {id: $id}) SET v.body = $body RETURN v.id AS id", id=first, body=json.dumps(body))
    look_again(graph, catalogue)
    assert open_ids(graph) == [first]
