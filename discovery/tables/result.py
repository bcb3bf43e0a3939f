"""What reading a table gives: the observation of its good rows, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cmdb.model.catalogue import CIClass
from cmdb.model.observation import Identifier, Observation, Value

Judge: TypeAlias = Callable[[CIClass, Sequence[Identifier], Mapping[str, Value]], Mapping[Identifier, str]]
"""Tells which identifiers of a row (its class, what it says) are no identity, each with the reason in words."""

MAX_ERRORS = 1_000
"""Row errors that are kept; the number of refused rows is exact in any case."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Something wrong with one cell or row, and what to do. `row` counts as a spreadsheet does: the header is row 1."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How one column was understood, for the page that shows it before importing. `meaning` is empty where it is not used."""

    header: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TableResult:
    """`observation` holds the good rows; whether to take them when there are `errors` is the caller's decision.

    `rows` counts the rows that are not empty, `refused_rows` those with errors. `warnings` do not keep a row out.
    `mapping` names the shipped mapping that was used, if any.
    """

    observation: Observation
    rows: int
    refused_rows: int = 0
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    mapping: str = ""
