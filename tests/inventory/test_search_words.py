"""Search finds a CI by any word of its name, and by what follows a hyphen in it: people remember `core1`, not the site before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmdb.graph import search
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile
from reconciliation.planning import find_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hal-core1", ["core1"]),
        ("Core switch hal_core1", ["switch", "hal_core1", "core1"]),
        ("x-y-z", []),
        ("web01.example.com", []),
        ("-leading", ["leading"]),
    ],
)
def test_the_words_of_a_name(name: str, words: list[str]) -> None:
    assert find_words(name, {}) == words


def test_what_follows_a_hyphen_finds_the_switch(graph: Graph) -> None:
    item = Item("a", "switch", (Identifier("serial", "HYPHEN-77"),), {"name": "qxz-kernel9"})
    reconcile(graph, Catalogue.load(), Observation(uuid7(), Source("import", "search"), datetime.now(UTC), items=(item,)))
    found = search.begins_with(graph, ["kernel9"], limit=5)
    assert [row["ci"]["display_name"] for row in found] == ["qxz-kernel9"]
