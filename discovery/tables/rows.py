"""One row of a table: which class, what it says, and to what it refers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cmdb.errors import Invalid
from cmdb.model.catalogue import Attribute, Catalogue, CIClass, did_you_mean
from cmdb.model.clean import MAX_TEXT, clean_text, one_line, shown
from cmdb.model.ids import is_uuid7
from cmdb.model.observation import Identifier, Value
from discovery.tables.as_of import with_zone
from discovery.tables.columns import Columns, Meaning
from discovery.tables.mapping import TableMapping
from discovery.tables.references import Reference, References, combined, same
from discovery.tables.result import Judge, RowError

VENDOR_SCOPED = frozenset({"serial", "board_serial", "chassis_serial"})
"""Serials are unique per vendor: the identifier carries the vendor as it is reported (docs/architecture.md)."""

_REMEMBERED = 20_000
_ADDRESSES_APART = re.compile(r"[,;|]\s*|\s+(?=[0-9A-Fa-f]{2}[:-])")
"""Between the hardware addresses of a machine with several, in one cell."""
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?=\s|$)", re.ASCII)


@dataclass(slots=True)
class RowSeen:
    """What one row says. `relations` holds a type with no references where the cell says that there is none."""

    row: int
    cls: CIClass
    attributes: dict[str, Value] = field(default_factory=dict)
    identifiers: list[Identifier] = field(default_factory=list)
    parent: Reference | None = None
    relations: dict[str, tuple[Reference, ...]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    """Titles of columns that mean nothing for this class and have something in them."""


class RowReader:
    """Reads the rows of one table; what is wrong is collected in `errors` and `warnings`."""

    def __init__(
        self, columns: Columns, catalogue: Catalogue, mapping: TableMapping, cls: str | None, source_name: str, judge: Judge | None = None
    ) -> None:
        self.errors: list[RowError] = []
        self.warnings: list[RowError] = []
        self.classes: dict[str, CIClass] = {}
        self.strange: set[str] = set()
        self._columns = columns
        self._catalogue = catalogue
        self._mapping = mapping
        self._given = cls
        self._source_name = source_name
        self._judge = judge
        self._values: dict[tuple[int, str], Value] = {}
        self._references = References(columns, catalogue, source_name)

    def read(self, row: int, cells: Sequence[str]) -> RowSeen | None:
        """What the row says; None where something is wrong with it."""
        before = len(self.errors)
        width = len(self._columns.header)
        if any(cell and not cell.isspace() for cell in cells[width:]):
            self._refuse(row, "", f"has {len(cells)} cells and the header {width}; put a text that holds the separator in quotes")
        cls = self._class(row, cells)
        if cls is None or len(self.errors) > before:
            return None
        self.classes[cls.name] = cls
        seen = RowSeen(row, cls)
        found: dict[str, list[Reference]] = {}
        for title, meaning, cell in zip(self._columns.header, self._columns.of(cls), cells, strict=False):
            text = cell if cell.isascii() and cell.isprintable() else clean_text(cell)
            text = text.strip()
            if text and text not in self._mapping.empty and (meaning is None or meaning.use not in ("unused", "class")):
                try:
                    self._cell(seen, meaning, text, found, title)
                except Invalid as error:
                    self._refuse(row, title, error.message)
        try:
            for name, references in found.items():
                self._relate(seen, name, combined(references, self._catalogue))
            if len(self.errors) == before:
                self._identify(seen)
        except Invalid as error:
            self._refuse(row, "", error.message)
        return seen if len(self.errors) == before else None

    def _class(self, row: int, cells: Sequence[str]) -> CIClass | None:
        place = self._columns.class_column
        text = one_line(cells[place]) if place is not None and place < len(cells) else ""
        name = self._finer(cells) or (self._mapping.class_of(text) if text else "")
        name = name or (self._columns.class_named(text) if text else "")
        if not name and text and self._mapping.strict:
            hint = did_you_mean(text.lower().replace(" ", "_"), self._catalogue.classes)
            self._refuse(row, self._columns.header[place or 0], f"there is no class {shown(text)}{hint}")
            return None
        name = name or self._given or self._mapping.class_default
        title = self._columns.header[place] if place is not None else "class"
        if not name:
            what = f"{shown(text)} tells no class" if text else "the class is missing"
            self._refuse(row, title, f"{what}; name one for the whole table, or add a column “class”")
            return None
        cls = self._catalogue.cls(name)
        if cls.abstract:
            choices = ", ".join(self._catalogue.descendants(name)[:6])
            self._refuse(row, title, f"{cls.name} only groups other classes; write one of {choices} …")
            return None
        return cls

    def _finer(self, cells: Sequence[str]) -> str:
        """The class that the finer column's words tell, if the table has one."""
        place = self._columns.finer_column
        return self._mapping.finer_class_of(one_line(cells[place])) if place is not None and place < len(cells) else ""

    def _cell(self, seen: RowSeen, meaning: Meaning | None, text: str, found: dict[str, list[Reference]], title: str) -> None:
        if meaning is None:
            if self._mapping.strict and text != self._mapping.none:
                seen.strange.append(title)
                self.strange.add(title)
            return
        if meaning.use == "attribute":
            self._attribute(seen, seen.cls.attributes[meaning.name], text, title)
        elif meaning.use == "identifier":
            for one in [text] if meaning.name != "mac" else _ADDRESSES_APART.split(text):
                if one and one != self._mapping.none:
                    seen.identifiers.append(
                        Identifier(meaning.name, _line(one), self._source_name if meaning.name == "external_id" else "")
                    )
        elif meaning.use == "ci":
            if not is_uuid7(text.lower()):
                raise Invalid(f"{shown(text)} is not an id that Moorings gave; name the column external_id, or leave it out")
            seen.identifiers.append(Identifier("ci", text.lower()))
        elif meaning.use == "parent":
            if text != self._mapping.none:
                seen.parent = self._only(self._references.read(text, meaning, seen.cls.dependent_on))
        elif meaning.path:
            if text != self._mapping.none:
                target = self._catalogue.relation(meaning.name).target
                found.setdefault(meaning.name, []).extend(self._references.read(text, meaning, target))
        else:
            none = text == self._mapping.none
            target = self._catalogue.relation(meaning.name).target
            self._relate(seen, meaning.name, () if none else self._references.read(text, meaning, target))

    def _attribute(self, seen: RowSeen, attribute: Attribute, text: str, title: str) -> None:
        if text == self._mapping.none:
            seen.attributes[attribute.name] = None
            return
        try:
            value = self._value(attribute, text)
        except Invalid as error:
            message = error.message.removeprefix(f"{attribute.title}: ").rstrip(".")
            if attribute.name not in self._mapping.lenient:
                raise Invalid(message) from None
            self.warnings.append(RowError(seen.row, title, f"{message}; it is left out"))
            return
        if value is None:
            return
        before = seen.attributes.setdefault(attribute.name, value)
        if before != value:
            raise Invalid(f"says {shown(text)}, but another column of the same meaning says {shown(str(before))}")

    def _value(self, attribute: Attribute, text: str) -> Value:
        """Read a cell; most columns say the same few things over and over."""
        key = (id(attribute), text)
        if key not in self._values:
            if len(self._values) >= _REMEMBERED:
                self._values.clear()
            self._values[key] = self._parsed(attribute, text)
        return self._values[key]

    def _parsed(self, attribute: Attribute, text: str) -> Value:
        known = self._mapping.value(attribute.name, text)
        if known is None:
            raise Invalid(f"{shown(text)} is not a known {attribute.title.lower()}")
        if mark := self._mapping.cut.get(attribute.name):
            known = known.partition(mark)[0]
        if self._mapping.dates and attribute.type in ("date", "datetime"):
            known = _ordered(known, self._mapping.dates)
        if attribute.type == "datetime" and not self._mapping.strict:
            known = with_zone(known)
        return attribute.parse(known)

    def _relate(self, seen: RowSeen, name: str, references: tuple[Reference, ...]) -> None:
        kind = self._catalogue.relation(name)
        if kind.one == "source" and len(references) > 1:
            raise Invalid(f"names {len(references)} things, but there can be only one; keep one")
        seen.relations[name] = references

    def _only(self, references: tuple[Reference, ...]) -> Reference:
        if len(references) > 1:
            raise Invalid(f"names {len(references)} things, but it is inside of one; keep one")
        if not references:
            raise Invalid("names nothing; give the name of what it is inside of, or leave the cell empty")
        return references[0]

    def _identify(self, seen: RowSeen) -> None:
        """Attributes that identify are identifiers too. A row with only weak ones is known by them in this source: so that the same file,
        imported again, finds the same things. A row with none is refused."""
        vendor = seen.attributes.get("vendor")
        said = {identifier.kind for identifier in seen.identifiers}
        for kind in seen.cls.identifiers:
            value = seen.attributes.get(kind)
            if kind not in said and value is not None and not isinstance(value, (bool, tuple)):
                seen.identifiers.append(Identifier(kind, _line(str(value))))
        if isinstance(vendor, str):
            seen.identifiers = [
                Identifier(one.kind, one.value, one_line(vendor)) if one.kind in VENDOR_SCOPED else one for one in seen.identifiers
            ]
        useless = self._judged(seen)
        if not seen.identifiers:
            can = sorted(seen.cls.identifiers, key=lambda kind: ("strong", "medium", "weak").index(seen.cls.identifiers[kind]))
            why = f" ({'; '.join(useless)})" if useless else ""
            raise Invalid(f"nothing identifies this {seen.cls.title.lower()}{why}; fill one of {', '.join(can[:8])}")
        if seen.cls.part and seen.parent is None and "ci" not in said:
            raise Invalid(f"{seen.cls.name} is always inside of {' or '.join(seen.cls.dependent_on)}; fill the column parent")
        if not strong_keys(seen.cls, seen.identifiers):
            inside = seen.parent.key if seen.parent else ()
            seen.identifiers.append(own_key(self._catalogue, seen.cls, seen.identifiers, self._source_name, inside))
        seen.identifiers = [*dict.fromkeys(seen.identifiers)]

    def _judged(self, seen: RowSeen) -> list[str]:
        """Take out what is no identity, so that no two rows are one by it; it stays as the attribute, and is warned of."""
        useless = self._judge(seen.cls, seen.identifiers, seen.attributes) if self._judge else {}
        for one, why in useless.items():
            if one.kind in seen.cls.attributes:
                seen.attributes.setdefault(one.kind, one.value)
            self.warnings.append(RowError(seen.row, self._titled(seen.cls, one.kind), f"{shown(one.value)} is not used as identity: {why}"))
        seen.identifiers = [one for one in seen.identifiers if one not in useless]
        return [f"{shown(one.value)}: {why}" for one, why in useless.items()]

    def _titled(self, cls: CIClass, kind: str) -> str:
        """The title of the column that means this kind."""
        titles = zip(self._columns.header, self._columns.of(cls), strict=False)
        return next(
            (title for title, meaning in titles if meaning and meaning.name == kind and meaning.use in ("attribute", "identifier")), kind
        )

    def _refuse(self, row: int, column: str, message: str) -> None:
        self.errors.append(RowError(row, column, message))


