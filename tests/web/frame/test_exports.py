"""Files of a view: what is in them, what a spreadsheet would run, and how they are called."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from web.frame.export import export, file_name, safe_cell
from web.frame.table import Column, TableSpec

app = Flask(__name__)
app.secret_key = "exports"
SPEC = TableSpec("cis", "CIs: all [of them]", (Column("name", "Name", filter="text"), Column("n", "=Count", numeric=True)), extra=("q",))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("+1 (555) 0100", "'+1 (555) 0100"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        (-5, "-5"),
        (None, ""),
        (True, "yes"),
        (("b", "a"), "b, a"),
        (("=b",), "'=b"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"),
        ("nul\x00bell\x07", "nulbell"),
    ],
)
def test_cells_cannot_run(value: object, text: str) -> None:
    assert safe_cell(value) == text


@given(st.text())
def test_no_text_begins_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(("=", "@", "\t", "\r"))
    assert not cell.startswith(("+", "-")) or float(cell) is not None


def body(query: str, rows: list[dict[str, object]]) -> tuple[bytes, str]:
    with app.test_request_context(f"/cis?{query}"):
        response = app.make_response(export(SPEC.read(), rows))
        return response.get_data(), response.headers["Content-Disposition"]


def test_csv_holds_the_rows_as_they_are() -> None:
    rows: list[dict[str, object]] = [{"name": 'quote " comma , line\nbreak', "n": 3}, {"name": "=HYPERLINK()", "n": None}]
    data, disposition = body("format=csv&name=a b&q=ü/..", rows)
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert read == [["Name", "'=Count"], ['quote " comma , line\nbreak', "3"], ["'=HYPERLINK()", ""]]
    assert disposition == 'attachment; filename="cis-q-name-a-b.csv"'


def test_xlsx_is_a_workbook_with_numbers_as_numbers_and_no_formula() -> None:
    data, disposition = body("format=xlsx", [{"name": "=1+1", "n": 7}, {"name": "http://x.example", "n": 1.5}])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        names = etree.fromstring(book.read("xl/workbook.xml"))
    spaces = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert not sheet.xpath("//m:f", namespaces=spaces)
    assert sheet.xpath("//m:c[not(@t)]/m:v/text()", namespaces=spaces) == ["7", "1.5"]
    assert sheet.xpath('count(//m:is/m:t[.="\'=1+1"])', namespaces=spaces) == 1
    assert names.xpath("//m:sheet/@name", namespaces=spaces) == ["CIs  all  of them "]
    assert disposition.endswith('"cis.xlsx"')


def test_csv_is_streamed() -> None:
    made = 0

    def rows() -> object:
        nonlocal made
        for number in range(100_000):
            made += 1
            yield {"name": f"row {number} {'x' * 50}", "n": number}

    with app.test_request_context("/cis?format=csv"):
        response = app.make_response(export(SPEC.read(), rows()))  # type: ignore[arg-type]
        chunks = response.iter_encoded()
        first = next(iter(chunks))
    assert 60_000 < len(first) < 80_000
    assert made < 2_000


def test_file_names_are_plain_and_short() -> None:
    with app.test_request_context("/cis?format=csv&name=" + "ä../%22" * 20):
        name = file_name(SPEC.read())
    assert name.isascii()
    assert "/" not in name
    assert len(name) <= 90
