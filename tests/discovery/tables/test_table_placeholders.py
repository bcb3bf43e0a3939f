"""Placeholders and unreadable values in a table: warned of with the reason, shown, and no two rows are one by them."""

from __future__ import annotations

import pytest

from cmdb.model.observation import Identifier
from discovery.tables import TableResult
from reconciliation.refusing import refused
from tests.discovery.tables.reading import CATALOGUE, read

HEADER = "class,name,serial,mac,model\n"


def _judged(*rows: str) -> TableResult:
    return read((HEADER + "".join(f"{row}\n" for row in rows)).encode(), judge=refused)


@pytest.mark.parametrize(("row", "column", "message"), [
    ("laptop,a,To be filled by O.E.M.,,", "serial", "“To be filled by O.E.M.” is not used as identity: placeholder"),
    ("laptop,a,,zz:zz,", "mac", "“zz:zz” is not used as identity: it cannot be read as a MAC address"),
    ("laptop,a,,01:00:5e:00:00:01,", "mac", "“01:00:5e:00:00:01” is not used as identity: multicast address"),
    ("laptop,a,XPS 13,,XPS 13", "serial", "“XPS 13” is not used as identity: the name of the model or of the maker stands in its place"),
])  # fmt: skip
def test_what_identifies_nothing_is_warned_of(row: str, column: str, message: str) -> None:
    table = _judged(row)
    assert table.errors == ()
    (warning,) = table.warnings
    assert (warning.row, warning.column) == (2, column)
    assert warning.message.startswith(message)
    (item,) = table.observation.items
    assert {one.kind for one in item.identifiers} == {"name", "external_id"}


def test_two_rows_with_one_placeholder_are_two() -> None:
    """Without a judge they are one thing with two names, and both refused."""
    table = _judged("laptop,a,Default string,,", "laptop,b,Default string,,")
    assert [item.attributes for item in table.observation.items] == [{"name": name, "serial": "Default string"} for name in ("a", "b")]
    assert (table.refused_rows, len(table.warnings)) == (0, 2)


def test_a_row_with_a_placeholder_alone_is_refused_with_the_reason() -> None:
    table = _judged("laptop,,Default string,,")
    assert table.observation.items == ()
    (error,) = table.errors
    assert error.message.startswith("nothing identifies this laptop (“Default string”: placeholder")


def test_good_values_pass_in_silence() -> None:
    table = _judged("laptop,a,7XK2M13,00:1b:21:00:00:01,XPS 13")
    assert (table.errors, table.warnings) == ((), ())
    (item,) = table.observation.items
    assert {one.kind for one in item.identifiers} == {"name", "serial", "mac"}


def test_the_judge_alone() -> None:
    """Only what the rules refuse is named; the longest value comes back in few words."""
    laptop = CATALOGUE.cls("laptop")
    good, long = Identifier("serial", "7XK2M13"), Identifier("uuid", "a" * 5_000)
    assert refused(laptop, (good, long), {}) == {long: "longer than 512 characters"}
