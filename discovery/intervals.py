"""Stretches of addresses, and a set of them that can tell what of a new one is not in it yet."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Addresses from `first` to `last`, both included, as numbers of one IP version."""

    version: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many addresses."""
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        cls = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        for number in range(self.first, self.last + 1):
            yield cls(number)

    def __str__(self) -> str:
        cls = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return str(cls(self.first)) if self.first == self.last else f"{cls(self.first)}-{cls(self.last)}"


class Intervals:
    """Disjoint, sorted stretches. Adding n stretches costs n log n, however many addresses they hold."""

    def __init__(self) -> None:
        self._sorted: list[Interval] = []

    def __contains__(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
        return address is not None and not self._missing(Interval(address.version, int(address), int(address)))

    def add(self, new: Interval) -> tuple[Interval, ...]:
        """Add a stretch. Returns the parts of it that were not there before, in order."""
        missing = self._missing(new)
        touched = self._overlapping(new)
        if touched:
            start = bisect_left(self._sorted, touched[0])
            merged = Interval(new.version, min(new.first, touched[0].first), max(new.last, touched[-1].last))
            self._sorted[start : start + len(touched)] = [merged]
        else:
            self._sorted.insert(bisect_left(self._sorted, new), new)
        return missing

    def _missing(self, new: Interval) -> tuple[Interval, ...]:
        missing = []
        first = new.first
        for known in self._overlapping(new):
            if known.first > first:
                missing.append(Interval(new.version, first, known.first - 1))
            first = max(first, known.last + 1)
        if first <= new.last:
            missing.append(Interval(new.version, first, new.last))
        return tuple(missing)

    def _overlapping(self, new: Interval) -> list[Interval]:
        index = bisect_left(self._sorted, Interval(new.version, new.first, new.first))
        if index and self._sorted[index - 1].version == new.version and self._sorted[index - 1].last >= new.first:
            index -= 1
        found = []
        while index < len(self._sorted) and self._sorted[index].version == new.version and self._sorted[index].first <= new.last:
            found.append(self._sorted[index])
            index += 1
        return found
