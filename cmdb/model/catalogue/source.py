"""Catalogue files: YAML read with its line numbers, so that every refusal can name file, line and reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from cmdb.errors import Invalid
from cmdb.model.catalogue.kinds import did_you_mean
from cmdb.model.clean import MAX_TEXT, clean_text, one_line

MAX_FILE = 1_000_000
"""Bytes of one catalogue file. The shipped catalogue is 40 kB."""
MAX_DEPTH = 12
"""Levels of nesting. The format needs six."""


class CatalogueError(Invalid):
    """A catalogue file is wrong. `file`, `line` (from 1; 0: the file as a whole) and `reason` say where and why."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}" if line else f"{file}: {reason}", field="catalogue")
        self.file = file
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a catalogue file."""

    file: str
    line: int

    def refuse(self, reason: str) -> NoReturn:
        """Raise CatalogueError for this place."""
        raise CatalogueError(self.file, self.line, reason)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of YAML and its place. The readers refuse what has another form than they promise."""

    spot: Spot
    node: yaml.Node
    says: str
    """What it is, for messages: `title of laptop`."""

    def refuse(self, reason: str) -> NoReturn:
        """Raise CatalogueError for this place."""
        self.spot.refuse(reason)

    def entries(self) -> Iterator[tuple[str, Part]]:
        """Keys and values of a mapping, in order; a key twice is refused."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse(f"{self.says} must be a mapping (name: value)")
        seen: dict[str, int] = {}
        for key, value in self.node.value:
            spot = Spot(self.spot.file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
                spot.refuse(f"a key of {self.says} is not a text; put it in quotes")
            name = one_line(key.value)[:200]
            if name in seen:
                spot.refuse(f"{name!r} stands twice in {self.says} (first on line {seen[name]})")
            seen[name] = spot.line
            yield name, Part(spot, value, f"{name!r} of {self.says}")

    def fields(self, allowed: tuple[str, ...]) -> dict[str, Part]:
        """`entries` of a mapping whose keys are fixed; an unknown key is refused."""
        found: dict[str, Part] = {}
        for name, part in self.entries():
            if name not in allowed:
                part.refuse(f"unknown key {name!r} in {self.says}{did_you_mean(name, allowed)}; allowed are {', '.join(allowed)}")
            found[name] = part
        return found

    def text(self) -> str:
        """A text on one line, not empty."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.refuse(f"{self.says} must be a text")
        if not self.node.tag.endswith(":str"):
            self.refuse(f"{self.says} must be a text, but YAML reads {self.node.value[:40]!r} as something else; put it in quotes")
        if len(self.node.value) > MAX_TEXT:
            self.refuse(f"{self.says} is longer than {MAX_TEXT} characters")
        flat = one_line(self.node.value)
        if not flat:
            self.refuse(f"{self.says} must not be empty")
        if flat != self.node.value.strip() and clean_text(self.node.value) != self.node.value.strip():
            self.refuse(f"{self.says} has control characters")
        return flat

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.tag.endswith(":bool"):
            self.refuse(f"{self.says} must be true or false")
        return self.node.value.lower() in ("true", "yes", "on")

    def word(self, allowed: tuple[str, ...]) -> str:
        """A text that is one of `allowed`."""
        given = self.text()
        if given not in allowed:
            self.refuse(f"{self.says} is {given[:60]!r}{did_you_mean(given, allowed)}; it must be one of {', '.join(allowed)}")
        return given

    def texts(self) -> tuple[tuple[str, Part], ...]:
        """A list of different texts, each with its place."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse(f"{self.says} must be a list: [a, b]")
        found: dict[str, Part] = {}
        for child in self.node.value:
            part = Part(Spot(self.spot.file, child.start_mark.line + 1), child, f"an entry of {self.says}")
            given = part.text()
            if given in found:
                part.refuse(f"{given!r} stands twice in {self.says}")
            found[given] = part
        return tuple(found.items())


def read_file(path: Path) -> Part | None:
    """The content of one YAML file, None where the file is empty. Raises CatalogueError."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise CatalogueError(path.name, 0, f"cannot be read: {error.strerror}") from error
    if len(raw) > MAX_FILE:
        raise CatalogueError(path.name, 0, f"is larger than {MAX_FILE:,} bytes; no catalogue needs that")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogueError(path.name, line, "is not UTF-8 text") from None
    return read_text(text, path.name)


def read_text(text: str, file: str) -> Part | None:
    """As `read_file`, of text that is already there; `file` is its name for messages. Raises CatalogueError."""
    try:
        _refuse_tricks(text, file)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(error.position, 0)) + 1
        raise CatalogueError(file, line, "has a character that YAML does not allow") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise CatalogueError(file, mark.line + 1 if mark else 0, f"is not YAML: {reason}") from None
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
        return None
    return Part(Spot(file, node.start_mark.line + 1), node, "the file")


def _refuse_tricks(text: str, file: str) -> None:
    """No anchors (they multiply: a bomb of a few lines fills the memory), no tags (they make objects), one document, bounded depth."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        spot = Spot(file, event.start_mark.line + 1 if event.start_mark else 0)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            spot.refuse("anchors and aliases (& and *) are not allowed in a catalogue; write it out")
        if getattr(event, "tag", None):
            spot.refuse("tags (!) are not allowed in a catalogue; put a text that begins with ! in quotes")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                spot.refuse("holds a second document (---); one file is one document")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                spot.refuse(f"is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
