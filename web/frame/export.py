"""A filtered view as a file: CSV streamed row by row, or XLSX written with bounded memory."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import xlsxwriter
from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue

from web.frame.table import Column, TableView

_CHUNK = 64 * 1024
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe_cell(value: object) -> str:
    """The cell's text. What a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection); plain numbers stay."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return safe_cell(", ".join(str(part) for part in value))
    text = _UNPRINTABLE.sub("", str(value))
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def file_name(view: TableView) -> str:
    """The file's name after the view: `people-site-hq-name-ann.csv`, plain characters only."""
    words = [view.spec.name, *(f"{key}-{value}" for key, value in {**view.extra, **view.filters}.items())]
    stem = re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")[:80].rstrip("-")
    return f"{stem}.{view.format}"


def _csv_lines(columns: Sequence[Column], rows: Iterable[object]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")  # Excel reads UTF-8 only with this mark
    writer.writerow([safe_cell(column.title) for column in columns])
    for row in rows:
        writer.writerow([safe_cell(column.read(row)) for column in columns])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _xlsx_bytes(columns: Sequence[Column], rows: Iterable[object], title: str) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31] or "Sheet")
            bold = book.add_format({"bold": True})
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column.title, bold)
            sheet.freeze_panes(1, 0)
            for line, row in enumerate(rows, start=1):
                for place, column in enumerate(columns):
                    _write_cell(sheet, line, place, column.read(row))
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, line: int, place: int, value: object) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, safe_cell(value)[:32_767])  # Excel's own limit of a cell


def export(view: TableView, rows: Iterable[object]) -> ResponseReturnValue:
    """The rows as a download in `view.format`, with the view's columns in their order."""
    if view.format == "csv":
        body: Iterator[str] | Iterator[bytes] = _csv_lines(view.columns, rows)
        kind = "text/csv; charset=utf-8"
    else:
        body = _xlsx_bytes(view.columns, rows, view.spec.title)
        kind = XLSX
    response = Response(stream_with_context(body), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(view)}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
