"""All good rows of a table as one observation: rows of one thing joined, references resolved, the order of rows forgotten."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cmdb.model.catalogue import Catalogue
from cmdb.model.clean import shown
from cmdb.model.observation import Coverage, Identifier, Item, Relation, Value
from cmdb.model.observation_references import may_be
from discovery.tables.references import LOOSE_KINDS, Reference, same
from discovery.tables.result import RowError
from discovery.tables.rows import RowSeen, strong_keys

_LOOKED = "a row of a table"
_INSIDE = "parent"


@dataclass(slots=True, eq=False)
class Thing:
    """What one or several rows describe."""

    rows: list[RowSeen]
    ref: str = ""
    attributes: dict[str, Value] = field(default_factory=dict)
    identifiers: list[Identifier] = field(default_factory=list)
    relations: dict[str, set[Reference]] = field(default_factory=dict)
    ends: list[tuple[str, Reference, list[Thing]]] = field(default_factory=list)
    """Everything it refers to (relation type or `parent`), and the things of this table that may be meant."""

    @property
    def first(self) -> RowSeen:
        """The topmost row."""
        return self.rows[0]

    def references(self) -> Iterable[tuple[str, Reference]]:
        """Everything it refers to, by relation type (or `parent`), in an order that the rows' order does not change."""
        if self.first.parent:
            yield _INSIDE, self.first.parent
        for kind in sorted(self.relations):
            found = self.relations[kind]
            for reference in found if len(found) < 2 else sorted(found, key=lambda one: repr((one.key, one.loose))):
                yield kind, reference


@dataclass(slots=True)
class Table:
    """Items, relations and coverage of all good rows, with what was found wrong when they came together."""

    items: dict[str, Item] = field(default_factory=dict)
    relations: dict[tuple[str, str, str], Relation] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)


