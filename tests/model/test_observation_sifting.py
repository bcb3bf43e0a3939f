"""What is good of an observation counts, what is wrong is refused with its reason, and nothing looks absent because it was refused."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.model.observation_json import InvalidObservation, from_json, to_json
from cmdb.model.observation_sifting import MOST_TOLD, MOST_UNREADABLE, Sifted, sifted

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def item(ref: str, cls: str = "switch", kind: str = "serial", value: Any = "", **more: Any) -> dict[str, Any]:
    """An item with one identifier."""
    return {"ref": ref, "class": cls, "identifiers": [{"kind": kind, "value": value or f"FCW{ref}"}], **more}


def port(number: int, **more: Any) -> dict[str, Any]:
    """An interface of `sw`."""
    return item(f"sw/{number}", "interface", "if_name", f"Gi{number}", parent="sw", **more)


def said(*items: Any, relations: Any = (), coverage: Any = ()) -> dict[str, Any]:
    """An observation."""
    source = {"kind": "api", "name": "t"}
    return {"source": source, "observed_at": "2026-11-22T10:00:00Z", "items": [*items], "relations": [*relations], "coverage": [*coverage]}


def read(data: object) -> Sifted:
    """As the door reads it."""
    return sifted(data, CATALOGUE, now=NOW)


def refs(found: Sifted) -> list[str]:
    """Of the items that count."""
    return [one.ref for one in found.observation.items]


def why(found: Sifted) -> dict[str, str]:
    """Where a refused piece stood, and what was wrong with it."""
    return {one.path: str(one) for one in found.refused}


COMPLETE = [{"item": "sw", "part": "interfaces", "state": "complete"}, {"item": "other", "part": "interfaces", "state": "complete"}]


def states(found: Sifted) -> dict[str, str]:
    """Item/part → how completely it was looked at."""
    return {f"{one.item}/{one.part}": one.state for one in found.observation.coverage}


def test_a_good_one_is_read_as_ever() -> None:
    data = said(item("sw"), port(1), item("other"), coverage=COMPLETE)
    found = read(data)
    assert (found.count, found.refused) == (0, ())
    assert to_json(found.observation) | {"id": ""} == to_json(from_json(data, CATALOGUE, now=NOW)) | {"id": ""}


def test_an_identifier_of_a_megabyte_harms_its_own_item_only() -> None:
    found = read(said(item("sw"), item("huge", value="A" * 1_000_000), item("other")))
    assert refs(found) == ["sw", "other"]
    assert (found.items, found.refused[0].ref) == (1, "huge")
    assert why(found) == {"items[1]": "items[1].identifiers[0].value: is 1,000,000 characters long; at most 10,000 are accepted"}


def test_ten_thousand_addresses_harm_their_own_item_only() -> None:
    flood = item("flood") | {"identifiers": [{"kind": "mac", "value": f"98fa9b{n:06x}"} for n in range(10_000)]}
    found = read(said(item("sw"), flood))
    assert refs(found) == ["sw"]
    assert "has 10,000 entries; at most 200" in why(found)["items[1]"]


def test_one_ref_for_two_things_counts_for_neither_and_one_thing_twice_once() -> None:
    relations = [{"type": "connected_to", "from": "sw/1", "to": "o/1"}]
    far = item("o/1", "interface", "if_name", "Gi1", parent="other")
    found = read(said(item("sw"), port(1), item("other"), far, item("x"), item("x", value="else"), item("other"), relations=relations))
    assert refs(found) == ["sw", "sw/1", "other", "o/1"]
    assert why(found) == {
        "items[4]": "items[4].ref: items[5] has the ref “x”, too, and differs; neither can count",
        "items[5]": "items[5].ref: items[4] has the ref “x”, too, and differs; neither can count",
    }
    assert len(found.observation.relations) == 1


def test_what_hangs_on_a_refused_item_goes_with_it() -> None:
    relations = [{"type": "connected_to", "from": "sw/1", "to": "sw/2"}, {"type": "connected_to", "from": "sw/1", "to": "o/1"}]
    far = item("o/1", "interface", "if_name", "Gi1", parent="other")
    data = said(item("sw", "lapdog"), port(1), port(2), item("other"), far, relations=relations, coverage=COMPLETE)
    found = read(data)
    assert refs(found) == ["other", "o/1"]
    assert (found.items, found.relations, found.coverage) == (3, 2, 1)
    assert why(found)["items[1]"] == "items[1].parent: the item “sw” was refused"
    assert why(found)["relations[1]"] == "relations[1].from: the item “sw/1” was refused"
    assert states(found) == {"other/interfaces": "partial"}


def test_a_relation_to_itself_and_a_circle_of_parents() -> None:
    circle = [item("p", "module", "position", "1", parent="q"), item("q", "module", "position", "2", parent="p")]
    inside = item("r", "module", "position", "3", parent="q")
    found = read(said(item("sw"), port(1), *circle, inside, relations=[{"type": "connected_to", "from": "sw/1", "to": "sw/1"}]))
    assert refs(found) == ["sw", "sw/1"]
    assert "relation to itself" in why(found)["relations[0]"]
    assert "circle" in why(found)["items[2]"]
    assert why(found)["items[4]"] == "items[4].parent: the item “q” was refused"


def test_a_thousand_deep_below_a_refused_one() -> None:
    chain = [item("m0", "module", "position", "0", parent="nobody")]
    chain += [item(f"m{n}", "module", "position", "0", parent=f"m{n - 1}") for n in range(1, 5_000)]
    found = read(said(item("sw"), *chain))
    assert (refs(found), found.items, len(found.refused)) == (["sw"], 5_000, MOST_TOLD)
    assert why(found)["items[1]"] == "items[1].parent: no item has the ref “nobody”"


@pytest.mark.parametrize(
    ("broken", "partial"),
    [
        (port(2, attributes={"mtu": "many"}), {"sw"}),
        (port(2, part="modules", attributes={"mtu": "many"}), set()),
        (port(2, part="modlues"), {"sw"}),
        (port(2, attributes={"mtu": "many"}) | {"parent": "ws"}, {"sw", "other"}),
        (item("sw/2", "interface", "if_name", "Gi2", parnet="sw"), {"sw", "other"}),
        (item("box", value=5), set()),
        (item("box", "lapdog"), {"sw", "other"}),
        (item("sw/2", "interface", "if_nmae", "Gi2"), {"sw", "other"}),
        ("what", {"sw", "other"}),
        (item("sw/2", "lapdog", parent="sw"), {"sw"}),
    ],
    ids=[
        "named",
        "other part",
        "part misspelt",
        "parent misspelt",
        "key misspelt",
        "beside",
        "class unknown",
        "parent left out",
        "no object",
        "class misspelt",
    ],
)
def test_a_look_of_which_something_was_refused_is_not_complete(broken: Any, partial: set[str]) -> None:
    found = read(said(item("sw"), port(1), item("other"), broken, coverage=COMPLETE))
    assert found.items == 1
    assert {one.item for one in found.observation.coverage if one.state == "partial"} == partial
    assert {one.item for one in found.observation.coverage} == {"sw", "other"}


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "located_in", "from": "sw", "to": "rome"},
        {"type": "located_in", "from": "sw", "to": "sw"},
        {"type": "loctaed_in", "from": "sw", "to": "room"},
        {"type": "located_in", "from": "sw"},
        {"type": "located_in", "form": "sw", "to": "room"},
    ],
)
def test_a_relation_that_was_refused_is_not_gone(broken: dict[str, str]) -> None:
    coverage = [{"item": "sw", "part": part, "state": "complete"} for part in ("located_in", "relations")]
    found = read(said(item("sw"), item("room", "room", "external_id", "R"), relations=[broken], coverage=coverage))
    assert (found.relations, states(found)) == (1, {"sw/located_in": "partial", "sw/relations": "partial"})


def test_two_places_of_one_thing_are_none() -> None:
    rooms = [item(name, "room", "external_id", name) for name in ("r1", "r2")]
    relations = [{"type": "located_in", "from": "sw", "to": name} for name in ("r1", "r2")]
    found = read(said(item("sw"), *rooms, relations=relations, coverage=[{"item": "sw", "part": "located_in", "state": "complete"}]))
    assert (found.observation.relations, found.relations, states(found)) == ((), 2, {"sw/located_in": "partial"})


def test_two_words_on_one_part_are_none_and_a_wrong_one_casts_doubt() -> None:
    both = [{"item": "sw", "part": "interfaces", "state": state} for state in ("complete", "failed")]
    assert states(read(said(item("sw"), coverage=both))) == {}
    both[1]["state"] = "flaied"
    assert states(read(said(item("sw"), coverage=both))) == {"sw/interfaces": "partial"}


@pytest.mark.parametrize(
    "data",
    [
        said(item("sw")) | {"source": {"kind": "martian", "name": "x"}},
        said(item("sw"), "what") | {"observed_at": "1970-01-01T00:00:00Z"},
        said(item("sw"), "what") | {"colour": "blue"},
        said("what", item("x", "lapdog")),
        said() | {"items": "all"},
        said(item("sw"), *("what" for _ in range(MOST_UNREADABLE + 1))),
        [],
        "[" * 5,
    ],
)
def test_what_is_wrong_as_a_whole_is_refused_as_a_whole(data: Any) -> None:
    with pytest.raises(InvalidObservation):
        read(data)


_GOOD = said(
    item("sw"),
    *(port(number) for number in range(1, 5)),
    item("other"),
    *(item(f"o/{n}", "interface", "if_name", f"Gi{n}", parent="other") for n in (1, 2)),
    relations=[{"type": "connected_to", "from": f"sw/{n}", "to": f"o/{n}", "part": "neighbours"} for n in (1, 2)],
    coverage=[{"item": ref, "part": part, "state": "complete"} for ref in ("sw", "other") for part in ("interfaces", "neighbours")],
)
_WORDS = st.sampled_from(["sw", "sw/1", "o/2", "interfaces", "lapdog"])
_JUNK: st.SearchStrategy[Any] = st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just([]), _WORDS)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A good observation in which a few values were overwritten, keys lost, entries doubled."""
    data = copy.deepcopy(_GOOD)
    for _ in range(draw(st.integers(1, 4))):
        pieces = data[draw(st.sampled_from(["items", "relations", "coverage"]))]
        place = draw(st.integers(0, len(pieces) - 1))
        how = draw(st.sampled_from(["junk", "value", "key", "double"]))
        piece = pieces[place]
        if how == "junk" or not isinstance(piece, dict):
            pieces[place] = draw(_JUNK)
        elif how == "value":
            piece[draw(st.sampled_from(sorted(piece)))] = draw(_JUNK)
        elif how == "key" and piece:
            piece[draw(st.sampled_from(["part", "x"]))] = piece.pop(draw(st.sampled_from(sorted(piece))))
        else:
            pieces.append(copy.deepcopy(piece) | ({"ref": draw(st.sampled_from(["sw", "sw/1", "n"]))} if "class" in piece else {}))
    return data


@settings(max_examples=150, deadline=None)
@given(broken())
def test_what_is_left_is_sound_and_ends_nothing_that_was_refused(data: dict[str, Any]) -> None:
    """It stands the strict reading, and a part is complete only if all of it that a sound observation says is there."""
    before = copy.deepcopy(data)
    try:
        found = read(data)
    except InvalidObservation:
        return
    assert data == before
    left: Observation = found.observation
    assert to_json(from_json(to_json(left), CATALOGUE, now=NOW)) == to_json(left)
    total = sum(len(data[kind]) for kind in ("items", "relations", "coverage"))
    doubled = total - len(left.items) - len(left.relations) - len(left.coverage) - found.count
    assert 0 <= doubled <= 4
    there = {one.ref for one in left.items}
    whole = {(one.item, one.part) for one in left.coverage if one.state == "complete"}
    for root, ports in (("sw", {f"sw/{n}" for n in range(1, 5)}), ("other", {"o/1", "o/2"})):
        if (root, "interfaces") in whole and not ports <= there:  # then they were said to be elsewhere, and not refused
            assert not any(f"items[{place}]" in why(found) for place, one in enumerate(_GOOD["items"]) if one["ref"] in ports - there)
