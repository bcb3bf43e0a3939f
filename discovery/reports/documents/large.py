"""Large XCCDF and ARF files: real ones hold the whole content and reach 40 MB and more. Read as a stream, only what their TestResults say
of rules is kept, so that the memory is that of the results, a few hundred kilobytes."""

from __future__ import annotations

import io
import re
import zlib
from typing import IO

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.documents.xccdf import MAX_RULES
from discovery.reports.wire import sniff

_ROOTS = ("asset-report-collection", "Benchmark", "TestResult")
_OF_A_RULE = ("result",)
_BEGINS = re.compile(
    rb"^[^<]{0,9}(?:<\?[^>]*>\s*|<!--.{0,1000}?-->\s*)*<(?:[\w.-]+:)?(?:asset-report-collection|Benchmark|TestResult)\b", re.DOTALL
)
_PEEK = 4096
_CHUNK = 262_144
_HEAD = 64


class Unpacked(io.RawIOBase):
    """The stream unpacked, at most `most` bytes of it. Reading on raises Invalid: more than a benchmark's results may be, or damaged."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        super().__init__()
        self._source, self._most, self._given = source, most, 0
        self._rest = source.read(_HEAD)
        packed = sniff(self._rest)
        self._packed = packed != "plain"
        self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS if packed == "zlib" else 16 + zlib.MAX_WBITS)

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, `size` at most (a chunk where none is said); nothing at the end."""
        wanted = size if 0 < size < _CHUNK else _CHUNK
        data = self._unpack(wanted) if self._packed else self._plain(wanted)
        self._given += len(data)
        if self._given > self._most:
            raise Invalid(f"The body is larger than {self._most // (1024 * 1024)} MB unpacked; no report is.", field="size")
        return data

    def _plain(self, wanted: int) -> bytes:
        data, self._rest = self._rest, b""
        return data or self._source.read(wanted)

    def _unpack(self, wanted: int) -> bytes:
        while not self._unpacker.eof:
            raw = self._unpacker.unconsumed_tail or self._rest or self._source.read(_CHUNK)
            self._rest = b""
            if not raw:
                raise Invalid("The packed body is cut off.", field="body")
            try:
                data = self._unpacker.decompress(raw, wanted)
            except zlib.error:
                raise Invalid("The packed body is damaged.", field="body") from None
            if data:
                return data
        return b""


def are_results(data: bytes) -> bool:
    """Whether a body begins, unpacked, as XCCDF or ARF does."""
    begin, stream = b"", Unpacked(io.BytesIO(data), _CHUNK)
    try:
        while len(begin) < _PEEK and (more := stream.read(_PEEK)):
            begin += more
    except Invalid:
        return False
    return _BEGINS.search(begin) is not None


def reduced(source: IO[bytes], most: int) -> bytes:
    """A small document with the TestResults of a large one. Raises Invalid for what is no XCCDF or ARF, larger than `most` bytes unpacked,
    damaged, or has a DTD."""
    found: list[bytes] = []
    rules, inside = 0, False
    try:
        events = etree.iterparse(
            Unpacked(source, most), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for number, (event, element) in enumerate(events):
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if number == 0:
                _check(element, name)
            if event == "start":
                inside = inside or name == "TestResult"
            elif name == "TestResult":
                found.append(etree.tostring(element, with_tail=False))
                inside = False
                _drop(element)
            elif not inside:
                _drop(element)
            elif name == "rule-result":
                rules += 1
                _slim(element)
            if rules > MAX_RULES:
                raise Invalid(f"The TestResult has more than {MAX_RULES:,} rules.", field="body")
    except etree.XMLSyntaxError as error:
        raise Invalid(f"The XML cannot be read ({str(error.msg)[:120]}).", field="body") from None
    return b"<Benchmark>" + b"".join(found) + b"</Benchmark>"


def _check(root: etree._Element, name: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("The XML has a DTD; no report has one.", field="body")
    if name not in _ROOTS:
        raise Invalid("A body of this size must be an XCCDF or ARF result.", field="size")


def _slim(rule: etree._Element) -> None:
    """Of a rule its result and severity count; messages and checks of the content can be megabytes."""
    for child in list(rule):
        if str(child.tag).rpartition("}")[2] not in _OF_A_RULE:
            rule.remove(child)


def _drop(element: etree._Element) -> None:
    """Free an element that has ended, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
