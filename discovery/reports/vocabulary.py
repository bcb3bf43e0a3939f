"""One vocabulary for the XML and JSON of three agents: sections and fields under the names of GLPI's JSON (data/vocabulary.yaml)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from discovery.reports.tables import table


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names: sections, and per section its fields, which of them are lists, and which hold one level more."""

    sections: dict[str, str]
    fields: dict[str, dict[str, str]]
    lists: dict[str, frozenset[str]]
    nested: dict[str, dict[str, frozenset[str]]]

    def section(self, tag: str) -> str:
        """The canonical name of a section."""
        lower = tag.lower()
        return self.sections.get(lower, lower)


@lru_cache(maxsize=1)
def shipped_vocabulary() -> Vocabulary:
    """data/vocabulary.yaml."""
    data = table("vocabulary")
    return Vocabulary(
        sections=data["sections"],
        fields=data["fields"],
        lists={name: frozenset(fields) for name, fields in data["lists"].items()},
        nested={name: {f: frozenset(parts) for f, parts in fields.items()} for name, fields in data["nested"].items()},
    )


def xml_fields(section: str, element: etree._Element) -> Iterator[tuple[str, Any]]:
    """Each field of a section's row in the order sent: canonical name, and its text, or a dictionary of texts where it holds fields."""
    words = shipped_vocabulary()
    renames = words.fields.get(section, {})
    nested = words.nested.get(section, {})
    if not renames and not nested:
        for child in element:
            yield child.tag.lower(), child.text or ""
        return
    for child in element:
        name = child.tag.lower()
        name = renames.get(name, name)
        if name in nested and len(child):
            yield name, {part.tag.lower(): part.text or "" for part in child if part.tag.lower() in nested[name]}
        else:
            yield name, child.text or ""


def json_sections(content: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each section of a JSON content, with its canonical name, as rows. What is neither object nor list of objects has no rows."""
    words = shipped_vocabulary()
    for key, value in content.items():
        rows = value if isinstance(value, list) else [value]
        yield words.section(key), [row for row in rows if isinstance(row, dict)]


def json_fields(section: str, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each field of a row, under its canonical name; lists stay lists, one further level stays a dictionary."""
    renames = shipped_vocabulary().fields.get(section)
    for key, value in row.items():
        name = key.lower()
        yield (renames.get(name, name) if renames else name), value
