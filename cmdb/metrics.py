"""What a server counts for Prometheus: one registry, and what its workers did. Pages add theirs in web/pages/operations.py.

Workers in a process of their own count nothing for themselves: each piece of work is told (`tell_to`) to the server, which counts it
(`heard`). So the counts of a server go on where they were when its workers were started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Piece: TypeAlias = tuple[str, str, str, float]
"""One piece of work: line, kind, outcome, seconds."""

REGISTRY: Final = CollectorRegistry()
_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 120, 600)
_WORK: Final = Counter(
    "moorings_work",
    "Work settled by the workers of this server. line: intake or job. outcome: done, retried (tried again later), parked (set aside for a"
    " person), waiting (the graph was away, or interrupted).",
    ("line", "kind", "outcome"),
    registry=REGISTRY,
)
_SECONDS: Final = Histogram(
    "moorings_work_seconds", "Time each try took, with whatever outcome.", ("line", "kind"), registry=REGISTRY, buckets=_BUCKETS
)
WORKERS_UP: Final = Gauge(
    "moorings_workers_up", "1 while the workers of this server work; 0 also where others work for it.", registry=REGISTRY
)
WORKERS_RESTARTS: Final = Counter(
    "moorings_workers_restarts", "How often the process of the workers ended by itself and was started again.", registry=REGISTRY
)
READER_UP: Final = Gauge(
    "moorings_reader_up", "1 while agents' reports are read in a process of its own; 0 while the server reads them.", registry=REGISTRY
)
READER_RESTARTS: Final = Counter(
    "moorings_reader_restarts", "How often the process that reads reports ended by itself and was started again.", registry=REGISTRY
)
_listeners: list[Callable[[Piece], object]] = []


class Outcome:
    """How one piece of work ended: whoever settles it says so."""

    def __init__(self) -> None:
        self.name = "retried"


@contextmanager
def work(line: str, kind: str) -> Iterator[Outcome]:
    """Count and time one piece of work. `kind` must be one of a few: each makes rows of its own."""
    outcome, began = Outcome(), time.perf_counter()
    try:
        yield outcome
    finally:
        piece = (line, kind, outcome.name, time.perf_counter() - began)
        for tell in _listeners or (heard,):
            tell(piece)


def heard(piece: Piece) -> None:
    """Count a piece of work that was done here or in a process that works for this one."""
    line, kind, outcome, seconds = piece
    _WORK.labels(line, kind, outcome).inc()
    _SECONDS.labels(line, kind).observe(seconds)


@contextmanager
def tell_to(listener: Callable[[Piece], object]) -> Iterator[None]:
    """While the block runs, what is done here is told to `listener` and not counted here."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
