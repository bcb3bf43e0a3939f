"""Tables over lists that are small by nature (accounts, tokens, sources): filtered, sorted and paged in memory.

Never for things of the graph: there a page reads a bounded window by keyset.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from web.frame.cursors import Scalar
from web.frame.table import Column, Page, TableView


class Named(Protocol):
    """A row that can be told from the others."""

    @property
    def id(self) -> str:
        """What no other row of the list has."""


N = TypeVar("N", bound=Named)


def matches(column: Column, row: object, wanted: str) -> bool:
    """Whether the row's cell fits the filter: equal for choices, a part of the text (any case) else."""
    value = column.read(row)
    parts = [str(part) for part in value] if isinstance(value, list | tuple | set | frozenset) else ["" if value is None else str(value)]
    if column.filter == "choice":
        return wanted in parts
    return any(wanted.casefold() in part.casefold() for part in parts)


def chosen_rows(view: TableView, rows: Iterable[N]) -> list[N]:
    """All rows that fit the view's filters, in its order: what an export holds."""
    by_key = {column.key: column for column in view.spec.columns}
    kept = [row for row in rows if all(matches(by_key[key], row, wanted) for key, wanted in view.filters.items())]
    return sorted(kept, key=lambda row: _place(view, row), reverse=view.order.descending)


def _place(view: TableView, row: Named) -> tuple[str, str]:
    by_key = {column.key: column for column in view.spec.columns}
    value = by_key[view.order.key].read(row) if view.order.key in by_key else ""
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:020.3f}"
    return ("" if value is None else str(value).casefold(), row.id)


def small_page(view: TableView, rows: Iterable[N]) -> Page[N]:
    """One page of the rows that fit the view."""
    chosen = chosen_rows(view, rows)

    def key(row: N) -> tuple[Scalar, ...]:
        return _place(view, row)

    if view.cursor is not None:
        at = tuple(str(value) for value in view.cursor.values)
        later = [row for row in chosen if (_place(view, row) < at if view.order.descending else _place(view, row) > at)]
        earlier = [row for row in chosen if (_place(view, row) > at if view.order.descending else _place(view, row) < at)]
        chosen = list(reversed(earlier)) if view.backwards else later
    return view.page(chosen[: view.limit + 1], key)
