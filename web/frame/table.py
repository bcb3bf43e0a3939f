"""Tables whose whole state is the URL: sort, filters, columns, place. The page queries; this reads the request and writes the links.

How a page uses it (`web/templates/_table.html` shows the other half):

    SPEC = TableSpec("people", "People", (Column("name", "Name", sort=True, filter="text"), Column("site", "Site")), order="name")

    @blueprint.get("/people")
    @needs(Permission.READ)
    def people() -> ResponseReturnValue:
        view = SPEC.read()                                        # raises Invalid on a forged cursor or an unknown sort
        if view.format:                                           # ?format=csv or xlsx: exactly the filtered view
            return export(view, every_person(view.filters, view.order))
        rows = some_people(view.filters, view.order, view.cursor, limit=view.limit + 1)
        return render_template("people/list.html", view=view, page=view.page(rows, key=lambda row: (row.name, row.id)))

`key` gives the values that the order sorts by, a unique one last. Rows of a backwards page come in reverse order from the query
(nearest first); `page` turns them round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from flask import request

from cmdb.errors import Invalid
from web.frame.cursors import Cursor, Scalar, read_cursor, write_cursor

R = TypeVar("R")
Filter = Literal["", "text", "choice", "date"]
FORMATS = ("csv", "xlsx")
_LONGEST_FILTER = 200


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` is its name in the URL; `value` reads the cell from a row (default: attribute or item `key`).

    `sort` makes the header a link; `filter` puts a field in the filter row; `choices` are (value, words) of a choice filter.
    `shown` is whether it is there before a person chooses columns; `fixed` ones cannot be hidden; `numeric` aligns right.
    """

    key: str
    title: str
    sort: bool = False
    filter: Filter = ""
    choices: tuple[tuple[str, str], ...] = ()
    shown: bool = True
    fixed: bool = False
    numeric: bool = False
    value: Callable[[Any], object] | None = None
    hint: str = ""

    def read(self, row: object) -> object:
        """The cell's value in this row."""
        if self.value is not None:
            return self.value(row)
        return row.get(self.key) if isinstance(row, Mapping) else getattr(row, self.key)


@dataclass(frozen=True, slots=True)
class Order:
    """What the rows are sorted by: a column's key and the direction."""

    key: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page of rows with the cursors of its neighbours (None: there is none)."""

    rows: tuple[R, ...]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table as its page declares it. `name` names its files, its cursors and its place in the page; `order` as in `?sort=`.

    `extra` are query words that belong to the view without being a column's filter (`q`, `as_of`): kept in every link.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    order: str = ""
    page_size: int = 50
    extra: tuple[str, ...] = ()
    exports: bool = True

    def read(self, args: Mapping[str, str] | None = None, *, path: str | None = None) -> TableView:
        """The view that this request asks for. Raises Invalid naming the query word at fault."""
        given = {key: value.strip() for key, value in (_joined_args() if args is None else args).items()}
        order = self._order(given.get("sort") or self.order)
        by_key = {column.key: column for column in self.columns}
        filters = {key: _filter(by_key[key], value) for key, value in given.items() if value and key in by_key and by_key[key].filter}
        wanted = [key for key in given.get("columns", "").split(",") if key]
        columns = tuple(c for c in self.columns if c.fixed or (c.key in wanted if wanted else c.shown))
        form = given.get("format", "")
        if form and (form not in FORMATS or not self.exports):
            raise Invalid(f"format is {form[:20]!r}; use csv or xlsx.", field="format")
        cursor = read_cursor(self._scope(order), given["cursor"]) if given.get("cursor") else None
        state = ViewState(filters, {key: given[key] for key in self.extra if given.get(key)}, bool(wanted), form)
        return TableView(self, columns, order, cursor, state, request.path if path is None else path)

    def _order(self, text: str) -> Order:
        if not text:
            return Order("")
        order = Order(text.removeprefix("-"), text.startswith("-"))
        sortable = [column.key for column in self.columns if column.sort]
        if order.key not in sortable and text != self.order:
            raise Invalid(f"sort is {text[:40]!r}; this list sorts by {', '.join(sortable) or 'nothing'}.", field="sort")
        return order

    def _scope(self, order: Order) -> str:
        return f"{self.name}:{order}"


def _joined_args() -> dict[str, str]:
    """The request's query words; repeated `columns` (the checkboxes of the column chooser) joined by commas, else the first counts."""
    return {key: ",".join(values) if key == "columns" else values[0] for key, values in request.args.lists()}


