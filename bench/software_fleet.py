"""A fleet whose software overlaps as real ones do, and raw writes of it in the shape the product writes.

Four platforms of 880 packages, five patch levels each (most endpoints stand at the newest two), twelve teams with fifteen packages of their
own, and on each endpoint three to six of a long tail of 5,000 products. `only`: nothing but these of the parts a list is dealt into, so
that questions about one product can be measured with many endpoints and little to write.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cmdb.graph.door import Graph
from cmdb.model.observation import Software
from reconciliation import software

PLATFORMS = (("ubuntu", "deb"), ("rhel", "rpm"), ("windows", "windows"), ("macos", "macos"))
PACKAGES = 880
LEVELS = (0.55, 0.25, 0.1, 0.06, 0.04)
"""Share of endpoints at each patch level, the newest first."""
SOURCE = "agent:glpi"
AT = "2026-11-22T08:00:00.000Z"
_PATCHED, _TEAMS, _TEAM_PACKAGES, _TAIL = 24, 12, 15, 5000
_BATCH = 1000
_BASES = len(PLATFORMS) * len(LEVELS) * _TEAMS
Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Machine:
    """One endpoint: its id, its name, and the keys of the parts of its list."""

    id: str
    name: str
    platform: int
    chunks: tuple[str, ...]


def product(platform: int, n: int) -> str:
    """The name of the n-th package of a platform; every eleventh is on all of them."""
    return f"common-{n:04d}" if n % 11 == 0 else f"{PLATFORMS[platform][0]}-lib{n:04d}"


def version(n: int, level: int) -> str:
    """Its version at a patch level: each older level has an older version of 24 more packages."""
    behind = sum(1 for older in range(level) if n % len(LEVELS) == older and n // len(LEVELS) < _PATCHED)
    return f"{1 + n % 7}.{n % 30}.{9 - behind}"


@cache
def bucket(name: str) -> str:
    """The part a product of that name is dealt into."""
    return next(iter(software.chunks((Software(name),)))).partition("-")[0]


@lru_cache(maxsize=_BASES)
def _base(platform: int, level: int, team: int) -> tuple[dict[str, list[Software]], Rows]:
    """What all of that platform, patch level and team have: bucket → products, and its chunks."""
    kind = PLATFORMS[platform][1]
    listed = [Software(product(platform, n), version(n, level), "amd64", "", kind) for n in range(PACKAGES)]
    listed += [Software(f"team{team:02d}-tool{n:02d}", f"2.{n}.0", "amd64", "House", kind) for n in range(_TEAM_PACKAGES)]
    dealt: dict[str, list[Software]] = {}
    for one in listed:
        dealt.setdefault(bucket(one.name), []).append(one)
    return dealt, software.chunks(listed)


def machines(count: int, only: Collection[str] = ()) -> Iterator[tuple[Machine, Rows]]:
    """Machine after machine, each with those of its chunks that were not seen before."""
    dice, seen = random.Random(5), set[str]()
    for n in range(count):
        platform, team = dice.randrange(len(PLATFORMS)), dice.randrange(_TEAMS)
        dealt, chunks = _base(platform, dice.choices(range(len(LEVELS)), LEVELS)[0], team)
        mine: dict[str, list[Software]] = {}
        for _ in range(dice.randint(3, 6)):
            name = f"tail{int(_TAIL * dice.random() ** 2):04d}"
            one = Software(name, f"{dice.randint(1, 3)}.{dice.randint(0, 4)}", "amd64", "", PLATFORMS[platform][1])
            mine.setdefault(bucket(name), []).append(one)
        kept = {key: rows for key, rows in chunks.items() if key[:2] not in mine and (not only or key[:2] in only)}
        for place, own in mine.items():
            if not only or place in only:
                kept |= software.chunks([*dealt.get(place, ()), *own])
        fresh = {key: rows for key, rows in kept.items() if key not in seen}
        seen.update(fresh)
        yield Machine(f"{n:08d}-0000-7000-8000-000000000000", f"pc-{n:06d}", platform, tuple(sorted(kept))), fresh


def fill(graph: Graph, count: int, only: Collection[str] = ()) -> None:
    """Write that many endpoints with their software, a thousand a transaction."""
    known = set[str]()
    batch: list[Machine] = []
    chunks: dict[str, list[dict[str, Any]]] = {}
    for machine, fresh in machines(count, only):
        batch.append(machine)
        chunks |= fresh
        if len(batch) == _BATCH or int(machine.name[3:]) == count - 1:
            _write(graph, batch, chunks, known)
            batch, chunks = [], {}


def _write(graph: Graph, batch: Sequence[Machine], chunks: Rows, known: set[str]) -> None:
    versions = {row["key"]: row for rows in chunks.values() for row in rows if row["key"] not in known}
    known.update(versions)
    graph.write("UNWIND $rows AS row CREATE (v:SoftwareVersion) SET v = row", rows=list(versions.values()))
    graph.write(
        """
        UNWIND $rows AS row
        CREATE (k:SoftwareChunk {key: row.key})
        WITH k, row UNWIND row.versions AS version
        MATCH (v:SoftwareVersion {key: version})
        CREATE (k)-[:LISTS]->(v)
        """,
        rows=[{"key": key, "versions": [row["key"] for row in rows]} for key, rows in chunks.items()],
    )
    graph.write(
        """
        UNWIND $rows AS row
        CREATE (c:CI:Laptop)
        SET c = row.ci
        WITH c, row UNWIND row.chunks AS key
        MATCH (k:SoftwareChunk {key: key})
        CREATE (c)-[:HAS_SOFTWARE {source: row.source}]->(k)
        """,
        rows=[{"ci": _ci(one), "chunks": list(one.chunks), "source": SOURCE} for one in batch],
    )


def _ci(one: Machine) -> dict[str, Any]:
    """An endpoint as reconciliation would have made it, as far as lists need it."""
    return {
        "id": one.id,
        "class": "laptop",
        "presence": "present",
        "rev": 1,
        "created_at": AT,
        "updated_at": AT,
        "last_seen_at": AT,
        "display_name": one.name,
        "display_lower": one.name,
        "os_family": PLATFORMS[one.platform][0],
        "find1": one.name,
    }
