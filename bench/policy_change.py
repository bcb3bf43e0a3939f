"""A policy changes: how long until each of N endpoints is judged by it and every count kept, as the job does that a change orders.

Endpoints, their sources' last words, sites, owners and software lists are written raw in the shape reconciliation writes; everything of
compliance is written by judging. Beside the judging of the same endpoints by every policy where nothing differs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import Policy, shipped
from cmdb.model.times import to_text

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_CHANGED = "firewall-on"
_SITES, _PEOPLE, _PARTS, _BATCH = 20, 200, 30, 1000
_YES = ("firewall_enabled", "disk_encrypted", "antimalware_present", "antimalware_enabled", "antimalware_up_to_date", "screen_lock_enabled")


def run(size: int) -> list[Figure]:
    """`size` endpoints: a policy that asks the same in another edition, one that asks the contrary of many, one switched off and on."""
    count = max(10, size)
    with graphs.embedded() as bench:
        _fill(bench, count)
        every = list(shipped())
        rest = [one for one in every if one.id != _CHANGED]
        edition = [*rest, *(replace(one, version=one.version + 1, digest="bench") for one in every if one.id == _CHANGED)]
        heavier = [replace(one, severity=dict.fromkeys(one.severity, "low")) if one.id == _CHANGED else one for one in edition]
        steps: dict[str, tuple[list[Policy], bool]] = {
            "every policy, for the first time": (every, False),
            "every policy, nothing differs": (every, False),
            "one policy, a new edition": (edition, True),
            "one policy, of another severity": (heavier, True),
            "one policy, switched off": (rest, True),
            "one policy, switched on": (every, True),
        }
        taken: dict[str, tuple[float, float]] = {}
        for number, (name, (policies, alone)) in enumerate(steps.items()):
            when = _NOW + timedelta(minutes=number)
            taken[name] = _measured(bench, lambda p=policies, w=when, a=alone: _judge(bench, p, w, a))  # type: ignore[misc]
    beside = "every policy, nothing differs"
    goal = "< 10 s at 10,000 endpoints"
    return [
        Figure(f"{name}, {count:,} endpoints, {unit}", spans[at], unit, beside, taken[beside][at], goal if alone and not at else "")
        for name, (_, alone) in steps.items()
        for at, unit in ((0, "s"), (1, "CPU-s"))
        for spans in [taken[name]]
    ]


def _judge(bench: Bench, policies: list[Policy], when: datetime, alone: bool) -> None:
    evaluate(bench.graph, bench.catalogue, policies, None, when, only={_CHANGED} if alone else None)


def _measured(bench: Bench, work: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and CPU-seconds of this process and the engine's."""
    engine, own, start = bench.engine_cpu_s(), time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - start, time.process_time() - own + bench.engine_cpu_s() - engine


def _fill(bench: Bench, count: int) -> None:
    graph, dice = bench.graph, random.Random(5)
    places = [{"id": f"site-{n:02d}", "class": "site", "display_name": f"Site {n:02d}"} for n in range(_SITES)]
    people = [{"id": f"person-{n:03d}", "class": "person", "display_name": f"Person {n:03d}"} for n in range(_PEOPLE)]
    graph.write("UNWIND $rows AS row CREATE (c:CI) SET c = row", rows=[*places, *people])
    parts = [{"key": f"bench-{n}", "name": f"product-{n}"} for n in range(_PARTS)]
    graph.write(
        """
        UNWIND $rows AS row
        CREATE (k:SoftwareChunk {key: row.key})-[:LISTS]->(v:SoftwareVersion {key: row.key, name: row.name, version: '1.0'})
        """,
        rows=parts,
    )
    for start in range(0, count, _BATCH):
        rows = [_endpoint(dice, n) for n in range(start, min(count, start + _BATCH))]
        graph.write(
            """
            UNWIND $rows AS row
            CREATE (c:CI:Laptop) SET c = row.ci
            CREATE (r:SourceRecord)-[:RECORD_OF]->(c) SET r = row.record
            WITH c, row
            MATCH (s:CI {id: row.site}) MATCH (p:CI {id: row.owner})
            CREATE (c)-[:LOCATED_IN]->(s) CREATE (c)-[:OWNED_BY]->(p)
            """,
            rows=rows,
        )


def _endpoint(dice: random.Random, n: int) -> dict[str, Any]:
    ci, at = f"{n:08d}-0000-7000-8000-000000000000", to_text(_NOW - timedelta(hours=dice.randrange(24 * 5)))
    said: dict[str, Any] = {"hostname": f"pc-{n:06d}", "os_family": "linux", "os_name": "Debian GNU/Linux", "os_version": "12.5"}
    said |= {name: dice.random() < 0.9 for name in _YES if dice.random() < 0.95}
    body = {"c": {"laptop": ""}, "a": {name: [value, ""] for name, value in said.items()}, "p": {}, "s": [[], ""]}
    body["p"] = {part: ["complete", "", "", "="] for part in ("os", "security", "software", "users")}
    body["s"] = [[f"bench-{part}" for part in range(_PARTS)], ""]
    golden = {
        "class": "laptop",
        "display_name": said["hostname"],
        "presence": "present",
        "ownership": dice.choice(("corporate", "personal")),
    }
    return {
        "ci": {"id": ci, **golden, **said},
        "record": {"key": f"agent:bench|{ci}", "ci": ci, "source": "agent:bench", "observed_at": at, "data": orjson.dumps(body).decode()},
        "site": f"site-{dice.randrange(_SITES):02d}",
        "owner": f"person-{dice.randrange(_PEOPLE):03d}",
    }
