"""Rows of a report as they are kept, written already: canonical JSON that is read only when somebody asks for a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, overload

import orjson

Row: TypeAlias = dict[str, Any]
"""One row of a section: field → text, number, boolean or list of texts."""


class KeptRows(Sequence[Row]):
    """The rows of one section. `packed` is their canonical JSON, which the store takes as it is."""

    __slots__ = ("_rows", "packed")

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self._rows: list[Row] | None = None

    def all(self) -> list[Row]:
        """The rows, to read only."""
        if self._rows is None:
            self._rows = orjson.loads(self.packed)
        return self._rows

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        return self.all()[place]

    def __len__(self) -> int:
        return len(self.all())

    def __iter__(self) -> Iterator[Row]:
        return iter(self.all())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, KeptRows):
            return self.packed == other.packed
        return self.all() == other if isinstance(other, list) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.packed)

    def __repr__(self) -> str:
        return f"<{len(self.packed):,} bytes of rows>"


def written(value: object) -> object:
    """For orjson's `default`: rows that are written already go in as they are."""
    if isinstance(value, KeptRows):
        return orjson.Fragment(value.packed)
    raise TypeError
