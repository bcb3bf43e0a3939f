"""The classes as a tree with counts: the filter beside the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmdb.model.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Branch:
    """One class with what inherits from it. `count` includes the branches; `open` when the chosen class is in here."""

    name: str
    title: str
    icon: str
    count: int
    open: bool
    branches: tuple[Branch, ...]


def class_tree(catalogue: Catalogue, counts: Mapping[str, int], chosen: str) -> Branch:
    """The tree below `ci`. Classes of which there is nothing are left out, unless chosen."""
    line = catalogue.lineage(chosen)
    return _branch(catalogue, counts, "ci", frozenset(line))


def _branch(catalogue: Catalogue, counts: Mapping[str, int], name: str, line: frozenset[str]) -> Branch:
    kind = catalogue.cls(name)
    below = [_branch(catalogue, counts, child.name, line) for child in catalogue.classes.values() if child.parent == name]
    count = counts.get(name, 0) + sum(branch.count for branch in below)
    kept = tuple(branch for branch in below if branch.count or branch.name in line)
    return Branch(name, kind.plural, kind.icon, count, name in line, kept)
