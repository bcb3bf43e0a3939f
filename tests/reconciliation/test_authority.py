"""Whose word counts: by order, age, strategy, class; a person's until a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile, why
from reconciliation.authority import Word, precedence_of, shipped_precedence
from reconciliation.recompute import overtaken

Maker = Callable[..., Observation]
ORDER = ["person", "ssh", "agent", "import"]


def _rules(**attributes: Any) -> Any:
    return precedence_of({"default": ORDER, "attributes": attributes})


def _words(*rows: tuple[Any, str, str]) -> list[Word]:
    return [Word(*row) for row in rows]


THREE = _words((8, "agent:a", "2026-01-03"), (16, "import:x", "2026-01-01"), (8, "import:y", "2026-01-02"))


@pytest.mark.parametrize(
    ("strategy", "winner"),
    [("precedence", "agent:a"), ("first", "import:x"), ("last", "agent:a"), ("most_common", "agent:a"), ("largest", "import:x")],
)
def test_strategies(strategy: str, winner: str) -> None:
    for words in (THREE, THREE[::-1]):
        assert _rules(ram={"strategy": strategy}).ranked("ram", words)[0].source == winner


@pytest.mark.parametrize("strategy", ["first", "last", "most_common", "largest"])
def test_a_person_stands_before_every_strategy(strategy: str) -> None:
    words = [*THREE, Word(1, "person:edit", "2026-01-02")]
    assert _rules(ram={"strategy": strategy}).ranked("ram", words)[0].value == 1


def test_an_old_word_stands_behind_a_fresh_one() -> None:
    """After 30 days the agent's word gives way to the import's; where both are old the order counts again."""
    rules = _rules(os_version={"order": ["agent", "import"], "age_days": {"agent": 30, "import": 90}})
    words = _words(("12", "agent:a", "2026-01-01T00:00:00.000Z"), ("13", "import:x", "2026-02-01T00:00:00.000Z"))
    assert [rules.ranked("os_version", words, now=f"2026-{m}-15T00:00:00.000Z")[0].value for m in ("01", "02", "08")] == ["12", "13", "12"]


def test_the_nearest_class_counts() -> None:
    rules = precedence_of({"default": ORDER, "classes": {"hardware": {"model": ["import"]}, "laptop": {"model": ["agent"]}}})
    words = _words(("A", "agent:a", "1"), ("I", "import:x", "1"), ("P", "person:edit", "1"))
    lineages = (("laptop", "hardware"), ("server", "hardware"), ())
    assert [rules.ranked("model", words, lineage)[0].value for lineage in lineages] == ["A", "I", "P"]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"default": []}, "default"),
        ({"default": ORDER, "attributes": {"ram": {"strategy": "best"}}}, "attributes.ram.strategy"),
        ({"default": ORDER, "attributes": {"ram": {"age_days": {"agent": 0}}}}, "attributes.ram.age_days"),
        ({"default": ORDER, "classes": {"laptop": {"ram": 1}}}, "classes.laptop.ram"),
    ],
)
def test_a_wrong_rule_names_its_place(data: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as told:
        precedence_of(data)
    assert told.value.field == place


def test_the_shipped_rules_are_read() -> None:
    assert shipped_precedence().rule("name").order[0] == "person"


def test_a_persons_word_ends(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Said with a reason and an end: it counts until then, `why` shows both, and time alone brings the machine's word back."""
    reconcile(graph, catalogue, observed([("a", "server", {"serial": "SER100A"}, {"os_version": "12", "model": "A"})], source="ssh:scan"))
    row = graph.read("MATCH (c:Server) RETURN c AS ci")[0]["ci"]
    told = edit.changed(
        catalogue, row, {"os_version": "13"}, actor="ada", reason="upgraded today", rev=None, until="2030-01-01T00:00:00.000Z"
    )
    reconcile(graph, catalogue, told)
    value = why(graph, catalogue, row["id"], "os_version")["values"][0]
    assert (value["value"], value["actor"], value["reason"], value["until"]) == ("13", "ada", "upgraded today", "2030-01-01T00:00:00.000Z")
    assert (value["conflict"], value["others"][0]["value"], value["others"][0]["age_days"] > 0) == (True, "12", True)
    assert overtaken(graph, catalogue, now="2029-12-31T00:00:00.000Z") == []
    changes = overtaken(graph, catalogue, now="2030-01-02T00:00:00.000Z")
    assert [(c.attribute, c.before, c.after) for c in changes] == [("os_version", "13", "12")]
    assert graph.read("MATCH (c:Server) RETURN c.os_version AS os") == [{"os": "12"}]