def strong_keys(cls: CIClass, identifiers: Sequence[Identifier]) -> list[Identifier]:
    """Those that alone make a match."""
    return [one for one in identifiers if one.kind == "ci" or cls.identifiers.get(one.kind) == "strong"]


def own_key(
    catalogue: Catalogue, cls: CIClass, identifiers: Sequence[Identifier], source_name: str, inside: tuple[object, ...] = ()
) -> Identifier:
    """What has only weak evidence is known to its source by the first of it: `hardware:name:web1`. The class may be corrected later and is
    not part of it, only the group of classes; what lies inside of another thing is known by that too."""
    rank = {kind: place for place, kind in enumerate(cls.identifiers)}
    first = min(identifiers, key=lambda one: (rank.get(one.kind, 99), one.kind, one.value))
    group = next((name for name in reversed(catalogue.lineage(cls.name)[:-1])), cls.name)  # below the root
    text = f"{group}:{first.kind}:{same(first.value)}" + (f"@{inside!r}" if inside else "")
    return Identifier("external_id", text if len(text) <= 300 else hashlib.sha256(text.encode()).hexdigest(), source_name)


def _line(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Invalid(f"is {len(text):,} characters long; at most {MAX_TEXT:,} are kept")
    return one_line(text)


def _ordered(text: str, order: str) -> str:
    """`4/5/16` in the order the mapping tells, as year-month-day; other forms stay as they are."""
    found = _SLASHED.match(text)
    if found is None:
        return text
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    if year < 100:
        year += 2000 if year < 70 else 1900
    month, day = (first, second) if order == "mdy" else (second, first)
    return f"{year:04d}-{month:02d}-{day:02d}{text[found.end() :]}"
