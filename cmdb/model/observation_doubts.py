"""Which looks at a part are not complete after all, because something of that part was refused. Pure.

Where it cannot be told what a refused piece was part of, every complete look it may have belonged to is doubted: too much doubt leaves a
thing present a while longer, too little ends one that is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cmdb.model.catalogue import Catalogue, CIClass
from cmdb.model.clean import one_line
from cmdb.model.observation import Coverage
from cmdb.model.observation_items import ITEM_KEYS, RELATION_KEYS

ANY = ""
"""Stands for every part, and for every item."""
WORDS = "some of it was refused"
_UNNAMED = "relations"
"""The part of what names none."""


class Doubts:
    """What is in doubt after some pieces of an observation were refused; tell it of each, then ask it of each look."""

    def __init__(self, items: Iterable[object], catalogue: Catalogue) -> None:
        """`items`: all that were given, good and refused, as a JSON parser made them."""
        self._catalogue = catalogue
        self._parents: dict[str, str | None] = {}
        self._roots: dict[str, str] = {}
        self._doubted: set[tuple[str, str]] = set()
        twice: set[str] = set()
        for value in items:
            if isinstance(value, dict) and (ref := _line(value.get("ref"))):
                parent = _line(value.get("parent")) or None
                if self._parents.setdefault(ref, parent) != parent:
                    twice.add(ref)
        for ref in twice:  # who knows where it lies
            self._parents[ref] = ref

    def item(self, value: object, *, elsewhere: bool) -> None:
        """This item was refused: the list of the parts of what it lies in is not whole. `elsewhere`: it may lie in another."""
        if not isinstance(value, dict) or value.keys() - set(ITEM_KEYS) or not isinstance(value.get("parent"), str | None):
            self._doubted.add((ANY, ANY))
            return
        parent = _line(value.get("parent"))
        part = self._part(value) or self._part_of_class(value.get("class"))
        if parent and elsewhere:
            self._doubted.add((ANY, part))
        elif parent:
            self._doubt(parent, part)
        elif (cls := self._class(value.get("class"))) is None or cls.dependent_on:
            self._doubted.add((ANY, part))

    def relation(self, value: object, *, elsewhere: bool) -> None:
        """This relation was refused: the list of such of either end is not whole. `elsewhere`: it may have meant another end."""
        if not isinstance(value, dict) or value.keys() - set(RELATION_KEYS):
            self._doubted.add((ANY, ANY))
            return
        kind = value.get("type")
        known = isinstance(kind, str) and kind in self._catalogue.relations
        part = self._part(value) if value.get("part") else _UNNAMED
        for end in ("from", "to"):
            ref = ANY if elsewhere else _line(value.get(end))
            self._doubt(ref, part if known else ANY)
            if known:
                self._doubt(ref, str(kind))

    def coverage(self, value: object) -> None:
        """This word on how completely a part was looked at was refused: another one on the same is in doubt."""
        if not isinstance(value, dict):
            self._doubted.add((ANY, ANY))
            return
        part = value.get("part")
        self._doubted.add((_line(value.get("item")) or ANY, part if isinstance(part, str) else ANY))

    def told(self, seen: Coverage) -> Coverage:
        """The look as it counts: partial instead of complete where it is in doubt."""
        asked = ((seen.item, seen.part), (seen.item, ANY), (ANY, seen.part), (ANY, ANY))
        if seen.state != "complete" or self._doubted.isdisjoint(asked):
            return seen
        return replace(seen, state="partial", reason=f"{seen.reason}; {WORDS}" if seen.reason else WORDS)

    def _doubt(self, ref: str, part: str) -> None:
        self._doubted |= {(ref if ref in self._parents else ANY, part), (self._root(ref), part)}

    def _root(self, ref: str) -> str:
        """The outermost item a ref lies in; ANY where that cannot be told."""
        way: list[str] = []
        seen: set[str] = set()
        here: str | None = ref
        found = ANY
        while here is not None and here in self._parents and here not in seen:
            if here in self._roots:
                found = self._roots[here]
                break
            way.append(here)
            seen.add(here)
            if self._parents[here] is None:
                found = here
                break
            here = self._parents[here]
        self._roots |= dict.fromkeys(way, found)
        return found

    def _part(self, value: dict[str, object]) -> str:
        part = value.get("part")
        return part if isinstance(part, str) and part in self._catalogue.parts else ANY

    def _part_of_class(self, name: object) -> str:
        cls = self._class(name)
        return ANY if cls is None else cls.part or _UNNAMED

    def _class(self, name: object) -> CIClass | None:
        return self._catalogue.classes.get(name) if isinstance(name, str) else None


def _line(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""
