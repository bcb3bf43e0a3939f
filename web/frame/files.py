"""Files of tables that a page draws without filters: `?table=NAME&format=csv|xlsx` on the page's own address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from flask import request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid
from web.frame.export import export
from web.frame.table import Column, TableSpec

PlainTable: TypeAlias = tuple[TableSpec, Callable[[], Iterable[Any]]]
"""A table, and its rows when they are wanted."""


def plain_table(name: str, title: str, /, **columns: str | tuple[str, Callable[[Any], object]]) -> TableSpec:
    """A table of these columns: key → title, or title and how to read it from a row."""
    made = [Column(key, one) if isinstance(one, str) else Column(key, one[0], value=one[1]) for key, one in columns.items()]
    return TableSpec(name, title, tuple(made))


def file_wanted(*tables: PlainTable) -> ResponseReturnValue | None:
    """The file of one of the page's tables, if the request asks for one. Raises Invalid for a table or form that there is not."""
    form, name = request.args.get("format", ""), request.args.get("table", "")
    if not form:
        return None
    found = {spec.name: (spec, rows) for spec, rows in tables}
    if name not in found:
        raise Invalid(f"table is {name[:40]!r}; this page has {', '.join(found)}.", field="table")
    spec, rows = found[name]
    return export(spec.read({"format": form}), rows())
