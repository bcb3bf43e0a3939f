"""The recordings of real agents (see their README for what each one proves)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real_parts import real_part_missing


@pytest.fixture
def recording(shared: Path) -> Callable[[str], bytes]:
    """Reads a recording by its path below samples/."""

    def read(name: str) -> bytes:
        path = shared / "samples" / name
        if not path.is_file():
            real_part_missing(f"the recording {name}")
        return path.read_bytes()

    return read
