"""XML within bounds: no DTD, no entities, no network, no attributes without end. lxml parses; this counts first.

A tree costs ~120 bytes a node (measured, libxml2 2.14), so what could become millions of nodes is refused before it is parsed.
"""

from __future__ import annotations

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.text import MAX_VALUE, without_bad_references

MAX_TAGS = 600_000
MAX_EQUALS = 300_000
"""An attribute needs an equals sign. Inventories have none but in their text (command lines, environment variables)."""


def read_xml(data: bytes) -> etree._Element:
    """The root element of clean UTF-8 (`text.to_utf8`). Raises Invalid for what is not well-formed, holds a DTD, or is out of bounds."""
    if data.count(b"<") > MAX_TAGS or data.count(b"=") > MAX_EQUALS:
        raise Invalid("The XML has more elements than an inventory can have.", field="body")
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
        if "Text node too long" in str(error) or "xmlSAX2Characters" in str(error) or "lookup" in str(error):
            raise Invalid(f"One value is longer than {MAX_VALUE:,} characters.", field="body") from None
        line = error.lineno or 0
        raise Invalid(f"The XML is not well-formed (line {line}: {_reason(error)}).", field="body") from None
    except ValueError:
        raise Invalid("The XML cannot be read.", field="body") from None


def _reason(error: etree.XMLSyntaxError) -> str:
    """What libxml2 says, without what it quotes from the document: a report may hold anything."""
    text = str(error.msg or "syntax error").split(",")[0].split(":")[0]
    return "".join(c for c in text if c.isascii() and c.isprintable())[:60] or "syntax error"
