"""Reading an observation of which some pieces are wrong: the good ones count, each bad one is refused with its reason.

What is refused must never look as if it were not there: where a look at a part is said to be complete and something of that part was
refused, the look counts as partial, so that nothing becomes absent by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from cmdb.model.catalogue import Catalogue
from cmdb.model.clean import one_line, shown
from cmdb.model.observation import Coverage, Item, Observation, Relation, Source
from cmdb.model.observation_doubts import Doubts
from cmdb.model.observation_items import MAX_COVERAGE, MAX_ITEMS, MAX_RELATIONS, coverage_from, item_from, relation_from
from cmdb.model.observation_json import envelope, from_json, parsed
from cmdb.model.observation_problems import At, InvalidObservation, Problem, Problems, place_of
from cmdb.model.observation_references import check_references

MOST_UNREADABLE = 10_000
"""After that many pieces that cannot be read at all it is refused as a whole: that is another format, not an observation with mistakes."""
MOST_TOLD = 200
"""Refused pieces of which the reason is told; all are counted."""

_PROBLEMS_OF_ONE = 3
_Piece = TypeVar("_Piece", Item, Relation, Coverage)


@dataclass(frozen=True, slots=True)
class Refused:
    """One piece that was left out: where it stood (`items[3]`), its ref ("" where it has none), and what was wrong, with the path of it."""

    path: str
    ref: str
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Sifted:
    """What counts of an observation, and what does not: `refused` has at most 200, the counts are of all."""

    observation: Observation
    refused: tuple[Refused, ...] = ()
    items: int = 0
    relations: int = 0
    coverage: int = 0

    @property
    def count(self) -> int:
        """Pieces that were refused."""
        return self.items + self.relations + self.coverage


def sifted(data: object, catalogue: Catalogue, *, default_source: Source | None = None, now: datetime) -> Sifted:
    """Read as `from_json`, but leave out the items, relations and coverage that are wrong, and whatever cannot do without them.

    Raises InvalidObservation where it is wrong as a whole: no JSON object, an unknown source, a time that cannot be, too many entries,
    more than 10,000 that cannot be read, or not one good item.
    """
    given = parsed(data)
    try:
        return Sifted(from_json(given, catalogue, default_source=default_source, now=now))
    except InvalidObservation as error:
        problems = Problems()
        top, bare = envelope(given, problems, default_source, now)
        if "items" not in top:
            raise
        raw = {
            "items": list(top["items"].entries(MAX_ITEMS)),
            "relations": list(top["relations"].entries(MAX_RELATIONS)) if "relations" in top else [],
            "coverage": list(top["coverage"].entries(MAX_COVERAGE)) if "coverage" in top else [],
        }
        problems.stop_if_any()
        found = _Sieve(raw, catalogue).run(bare)
        if not found.observation.items:
            raise error from None
        return found


@dataclass(slots=True)
class _Sieve:
    """The pieces as they were given, and those that are left of them, by their place."""

    raw: dict[str, list[At]]
    catalogue: Catalogue
    items: dict[int, Item] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)
    coverage: dict[int, Coverage] = field(default_factory=dict)
    wrong: dict[str, dict[int, tuple[Problem, ...]]] = field(default_factory=lambda: {"items": {}, "relations": {}, "coverage": {}})
    given: set[str] = field(default_factory=set)
    misfits: set[tuple[str, int]] = field(default_factory=set)
    """Refused for what they refer to: they may have meant another"""
    lost: set[tuple[str, int]] = field(default_factory=set)
    """Refused only because what they refer to was"""
    unreadable: int = 0

    def run(self, bare: Observation) -> Sifted:
        """Read, leave out, and doubt what is said to be complete."""
        self.items = self._read("items", item_from)
        self.relations = self._read("relations", relation_from)
        self.coverage = self._read("coverage", coverage_from)
        self._same_refs()
        self._contradictions()
        self._lost()
        self._misfits(bare)
        self._lost()
        doubts = Doubts([at.value for at in self.raw["items"]], self.catalogue)
        for place in self.wrong["items"]:
            doubts.item(self.raw["items"][place].value, elsewhere=("items", place) in self.misfits)
        for place in self.wrong["relations"]:
            doubts.relation(self.raw["relations"][place].value, elsewhere=("relations", place) not in self.lost)
        for place in self.wrong["coverage"]:
            doubts.coverage(self.raw["coverage"][place].value)
        return Sifted(
            replace(self._left(bare), coverage=tuple(doubts.told(self.coverage[place]) for place in sorted(self.coverage))),
            tuple(self._told()),
            *(len(self.wrong[kind]) for kind in ("items", "relations", "coverage")),
        )

    def _read(self, kind: str, reader: Callable[[At, Catalogue], _Piece]) -> dict[int, _Piece]:
        good: dict[int, _Piece] = {}
        for place, at in enumerate(self.raw[kind]):
            problems = Problems(_PROBLEMS_OF_ONE)
            try:
                piece = reader(At(problems, at.path, at.value), self.catalogue)
                problems.stop_if_any()
                good[place] = piece
            except InvalidObservation as error:
                self.wrong[kind][place] = error.problems
                self.unreadable += 1
                if self.unreadable > MOST_UNREADABLE:
                    told = f"more than {MOST_UNREADABLE:,} entries cannot be read; is this the form of an observation? See {error}"
                    raise InvalidObservation((Problem("", told),)) from None
        return good

    def _refuse(self, kind: str, place: int, where: str, message: str) -> None:
        pieces: dict[int, Any] = getattr(self, kind)
        if pieces.pop(place, None) is not None:
            self.wrong[kind][place] = (Problem(f"{kind}[{place}]{where}", message),)

    def _same_refs(self) -> None:
        """One ref for two different items: nobody can tell which is meant. The same item twice is said once."""
        places: dict[str, list[int]] = {}
        for place, at in enumerate(self.raw["items"]):
            if isinstance(at.value, dict) and isinstance(ref := at.value.get("ref"), str):
                places.setdefault(one_line(ref), []).append(place)
        self.given = set(places)
        for ref, those in places.items():
            if len(those) == 1:
                continue
            alike = all(place in self.items and self.items[place] == self.items.get(those[0]) for place in those)
            for place in those[1:] if alike else those:
                if alike:
                    del self.items[place]
                    continue
                other = next(each for each in those if each != place)
                self._refuse("items", place, ".ref", f"items[{other}] has the ref {shown(ref)}, too, and differs; neither can count")

    def _contradictions(self) -> None:
        """Two ends where there can be only one, two states of one part: none of them counts."""
        one = {name: kind.one for name, kind in self.catalogue.relations.items() if kind.one}
        ends: dict[tuple[str, str], dict[str, list[int]]] = {}
        for place, said in self.relations.items():
            if side := one.get(said.type):
                mine, other = (said.source, said.target) if side == "source" else (said.target, said.source)
                ends.setdefault((said.type, mine), {}).setdefault(other, []).append(place)
        for (name, mine), others in ends.items():
            if len(others) > 1:
                named = " and ".join(shown(other) for other in sorted(others)[:3])
                for place in (each for places in others.values() for each in places):
                    self._refuse("relations", place, "", f"{shown(mine)} can have only one {name}, but has {named}")
        states: dict[tuple[str, str], dict[str, list[int]]] = {}
        for place, seen in self.coverage.items():
            states.setdefault((seen.item, seen.part), {}).setdefault(seen.state, []).append(place)
        for (item, part), found in states.items():
            if len(found) > 1:
                for place in (each for places in found.values() for each in places):
                    self._refuse("coverage", place, "", f"{part} of {shown(item)} is said to be {' and '.join(sorted(found))}")

    def _misfits(self, bare: Observation) -> None:
        """What the check of the references finds in all that is left."""
        problems = Problems(None)
        places = {"items": sorted(self.items), "relations": sorted(self.relations), "coverage": sorted(self.coverage)}
        check_references(self._left(bare), self.catalogue, problems)
        for problem in problems.found():
            kind, place, where = place_of(problem.path)
            self.misfits.add((kind, places[kind][place]))
            self._refuse(kind, places[kind][place], where, problem.message)

    def _lost(self) -> None:
        """Leave out what cannot do without what is not there: what lies inside it, its relations, looks at it."""
        known = {item.ref for item in self.items.values()}
        inside: dict[str, list[int]] = {}
        for place, item in self.items.items():
            if item.parent is not None:
                inside.setdefault(item.parent, []).append(place)
        gone = [parent for parent in inside if parent not in known]
        while gone:
            parent = gone.pop()
            for place in inside.pop(parent, ()):
                gone.append(self.items[place].ref)
                known.discard(gone[-1])
                self._refuse("items", place, ".parent", self._why(parent))
        for place, relation in list(self.relations.items()):
            if lost := [(end, ref) for end, ref in (("from", relation.source), ("to", relation.target)) if ref not in known]:
                self._refuse("relations", place, f".{lost[0][0]}", self._why(lost[0][1]))
                self.lost.add(("relations", place))
        for place, seen in list(self.coverage.items()):
            if seen.item not in known:
                self._refuse("coverage", place, ".item", self._why(seen.item))

    def _why(self, ref: str) -> str:
        return f"the item {shown(ref)} was refused" if ref in self.given else f"no item has the ref {shown(ref)}"

    def _left(self, bare: Observation) -> Observation:
        return replace(
            bare,
            items=tuple(self.items[place] for place in sorted(self.items)),
            relations=tuple(self.relations[place] for place in sorted(self.relations)),
            coverage=tuple(self.coverage[place] for place in sorted(self.coverage)),
        )

    def _told(self) -> Iterator[Refused]:
        told = 0
        for kind, wrong in self.wrong.items():
            for place in sorted(wrong):
                if told == MOST_TOLD:
                    return
                told += 1
                value = self.raw[kind][place].value
                ref = value.get("ref") if kind == "items" and isinstance(value, dict) else ""
                yield Refused(f"{kind}[{place}]", ref[:80] if isinstance(ref, str) else "", wrong[place])
