"""Cells that refer to another CI: `ada@example.org`, `site:Paris HQ`, `person.login:ada`, `site:Paris HQ > room:R1`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue, CIClass
from cmdb.model.clean import one_line, shown
from cmdb.model.observation import Identifier
from cmdb.model.observation_references import may_be
from discovery.tables.columns import Columns, Meaning

_PREFIX = re.compile(r"([A-Za-z][\w \-]{0,60}?)(?:\.([a-z_]{1,60}))?:\s*(\S.*)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.[A-Za-z]{2,63}\.?")

MAX_DEPTH = 8
MAX_TARGETS = 1_000

LOOSE_KINDS = ("asset_tag", "external_id", "serial", "email", "name", "fqdn", "hostname", "login", "process_name", "if_name")
"""Kinds by which a bare word is looked up among the other rows of the same table, best first."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another CI as a cell names it. `inside` is what it lies in. `loose` is the bare word, where the cell did not say what kind of
    identifier it is: such a one is first looked for among the other rows. `sure`: the cell or column told the class; else `cls` is a
    guess, or empty where nothing leads to one."""

    cls: str
    identifiers: tuple[Identifier, ...]
    inside: Reference | None = None
    loose: str = ""
    sure: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two mentions the same; in order and unambiguous."""
        known = tuple((one.kind, one.scope, same(one.value)) for one in self.identifiers) or (("", "", same(self.loose)),)
        return (self.cls, known, self.inside.key if self.inside else ())

    def __str__(self) -> str:
        return shown(self.loose or (self.identifiers[0].value if self.identifiers else ""))


class References:
    """Reads cells of relation and parent columns."""

    def __init__(self, columns: Columns, catalogue: Catalogue, source_name: str) -> None:
        self._columns = columns
        self._catalogue = catalogue
        self._source_name = source_name
        self._known: dict[tuple[str, Meaning, tuple[str, ...]], tuple[Reference, ...]] = {}

    def read(self, cell: str, meaning: Meaning, allowed: tuple[str, ...]) -> tuple[Reference, ...]:
        """The CIs a cell names; several are separated by `;` or line ends. Raises Invalid with the end of a sentence."""
        key = (cell, meaning, allowed)
        if key not in self._known:
            self._known[key] = self._read(cell, meaning, allowed)
        return self._known[key]

    def _read(self, cell: str, meaning: Meaning, allowed: tuple[str, ...]) -> tuple[Reference, ...]:
        if meaning.path:
            return (self._fixed(cell, meaning),)
        words = [word for part in re.split(r"[;\n]", cell) if (word := one_line(part))]
        if len(words) == 1 and "," in cell and all(_EMAIL.fullmatch(part.strip()) for part in cell.split(",")):
            words = [part.strip() for part in cell.split(",")]
        if len(words) > MAX_TARGETS:
            raise Invalid(f"names {len(words)} things; at most {MAX_TARGETS} are read")
        return tuple(dict.fromkeys(self._nested(word, allowed) for word in words))

    def _fixed(self, cell: str, meaning: Meaning) -> Reference:
        """The column tells the classes: `Paris HQ > Main building` below `located_in:site>building>room`."""
        steps = [one_line(cell)] if len(meaning.path) == 1 else [word for part in cell.split(">") if (word := one_line(part))]
        if len(steps) > len(meaning.path):
            last = len(meaning.path) - 1
            steps = [*steps[:last], " > ".join(steps[last:])]
        made: Reference | None = None
        for place, (name, value) in enumerate(zip(meaning.path, steps, strict=False)):
            cls = self._catalogue.cls(name)
            kind = meaning.kind if place == len(meaning.path) - 1 else ""
            made = Reference(name, (self._identifier(kind or kind_for(cls, value), value),), made, sure=True)
        if made is None:
            raise Invalid("names nothing")
        return made

    def _nested(self, word: str, allowed: tuple[str, ...]) -> Reference:
        steps = [step for part in word.split(" > ") if (step := part.strip())]
        if len(steps) > MAX_DEPTH:
            raise Invalid(f"goes {len(steps)} levels deep; at most {MAX_DEPTH} are read")
        made: Reference | None = None
        for place, step in enumerate(steps):
            last = place == len(steps) - 1
            made = self._one(step, allowed if last else (), made)
        if made is None:
            raise Invalid("names nothing")
        return made

    def _one(self, word: str, allowed: tuple[str, ...], inside: Reference | None) -> Reference:
        found = _PREFIX.fullmatch(word)
        name = self._columns.class_named(found[1]) if found else ""
        if found and name:
            return self._explicit(name, found[2] or "", found[3], allowed, inside)
        if not allowed:
            raise Invalid(f"{shown(word)} lacks its class; write it like site:{one_line(word)[:40]}")
        cls = self._guess(word, allowed)
        if cls is None:
            return Reference("", (), inside, loose=word)
        return Reference(cls.name, (self._identifier(kind_for(cls, word), word),), inside, loose=word)

    def _explicit(self, name: str, kind: str, value: str, allowed: tuple[str, ...], inside: Reference | None) -> Reference:
        cls = self._catalogue.cls(name)
        if cls.abstract:
            choices = ", ".join(self._catalogue.descendants(name)[:6])
            raise Invalid(f"{name} only groups other classes; write one of {choices} …")
        if allowed and not any(may_be(self._catalogue, name, other) for other in allowed):
            raise Invalid(f"{shown(value)} is a {name}, but this column takes {' or '.join(allowed)}")
        if inside is not None and not any(may_be(self._catalogue, inside.cls, other) for other in cls.dependent_on):
            raise Invalid(f"{name} is never inside {inside.cls}")
        if kind and kind not in cls.identifiers:
            raise Invalid(f"{name} is not identified by {kind!r}; write one of {', '.join(cls.identifiers)}")
        return Reference(name, (self._identifier(kind or kind_for(cls, value), value),), inside, loose="" if kind else value, sure=True)

    def _guess(self, word: str, allowed: tuple[str, ...]) -> CIClass | None:
        """The class a bare word most likely means: who has an e-mail address is a person; else the first class the relation names."""
        if _EMAIL.fullmatch(word):
            for cls in self._allowed(allowed):
                if "email" in cls.identifiers:
                    return cls
        first = self._catalogue.cls(allowed[0])
        if not first.abstract:
            return first
        unknown = first.name == "ci" or not may_be(self._catalogue, "device", first.name)
        return None if unknown else self._catalogue.cls("device")

    def _allowed(self, allowed: Iterable[str]) -> Iterable[CIClass]:
        return (self._catalogue.cls(name) for end in allowed for name in self._catalogue.descendants(end))

    def _identifier(self, kind: str, value: str) -> Identifier:
        return Identifier(kind, value, self._source_name if kind == "external_id" else "")


