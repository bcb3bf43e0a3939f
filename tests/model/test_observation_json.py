"""An observation's JSON form: there and back, and refused with every problem and its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.ids import is_uuid7
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Software, Source
from cmdb.model.observation_json import InvalidObservation, from_json, from_stored, to_json
from tests.model.observations import CATALOGUE, NOW, observations

Body = dict[str, Any]


def body() -> Body:
    """The example of docs/architecture.md."""
    return {
        "source": {"kind": "import", "name": "warehouse.csv"},
        "observed_at": "2026-11-22T10:00:00Z",
        "items": [
            {
                "ref": "sw1",
                "class": "switch",
                "identifiers": [{"kind": "serial", "value": "FCW1929B68S", "scope": "cisco"}],
                "attributes": {"name": "sw1", "model": "WS-C2960X", "rack_unit": 4, "description": None},
                "software": [{"name": "ios", "version": "15.2"}],
            },
            {"ref": "sw1/gi1", "class": "interface", "parent": "sw1", "identifiers": [{"kind": "if_name", "value": "Gi1/0/1"}]},
            {"ref": "other", "class": "device", "identifiers": [{"kind": "chassis_id", "value": "00:11:22:33:44:55", "scope": "mac"}]},
        ],
        "relations": [{"type": "connected_to", "from": "sw1/gi1", "to": "other", "attributes": {"need": "any"}}],
        "coverage": [{"item": "sw1", "part": "interfaces", "state": "complete"}],
    }


def problems(data: object) -> list[str]:
    with pytest.raises(InvalidObservation) as caught:
        from_json(data, CATALOGUE, now=NOW)
    assert isinstance(caught.value, Invalid)
    assert caught.value.field == (caught.value.problems[0].path or None)
    return [str(problem) for problem in caught.value.problems]


def test_the_documented_example_is_read() -> None:
    seen = from_json(body(), CATALOGUE, now=NOW)
    assert seen.source == Source("import", "warehouse.csv")
    assert seen.observed_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert is_uuid7(seen.id)
    assert seen.items[0] == Item(
        "sw1",
        "switch",
        (Identifier("serial", "FCW1929B68S", "cisco"),),
        {"name": "sw1", "model": "WS-C2960X", "rack_unit": 4, "description": None},
        software=(Software("ios", "15.2"),),
    )
    assert seen.items[1].parent == "sw1"
    assert seen.items[1].software is None
    assert seen.relations == (Relation("connected_to", "sw1/gi1", "other", {"need": "any"}),)
    assert seen.coverage == (Coverage("sw1", "interfaces", "complete"),)


def test_bytes_and_text_are_parsed_first() -> None:
    data = {**body(), "id": "a-1"}
    assert (
        from_json(json.dumps(data), CATALOGUE, now=NOW)
        == from_json(orjson.dumps(data), CATALOGUE, now=NOW)
        == from_json(data, CATALOGUE, now=NOW)
    )
    assert problems(b'{"items": [')[0].startswith("this is not JSON: ")
    assert problems(b"\xff\xfe")[0].startswith("this is not JSON: ")
    assert problems(b"[" * 100_000)[0].startswith("this is not JSON: ")
    assert problems(b'{"items": NaN}')[0].startswith("this is not JSON: ")


def test_what_is_left_out_has_its_default() -> None:
    default = Source("api", "ada")
    seen = from_json({"items": []}, CATALOGUE, default_source=default, now=NOW)
    assert (seen.source, seen.observed_at, seen.items) == (default, NOW, ())
    assert problems({"items": []}) == ['source: is missing; say who saw it, e.g. {"kind": "import", "name": "warehouse.csv"}']


@given(observations())
def test_there_and_back(seen: Observation) -> None:
    data = to_json(seen)
    assert from_json(data, CATALOGUE, now=NOW) == seen
    assert from_json(orjson.dumps(data), CATALOGUE, now=NOW) == seen
    assert from_stored(orjson.loads(orjson.dumps(data))) == seen


def change(path: str, value: object) -> Callable[[Body], None]:
    """Set what stands at `items.0.ref`."""

    def apply(data: Body) -> None:
        at: Any = data
        *way, last = path.split(".")
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        if isinstance(at, list):
            at[int(last)] = value
        else:
            at[last] = value

    return apply


REFUSED: dict[str, tuple[str, object, str]] = {
    "unknown class": ("items.0.class", "swich", "items[0].class: there is no class “swich”; did you mean 'switch'?"),
    "abstract class": ("items.2.class", "endpoint", "items[2].class: endpoint only groups other classes; say which it is: laptop,"),
    "unknown kind": ("items.0.identifiers.0.kind", "seriall", "items[0].identifiers[0].kind: is “seriall”, which is not known"),
    "empty value": ("items.0.identifiers.0.value", " \0 ", "items[0].identifiers[0].value: is empty"),
    "number as value": ("items.0.identifiers.0.value", 5, "items[0].identifiers[0].value: must be text in quotes"),
    "no identifiers": ("items.0.identifiers", [], "items[0].identifiers: are missing: nothing identifies this switch; give at least one"),
    "too many identifiers": (
        "items.0.identifiers",
        [{"kind": "mac", "value": str(n)} for n in range(201)],
        "items[0].identifiers: has 201 entries; at most 200",
    ),
    "unknown attribute": ("items.0.attributes.nme", "x", "items[0].attributes: switch has no attribute “nme”; did you mean 'name'?"),
    "boolean as integer": ("items.0.attributes.rack_unit", True, "items[0].attributes.rack_unit: must be a whole number, not true"),
    "text as integer": ("items.0.attributes.rack_unit", "4", "items[0].attributes.rack_unit: must be a whole number, not the text “4”"),
    "integer as text": ("items.0.attributes.name", 4, "items[0].attributes.name: must be text, not the number 4"),
    "long text": ("items.0.attributes.name", "x" * 10_001, "items[0].attributes.name: is 10001 characters long; at most 10000"),
    "impossible day": (
        "items.0.attributes.purchased_on",
        "2026-02-30",
        "items[0].attributes.purchased_on: “2026-02-30” is not a day of the",
    ),
    "attributes as list": ("items.0.attributes", [], "items[0].attributes: must be an object: {…}"),
    "item as text": ("items.1", "x", "items[1]: must be an object: {…}"),
    "items as object": ("items", {}, "items: must be a list: […]"),
    "unknown key": ("items.0.attribute", {}, "items[0].attribute: is not a known key; did you mean 'attributes'?"),
    "duplicate ref": ("items.2.ref", "sw1", "items[2].ref: “sw1” is already the ref of items[0]; refs must differ"),
    "unknown parent": ("items.1.parent", "sw2", "items[1].parent: no item has the ref “sw2”"),
    "parent of what has none": ("items.0.parent", "other", "items[0].parent: a CI of class switch is not inside another one"),
    "wrong parent": ("items.1.parent", "sw1/gi1", "items[1].parent: interface goes inside device, but “sw1/gi1” is of class interface"),
    "unknown part": ("items.0.part", "wings", "items[0].part: is “wings”, which is not known"),
    "software without a name": ("items.0.software.0", {"version": "1"}, "items[0].software[0].name: is missing"),
    "unknown relation type": ("relations.0.type", "conected_to", "relations[0].type: is “conected_to”, which is not known"),
    "unknown end": ("relations.0.to", "nobody", "relations[0].to: no item has the ref “nobody”"),
    "relation to itself": ("relations.0.to", "sw1/gi1", "relations[0]: “sw1/gi1” has a relation to itself"),
    "relation that does not fit": ("relations.0.type", "works_at", "relations[0]: works_at goes from person to site or room"),
    "need that is none": ("relations.0.attributes.need", "some", "relations[0].attributes.need: must be all, any, a count or a percentage"),
    "attribute the graph writes": ("relations.0.attributes.sources", "x", "relations[0].attributes: “sources” cannot be the name"),
    "attribute with a bad name": ("relations.0.attributes.a`b", "x", "relations[0].attributes: “a`b” cannot be the name"),
    "object as attribute": (
        "relations.0.attributes.port",
        {},
        "relations[0].attributes.port: must be text, a number, true, false or a list",
    ),
    "unknown covered item": ("coverage.0.item", "sw9", "coverage[0].item: no item has the ref “sw9”"),
    "unknown state": ("coverage.0.state", "done", "coverage[0].state: is “done”; it must be one of complete,"),
    "unknown source kind": ("source.kind", "robot", "source.kind: is “robot”; it must be one of person,"),
    "no source name": ("source.name", "", "source.name: is empty"),
    "time without zone": (
        "observed_at",
        "2026-11-22T10:00:00",
        "observed_at: is not a time with a zone; write it like 2026-11-22T10:00:00Z",
    ),
    "long ago": ("observed_at", "1970-01-01T00:00:00Z", "observed_at: is before 2000; the clock it comes from is wrong"),
    "in the future": ("observed_at", "2026-11-23T10:00:01Z", "observed_at: is more than a day ahead of now (2026-11-22T10:00:00.000Z)"),
    "strange id": ("id", "a/b", "id: may only have letters, digits and . _ : -"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_path_and_fix(case: str) -> None:
    path, value, said = REFUSED[case]
    data = body()
    change(path, value)(data)
    found = problems(data)
    assert found[0].startswith(said), found


def test_a_day_ahead_is_a_wrong_zone_and_accepted() -> None:
    data = body()
    data["observed_at"] = "2026-11-23T10:00:00Z"
    assert from_json(data, CATALOGUE, now=NOW).observed_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_all_problems_are_told_at_once_up_to_fifty() -> None:
    data = body()
    for path, value, _ in (REFUSED["unknown class"], REFUSED["unknown kind"], REFUSED["long ago"], REFUSED["unknown state"]):
        change(path, value)(data)
    assert len(problems(data)) == 4
    data["items"] = [{"ref": str(n), "class": "laptop", "identifiers": []} for n in range(1000)]
    assert len(problems(data)) == 50


def test_the_message_tells_the_first_problems_and_how_many_more() -> None:
    data = {**body(), "items": [{"ref": str(n), "class": "lap", "identifiers": []} for n in range(5)], "relations": None, "coverage": None}
    with pytest.raises(InvalidObservation, match=r"^The observation is not accepted: items\[0\].class: .*; and 2 more\.$"):
        from_json(data, CATALOGUE, now=NOW)


def test_parents_that_form_a_circle_are_told_once() -> None:
    data = body()
    serial = [{"kind": "serial", "value": "1"}]
    data["items"] += [
        {"ref": ref, "class": "module", "identifiers": serial, "parent": up} for ref, up in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    ]
    assert problems(data) == ["items[3].parent: the parents form a circle: “a” → “b” → “c” → “a”"]
    data["items"] = [{"ref": "m", "class": "module", "identifiers": serial, "parent": "m"}]
    assert problems({"items": data["items"], "source": data["source"]}) == ["items[0].parent: the parents form a circle: “m” → “m”"]


def test_a_long_chain_of_parents_is_walked_once() -> None:
    serial = [{"kind": "serial", "value": "1"}]
    chain = [{"ref": str(n), "class": "module", "identifiers": serial, "parent": str(n + 1)} for n in range(20_000)]
    chain.append({"ref": "20000", "class": "switch", "identifiers": serial})
    assert len(from_json({"items": chain}, CATALOGUE, default_source=Source("api", "x"), now=NOW).items) == 20_001
    chain[-1]["class"], chain[-1]["parent"] = "module", "0"
    assert problems({"items": chain, "source": {"kind": "api", "name": "x"}}) == ["items[0].parent: the parents form a circle: 20001 items"]


def test_one_place_at_a_time() -> None:
    data = body()
    data["items"] += [{"ref": site, "class": "site", "identifiers": [{"kind": "name", "value": site}]} for site in ("Paris", "Lyon")]
    data["relations"] = [{"type": "located_in", "from": "sw1", "to": site} for site in ("Paris", "Paris", "Lyon")]
    assert problems(data) == ["relations[2]: “sw1” can have only one located_in, but has “Paris” and “Lyon”"]


def test_a_far_end_may_be_known_only_as_a_device() -> None:
    data = body()
    data["items"].append(
        {"ref": "vm", "class": "virtual_machine", "identifiers": [{"kind": "uuid", "value": "4c4c4544-0000-2010-8020-80c04f202020"}]}
    )
    data["relations"] = [{"type": "hosted_on", "from": "vm", "to": "other"}]  # a device may turn out to be a computer
    assert len(from_json(data, CATALOGUE, now=NOW).relations) == 1
    data["relations"] = [{"type": "hosted_on", "from": "vm", "to": "sw1"}]
    assert problems(data) == [
        "relations[0]: hosted_on goes from virtual_machine or container to computer or cluster, not from virtual_machine to switch"
    ]


def test_contradicting_coverage() -> None:
    data = body()
    data["coverage"].append({"item": "sw1", "part": "interfaces", "state": "failed"})
    assert problems(data) == ["coverage[1]: interfaces of “sw1” is said to be complete and failed"]


def test_hostile_characters_are_taken_out() -> None:
    data = body()
    data["items"][0]["attributes"]["description"] = "a\0b\x1b]0;x\x07\u202etxt.exe\r\nsecond"
    data["items"][0]["identifiers"][0]["value"] = " FCW\0 1929 "
    data["note"] = "\ud800x"
    seen = from_json(data, CATALOGUE, now=NOW)
    assert seen.items[0].attributes["description"] == "ab]0;xtxt.exe\nsecond"
    assert seen.items[0].identifiers[0].value == "FCW 1929"
    assert seen.note == "x"


def test_nothing_of_size_gets_through() -> None:
    data = body()
    data["items"] = data["items"] * 40_000
    assert problems(data)[0] == "items: has 120,000 entries; at most 100,000 are accepted, send the rest in another observation"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["sw1", "laptop", "serial", "name", "connected_to"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref", "class", "kind", "value", "type", "from", "to", "item"]), inner, max_size=5)
    ),
    max_leaves=12,
)
PLACES = [
    "items",
    "items.0",
    "items.0.class",
    "items.0.identifiers",
    "items.0.identifiers.0",
    "items.0.attributes",
    "items.0.software",
    "items.1.parent",
    "items.1.ref",
    "relations",
    "relations.0",
    "relations.0.attributes",
    "coverage",
    "coverage.0",
    "source",
    "observed_at",
    "id",
    "note",
    "actor",
]


@given(ANYTHING)
def test_anything_is_read_or_refused(data: object) -> None:
    try:
        from_json(data, CATALOGUE, now=NOW)
    except InvalidObservation as error:
        assert error.problems  # noqa: PT017  # either way is right


@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=3))
def test_anything_anywhere_is_read_or_refused_and_what_is_read_stays_the_same(changes: list[tuple[str, object]]) -> None:
    data = body()
    for path, value in changes:
        try:
            change(path, value)(data)
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change took that place away
    try:
        seen = from_json(data, CATALOGUE, now=NOW)
    except InvalidObservation:
        return
    assert from_json(to_json(seen), CATALOGUE, now=NOW) == seen


def test_a_stranger_makes_no_ids() -> None:
    """An id may be named; one that is to be made is for answers of people only, and those are not read by this door."""
    made = body()
    made["items"][2]["identifiers"] = [{"kind": "ci", "value": "new:0"}]
    (told,) = problems(made)
    assert told.startswith("items[2].identifiers[0].value: names an item that is to be made; the house gives ids itself")
