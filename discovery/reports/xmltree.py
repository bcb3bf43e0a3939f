"""XML within bounds: no DTD, no entities, no network, no attributes without end. lxml parses; this counts first.

A tree costs ~120 bytes a node (measured, libxml2 2.14), so what could become millions of nodes is refused before it is parsed.
"""

from __future__ import annotations

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.text import without_bad_references

MAX_TAGS = 600_000
MAX_REFERENCES = 300_000
MAX_EQUALS = 300_000
"""An attribute needs an equals sign. Inventories have none but in their text (command lines, environment variables)."""


def read_xml(data: bytes) -> etree._Element:
    """The root element of clean UTF-8 (`text.to_utf8`). Raises Invalid for what is not well-formed, holds a DTD, or is out of bounds."""
    check_bounds(data)
    if b"<!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise Invalid("The XML holds a DTD; none is accepted.", field="body")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(without_bad_references(data), parser)
    except etree.XMLSyntaxError as error:
        if _reason(parser) == "resource limit":
            raise Invalid("The XML is nested too deep, or one value is longer than ten million characters.", field="body") from None
        raise Invalid(f"The XML is not well-formed (line {error.lineno or 0}: {_reason(parser)}).", field="body") from None
    except ValueError:
        raise Invalid("The XML cannot be read.", field="body") from None


def check_bounds(data: bytes) -> None:
    """Raises Invalid for more elements, attributes or references than an inventory can have. What is short enough needs no counting."""
    if len(data) > min(MAX_TAGS, MAX_EQUALS, MAX_REFERENCES) and (
        data.count(b"<") > MAX_TAGS or data.count(b"=") > MAX_EQUALS or data.count(b"&#") > MAX_REFERENCES
    ):
        raise Invalid("The XML has more elements than an inventory can have.", field="body")


def _reason(parser: etree.XMLParser) -> str:
    """libxml2's name for the error, in words. Its message would quote from the document, which may hold anything."""
    last = parser.error_log.last_error
    return str(last.type_name if last is not None else "syntax error").removeprefix("ERR_").replace("_", " ").lower()