class Together:
    """Brings rows together. Nothing here depends on their order but the row numbers in messages."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._table = Table()
        self._index: dict[str, dict[str, list[Thing]]] = {}
        self._good: set[str] = set()

    def join(self, rows: list[RowSeen]) -> Table:
        """The table of these rows. Rows that contradict each other, or refer to what is not clear, are left out and told in `errors`."""
        things = [thing for thing in self._things(rows) if self._merge(thing)]
        for thing in things:
            for one in thing.identifiers:
                self._index.setdefault(same(one.value), {}).setdefault(one.kind, []).append(thing)
        clear = [thing for thing in things if self._clear(thing)]
        circling = self._circling(clear)
        good = sorted((thing for thing in clear if thing.ref not in circling), key=lambda thing: thing.ref)
        self._good = {thing.ref for thing in good}
        for thing in good:
            self._add(thing)
        return self._table

    def _things(self, rows: list[RowSeen]) -> list[Thing]:
        """Rows that share a strong identifier are one thing."""
        leader: dict[int, int] = {}

        def find(place: int) -> int:
            while leader.setdefault(place, place) != place:
                leader[place] = leader[leader[place]]
                place = leader[place]
            return place

        seen: dict[tuple[object, ...], int] = {}
        for place, row in enumerate(rows):
            for key in _keys(row):
                leader[find(place)] = find(seen.setdefault(key, place))
        groups: dict[int, list[RowSeen]] = {}
        for place, row in enumerate(rows):
            groups.setdefault(find(place), []).append(row)
        return [Thing(group) for group in groups.values()]

    def _merge(self, thing: Thing) -> bool:
        """Join what its rows say; False (and an error on every row) where they contradict each other."""
        for row in thing.rows:
            if problem := _contradiction(thing, row) or self._say(thing, row):
                self._refuse_all(thing, problem)
                return False
        thing.ref = _ref(thing)
        for row in thing.rows[1:]:
            self._table.warnings.append(RowError(row.row, "", f"is the same thing as row {thing.first.row}; they are taken together"))
        return True

    def _say(self, thing: Thing, row: RowSeen) -> str:
        """Add what a row says; what contradicts the rows before it, or empty."""
        for name, value in row.attributes.items():
            before = thing.attributes.setdefault(name, value)
            if before != value:
                where = next(other.row for other in thing.rows if name in other.attributes)
                return f"{row.cls.attributes[name].title} is {_told(before)} in row {where} and {_told(value)} in row {row.row}"
        for kind, references in row.relations.items():
            known = thing.relations.get(kind)
            both = (known or set()) | set(references)
            if known is not None and bool(known) != bool(references):
                return f"one row says that there is no {kind}"
            if len(both) > 1 and self._catalogue.relation(kind).one == "source":
                other, mine = (next(iter(ends)) for ends in (known or set(), set(references) - (known or set())))
                where = next(each.row for each in thing.rows if other in each.relations.get(kind, ()))
                return f"{kind} is {other} in row {where} and {mine} in row {row.row}"
            thing.relations[kind] = both
        thing.identifiers += [one for one in row.identifiers if one not in thing.identifiers]
        return ""

    def _refuse_all(self, thing: Thing, problem: str) -> None:
        counts = Counter((one.kind, same(one.value), one.value) for row in thing.rows for one in strong_keys(row.cls, row.identifiers))
        key = shown(counts.most_common(1)[0][0][2])
        numbers = [row.row for row in thing.rows]
        for row in thing.rows:
            others = [str(number) for number in numbers if number != row.row]
            told = " and ".join(others[:4]) + (" …" if len(others) > 4 else "")
            self._table.errors.append(RowError(row.row, "", f"is the same thing as row {told} ({key}), but {problem}; keep one row"))

    def _clear(self, thing: Thing) -> bool:
        """Whether everything it refers to is clear; errors on its first row where not."""
        before = len(self._table.errors)
        for kind, reference in thing.references():
            found = self._among_rows(thing, kind, reference)
            thing.ends.append((kind, reference, found))
            if found == [thing]:
                self._refuse(thing, kind, f"{reference} is this row itself")
            elif len(found) > 1:
                rows = " or ".join(str(other.first.row) for other in found[:5])
                fix = f"{found[0].first.cls.name}.{found[0].identifiers[0].kind}:{found[0].identifiers[0].value[:40]}"
                self._refuse(thing, kind, f"{reference} may be row {rows}; write it with class and kind, e.g. {fix}")
            elif not found and not reference.cls:
                self._refuse(thing, kind, f"{reference} lacks its class; write it like server:{reference.loose[:40]}")
        return len(self._table.errors) == before

    def _circling(self, things: list[Thing]) -> set[str]:
        """Refs of things that are inside of each other in a circle; an error on every row of them. What is inside of those stays."""
        inside = {thing.ref: found[0] for thing in things for kind, _, found in thing.ends if kind == _INSIDE and len(found) == 1}
        circling: set[str] = set()
        sound: set[str] = set()
        for thing in things:
            way: dict[str, Thing] = {}
            here: Thing | None = thing
            while here is not None and here.ref not in sound and here.ref not in way:
                way[here.ref] = here
                here = inside.get(here.ref)
            if here is not None and here.ref in way:
                circle = [*way.values()][[*way].index(here.ref) :]
                circling |= {one.ref for one in circle}
                self._refuse_circle(sorted(circle, key=lambda one: one.first.row), inside)
            sound |= way.keys()
        return circling

    def _refuse_circle(self, circle: list[Thing], inside: Mapping[str, Thing]) -> None:
        for thing in circle:
            others = [str(one.first.row) for one in circle if one is not thing]
            told = " and ".join(others[:4]) + (" …" if len(others) > 4 else "")
            outer = inside[thing.ref].first.row
            message = f"{thing.first.parent} is row {outer}, and that is inside of this row again (see row {told}); correct one of them"
            for row in thing.rows:
                self._table.errors.append(RowError(row.row, _INSIDE, message))

    def _refuse(self, thing: Thing, column: str, message: str) -> None:
        self._table.errors.append(RowError(thing.first.row, column, message))

    def _among_rows(self, thing: Thing, kind: str, reference: Reference) -> list[Thing]:
        """Things of this very table that a reference may mean; what is named with its surroundings is left to reconciliation."""
        by_kind = self._index.get(same(reference.loose or reference.identifiers[0].value))
        if reference.inside is not None or by_kind is None:
            return []
        if reference.sure:
            allowed: tuple[str, ...] = (reference.cls,)
        else:
            allowed = thing.first.cls.dependent_on if kind == _INSIDE else self._catalogue.relation(kind).target
        for word in LOOSE_KINDS if reference.loose else (reference.identifiers[0].kind,):
            fitting = [other for other in by_kind.get(word, ()) if self._fits(other, allowed)]
            if len(fitting) > 1:  # the row itself is the least likely meaning
                fitting = [other for other in fitting if other is not thing]
            if fitting:
                return fitting
        return []

    def _fits(self, other: Thing, allowed: tuple[str, ...]) -> bool:
        return any(may_be(self._catalogue, other.first.cls.name, name) for name in allowed)

    def _add(self, thing: Thing) -> None:
        cls = thing.first.cls
        targets = [(kind, self._target(reference, found)) for kind, reference, found in thing.ends]
        parent = next((ref for kind, ref in targets if kind == _INSIDE), None)
        attributes = {name: thing.attributes[name] for name in cls.attributes if name in thing.attributes}
        identifiers = tuple(sorted(thing.identifiers, key=lambda one: (one.kind, one.value, one.scope)))
        self._table.items[thing.ref] = Item(thing.ref, cls.name, identifiers, attributes, parent)
        self._table.coverage.append(Coverage(thing.ref, "identity", "partial", _LOOKED))
        # A cell lists all there is of a relation: what an earlier table said and this one does not, ends.
        self._table.coverage.extend(Coverage(thing.ref, kind, "complete", _LOOKED) for kind in thing.relations)
        for kind, target in targets:
            if kind != _INSIDE:
                self._table.relations[kind, thing.ref, target] = Relation(kind, thing.ref, target, part=kind)

    def _target(self, reference: Reference, found: list[Thing]) -> str:
        """The ref of what is meant: another good row, else an item that is only mentioned."""
        if not found:
            return self._mention(reference)
        if found[0].ref in self._good:
            return found[0].ref
        left_out = found[0].first
        return self._mention(Reference(left_out.cls.name, tuple(strong_keys(left_out.cls, left_out.identifiers)[:1]), sure=True))

    def _mention(self, reference: Reference) -> str:
        inside = self._mention(reference.inside) if reference.inside else None
        ref = _short(["@", *reference.key])
        self._table.items.setdefault(ref, Item(ref, reference.cls, reference.identifiers, {}, inside))
        return ref


def _keys(row: RowSeen) -> Iterable[tuple[object, ...]]:
    """Kind, value, and what narrows it: the vendor for serials, the class for names, the surroundings for what lies inside another."""
    inside = row.parent.key if row.cls.dependent_on and row.parent else ()
    for one in strong_keys(row.cls, row.identifiers):
        yield one.kind, same(one.value), same(one.scope) or (row.cls.name if one.kind == "name" else ""), inside


def _contradiction(thing: Thing, row: RowSeen) -> str:
    first = thing.first
    if row.cls.name != first.cls.name:
        return f"it is a {first.cls.name} in row {first.row} and a {row.cls.name} in row {row.row}"
    if (row.parent.key if row.parent else ()) != (first.parent.key if first.parent else ()):
        one, other = (str(each.parent or "nothing") for each in (first, row))
        return f"it is inside of {one} in row {first.row} and of {other} in row {row.row}"
    for kind in ("ci", "external_id"):
        values = {same(one.value): (shown(one.value), seen.row) for seen in (row, first) for one in seen.identifiers if one.kind == kind}
        if len(values) > 1:
            told = " and ".join(f"{value} in row {number}" for value, number in sorted(values.values(), key=lambda each: each[1])[:2])
            return f"{'id' if kind == 'ci' else kind} is {told}"
    return ""


def _ref(thing: Thing) -> str:
    keys = sorted(((one.kind, one.scope, same(one.value)) for one in strong_keys(thing.first.cls, thing.identifiers)), key=repr)
    return _short([thing.first.cls.name, *keys[0], *([thing.first.parent.key] if thing.first.parent else [])])


def _short(key: list[object]) -> str:
    """Unambiguous, and readable where it is not too long."""
    text = json.dumps(key, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= 300 else hashlib.sha256(text.encode()).hexdigest()


def _told(value: Value) -> str:
    if value is None:
        return "none"
    return shown("; ".join(map(str, value)) if isinstance(value, tuple) else str(value), 40)
