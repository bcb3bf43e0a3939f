"""A clock that goes when told to, and a folder whose syncs cost nothing: for tests of many steps."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path


class FakeClock:
    """Starts at a fixed moment; `forward` moves it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **parts: float) -> None:
        """Moves on by a timedelta's parts, e.g. `hours=8`."""
        self.moment += timedelta(**parts)


def memory_folder() -> Path:
    """A new folder in memory where there is such a place; the caller deletes it."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
