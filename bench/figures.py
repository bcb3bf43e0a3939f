"""One measured figure beside its yardstick from the same run, and how they are printed.

A measurement is a module of this folder with `run(size) -> list[Figure]`; `size` is how many CIs the whole run is about, and each module
derives from it how much it does. `run` raises PartMissing where a real part it needs (a server, a kernel interface) is not on this machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class PartMissing(Exception):
    """A real part is not here; the text says which, in one line."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`yardstick` is the same kind of figure of the bare thing underneath; `goal` is a sentence, empty where none was set."""

    name: str
    value: float
    unit: str
    yardstick_name: str = ""
    yardstick: float = 0.0
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure by its yardstick; None where it has none."""
        return self.value / self.yardstick if self.yardstick_name and self.yardstick else None

    def told(self) -> dict[str, Any]:
        """The figure as JSON."""
        return {
            "name": self.name.strip(),
            "value": self.value,
            "unit": self.unit,
            "yardstick": self.yardstick if self.yardstick_name else None,
            "yardstick_name": self.yardstick_name,
            "ratio": self.ratio,
            "goal": self.goal,
        }

    def line(self) -> str:
        """One line of the table."""
        beside = f"{_short(self.yardstick):>10} {self.unit:<5} {self.yardstick_name}" if self.yardstick_name else ""
        return f"{self.name:<58} {_short(self.value):>10} {self.unit:<5} | {beside}{'   goal: ' + self.goal if self.goal else ''}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def show(title: str, figures: Iterable[Figure]) -> None:
    """Prints a table, line by line as the figures come."""
    print(title)
    for figure in figures:
        print("  " + figure.line().rstrip(), flush=True)


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second, when `work` does `count` of them."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def median_ms(times: int, work: Callable[[], object]) -> float:
    """The median of single calls, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2] * 1000
