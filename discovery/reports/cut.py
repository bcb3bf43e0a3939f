"""Long lists of a report, each row by a digest: what was seen before, from whichever machine, is neither parsed nor filtered again.

Of XML the list of software, most of a report by far, is cut out before the parser sees it. That is sound where the text holds nothing but
elements (no comments, instructions, CDATA, namespaces): then every `<` begins a tag, so the list is exactly what lies between its first and
its last tag, and each row is an element of its own. Whatever is not like that is parsed whole, with the same result and the same errors.

The rows of processes, hundreds in most reports and never the same, nobody keeps of any device (data/privacy.yaml): they are cut out and not
read at all, so a fault inside one of them alone is not found.
"""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.text import is_clean, says_utf8, to_utf8
from discovery.reports.vocabulary import json_fields, xml_fields
from discovery.reports.xmltree import read_xml

SECTION = "softwares"
SHORTEST = 32
LONGEST = 5000
"""Rows of a list that is worth the trouble; a longer one is one of a kind, and would only fill the memory."""
LARGEST = 4 * 1024 * 1024
"""Bytes; the parser's own bounds are far above those of such a body, and so never differ between the whole and its parts."""
_TAG = b"SOFTWARES"
_OPEN, _CLOSE, _PLACE = b"<SOFTWARES>", b"</SOFTWARES>", b"<SOFTWARES/>"
_WHITE = b" \t\r\n"
_UNREAD = b"PROCESSES"
"""What no class keeps."""

Unknown = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Tells of digests those of which nothing was read before."""
Fields = Iterable[tuple[str, Any]]


class LongList(Protocol):
    """A list of rows that are told apart by digests; a row is read only where its digest is not known."""

    @property
    def digest(self) -> bytes:
        """Of the whole list."""

    def keys(self) -> Sequence[bytes]:
        """A digest for each row, in order."""

    def fields(self, places: Sequence[int]) -> list[Fields]:
        """The fields of the rows at these places."""


class XmlList:
    """The software of an XML report, in the agent's own bytes."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.digest = hashlib.sha256(text).digest()
        self._pieces: list[bytes] | None = None
        self._keys: list[bytes] = []
        self._read: dict[bytes, etree._Element] = {}

    def keys(self) -> Sequence[bytes]:
        """As LongList."""
        self._split()
        return self._keys

    def fields(self, places: Sequence[int]) -> list[Fields]:
        """As LongList."""
        missing = [place for place in places if self._keys[place] not in self._read]
        self._read_pieces({self._keys[place]: self._split()[place] for place in missing})
        return [xml_fields(SECTION, self._read[self._keys[place]]) for place in places]

    def is_sound(self, unknown: Unknown) -> bool:
        """Whether it is a list of plain rows, each well-formed and clean. `unknown` tells digests of which that must be seen."""
        if not unknown([self.digest]):
            return True
        text = self.text
        if not _is_plain(text) or not is_clean(text) or text.count(b"<" + _TAG) != text.count(b"</" + _TAG):
            return False
        pieces = text.split(_CLOSE)
        if len(pieces) - 1 != text.count(b"<" + _TAG) or pieces.pop():
            return False
        stripped = [piece.lstrip(_WHITE) for piece in pieces]
        if not is_long(stripped) or [piece for piece in stripped if not piece.startswith(_OPEN)]:
            return False
        self._pieces = stripped
        self._keys = [hashlib.sha256(piece).digest() for piece in stripped]
        fresh = set(unknown(self._keys))
        return self._read_pieces({key: piece for key, piece in zip(self._keys, stripped, strict=True) if key in fresh} if fresh else {})

    def _split(self) -> list[bytes]:
        if self._pieces is None:
            self._pieces = [piece.lstrip(_WHITE) for piece in self.text.split(_CLOSE)[:-1]]
            self._keys = [hashlib.sha256(piece).digest() for piece in self._pieces]
        return self._pieces

    def _read_pieces(self, pieces: dict[bytes, bytes]) -> bool:
        """Parse them together; False where one is not a well-formed element of plain fields."""
        if not pieces:
            return True
        try:
            root = read_xml(b"<L>" + b"".join(piece + _CLOSE for piece in pieces.values()) + b"</L>")
        except Invalid:
            return False
        if len(root) != len(pieces) or root.find("*/*/*") is not None:
            return False
        self._read |= zip(pieces, root, strict=True)
        return True


def is_long(rows: Sequence[object]) -> bool:
    """Whether a list has as many rows as are worth the trouble."""
    return SHORTEST <= len(rows) <= LONGEST


class JsonList:
    """The software of a JSON report, parsed already."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows
        self.digest = hashlib.sha256(orjson.dumps(rows)).digest()

    def keys(self) -> Sequence[bytes]:
        """As LongList."""
        return [hashlib.sha256(orjson.dumps(row)).digest() for row in self._rows]

    def fields(self, places: Sequence[int]) -> list[Fields]:
        """As LongList."""
        return [json_fields(SECTION, self._rows[place]) for place in places]


@dataclass(frozen=True, slots=True)
class Cut:
    """A body in two: `rest`, clean, with one empty element in place of the list of software; `notes` are those of cleaning it."""

    rest: bytes
    software: XmlList
    notes: list[str]

    def pieces(self) -> tuple[bytes, ...]:
        """The whole body, clean, in three pieces."""
        before, _, after = self.rest.partition(_PLACE)
        return before, self.software.text, after


def cut_software(data: bytes, unknown: Unknown) -> Cut | None:
    """An XML body as it came, without its list of software; None where it must be read whole.

    Only the rest is made clean: a list that is known was clean, and one that is not and is not clean is none that can be cut out.
    """
    if len(data) > LARGEST or data[:64].lstrip(BOM_UTF8 + _WHITE)[:1] != b"<" or not says_utf8(data):
        return None
    start, end = data.find(_OPEN), data.rfind(_CLOSE) + len(_CLOSE)
    if start < 0 or end - start < SHORTEST * len(_OPEN + _CLOSE):
        return None
    rest, notes = to_utf8(data[:start] + _PLACE + data[end:])
    if not _is_plain(rest) or rest.count(b"<" + _TAG) != 1 or b"</" + _TAG in rest:
        return None
    found = XmlList(data[start:end])
    return Cut(rest, found, notes) if found.is_sound(unknown) else None


def without_unread(rest: bytes) -> bytes:
    """A plain text with one empty element in place of all processes; as it is, where they do not lie together or something is odd."""
    opening, closing = b"<" + _UNREAD + b">", b"</" + _UNREAD + b">"
    start, end = rest.find(opening), rest.rfind(closing) + len(closing)
    if start < 0 or end <= start:
        return rest
    run = rest[start:end]
    pieces = [piece.lstrip(_WHITE) for piece in run.split(closing)[:-1]]
    together = all(piece.startswith(opening) for piece in pieces)
    if not together or run.count(opening) != len(pieces) or run.count(b"<") != 2 * run.count(b"</"):
        return rest
    return rest[:start] + b"<" + _UNREAD + b"/>" + rest[end:]


def _is_plain(text: bytes) -> bool:
    """Whether it holds nothing but elements. One character is looked for first: that costs a twentieth of looking for two."""
    return not ((b"!" in text and b"<!" in text) or (b"?" in text and b"<?" in text) or b"xmlns" in text)


def place_of(content: etree._Element | None) -> etree._Element | None:
    """The element that stands for the list in a CONTENT; None where the list lay elsewhere."""
    found = content.find(_TAG.decode()) if content is not None else None
    return found if found is not None and not len(found) else None
