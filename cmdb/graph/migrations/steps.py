"""What a migration step is and how it is read: a Cypher file, or a Python file with `def run(step: Running) -> None`.

A Cypher file holds statements that end with `;` at the end of a line; each runs in a transaction of its own, and a step that was
interrupted goes on with the first one that had not finished. A Python step works in batches and keeps its place by `Running.keep`.
Either way a statement or batch may run twice, so it has to bear that.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from cmdb.errors import CmdbError
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue

SHIPPED: Final = Path(__file__).parent / "shipped"
_FILE = re.compile(r"m(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.(?P<kind>cypher|py)")
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its number, name, content hash, and when it was applied here (empty: not yet). Number 0 is the catalogue's schema."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...] = ()
    applied_at: str = ""
    file: Path | None = None

    @property
    def title(self) -> str:
        """How a person sees it: `0001 identity`."""
        return f"{self.number:04d} {self.name}" if self.number else self.name


@dataclass(frozen=True, slots=True)
class Running:
    """What a Python step is given."""

    graph: Graph
    catalogue: Catalogue
    place: str
    """What `keep` was last told in an earlier, interrupted run; empty at the first."""
    keep: Callable[[str], None]
    """Remember how far the work is, so that a run after a kill goes on from there."""


def read_steps(folder: Path = SHIPPED) -> tuple[Step, ...]:
    """The steps of a folder, by number. Raises `CmdbError` where numbers repeat or leave a gap."""
    steps = sorted((_read(path) for path in folder.iterdir() if _FILE.fullmatch(path.name)), key=lambda step: step.number)
    for expected, step in enumerate(steps, 1):
        if step.number != expected:
            raise CmdbError(f"The migration steps are not numbered 1, 2, 3 …: {step.title} stands where {expected:04d} is expected.")
    return tuple(steps)


def module_of(step: Step) -> ModuleType:
    """The Python module of a step that is one."""
    spec = importlib.util.spec_from_file_location(f"cmdb_graph_migration_{step.number:04d}", step.file) if step.file else None
    if spec is None or spec.loader is None:
        raise CmdbError(f"The migration step {step.title} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read(path: Path) -> Step:
    match = _FILE.fullmatch(path.name)
    if match is None:
        raise CmdbError(f"{path.name} is no migration step: it must be called like m0002_add_something.cypher.")
    text = path.read_text("utf-8")
    checksum = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    statements = _statements(text) if match["kind"] == "cypher" else ()
    return Step(int(match["number"]), match["name"].replace("_", " "), checksum, statements, file=path)


def _statements(text: str) -> tuple[str, ...]:
    parts = re.split(r";[ \t]*(?:\n|$)", _COMMENT.sub("", text))
    return tuple(part.strip() for part in parts if part.strip())
