"""Bytes to clean UTF-8: declared and wrong encodings, NULs and control characters. C speed throughout: this runs on hostile megabytes."""

from __future__ import annotations

import codecs
import re

from cmdb.errors import Invalid
from cmdb.model.clean import clean_text, one_line

MAX_VALUE = 1024 * 1024
"""Characters of one value; a longer one refuses the report: it is an attack or a broken agent, not an inventory."""
CUT = 4000
"""Characters of one value that are kept."""

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,300}\?>")
_ONE_BYTE = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
"""Browsers and Windows mean 1252 where they say Latin-1 (WHATWG Encoding); its five holes are read as Latin-1."""
_UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}
_CONTROLS = bytes(c for c in range(32) if c not in (9, 10, 13)) + b"\x7f"
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_REFERENCE = re.compile(rb"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,9}));")


def _as_1252(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_STRAY = {0xDC00 + byte: _as_1252(byte) for byte in range(0x80, 0x100)}
_HIGH = {byte: _as_1252(byte) for byte in range(0x80, 0xA0)}


def to_utf8(data: bytes) -> tuple[bytes, list[str]]:
    """The body as UTF-8 without XML declaration, NULs and control characters, and notes for the operator.

    UTF-8 with stray bytes of another encoding is common (one section read from a Windows tool): stray bytes are read as Windows-1252.
    Raises Invalid for an encoding that is not supported.
    """
    notes: list[str] = []
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            body = data.decode("utf-16").encode("utf-8", "replace")
        except UnicodeDecodeError:
            raise Invalid("The body begins as UTF-16 and is not; send UTF-8.", field="body") from None
        body = _DECLARATION.sub(b"", body, count=1)
    else:
        body = data.removeprefix(codecs.BOM_UTF8)
        declared = _DECLARED.match(body)
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
        body = _decoded(body, encoding, notes)
        body = _DECLARATION.sub(b"", body, count=1)
    clean = body.translate(None, _CONTROLS)
    if len(clean) != len(body):
        notes.append("NULs or control characters were taken out")
    if not clean.isascii():
        for noncharacter in _NONCHARACTERS:
            clean = clean.replace(noncharacter, b"")
    return clean, notes


def says_utf8(data: bytes) -> bool:
    """Whether a body is declared to be UTF-8, or declares nothing."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return False
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    return declared is None or declared[1].decode("ascii").lower() in _UTF8


def is_clean(piece: bytes) -> bool:
    """Whether `to_utf8` of a body that says UTF-8 leaves this piece of it as it is."""
    same, notes = to_utf8(piece)
    return same == piece and not notes


def _decoded(body: bytes, encoding: str, notes: list[str]) -> bytes:
    if encoding in _UTF8:
        if body.isascii():
            return body
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            notes.append("not all of it was UTF-8; stray bytes were read as Windows-1252")
            return body.decode("utf-8", "surrogateescape").translate(_STRAY).encode("utf-8", "replace")
        return body
    if encoding == "iso-8859-15":
        return body.decode("iso-8859-15").encode("utf-8")
    if encoding in _ONE_BYTE:
        try:  # a declaration is often older than the data: what reads as UTF-8 and is not plain ASCII is UTF-8
            if not body.isascii():
                body.decode("utf-8")
                notes.append(f"declared {encoding}, and is UTF-8")
        except UnicodeDecodeError:
            return body.decode("latin-1").translate(_HIGH).encode("utf-8")
        return body
    raise Invalid(f"The encoding {encoding} is not supported; send UTF-8.", field="body")


def without_bad_references(data: bytes) -> bytes:
    """The XML without references to characters that XML 1.0 forbids (`&#0;`): some agents write them, and no parser takes them."""
    if b"&#" not in data:
        return data
    return _REFERENCE.sub(lambda found: found[0] if _allowed(int(found[1], 16) if found[1] else int(found[2])) else b"", data)


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def tidy(value: str) -> str:
    """One value as it is kept: on one line, without hostile characters, at most CUT characters. Raises Invalid over MAX_VALUE."""
    if len(value) > CUT:
        if len(value) > MAX_VALUE:
            raise Invalid(f"One value is {len(value):,} characters long; at most {MAX_VALUE:,} are read.", field="body")
        return one_line(value[:CUT])
    if value.isascii() and value.isprintable():
        return value.strip()
    return one_line(clean_text(value))