def kind_for(cls: CIClass, value: str) -> str:
    """By which kind of identifier a bare value names a CI of that class."""
    if "email" in cls.identifiers and _EMAIL.fullmatch(value):
        return "email"
    if "login" in cls.identifiers:
        if value.isdigit():
            return "employee_number"
        return "name" if " " in value else "login"
    if cls.identifiers.get("name") == "strong":
        return "name"
    if "serial" in cls.identifiers and not cls.dependent_on:
        return "fqdn" if "fqdn" in cls.identifiers and _DOMAIN.fullmatch(value) else "asset_tag"
    own = [
        kind for kind, strength in cls.identifiers.items() if strength == "strong" and kind not in ("asset_tag", "external_id", "serial")
    ]
    return own[0] if own else "asset_tag"


def same(value: str) -> str:
    """A value (on one line already) as two rows are compared: without case. What a kind makes of it is up to reconciliation."""
    return value.casefold()


def combined(found: list[Reference], catalogue: Catalogue) -> tuple[Reference, ...]:
    """References of several columns of one relation as one: columns of one class describe one thing (login and e-mail of a person),
    columns of classes that lie in each other make a path (site, room, rack: the rack in the room of the site)."""
    by_class: dict[str, Reference] = {}
    for one in found:
        known = by_class.get(one.cls, one)
        identifiers = tuple(dict.fromkeys((*known.identifiers, *one.identifiers)))
        by_class[one.cls] = Reference(one.cls, identifiers, known.inside or one.inside, sure=True)
    homes = {name: home for name in by_class if (home := _home(name, set(by_class) - {name}, catalogue)) is not None}
    innermost = [name for name in by_class if name not in homes.values()] or [*by_class][:1]
    return tuple(_placed(name, by_class, frozenset(), catalogue) for name in innermost)


def _home(name: str, others: set[str], catalogue: Catalogue) -> str | None:
    return next((other for other in catalogue.cls(name).dependent_on if other in others), None)


def _placed(name: str, by_class: dict[str, Reference], passed: frozenset[str], catalogue: Catalogue) -> Reference:
    one, passed = by_class[name], passed | {name}
    home = None if one.inside else _home(name, set(by_class) - passed, catalogue)
    return one if home is None else Reference(one.cls, one.identifiers, _placed(home, by_class, passed, catalogue), sure=True)
