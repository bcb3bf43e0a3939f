"""What this process counts for Prometheus: one registry, and what the workers did. Pages add theirs in web/pages/operations.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY: Final = CollectorRegistry()
_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 120, 600)
_WORK: Final = Counter(
    "moorings_work",
    "Work settled by the workers of this process. line: intake or job. outcome: done, retried (tried again later), parked (set aside for a"
    " person), waiting (the graph was away, or interrupted).",
    ("line", "kind", "outcome"),
    registry=REGISTRY,
)
_SECONDS: Final = Histogram(
    "moorings_work_seconds", "Time each try took, with whatever outcome.", ("line", "kind"), registry=REGISTRY, buckets=_BUCKETS
)


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
        _WORK.labels(line, kind, outcome.name).inc()
        _SECONDS.labels(line, kind).observe(time.perf_counter() - began)
