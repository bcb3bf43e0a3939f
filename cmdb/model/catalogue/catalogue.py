"""The catalogue: every kind of thing and relation, read once from the shipped files and those of the site."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmdb.errors import NotFound
from cmdb.model.catalogue.grammar import PARTS
from cmdb.model.catalogue.kinds import CIClass, RelationType, check_attributes, did_you_mean
from cmdb.model.catalogue.resolve import Entries, resolve
from cmdb.model.catalogue.source import read_file
from cmdb.model.observation import Value

DATA = Path(__file__).parent.parent / "data"

KINDS_OF_NO_CLASS = frozenset({"ci", "if_index", "listens_at"})
"""Identifier kinds that no class lists: `ci` is the CI's own id, the others only help to find the other end of a relation."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All classes and relation types. It does not change after loading; `version` is a hash of its whole content."""

    classes: Mapping[str, CIClass] = field(hash=False)
    relations: Mapping[str, RelationType] = field(hash=False)
    version: str
    identifier_kinds: frozenset[str] = field(hash=False)
    _lineages: Mapping[str, tuple[str, ...]] = field(hash=False, repr=False)
    _descendants: Mapping[str, tuple[str, ...]] = field(hash=False, repr=False)

    @classmethod
    def load(cls, site_files: Sequence[Path] = ()) -> Catalogue:
        """The shipped catalogue with what the site's files add, in their order. Raises CatalogueError with file, line and reason."""
        entries = Entries()
        for path in sorted((DATA / "classes").glob("*.yaml")):
            entries.add_classes(read_file(path))
        entries.add_relations(read_file(DATA / "relations.yaml"))
        for path in site_files:
            entries.add_site(read_file(path))
        return cls.of(*resolve(entries))

    @classmethod
    def of(cls, classes: Mapping[str, CIClass], relations: Mapping[str, RelationType]) -> Catalogue:
        """A catalogue of classes and relation types that fit together (`load` is the way to get there)."""
        lineages = {name: _lineage(name, classes) for name in classes}
        descendants = {
            name: tuple(other for other, line in lineages.items() if name in line and not classes[other].abstract) for name in classes
        }
        kinds = KINDS_OF_NO_CLASS.union(*(known.identifiers for known in classes.values()))
        return cls(classes, relations, _version(classes, relations), kinds, lineages, descendants)

    @property
    def parts(self) -> tuple[str, ...]:
        """What coverage may be said of: the sections of a scan, `relations` as a whole, and each relation type by its name."""
        return (*PARTS, "relations", *self.relations)

    def cls(self, name: str) -> CIClass:
        """The class of that name. Raises NotFound (field `class`)."""
        if (found := self.classes.get(name)) is None:
            raise NotFound(f"There is no class {name[:60]!r}{did_you_mean(name, self.classes)}.", field="class")
        return found

    def relation(self, name: str) -> RelationType:
        """The relation type of that name. Raises NotFound (field `type`)."""
        if (found := self.relations.get(name)) is None:
            raise NotFound(f"There is no relation type {name[:60]!r}{did_you_mean(name, self.relations)}.", field="type")
        return found

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether the class is, or inherits from, `ancestor`; False where either is unknown."""
        return ancestor in self._lineages.get(name, ())

    def lineage(self, name: str) -> tuple[str, ...]:
        """The class, its parent, and so on up to `ci`. Raises NotFound."""
        return self._lineages[self.cls(name).name]

    def descendants(self, name: str) -> tuple[str, ...]:
        """The concrete classes that are or inherit from this one, in the catalogue's order. Raises NotFound."""
        return self._descendants[self.cls(name).name]

    def relations_of(self, name: str) -> tuple[tuple[RelationType, ...], tuple[RelationType, ...]]:
        """Relation types a CI of that class may begin, and those it may end at. Raises NotFound."""
        line = self.lineage(name)
        begins = tuple(known for known in self.relations.values() if any(end in line for end in known.source))
        ends = tuple(known for known in self.relations.values() if any(end in line for end in known.target))
        return begins, ends

    def check_attributes(self, name: str, given: Mapping[str, object]) -> dict[str, Value]:
        """Every value read by its attribute of that class. Raises NotFound for the class, Invalid (field `attributes.NAME`)."""
        return check_attributes(self.cls(name), given)

    def to_dict(self) -> dict[str, Any]:
        """The whole catalogue as plain data, for the API and the generated reference."""
        return {"version": self.version, **_content(self.classes, self.relations)}


def _lineage(name: str, classes: Mapping[str, CIClass]) -> tuple[str, ...]:
    line = [name]
    while (parent := classes[line[-1]].parent) is not None:
        line.append(parent)
    return tuple(line)


def _content(classes: Mapping[str, CIClass], relations: Mapping[str, RelationType]) -> dict[str, Any]:
    return {
        "classes": [known.to_dict() for known in classes.values()],
        "relations": [known.to_dict() for known in relations.values()],
    }


def _version(classes: Mapping[str, CIClass], relations: Mapping[str, RelationType]) -> str:
    text = json.dumps(_content(classes, relations), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
