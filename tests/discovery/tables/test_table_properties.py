"""What holds for every table."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.observation_json import from_json, to_json
from discovery.tables import shipped_mappings
from tests.discovery.tables.reading import CATALOGUE, NOW, read

HEADERS = [
    "class", "name", "serial", "asset_tag", "external_id", "id", "parent", "vendor", "memory", "status", "tags", "owned_by", "located_in",
    "used_by", "depends_on", "used_by:person.login", "located_in:site>room", "if_name", "email", "Kind", "nonsense", "purchased_on",
    "disk_encrypted",
]  # fmt: skip
CELLS = st.sampled_from(
    ["", "-", "a", "A", "b", "laptop", "server", "site", "person", "interface", "module", "site:Paris", "site:Paris > room:R1", "ada@x.org",
     "ada;bob", "a;b", "server:a", "module:a", "=1+1", "16 GiB", "2026-02-30", "x\ny", '"', "a > b", "person.login:x", "é", "\0", "in use"]
) | st.text(max_size=6)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header of known and unknown columns, and rows of likely and unlikely cells."""
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=6, unique=True))
    header = ["class", *[title for title in header if title != "class"]]
    classes = st.sampled_from(["laptop", "server", "site", "person", "interface", "module", "room", ""])
    row = st.tuples(classes, st.lists(CELLS, min_size=len(header) - 1, max_size=len(header) - 1)).map(lambda made: [made[0], *made[1]])
    return header, draw(st.lists(row, max_size=6))


def written(header: list[str], lines: list[list[str]], separator: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([header, *lines])
    return text.getvalue().encode("utf-8", "replace")


def content(data: bytes) -> tuple[Any, ...] | None:
    """The items, relations and coverage of a table, and which rows were refused by how many; None where it is no table."""
    try:
        result = read(data)
    except Invalid:
        return None
    said = result.observation
    return (said.items, said.relations, said.coverage, result.rows, result.refused_rows)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_table_or_invalid(data: bytes) -> None:
    content(data)


@given(st.sampled_from([None, *shipped_mappings()]), st.binary(max_size=200))
def test_any_bytes_with_any_mapping(mapping: str | None, data: bytes) -> None:
    try:
        read(b"Name,Serial number,Status,Category,Role,Type,class\n" + data, mapping=mapping, cls="laptop")
    except Invalid as error:
        assert error.message  # noqa: PT017  # either way is right


@settings(max_examples=300)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(table: tuple[list[str], list[list[str]]], random: Any) -> None:
    header, lines = table
    shuffled = lines.copy()
    random.shuffle(shuffled)
    assert content(written(header, lines)) == content(written(header, shuffled))


@settings(max_examples=200)
@given(tables())
def test_what_a_table_says_passes_the_published_door(table: tuple[list[str], list[list[str]]]) -> None:
    try:
        result = read(written(*table))
    except Invalid:
        return
    assert from_json(to_json(result.observation), CATALOGUE, now=NOW) == result.observation
    assert result.refused_rows <= result.rows
    assert all(error.row >= 2 or error.column for error in result.errors)


@given(tables(), st.sampled_from(";\t"))
def test_the_separator_changes_nothing(table: tuple[list[str], list[list[str]]], separator: str) -> None:
    header, lines = table
    if len(header) > 1:
        assert content(written(header, lines)) == content(written(header, lines, separator))


@given(tables())
def test_reading_again_says_the_same(table: tuple[list[str], list[list[str]]]) -> None:
    data = written(*table)
    assert content(data) == content(data)


@given(
    st.text(alphabet="=+-@\t\r0123456789ABC()|'!", min_size=2, max_size=20).filter(lambda text: text.strip() == text and "\r" not in text)
)
def test_formulas_are_kept_as_text(formula: str) -> None:
    items = read(written(["class", "serial", "name"], [["laptop", "S1", formula]])).observation.items
    assert [item.attributes["name"] for item in items] == [formula]
