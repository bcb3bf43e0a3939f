"""Kinds, strengths and entries of a rule file: read, held within what is safe, and handed down from class to class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import yaml

from cmdb.model.catalogue import Catalogue
from cmdb.model.catalogue.source import Part, Spot
from reconciliation.evidence import RANKS, Kind
from reconciliation.normalise import FORMS
from reconciliation.rules import Entry
from reconciliation.rules_yaml import amount

if TYPE_CHECKING:
    from reconciliation.rules_reading import Reading

_NEVER_MORE = frozenset({"ip", "prefix", "listens_at", "if_index", "position", "login", "place"})
"""Given out again, or shared by many: never more than the catalogue says of a class (an address CI is its address)."""
_NAMES_AND_CARDS = frozenset({"hostname", "fqdn", "name", "mac", "chassis_id", "container_name", "disk_name", "agent_id", "machine_id"})
"""Named anew, lent and cloned: medium at most, unless the catalogue says more."""
GRADES = ("strong", "medium", "weak", "none")
SCOPES = ("none", "vendor", "own", "class")
MAX_ENTRIES = 50


def read_kinds(reading: Reading, part: Part) -> None:
    """Kinds of identifiers: new ones, or how shipped ones decide. Raises CatalogueError."""
    described = {name for cls in reading.catalogue.classes.values() for name in cls.attributes} | {"class"}
    for name, section in part.entries():
        said = section.fields(("form", "scope", "rank", "differs", "family"))
        known = reading.kinds.get(name)
        if known is None:
            if not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
                section.refuse(f"{name[:40]!r} is no name for a kind; use small letters, digits and _")
            if name in described and name not in reading.catalogue.identifier_kinds:
                section.refuse(f"{name!r} describes many things and identifies none; make it an identifier of a class in the catalogue")
            if "form" not in said:
                section.refuse(f"the kind {name!r} has no form, so any text would be one; give one of {', '.join(FORMS)}")
        elif "form" in said or "scope" in said:
            section.refuse(f"form and scope of {name!r} stay as shipped: the graph keeps values by them; bring in a kind of another name")
        base = known or Kind(name, said["form"].word(tuple(FORMS)), "none", 50, "silent")
        reading.kinds[name] = Kind(
            name=name,
            form=base.form,
            scope=said["scope"].word(SCOPES) if "scope" in said else base.scope,
            rank=int(amount(said["rank"], 1, 99, whole=True)) if "rank" in said else base.rank,
            differs=said["differs"].word(("conflict", "doubt", "silent")) if "differs" in said else base.differs,
            family=said["family"].word(("ports", "image", "name", "parts")) if "family" in said else base.family,
        )


def read_strengths(reading: Reading, part: Part) -> None:
    """Class → kind → grade, and `inherit: false`. Raises CatalogueError."""
    for cls, section in part.entries():
        known = _class(reading.catalogue, cls, section)
        own = reading.strengths.setdefault(cls, {})
        for kind, value in section.entries():
            if kind == "inherit":
                reading.alone.discard(cls) if value.flag() else reading.alone.add(cls)
                continue
            _known_kind(reading, kind, value)
            grade = value.word(GRADES)
            most = _most(kind, known.get(kind, "none"), inside=bool(reading.catalogue.classes[cls].dependent_on))
            if RANKS[grade] > RANKS[most]:
                value.refuse(f"{kind} may be {most} at most for a {cls}: it is given out again, lent or shared, and would join strangers")
            own[kind] = grade


def read_entries(reading: Reading, part: Part) -> None:
    """Class → ordered entries. Raises CatalogueError."""
    for cls, section in part.entries():
        _class(reading.catalogue, cls, section)
        graded = _strengths_of(reading, cls)
        found: list[Entry] = []
        for row in section.node.value if isinstance(section.node, yaml.SequenceNode) else ():
            one = Part(Spot(section.spot.file, row.start_mark.line + 1), row, f"an entry of {cls}")
            said = one.fields(("name", "all"))
            if set(said) != {"name", "all"}:
                one.refuse("an entry is {name, all: [kinds]}")
            kinds = tuple(kind for kind, _ in said["all"].texts())
            for kind in kinds:
                _known_kind(reading, kind, said["all"])
                if kind not in graded:
                    said["all"].refuse(f"{kind} has no strength for a {cls}, so it never decides there; give it one under strengths")
            if not kinds or set(kinds) <= _NEVER_MORE - {k for k, grade in graded.items() if grade == "strong"}:
                said["all"].refuse(f"the entry {said['name'].text()!r} would fit everything that shares an address; add what identifies")
            found.append(Entry(said["name"].text(), kinds))
        if not found or len(found) > MAX_ENTRIES:
            section.refuse(f"give a list of 1 to {MAX_ENTRIES} entries, the first to be tried at the head")
        reading.entries[cls] = tuple(found)


def resolved(reading: Reading) -> dict[str, Mapping[str, str]]:
    """Class → kind → strength for every class that a rule reaches."""
    found: dict[str, Mapping[str, str]] = {}
    touched = reading.strengths.keys() | reading.alone
    for name in reading.catalogue.classes:
        if touched.intersection(reading.catalogue.lineage(name)):
            found[name] = _strengths_of(reading, name)
    return found


def _strengths_of(reading: Reading, name: str) -> dict[str, str]:
    """For each kind the nearest word counts, the site's or the catalogue's; of one class the site's."""
    graded: dict[str, str] = {}
    above: Mapping[str, str] = {}
    for step in reversed(reading.catalogue.lineage(name)):
        given = reading.catalogue.classes[step].identifiers
        if step in reading.alone:
            graded = {}
        else:
            graded |= {kind: grade for kind, grade in given.items() if above.get(kind) != grade}
        graded |= reading.strengths.get(step, {})
        above = given
    return {kind: grade for kind, grade in graded.items() if grade != "none"}


def entries_resolved(reading: Reading) -> dict[str, tuple[Entry, ...]]:
    """Class → entries; those of the nearest class that has some."""
    found: dict[str, tuple[Entry, ...]] = {}
    for name in reading.catalogue.classes:
        nearest = next((step for step in reading.catalogue.lineage(name) if step in reading.entries), None)
        if nearest is not None:
            found[name] = reading.entries[nearest]
    return found


def _most(kind: str, shipped: str, *, inside: bool) -> str:
    """The most a kind may be. `inside`: the class is identified inside what it lies in, where a name is enough."""
    if kind in _NEVER_MORE:
        return shipped
    if kind in _NAMES_AND_CARDS:
        return "strong" if shipped == "strong" or (inside and kind.endswith("name")) else "medium"
    return "strong"


def _class(catalogue: Catalogue, name: str, part: Part) -> Mapping[str, str]:
    if name not in catalogue.classes:
        part.refuse(f"there is no class {name[:60]!r}")
    return catalogue.classes[name].identifiers


def _known_kind(reading: Reading, kind: str, part: Part) -> None:
    if kind not in reading.kinds and kind not in reading.catalogue.identifier_kinds:
        part.refuse(f"there is no kind of identifier {kind[:40]!r}; bring it in under identifiers, with its form")
