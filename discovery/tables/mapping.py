"""Mappings: what the columns and words of somebody else's table mean here. The shipped ones are data, beside this file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from cmdb.errors import Invalid
from cmdb.model.catalogue import did_you_mean

DATA = Path(__file__).parent / "data"

_GAPS = re.compile(r"[\s_\-]+")
_IN_BRACKETS = re.compile(r"(.*\S)\s*\(([^()]+)\)")


def plain(title: str) -> str:
    """A title as it is compared: without case; blanks, hyphens and underscores are the same."""
    return _GAPS.sub(" ", title).strip().casefold()


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How to read a table whose columns are not named as the catalogue does. Titles and texts are compared by `plain`.

    `columns`: title → one of our columns (`name`, `serial`, `located_in`, `used_by:person.login`, `located_in:site>room`); empty: not used.
    `class_column`, `class_values`, `class_default`: which column tells the class, and what its words mean.
    `finer_column`, `finer_values`: another column whose words tell it more exactly (a model, where the class column has only systems).
    `always`: what every row of such a table says, where no column says otherwise.
    `values`: per column of ours, what a cell's text means; empty: nothing is said. `lenient`: there an unknown text is a warning only.
    `none`: the cell that says "there is none". `empty`: other texts of an empty cell. `dates`: the order of 4/5/2026.
    `cut`: per column of ours, what follows this text is left out.
    `known_by`: sets of titles; a table that has all of one set is recognised. `strict`: a column nobody knows is an error.
    """

    name: str = ""
    title: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    class_column: str = ""
    class_values: Mapping[str, str] = field(default_factory=dict)
    class_default: str = ""
    finer_column: str = ""
    finer_values: Mapping[str, str] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lenient: frozenset[str] = frozenset()
    none: str = "-"
    empty: frozenset[str] = frozenset()
    dates: Literal["", "dmy", "mdy"] = ""
    cut: Mapping[str, str] = field(default_factory=dict)
    known_by: tuple[frozenset[str], ...] = ()
    strict: bool = True

    @classmethod
    def of(cls, columns: Mapping[str, str]) -> TableMapping:
        """A mapping of titles to our columns only, as somebody chooses them on a page."""
        return cls(columns={plain(title): column for title, column in columns.items()})

    def recognises(self, header: tuple[str, ...]) -> bool:
        """Whether a table with this header is of this kind."""
        titles = {plain(title) for title in header}
        return any(known <= titles for known in self.known_by)

    def knows(self, header: tuple[str, ...]) -> int:
        """How many of these columns it knows: products have titles in common."""
        return sum(plain(title) in self.columns for title in header)

    def class_of(self, text: str) -> str:
        """The class a cell of the class column means, or empty: the whole text decides, else the first word or words found in it."""
        return _by_words(self.class_values, text)

    def finer_class_of(self, text: str) -> str:
        """The class a cell of the finer column means, or empty."""
        return _by_words(self.finer_values, text)

    def value(self, column: str, text: str) -> str | None:
        """What a cell's text means in that column of ours: the text itself where nothing is said of it, None where it is unknown."""
        known = self.values.get(column)
        if known is None:
            return text
        said = plain(text)
        if (found := known.get(said)) is not None:
            return found
        # `Ready to Deploy (deployed)`: what stands in brackets is the kind, what stands before it a name people gave.
        if brackets := _IN_BRACKETS.fullmatch(said):
            for inner in (brackets[2], brackets[1]):
                if (found := known.get(inner)) is not None:
                    return found
        return None


def _by_words(values: Mapping[str, str], text: str) -> str:
    said = plain(text)
    if said in values:
        return values[said]
    return next((name for key, name in values.items() if re.search(rf"\b{re.escape(key)}(?:e?s)?\b", said)), "")


@cache
def shipped_mappings() -> Mapping[str, TableMapping]:
    """The mappings that come with Moorings, by name."""
    return {path.stem: _read(path) for path in sorted(DATA.glob("*.yaml"))}


def choose_mapping(mapping: TableMapping | Mapping[str, str] | str | None, header: tuple[str, ...]) -> TableMapping:
    """The mapping somebody named, gave or (None) that recognises the header; else the one for tables in our own words.

    Raises Invalid for a name that is not known.
    """
    if isinstance(mapping, TableMapping):
        return mapping
    if isinstance(mapping, str):
        if mapping not in shipped_mappings():
            hint = did_you_mean(mapping, shipped_mappings())
            raise Invalid(f"There is no mapping {mapping!r}{hint}; there are {', '.join(shipped_mappings())}.", field="mapping")
        return shipped_mappings()[mapping]
    if mapping is not None:
        return TableMapping.of(mapping)
    fitting = [known for known in shipped_mappings().values() if known.recognises(header)]
    return max(fitting, key=lambda known: known.knows(header), default=TableMapping())


def _read(path: Path) -> TableMapping:
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    cls: dict[str, Any] = said.get("class", {})
    finer: dict[str, Any] = cls.get("finer", {})
    return TableMapping(
        name=path.stem,
        title=said["title"],
        columns={plain(title): column or "" for title, column in said["columns"].items()},
        class_column=plain(cls.get("column", "")),
        class_values={plain(text): name for text, name in cls.get("values", {}).items()},
        class_default=cls.get("default", ""),
        finer_column=plain(finer.get("column", "")),
        finer_values={plain(text): name for text, name in finer.get("values", {}).items()},
        always=said.get("always", {}),
        values={column: {plain(text): value for text, value in known.items()} for column, known in said.get("values", {}).items()},
        lenient=frozenset(said.get("lenient", ())),
        none=said.get("none", "-"),
        empty=frozenset(said.get("empty", ())),
        dates=said.get("dates", ""),
        cut=said.get("cut", {}),
        known_by=tuple(frozenset(plain(title) for title in titles) for titles in said["known_by"]),
        strict=False,
    )
