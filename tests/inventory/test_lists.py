"""Lists and search: filters, order, keyset pages, spellings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmdb.errors import Invalid
from cmdb.graph import cis, ladder
from cmdb.graph.door import Graph
from cmdb.inventory.listing import everything, find, listed, place_of
from cmdb.inventory.query import Filter, Query, classes_of
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile

CATALOGUE = Catalogue.load()


@pytest.fixture
def fleet(graph: Graph) -> Graph:
    """Twenty laptops, five servers, one person who owns three of them."""
    items = [
        Item(
            f"l{n}",
            "laptop",
            (Identifier("serial", f"LAP{n:05d}"), Identifier("mac", f"00:1b:21:00:00:{n:02x}")),
            {"name": f"Laptop {n:02d}", "model": "A" if n % 2 else "B"},
        )
        for n in range(20)
    ]
    items += [
        Item(
            f"s{n}",
            "server",
            (Identifier("serial", f"SRV{n:05d}"),),
            {"name": f"server{n}", "primary_ip": f"10.0.0.{n}", "tags": ("prod",)},
        )
        for n in range(5)
    ]
    items.append(Item("ada", "person", (Identifier("email", "ada@example.org"),), {"name": "Ada Lovelace"}))
    relations = tuple(Relation("owned_by", f"l{n}", "ada") for n in range(3))
    reconcile(graph, CATALOGUE, Observation("o", Source("import", "x"), datetime(2026, 11, 1, tzinfo=UTC), tuple(items), relations))
    ladder.rebuild(graph)
    return graph


def test_pages_by_name_follow_each_other(fleet: Graph) -> None:
    """Every CI once, in order, in pages of seven; the same with an absurdly fine ladder."""
    for step in (1_000, 3):
        ladder.STEP = step
        ladder.rebuild(fleet)
        seen, query = [], Query(limit=7)
        while rows := listed(fleet, CATALOGUE, query):
            seen += [row["display_name"] for row in rows]
            query = Query(limit=7, after=place_of(rows[-1], "display_name"))
        assert seen == sorted(seen, key=str.lower)
        assert len(seen) == 26
    ladder.STEP = 1_000


def test_class_filter_and_sort(fleet: Graph) -> None:
    """Subclasses count; filters combine; other orders page too."""
    endpoints = Query(
        classes=classes_of(CATALOGUE, "endpoint"), filters=(Filter("model", "equals", "a"),), sort="serial", descending=True, limit=4
    )
    rows = list(everything(fleet, CATALOGUE, endpoints))
    assert [r["serial"] for r in rows] == [f"LAP{n:05d}" for n in range(19, 0, -2)]
    assert [r["display_name"] for r in listed(fleet, CATALOGUE, Query(filters=(Filter("tags", "has", "PROD"),), limit=2))] == [
        "server0",
        "server1",
    ]
    assert len(listed(fleet, CATALOGUE, Query(filters=(Filter("model", "empty"),)))) == 6


def test_by_owner(fleet: Graph) -> None:
    """What somebody owns, and the owners of a page in one query."""
    ada = find(fleet, "ada@")[0]["id"]
    rows = listed(fleet, CATALOGUE, Query(related=(("owned_by", ada),)))
    assert [r["display_name"] for r in rows] == ["Laptop 00", "Laptop 01", "Laptop 02"]
    names = cis.related_names(fleet, [rows[0]["id"]], ["OWNED_BY", "LOCATED_IN"])
    assert names == {rows[0]["id"]: {"owned_by": [(ada, "Ada Lovelace")]}}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lap00003", "Laptop 03"),
        ("LAP-0000 4", "Laptop 04"),
        ("001B.2100.0005", "Laptop 05"),
        ("10.0.0.4", "server4"),
        ("lovel", "Ada Lovelace"),
        ("server3", "server3"),
    ],
)
def test_search_finds_every_spelling(fleet: Graph, typed: str, first: str) -> None:
    """Serial, MAC, address, second word of a name."""
    assert find(fleet, typed)[0]["display_name"] == first


def test_nobody_knows_that_attribute(fleet: Graph) -> None:
    """A clear refusal instead of an empty list."""
    with pytest.raises(Invalid, match="no attribute 'colour'"):
        listed(fleet, CATALOGUE, Query(filters=(Filter("colour", "equals", "red"),)))
