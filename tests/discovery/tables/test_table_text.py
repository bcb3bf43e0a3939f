"""Encodings, separators, quoting, bounds."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from cmdb.errors import Invalid
from discovery.tables import text
from tests.discovery.tables.reading import only, read, rows, told

TABLE = "class,name,serial,description\nlaptop,Büro-1,S1,naïve café\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings(encoding: str) -> None:
    item = only(read(TABLE.encode(encoding)))
    assert item.attributes["name"] == "Büro-1"
    assert item.attributes["description"] == "naïve café"


def test_what_only_windows_writes() -> None:
    assert only(read("class,name,serial\nlaptop,€ – “x”,S1\n".encode("cp1252"))).attributes["name"] == "€ – “x”"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, end: str) -> None:
    table = TABLE.replace(",", separator).replace("\n", end)
    assert only(read(table)).attributes["serial"] == "S1"


def test_the_separator_a_file_tells() -> None:
    item = only(read("\ufeffsep=;\r\nclass;name, as people say;serial\r\nlaptop;a,b;S1\r\n".replace(", as people say", "")))
    assert item.attributes["name"] == "a,b"


def test_separators_inside_quotes_do_not_count() -> None:
    item = only(read('"class";"name";"serial";"a,b,c,d,e,f"\nlaptop;x;S1;\n', mapping={"a,b,c,d,e,f": ""}))
    assert item.attributes["serial"] == "S1"


def test_quoted_text_with_line_ends_and_quotes() -> None:
    item = only(read('class,serial,description\nlaptop,S1,"first ""line""\r\nsecond, line"\n'))
    assert item.attributes["description"] == 'first "line"\nsecond, line'


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    result = read('class,serial,description\nlaptop,S1,"two\nlines"\n\n,,\nlaptop,,x\n')
    assert result.rows == 2
    assert told(result)[0].startswith("row 5: nothing identifies this laptop")


def test_blank_lines_before_the_header_and_empty_columns() -> None:
    item = only(read("\n\nclass,,serial,,\nlaptop,,S1,,\n"))
    assert item.attributes == {"serial": "S1"}


def test_formulas_stay_text() -> None:
    item = only(read('class,serial,name,description\nlaptop,S1,"=HYPERLINK(""http://x"")",@SUM(1)\n'))
    assert item.attributes["name"] == '=HYPERLINK("http://x")'
    assert item.attributes["description"] == "@SUM(1)"


def test_more_cells_than_columns() -> None:
    result = read("class,serial,name\nlaptop,S1,a,b\nlaptop,S2,c,,\n")
    assert told(result) == ["row 2: has 4 cells and the header 3; put a text that holds the separator in quotes"]
    assert [item.attributes["serial"] for item in rows(result)] == ["S2"]


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write("A1", "class")
    return content.getvalue()


REFUSED = {
    "empty": (b"", "has no header"),
    "only blanks": (b" \n \n", "has no header"),
    "workbook": (workbook(), "This is a workbook, not a CSV file; in the spreadsheet, save it as “CSV UTF-8”"),
    "binary": (bytes(range(256)) * 4, "not text"),
    "broken UTF-16": (b"\xff\xfe" + "class,serial".encode("utf-16-le") + b"\x00", "not text in the encoding"),
    "open quotation mark": (b'class,serial\nlaptop,"S1\n', r'after row 1: a quotation mark (") is opened and never closed'),
    "text after a quotation mark": (b'class,serial\nlaptop,"S1"x\n', 'inside quotes write "" for "'),
    "huge cell": (b"class,serial\nlaptop," + b"x" * 200_000 + b"\n", "a cell has more than 131,072 characters"),
    "huge row": (b"class,serial\nlaptop" + b"," * (text.MAX_ROW + 1) + b"\n", "A row has more than 4,194,304 characters"),
    "huge row over many lines": (b"class,serial\nlaptop" + b',"\n"' * 2_000_000 + b"\n", "A row has more than 4,194,304 characters"),
    "too many columns": (b",".join(b"c%d" % n for n in range(501)) + b"\n", "has 501 columns; at most 500"),
    "too large": (b"class,serial\n" + b"\n" * text.MAX_BYTES, "larger than 100 MB; split it"),
    "too many rows": (b"class,serial\n" + b"laptop,\n" * 100_001, "more than 100,000 rows; split it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_table(case: str) -> None:
    data, said = REFUSED[case]
    with pytest.raises(Invalid) as caught:
        read(data)
    assert said in caught.value.message
    assert caught.value.field == "file"


def test_a_table_needs_a_name() -> None:
    with pytest.raises(Invalid, match="needs a name"):
        read(TABLE, source_name=" \n")
