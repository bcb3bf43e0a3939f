"""Lists both ways and by the name of a neighbour: what is read back is what was read on, in every order, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cmdb.errors import Invalid
from cmdb.graph import ci_pages, ladder
from cmdb.graph.door import Graph
from cmdb.inventory.listing import listed, place_of
from cmdb.inventory.query import Filter, Query, classes_of
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile

CATALOGUE = Catalogue.load()
PEOPLE = ("Ada Lovelace", "Adam Smith", "Grace Hopper")


@pytest.fixture
def fleet(graph: Graph) -> Graph:
    """Twenty laptops, names twice each, models in three kinds or none; owners in turn; the first ten in Lyon."""
    items = [
        Item(
            f"l{n}",
            "laptop",
            (Identifier("serial", f"LAP{n:05d}"),),
            {"name": f"Laptop {n // 2:02d}", "serial": f"LAP{n:05d}"} | ({"model": f"M{n % 3}"} if n % 4 else {}),
        )
        for n in range(20)
    ]
    items += [Item(f"p{n}", "person", (Identifier("email", f"p{n}@example.org"),), {"name": name}) for n, name in enumerate(PEOPLE)]
    items += [Item("lyon", "site", (Identifier("name", "Lyon"),), {"name": "Lyon"})]
    relations = [Relation("owned_by", f"l{n}", f"p{n % 3}") for n in range(20)]
    relations += [Relation("located_in", f"l{n}", "lyon") for n in range(10)]
    at = datetime(2026, 11, 1, tzinfo=UTC)
    reconcile(graph, CATALOGUE, Observation("o", Source("import", "x"), at, tuple(items), tuple(relations)))
    return graph


@pytest.fixture(params=[1_000, 3])
def rungs(fleet: Graph, request: pytest.FixtureRequest) -> Iterator[None]:
    """One window, and an absurd number of them."""
    ladder.STEP = request.param
    ladder.rebuild(fleet)
    yield
    ladder.STEP = 1_000


ORDERS = [("display_name", False), ("display_name", True), ("model", False), ("model", True)]


@pytest.mark.parametrize(("sort", "descending"), ORDERS)
@pytest.mark.parametrize("cls", ["ci", "laptop"])
@pytest.mark.usefixtures("rungs")
def test_back_is_the_way_on_reversed(fleet: Graph, sort: str, descending: bool, cls: str) -> None:
    """Pages of seven to the end; then back from the last row: the same rows in reverse."""
    classes = classes_of(CATALOGUE, cls)
    there, after = [], None
    while rows := listed(fleet, CATALOGUE, Query(classes, sort=sort, descending=descending, after=after, limit=7)):
        there += rows
        after = place_of(rows[-1], sort)
    assert len(there) == (20 if cls == "laptop" else 24)
    assert len({row["id"] for row in there}) == len(there)
    places = [place_of(row, sort)[0] for row in there]
    assert places == sorted(places, reverse=descending)
    back, after = [there[-1]], place_of(there[-1], sort)
    while rows := listed(fleet, CATALOGUE, Query(classes, sort=sort, descending=descending, after=after, backwards=True, limit=7)):
        back += rows
        after = place_of(rows[-1], sort)
    assert [row["id"] for row in back] == [row["id"] for row in reversed(there)]


@pytest.mark.parametrize(
    ("near", "count"),
    [
        ((("owned_by", "ada"),), 14),
        ((("owned_by", "ADA  love"),), 7),
        ((("owned_by", "hopper"),), 6),
        ((("owned_by", "nobody"),), 0),
        ((("located_in", "ly"),), 10),
        ((("located_in", "ly"), ("owned_by", "grace")), 3),
    ],
)
@pytest.mark.parametrize("few", [5_000, 0])
@pytest.mark.usefixtures("rungs")
def test_by_the_name_of_a_neighbour(
    fleet: Graph, near: tuple[tuple[str, str], ...], count: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun at the neighbours or read by windows: the same rows, in order, in pages, beside other filters."""
    monkeypatch.setattr(ci_pages, "_FEW_RELATIONS", few)
    seen, after = [], None
    while rows := listed(fleet, CATALOGUE, Query(near=near, after=after, limit=4)):
        seen += rows
        after = place_of(rows[-1], "display_name")
    assert len(seen) == len({row["id"] for row in seen}) == count
    assert [row["display_name"] for row in seen] == sorted(row["display_name"] for row in seen)
    down = listed(fleet, CATALOGUE, Query(near=near, sort="serial", descending=True, filters=(Filter("model", "equals", "m1"),)))
    wanted = sorted((row["serial"] for row in seen if row.get("model") == "M1"), reverse=True)
    assert [row["serial"] for row in down] == wanted


def test_a_relation_nobody_knows_is_named(graph: Graph) -> None:
    with pytest.raises(Invalid, match="no relation type 'loved_by'"):
        listed(graph, CATALOGUE, Query(near=(("loved_by", "ada"),)))
