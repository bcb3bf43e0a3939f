"""Reading one attribute's value from what people type and from JSON."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.catalogue import Attribute
from cmdb.model.catalogue.json_values import read_json
from cmdb.model.catalogue.values import ATTRIBUTE_TYPES, AttributeType
from cmdb.model.observation import Value


def attribute(kind: AttributeType, unit: str = "") -> Attribute:
    choices = ("in_use", "in_stock") if kind == "choice" else ()
    return Attribute("thing", "Thing", "A thing.", kind, unit=unit, choices=choices)


READ: list[tuple[AttributeType, object, Value]] = [
    ("text", "  web1\r\nsecond ", "web1\nsecond"),
    ("text", "=1+1", "=1+1"),
    ("text", "a\0b\x1b[31m\u202ec\ud800", "ab[31mc"),
    ("text", "", None),
    ("text", " \0 ", None),
    ("text", None, None),
    ("integer", "16", 16),
    ("integer", " -3 ", -3),
    ("integer", 16, 16),
    ("integer", "12.0", 12),
    ("integer", 16.0, 16),
    ("integer", 2**63 - 1, 2**63 - 1),
    ("integer", "", None),
    ("number", "4.5", 4.5),
    ("number", 4, 4.0),
    ("number", ".5e2", 50.0),
    ("boolean", "Yes", True),
    ("boolean", "0", False),
    ("boolean", False, False),
    ("date", "2026-11-22", "2026-11-22"),
    ("date", "2026-1-2", "2026-01-02"),
    ("date", "2026/11/22", "2026-11-22"),
    ("date", "22.11.2026", "2026-11-22"),
    ("date", "2026-11-22 00:00:00", "2026-11-22"),
    ("date", "2024-02-29", "2024-02-29"),
    ("datetime", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z"),
    ("datetime", "2026-11-22 10:00+01:00", "2026-11-22T09:00:00.000Z"),
    ("datetime", "2026-11-22T10:00:00.123456789Z", "2026-11-22T10:00:00.123Z"),
    ("datetime", "2026-11-22", "2026-11-22T00:00:00.000Z"),
    ("choice", "in_use", "in_use"),
    ("choice", "In Stock", "in_stock"),
    ("choice", "IN-USE", "in_use"),
    ("list", "a, b,a,, ", ("a", "b")),
    ("list", "Doe, Jane; Roe, Rick", ("Doe, Jane", "Roe, Rick")),
    ("list", "Doe, Jane\nRoe", ("Doe, Jane", "Roe")),
    ("list", ["b", " a ", "\0", "b"], ("b", "a")),
    ("list", [], ()),
    ("list", "", None),
]


@pytest.mark.parametrize(("kind", "given", "read"), READ)
def test_what_is_read(kind: AttributeType, given: object, read: Value) -> None:
    said = attribute(kind).parse(given)
    assert said == read
    assert type(said) is type(read)


REFUSED: list[tuple[AttributeType, object, str]] = [
    ("text", 5, "must be text, not the number 5; put it in quotes"),
    ("text", True, "must be text, not true"),
    ("text", "x" * 10_001, "is 10001 characters long; at most 10000"),
    ("integer", "1.5", "must be a whole number, not “1.5”; write only digits"),
    ("integer", "1 024", "must be a whole number"),
    ("integer", "1,024", "must be a whole number"),
    ("integer", True, "must be a whole number, not true"),
    ("integer", 1.5, "must be a whole number, not the number 1.5"),
    ("integer", math.nan, "must be a whole number"),
    ("integer", math.inf, "must be a whole number"),
    ("integer", 2**63, "too large for a whole number of 64 bits"),
    ("integer", 10**500, "too large"),
    ("integer", "9" * 19, "too large"),
    ("integer", "9" * 5000, "must be a whole number"),
    ("integer", "١٢", "must be a whole number"),
    ("number", "1,5", "must be a number, not “1,5”; write it with a decimal point"),
    ("number", "nan", "must be a number"),
    ("number", "1e999", "must be a number"),
    ("number", False, "must be a number, not false"),
    ("number", 10**400, "must be a number, not a huge number"),
    ("boolean", "maybe", "must be true or false, not “maybe”; write yes or no"),
    ("boolean", 1, "must be true or false, not the number 1"),
    ("date", "2026-02-30", "“2026-02-30” is not a day of the calendar"),
    ("date", "11/22/2026", "must be a day, not “11/22/2026”; write year-month-day"),
    ("date", "0001-01-01", "is not between the years 1900 and 2200"),
    ("date", 20261122, "must be a day, not the number 20261122"),
    ("datetime", "2026-11-22T10:00:00", "with a zone; write it like 2026-11-22T10:00:00Z"),
    ("datetime", "2026-11-22T25:00:00Z", "is not a time of the calendar"),
    ("datetime", "9999-12-31T23:59:59-12:00", "is not a time of the calendar"),
    ("datetime", 1, "must be a time"),
    ("choice", "broken", "must be one of in_use, in_stock, not “broken”"),
    ("choice", True, "must be one of in_use, in_stock, not true"),
    ("list", {"a": 1}, "must be a list of texts, not an object"),
    ("list", ["a", 5], "one entry is the number 5; put it in quotes"),
    ("list", ["x" * 10_001], "has an entry of 10001 characters"),
    ("list", ["x"] * 10_001, "has 10001 entries; at most 10000"),
]


@pytest.mark.parametrize(("kind", "given", "reason"), REFUSED)
def test_what_is_refused_names_the_field_and_the_fix(kind: AttributeType, given: object, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        attribute(kind).parse(given)
    assert caught.value.field == "attributes.thing"
    assert caught.value.message.startswith("Thing: ")
    assert reason in caught.value.message
    assert len(caught.value.message) < 300


def test_sizes_with_a_unit() -> None:
    size = attribute("integer", unit="B")
    assert size.parse("16 GiB") == 16 * 2**30
    assert size.parse("1.5tib") == 3 * 2**39
    assert size.parse("512") == 512
    with pytest.raises(Invalid, match=r"may mean powers of 1000 or of 1024; write 16 GiB or the number of bytes"):
        size.parse("16 GB")
    with pytest.raises(Invalid, match=r"must be a whole number \(U\), not “16 GiB”"):
        attribute("integer", unit="U").parse("16 GiB")


KINDS = st.sampled_from(ATTRIBUTE_TYPES)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["2026-02-30", "1e400", "in use", "16 GB"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(KINDS, ANYTHING)
def test_anything_is_read_or_refused_and_reading_again_changes_nothing(kind: AttributeType, given: object) -> None:
    one = attribute(kind)
    try:
        value = one.parse(given)
    except Invalid:
        return
    assert one.parse(value) == value
    assert read_json(one, [*value] if isinstance(value, tuple) else value) == value


@given(KINDS, ANYTHING)
def test_json_is_read_more_strictly_and_never_otherwise(kind: AttributeType, given: object) -> None:
    one = attribute(kind)
    try:
        value = read_json(one, given)
    except Invalid:
        return
    assert one.parse(given) == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("integer", "16"),
        ("boolean", "yes"),
        ("number", "1.5"),
        ("choice", "In use"),
        ("date", "22.11.2026"),
        ("list", "a,b"),
        ("datetime", "2026-11-22"),
    ],
)
def test_json_wants_the_form_of_the_schema(kind: AttributeType, given: object) -> None:
    attribute(kind).parse(given)  # a person may
    with pytest.raises(Invalid, match="must be"):
        read_json(attribute(kind), given)
