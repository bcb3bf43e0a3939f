"""The bytes of a table become rows of text: encoding, separator, quoting. Nothing is known here of what the columns mean."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.errors import Invalid
from cmdb.model.clean import clean_text, one_line

MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 500
MAX_CELL = csv.field_size_limit()
"""Characters of one cell before reading is given up; what an attribute takes is less (cmdb.model.clean.MAX_TEXT)."""
MAX_ROW = 4 * 1024 * 1024
"""Characters of one row."""

SEPARATORS = ",;\t|"
_TYPED = "#TYPE "
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header (one-line titles, in order) and how to read on. `skip` counts the records up to and with the header."""

    header: tuple[str, ...]
    data: bytes
    encoding: str
    separator: str
    skip: int

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number (the header is row 1) and cells of every row that is not empty. Raises Invalid where the text is no table."""
        number = 1
        try:
            for count, cells in enumerate(_records(self.data, self.encoding, self.separator)):
                if count < self.skip:
                    continue
                number += 1
                if number > MAX_ROWS + 1:
                    raise Invalid(f"The table has more than {MAX_ROWS:,} rows; split it into several files.", field="file")
                if any(cell and not cell.isspace() for cell in cells):
                    yield number, cells
        except csv.Error as error:
            raise Invalid(f"The table cannot be read after row {number}: {_explained(error)}.", field="file") from None


def open_sheet(data: bytes) -> Sheet:
    """Find out encoding and separator, and read the header. Raises Invalid with the fix for what is no table."""
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 2**20} MB; split it into several files.", field="file")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid("This is a workbook, not a CSV file; in the spreadsheet, save it as “CSV UTF-8”.", field="file")
    encoding = _encoding(data)
    told, separator = _separator(data, encoding)
    try:
        header, skip = _header(data, encoding, separator, told=told)
    except csv.Error as error:
        raise Invalid(f"The header cannot be read: {_explained(error)}.", field="file") from None
    return Sheet(header, data, encoding, separator, skip)


def _encoding(data: bytes) -> str:
    """By byte order mark; else UTF-8 where that is possible; else UTF-16 where every other byte is zero; else Windows' Western one."""
    if data.startswith(codecs.BOM_UTF8):
        chosen = "utf-8-sig"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        chosen = "utf-16"
    elif wide := _without_mark(data[:1000]):
        chosen = wide
    elif _decodes(data, "utf-8"):
        return "utf-8"
    elif b"\0" in data[:4096]:
        raise Invalid("The file is not text; in the spreadsheet, save it as “CSV UTF-8”.", field="file")
    else:
        return "cp1252" if _decodes(data, "cp1252") else "latin-1"
    if not _decodes(data, chosen):
        raise Invalid("The file is not text in the encoding it announces; save it as “CSV UTF-8”.", field="file")
    return chosen


def _without_mark(start: bytes) -> str:
    """UTF-16 that does not announce itself: most of every other byte is zero, as in any Western text."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 2 <= len(start) // 2:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _CHUNK):
            if encoding.startswith("utf-16") and "\0" in decoder.decode(data[start : start + _CHUNK]):
                return False
            if not encoding.startswith("utf-16"):
                decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _opened(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


class _Lines:
    """The lines of a text. A row that grows beyond bounds (it may go over many lines) is refused before it fills the memory."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MAX_ROW + 1):
            self.read += len(line)
            if self.read > MAX_ROW:
                raise Invalid(f'A row has more than {MAX_ROW:,} characters; perhaps a quotation mark (") is missing.', field="file")
            yield line


def _records(data: bytes, encoding: str, separator: str) -> Iterator[list[str]]:
    lines = _Lines(_opened(data, encoding))
    for cells in csv.reader(lines, delimiter=separator, strict=True):
        lines.read = 0
        yield cells


def _separator(data: bytes, encoding: str) -> tuple[bool, str]:
    """Whether its first line is not the header (`sep=;`, as Excel does), and the separator: of the likely ones, the one that makes most
    columns."""
    start = _opened(data, encoding).read(65_536)
    if start.startswith(_TYPED):  # PowerShell's Export-Csv says first what it lists
        start = start.partition("\n")[2]
        return True, _most(start)
    for line in start.splitlines():
        if line.strip():
            if line[:4].lower() == "sep=" and len(line.strip()) == 5 and line[4] in SEPARATORS:
                return True, line[4]
            break
    return False, _most(start)


def _most(start: str) -> str:
    """The likely separator that makes most columns of the first line."""
    quoted = False
    counts = dict.fromkeys(SEPARATORS, 0)
    for letter in start.lstrip():
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "\r\n":
            break
        elif not quoted and letter in counts:
            counts[letter] += 1
    return max(counts, key=lambda letter: counts[letter])


def _header(data: bytes, encoding: str, separator: str, *, told: bool) -> tuple[tuple[str, ...], int]:
    """The first row that is not empty, and how many records stand before the first data row."""
    for count, cells in enumerate(_records(data, encoding, separator)):
        if told and count == 0:
            continue
        header = [one_line(cell) for cell in cells]
        while header and not header[-1]:
            header.pop()
        if header:
            if len(header) > MAX_COLUMNS:
                raise Invalid(f"The table has {len(header):,} columns; at most {MAX_COLUMNS} are read.", field="file")
            return tuple(header), count + 1
        if count > 100:
            break
    raise Invalid("The file has no header; its first row must name the columns, e.g. class,name,serial.", field="file")


def _explained(error: csv.Error) -> str:
    text = clean_text(str(error))
    if "unexpected end of data" in text:
        return 'a quotation mark (") is opened and never closed'
    if "expected after" in text:
        return 'something follows a closing quotation mark; inside quotes write "" for "'
    if "field larger" in text:
        return f'a cell has more than {MAX_CELL:,} characters; perhaps a quotation mark (") is missing'
    return text
