"""Answers as text, as rows and as a picture; people by teams, sites and loans."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cmdb.graph.door import Graph
from cmdb.impact.answer import answer
from cmdb.impact.picture import MOST, draw
from cmdb.impact.question import ask
from cmdb.impact.report import as_json, as_text
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.impact.test_answer import MONDAY, firm

CATALOGUE = Catalogue.load()


def _row(number: int, depth: int, cls: str = "server") -> dict[str, Any]:
    chain = [{"ci": f"n{number}", "name": f"n{number}"}, {"ci": "root", "name": "root"}]
    return {"ci": f"n{number}", "name": f"n{number}", "class": cls, "depth": depth, "why": "", "because": chain}


def _told(down: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cis": [{"ci": "root", "name": "root", "class": "switch"}], "down": down}


def test_more_than_ten_alike_fold_and_open() -> None:
    """Ten are shown, eleven are one box, and its key opens them."""
    assert draw({"cis": []}) is None
    ten = draw(_told([_row(n, 1) for n in range(10)]))
    eleven = draw(_told([_row(n, 1) for n in range(11)]))
    assert ten is not None
    assert eleven is not None
    assert (len(ten.boxes), len(ten.lines)) == (11, 10)
    assert [(box.count, box.key) for box in eleven.boxes] == [(1, ""), (11, "1.server.down")]
    opened = draw(_told([_row(n, 1) for n in range(11)]), ["1.server.down"])
    assert opened is not None
    assert len(opened.boxes) == 12


def test_never_more_than_300_boxes() -> None:
    """Neither wide nor deep; what found no place is counted."""
    wide = draw(_told([_row(n, 1) for n in range(2000)]), ["1.server.down"])
    deep = draw(_told([_row(n, n + 1) for n in range(2000)]))
    assert wide is not None
    assert deep is not None
    assert (len(wide.boxes), wide.hidden) == (2, 0)
    assert (len(deep.boxes), deep.hidden) == (MOST, 2001 - MOST)


def test_text_and_json(graph: Graph) -> None:
    """The terminal reads the grade first; control characters in names do not reach it."""
    ids = firm(graph)
    told = answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY))
    told["down"][0]["name"] = "sw1\x1b[2J"
    text = as_text(told)
    assert text.splitlines()[0] == "Without sw1:"
    assert "high, needs a board: shop is down when it must work and its criticality is high" in text
    assert "\x1b" not in text
    assert json.loads(as_json(told)) == told
    up = as_text(answer(graph, CATALOGUE, ask([ids["shop"]], direction="up")))
    assert "alone       db1 takes shop down" in up


def test_teams_and_sites_without_their_last_line(graph: Graph) -> None:
    """Members of a team count once; a site is cut off only when no line is left."""
    names = {"mail": "service", "it": "team", "eve": "person", "lyon": "site", "l1": "internet_access", "l2": "internet_access"}
    identifier = {"person": "email", "service": "name", "team": "name", "site": "name"}
    items = tuple(
        Item(ref, cls, (Identifier(identifier.get(cls, "external_id"), f"{ref}@x", "" if cls in identifier else "firm"),), {"name": ref})
        for ref, cls in names.items()
    )
    relations = (
        Relation("used_by", "mail", "it"),
        Relation("used_by", "mail", "eve"),
        Relation("belongs_to", "eve", "it"),
        Relation("works_at", "eve", "lyon"),
        Relation("uses_access", "lyon", "l1"),
        Relation("uses_access", "lyon", "l2"),
    )
    seen = Observation("o", Source("import", "x"), datetime(2026, 11, 1, tzinfo=UTC), items, relations)
    ids = {done.ref: str(done.ci) for done in reconcile(graph, CATALOGUE, seen).resolved}
    people = answer(graph, CATALOGUE, ask([ids["mail"]], window=MONDAY))["people"]
    assert [(p["name"], p["because"]) for p in people["items"]] == [("eve", ["uses mail", "it uses mail"])]
    assert answer(graph, CATALOGUE, ask([ids["l1"]], window=MONDAY))["people"]["total"] == 0
    for question in (ask([ids["l1"], ids["l2"]], window=MONDAY), ask([ids["l1"]], window=MONDAY, also_down=[ids["l2"]])):
        told = answer(graph, CATALOGUE, question)
        assert told["people"]["items"][0]["because"] == ["works at lyon, which is cut off"]
        assert told["people"]["by_site"] == {"lyon": 1}