def _filter(column: Column, value: str) -> str:
    if len(value) > _LONGEST_FILTER:
        raise Invalid(f"{column.key} is longer than {_LONGEST_FILTER} characters; filter by a part of it.", field=column.key)
    if column.filter == "choice" and column.choices and value not in {key for key, _ in column.choices}:
        raise Invalid(f"{column.key} is {value[:40]!r}; use one of {', '.join(key for key, _ in column.choices)}.", field=column.key)
    return value


@dataclass(frozen=True, slots=True)
class ViewState:
    """The parts of a view that are carried from link to link."""

    filters: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    chosen: bool = False
    format: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table as one request asks for it."""

    spec: TableSpec
    columns: tuple[Column, ...]
    order: Order
    cursor: Cursor | None
    state: ViewState
    path: str

    @property
    def filters(self) -> Mapping[str, str]:
        """The filters in force: column key → text. Empty ones are left out."""
        return self.state.filters

    @property
    def extra(self) -> Mapping[str, str]:
        """The extra query words in force."""
        return self.state.extra

    @property
    def format(self) -> str:
        """`csv` or `xlsx` when the view is asked for as a file, else empty."""
        return self.state.format

    @property
    def limit(self) -> int:
        """How many rows a page shows; query for one more to know whether there is a next page."""
        return self.spec.page_size

    @property
    def backwards(self) -> bool:
        """True on the way back: query in the reverse order, before the cursor."""
        return self.cursor is not None and self.cursor.backwards

    def page(self, rows: Sequence[R], key: Callable[[R], Sequence[Scalar]], *, both_ways: bool = True) -> Page[R]:
        """The page made of up to `limit + 1` rows as the query gave them. `both_ways` is False for lists that only read on."""
        more = len(rows) > self.limit
        kept = list(rows[: self.limit])
        if self.backwards:
            kept.reverse()
        scope = self.spec._scope(self.order)
        after = bool(kept) and (more or self.backwards)
        before = both_ways and bool(kept) and (more if self.backwards else self.cursor is not None)
        return Page(
            tuple(kept),
            write_cursor(scope, key(kept[-1])) if after else None,
            write_cursor(scope, key(kept[0]), backwards=True) if before else None,
        )

    def words(self, **changes: str | None) -> dict[str, str]:
        """The query words of this view with some changed (None or empty removes one). Changes start from the first page."""
        words = dict(self.extra) | dict(self.filters)
        if str(self.order) != self.spec.order:
            words["sort"] = str(self.order)
        if self.state.chosen:
            words["columns"] = ",".join(column.key for column in self.columns)
        words |= {name: value or "" for name, value in changes.items()}
        return {name: value for name, value in words.items() if value}

    def url(self, **changes: str | None) -> str:
        """The address of this view with some query words changed."""
        words = self.words(**changes)
        return f"{self.path}?{urlencode(words)}" if words else self.path

    def sort_url(self, column: Column) -> str:
        """Where a click on the column's header leads: sorted by it, or the other way round if it already is."""
        turn = self.order.key == column.key and not self.order.descending
        text = f"-{column.key}" if turn else column.key
        return self.url(sort=text if text != self.spec.order else None)

    def aria_sort(self, column: Column) -> str:
        """The `aria-sort` of the column's header; empty when the rows are not sorted by it."""
        if self.order.key != column.key:
            return ""
        return "descending" if self.order.descending else "ascending"

    def chips(self) -> list[tuple[str, str, str]]:
        """The filters in force as (title, words, address without it)."""
        found = []
        for column in self.spec.columns:
            value = self.filters.get(column.key)
            if value:
                found.append((column.title, dict(column.choices).get(value, value), self.url(**{column.key: None})))
        return found
