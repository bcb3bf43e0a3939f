"""Several columns of a table by one walk, for backends that ask one column at a time.

Most tables are small: seven modules, three neighbours. Their columns lie behind each other in the agent's order, so that one GETBULK
brings what column by column takes ten. Only where the table behaves: whatever is odd (an OID again, columns out of order, an error)
ends the sweep, and the columns not yet read are then read one at a time, with all the patience that has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from discovery.snmp.backend import Bind
from discovery.snmp.values import Value

Course = Literal["on", "over", "leave"]
_MOST_UNWANTED = 4
"""A table longer than a reply is swept on only if it has this many wanted columns for each that is not."""


@dataclass(frozen=True, slots=True)
class Span:
    """Columns of one table: `entry` is the OID above them, `numbers` their last parts, rising."""

    entry: str
    numbers: tuple[int, ...]

    def oid(self, number: int) -> str:
        """The OID of a column."""
        return f"{self.entry}.{number}"

    def unwanted(self, first: int) -> int:
        """How many columns between `first` and the last wanted one are not wanted."""
        return self.numbers[-1] + 1 - first - sum(number >= first for number in self.numbers)


@lru_cache(maxsize=256)
def spans(columns: tuple[str, ...]) -> tuple[Span, ...]:
    """The columns that are worth a common walk: two at least, and no more others before and between them than they are."""
    by_entry: dict[str, list[int]] = {}
    for oid in columns:
        entry, _, number = oid.rpartition(".")
        by_entry.setdefault(entry, []).append(int(number))
    found = [Span(entry, tuple(sorted(numbers))) for entry, numbers in by_entry.items() if len(numbers) > 1]
    return tuple(span for span in found if span.unwanted(1) <= len(span.numbers))


@dataclass(slots=True)
class Sweep:
    """One walk over a span. What is read goes into `found` (column OID → index → value)."""

    span: Span
    found: dict[str, dict[str, Value]]
    max_rows: int
    _column: int = 0
    _first: int = 0
    _prefix: str = "\n"
    _rows: dict[str, Value] = field(default_factory=dict)

    def take(self, binds: Sequence[Bind], *, done: bool) -> Course:
        """Add what one reply brought: go on, all columns are read (`over`), or better read the rest column by column (`leave`).

        `done`: nothing more lies below the entry.
        """
        begins, course = not self._first, self._add(binds)
        if course != "on":
            return course
        if len(self._rows) >= self.max_rows:
            return "leave"
        if done:
            return "over"
        is_long = begins and self._column == self._first
        return "leave" if is_long and self.span.unwanted(self._first) * _MOST_UNWANTED > len(self.span.numbers) else "on"

    def _add(self, binds: Sequence[Bind]) -> Course:
        prefix, rows = self._prefix, self._rows
        skip = len(prefix)
        if binds and binds[0][0].startswith(prefix) and binds[-1][0].startswith(prefix):  # all of one column
            before = len(rows)
            rows.update([(oid[skip:], value) for oid, value in binds])
            return "on" if len(rows) == before + len(binds) else "leave"
        for oid, value in binds:
            if not oid.startswith(prefix):
                course = self._turn(oid)
                if course != "on":
                    return course
                prefix, rows = self._prefix, self._rows
                skip = len(prefix)
            index = oid[skip:]
            if index in rows:
                return "leave"
            rows[index] = value
        return "on"

    def _turn(self, oid: str) -> Course:
        """The first row of another column."""
        number, dot, _ = oid[len(self.span.entry) + 1 :].partition(".")
        if not (dot and number.isascii() and number.isdigit() and len(number) < 10) or int(number) <= self._column:
            return "leave"
        if len(self._rows) >= self.max_rows:
            return "leave"
        self._column = int(number)
        if self._column > self.span.numbers[-1]:
            return "over"
        self._first = self._first or self._column
        self._prefix = f"{self.span.entry}.{number}."
        rows = self.found.get(self.span.oid(self._column))
        self._rows = {} if rows is None else rows
        return "on"

    def read(self, *, over: bool) -> list[str]:
        """The columns of which nothing more can come: all when it is over, else those before the one under way."""
        return [self.span.oid(number) for number in self.span.numbers if over or number < self._column]
