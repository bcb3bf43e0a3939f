"""A table's bytes become one observation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.catalogue import Catalogue, CIClass
from cmdb.model.clean import one_line, shown
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation, Source
from cmdb.model.observation_items import MAX_ITEMS
from cmdb.model.observation_problems import InvalidObservation, Problems
from cmdb.model.observation_references import check_references
from discovery.tables.as_of import as_told, in_order
from discovery.tables.columns import Columns
from discovery.tables.mapping import TableMapping, choose_mapping
from discovery.tables.result import MAX_ERRORS, ColumnUse, Judge, RowError, TableResult
from discovery.tables.rows import RowReader, RowSeen
from discovery.tables.text import open_sheet
from discovery.tables.together import Together


def read_table(
    data: bytes,
    catalogue: Catalogue,
    *,
    cls: str | None = None,
    source_name: str,
    mapping: TableMapping | Mapping[str, str] | str | None = None,
    now: datetime,
    judge: Judge | None = None,
) -> TableResult:
    """Read CSV (separated by comma, semicolon, tab or bar; UTF-8, UTF-16 or Western; at most 100 MB and 100,000 rows).

    `cls` is the class of rows that do not tell their own. `mapping` says what the columns mean: a shipped one by name, titles → our
    columns, or None to recognise it by the header. `judge` tells placeholders: they are shown, warned of, and identify nothing.
    The result holds the good rows and the errors of the others.
    Raises Invalid for what is no table, a class that is not known, or more than an observation can hold.
    """
    name = one_line(source_name)[:200]
    _check_named(name, cls, catalogue)
    sheet = open_sheet(data)
    chosen = in_order(sheet, choose_mapping(mapping, sheet.header))
    columns = Columns(sheet.header, catalogue, chosen)
    reader = RowReader(columns, catalogue, chosen, cls, name, judge)
    read = [(number, reader.read(number, cells)) for number, cells in sheet.rows()]
    reader.warnings += [warning for _, seen in read if seen for warning in as_told(seen, columns, chosen, now)]
    errors = _header_errors(columns, reader)
    known = [seen for _, seen in read if seen is not None and not _strange(seen, columns, reader)]
    table = Together(catalogue).join(known)
    errors += [*reader.errors, *table.errors]
    observation = Observation(
        id=uuid7(),
        source=Source("import", name),
        observed_at=times.cut(now),
        items=tuple(item for _, item in sorted(table.items.items())),
        relations=tuple(relation for _, relation in sorted(table.relations.items())),
        coverage=tuple(sorted(table.coverage, key=lambda seen: (seen.item, seen.part))),
    )
    _check(observation, catalogue)
    return TableResult(
        observation=observation,
        rows=len(read),
        refused_rows=len({error.row for error in errors if error.row > 1}),
        errors=tuple(sorted(errors, key=lambda error: (error.row, error.column))[:MAX_ERRORS]),
        warnings=tuple(sorted([*reader.warnings, *table.warnings], key=lambda error: (error.row, error.column))[:MAX_ERRORS]),
        columns=_uses(columns, [*reader.classes.values()]),
        mapping=chosen.name,
    )


def _check_named(name: str, cls: str | None, catalogue: Catalogue) -> None:
    if not name:
        raise Invalid("The table needs a name, e.g. its file name.", field="source_name")
    if cls is not None and catalogue.cls(cls).abstract:
        choices = ", ".join(catalogue.descendants(cls)[:6])
        raise Invalid(f"{cls} only groups other classes; choose one of {choices} ….", field="class")


def _header_errors(columns: Columns, reader: RowReader) -> list[RowError]:
    """Columns that say something and mean nothing for any row, and columns that are named twice."""
    errors: list[RowError] = []
    seen: set[str] = set()
    for title in columns.header:
        if title and title.casefold() in seen:
            errors.append(RowError(1, title, "this column stands twice in the header; rename or remove one"))
        seen.add(title.casefold())
    whom = ", ".join(sorted(reader.classes)[:5])
    for title, hint in columns.nowhere([*reader.classes.values()]).items():
        if title not in reader.strange:
            continue
        message = f"no attribute, identifier or relation of {whom} has this name{hint}; rename it, or choose not to use it"
        errors.append(RowError(1, title, message))
    return errors


def _strange(seen: RowSeen, columns: Columns, reader: RowReader) -> bool:
    """Whether a row says something in a column that means nothing for its class, but does for other rows'. (A column that means nothing
    at all is one error of the header, not one of every row.)"""
    titles = [title for title in seen.strange if title not in columns.nowhere([*reader.classes.values()])]
    for title in titles:
        message = f"{seen.cls.name} has no such attribute or relation; leave the cell empty"
        reader.errors.append(RowError(seen.row, title, message))
    return bool(titles)


def _uses(columns: Columns, classes: list[CIClass]) -> tuple[ColumnUse, ...]:
    """What each column was taken for."""
    uses: list[ColumnUse] = []
    for place, title in enumerate(columns.header):
        meanings = {str(meaning) for cls in classes if (meaning := columns.of(cls)[place]) is not None and meaning.use != "unused"}
        uses.append(ColumnUse(title, " or ".join(sorted(meanings))))
    return tuple(uses)


def _check(observation: Observation, catalogue: Catalogue) -> None:
    """The bounds and rules every door keeps."""
    if len(observation.items) > MAX_ITEMS:
        raise Invalid(f"The table names {len(observation.items):,} things; at most {MAX_ITEMS:,} fit; split it.", field="file")
    problems = Problems()
    check_references(observation, catalogue, problems)
    try:
        problems.stop_if_any()
    except InvalidObservation as error:
        raise Invalid(f"The table contradicts itself: {shown(error.problems[0].message, 200)}.", field="file") from None
