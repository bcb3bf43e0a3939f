"""The published JSON Schema says the same as the reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.model.observation_json import InvalidObservation, from_json, observation_schema, to_json
from tests.model.observations import CATALOGUE, NOW, observations
from tests.model.test_observation_json import ANYTHING, PLACES, REFUSED, body, change

SCHEMA = observation_schema(CATALOGUE)
VALID = jsonschema_rs.Draft202012Validator(SCHEMA)

ONLY_THE_READER = (
    "empty value", "impossible day", "duplicate ref", "unknown parent", "parent of what has none", "wrong parent", "unknown end",
    "relation to itself", "relation that does not fit", "unknown covered item", "long ago", "in the future",
)  # fmt: skip
"""What a schema cannot say: references, the calendar, now."""


def test_it_is_a_schema_of_2020_12() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert orjson.loads(orjson.dumps(SCHEMA)) == SCHEMA
    assert CATALOGUE.version in SCHEMA["$comment"]


def test_the_documented_example_is_valid() -> None:
    assert VALID.is_valid(body())


@given(observations())
def test_what_is_written_is_valid(seen: Observation) -> None:
    VALID.validate(to_json(seen))


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_reader_refuses_the_schema_refuses(case: str) -> None:
    path, value, _ = REFUSED[case]
    data = body()
    change(path, value)(data)
    assert VALID.is_valid(data) == (case in ONLY_THE_READER)


@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=3))
def test_what_the_reader_takes_is_valid(changes: list[tuple[str, Any]]) -> None:
    data = body()
    for path, value in changes:
        try:
            change(path, value)(data)
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    try:
        from_json(data, CATALOGUE, now=NOW)
    except InvalidObservation:
        return
    VALID.validate(data)


def test_every_attribute_of_every_class_stands_in_it() -> None:
    for cls in CATALOGUE.classes.values():
        if cls.abstract:
            assert f"{cls.name}_attributes" not in SCHEMA["$defs"]
            continue
        properties = SCHEMA["$defs"][f"{cls.name}_attributes"]["properties"]
        assert set(properties) == set(cls.attributes)
        for name, reference in properties.items():
            said = SCHEMA["$defs"][reference["$ref"].removeprefix("#/$defs/")]
            assert said["title"] == cls.attributes[name].title
            assert said["description"].startswith(cls.attributes[name].description)
            if cls.attributes[name].choices:
                assert said["enum"] == [*cls.attributes[name].choices, None]


def test_a_site_s_class_is_in_its_schema(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        "classes:\n  drone: {title: Drone, plural: Drones, parent: device, description: It flies., identifiers: {tail_number: strong}}\n"
    )
    drone = {"ref": "d", "class": "drone", "identifiers": [{"kind": "tail_number", "value": "F-1"}], "attributes": {"name": "d"}}
    data = {"source": {"kind": "api", "name": "x"}, "items": [drone]}
    catalogue = Catalogue.load([file])
    assert jsonschema_rs.Draft202012Validator(observation_schema(catalogue)).is_valid(data)
    assert from_json(data, catalogue, now=NOW).items[0].cls == "drone"
    assert not VALID.is_valid(data)
