"""The empty table to fill in, and that CSV, JSON, schema and labels speak of the same things."""

from __future__ import annotations

import csv
import io

import pytest

from cmdb.errors import NotFound
from cmdb.model.observation_json import observation_schema
from discovery.tables import table_template
from discovery.tables.columns import Columns
from discovery.tables.mapping import TableMapping
from tests.discovery.tables.reading import CATALOGUE, only, read

CONCRETE = [name for name, cls in CATALOGUE.classes.items() if not cls.abstract]


def header(text: str) -> list[str]:
    """The titles of a template."""
    (titles,) = csv.reader(io.StringIO(text))
    return titles


def test_a_template_has_what_people_fill_in() -> None:
    titles = header(table_template(CATALOGUE, "laptop"))
    assert titles[:2] == ["class", "external_id"]
    assert {"name", "asset_tag", "serial", "vendor", "model", "ownership", "purchased_on", "located_in", "owned_by", "used_by"} <= set(
        titles
    )
    assert not {"parent", "boot_id", "connected_to", "threatens"} & set(titles)
    assert "parent" in header(table_template(CATALOGUE, "room"))
    assert {"email", "employee_number", "works_at", "belongs_to"} <= set(header(table_template(CATALOGUE, "person")))
    assert "boot_id" in header(table_template(CATALOGUE, "laptop", every=True))
    with pytest.raises(NotFound):
        table_template(CATALOGUE, "lapto")


@pytest.mark.parametrize("name", CONCRETE)
def test_every_column_of_every_template_is_understood(name: str) -> None:
    titles = header(table_template(CATALOGUE, name, every=True))
    assert len(set(titles)) == len(titles)
    meanings = Columns(tuple(titles), CATALOGUE, TableMapping()).of(CATALOGUE.cls(name))
    assert None not in meanings
    assert {str(meaning) for meaning in meanings} >= {f"attribute {attribute}" for attribute in CATALOGUE.cls(name).attributes}


@pytest.mark.parametrize("name", CONCRETE)
def test_a_filled_template_is_read(name: str) -> None:
    """One example of every type in every column of every class: CSV, the JSON schema and the catalogue agree on names and types."""
    cls = CATALOGUE.cls(name)
    by_type = {
        "text": "x",
        "integer": "7",
        "number": "4.5",
        "boolean": "yes",
        "date": "2026-11-22",
        "datetime": "2026-11-22T10:00:00Z",
        "list": "a;b",
    }
    cells = {
        "class": cls.title.upper(),
        "external_id": "77",
        "parent": f"{CATALOGUE.descendants(cls.dependent_on[0])[0]}:P-1" if cls.dependent_on else "",
    }
    for attribute in cls.attributes.values():
        cells[attribute.title] = attribute.choices[0].replace("_", " ") if attribute.choices else by_type[attribute.type]
    text = io.StringIO()
    csv.writer(text).writerows([[*cells], [*cells.values()]])
    item = only(read(text.getvalue()))
    assert item.cls == name
    assert set(item.attributes) == set(cls.attributes)
    schema = observation_schema(CATALOGUE)
    assert name in schema["$defs"]["item"]["properties"]["class"]["enum"]
    assert set(schema["$defs"][f"{name}_attributes"]["properties"]) == set(item.attributes)
