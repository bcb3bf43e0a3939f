"""What the privacy filter made of rows it saw before, by digests: bounded, in memory only, and never with anything that was filtered out.

Each set of rules has a memory of its own (ownership class, what the site drops, the key of pseudonyms), so nothing decided under one can
come out under another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from discovery.reports.cut import LongList

MOST_ROWS = 60_000
"""Rows of each generation: about 24 MB."""
MOST_BYTES = 32 * 1024 * 1024
"""Of whole lists, of each generation: some 250 of those that an endpoint with 900 packages has."""
MOST_MEMORIES = 12

V = TypeVar("V")


class Generations(Generic[V]):
    """A cache of two generations: what nobody asks for while `most` comes in is forgotten. Safe for threads."""

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> V | None:
        """What is kept under a key."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def get_many(self, keys: Sequence[bytes]) -> list[V | None]:
        """`get` of each, in step."""
        young = self._young
        found = [young.get(key) for key in keys]
        return [self.get(key) if one is None else one for key, one in zip(keys, found, strict=True)] if None in found else found

    def missing(self, keys: Sequence[bytes]) -> Sequence[bytes]:
        """Those under which nothing is kept."""
        young, old = self._young, self._old
        return [key for key in keys if key not in young and key not in old]

    def put(self, key: bytes, found: V) -> None:
        """Keep it under this key."""
        weight = self._weigh(found)
        with self._lock:
            if self._weight + weight > self._most and self._young:
                self._old, self._young, self._weight = self._young, {}, 0
            self._young[key] = found
            self._weight += weight


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """What the filter notes beside a row: known fields it dropped, sentences on what was dropped, whether anything unknown was there."""

    fields: frozenset[str]
    dropped: frozenset[str]
    unknown: bool


@dataclass(frozen=True, slots=True)
class KeptList:
    """A filtered list: its canonical JSON, how many rows it had before, and what was noted."""

    packed: bytes
    rows: int
    aside: Aside


OneRow = tuple[bytes, Aside]
"""Canonical JSON of what is kept of one row (empty: nothing), and what was noted."""


class Memory:
    """What one set of rules made of lists and rows."""

    def __init__(self) -> None:
        self._rows: Generations[OneRow] = Generations(MOST_ROWS)
        self._lists: Generations[KeptList] = Generations(MOST_BYTES, lambda kept: len(kept.packed))
        self._asides: dict[tuple[frozenset[str], frozenset[str], bool], Aside] = {}

    def unknown(self, digests: Sequence[bytes]) -> Sequence[bytes]:
        """Those digests of which no list or row was filtered before."""
        return self._lists.missing(self._rows.missing(digests))

    def filtered(self, given: LongList, one: Callable[[LongList, list[int]], list[OneRow]]) -> KeptList:
        """The filtered list. `one` filters the rows at these places; it is asked for rows that are not known only."""
        found = self._lists.get(given.digest)
        if found is not None:
            return found
        keys = given.keys()
        rows = self._rows.get_many(keys)
        missing = [place for place, row in enumerate(rows) if row is None]
        for place, (packed, aside) in zip(missing, one(given, missing) if missing else [], strict=True):
            rows[place] = (packed, self._same(aside))
            self._rows.put(keys[place], (packed, self._same(aside)))
        asides = {row[1] for row in rows if row is not None}
        whole = KeptList(
            b"[" + b",".join([row[0] for row in rows if row is not None and row[0]]) + b"]",
            len(keys),
            Aside(
                frozenset().union(*(a.fields for a in asides)),
                frozenset().union(*(a.dropped for a in asides)),
                any(a.unknown for a in asides),
            ),
        )
        self._lists.put(given.digest, whole)
        return whole

    def _same(self, aside: Aside) -> Aside:
        """One object for all rows of which the same is noted; of hostile rows that all differ, no more are kept than a few."""
        if len(self._asides) > 1000:
            self._asides.clear()
        return self._asides.setdefault((aside.fields, aside.dropped, aside.unknown), aside)


_memories: dict[tuple[str, Hashable], Memory] = {}
_guard = threading.Lock()


def memory_of(wire: str, rules: Hashable) -> Memory:
    """The memory of one set of rules for reports of one wire format."""
    found = _memories.get((wire, rules))
    if found is not None:
        return found
    with _guard:
        if len(_memories) >= MOST_MEMORIES:
            _memories.clear()
        return _memories.setdefault((wire, rules), Memory())


def never_read(digests: Sequence[bytes]) -> Sequence[bytes]:
    """Those digests of which no XML list or row was read before, under whatever rules."""
    for (wire, _), memory in list(_memories.items()):
        if wire == "xml" and digests:
            digests = memory.unknown(digests)
    return digests


def forget_all() -> None:
    """Begin anew."""
    with _guard:
        _memories.clear()
