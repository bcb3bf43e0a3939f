"""Replay: a graph made again from the ledger, beside the workers who made it the first time, on the same engine in the same run.

Three observations of each device: new, the same again, one attribute changed. Bodies are read from the ledger both times.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from bench.reconcile_items import observation
from cmdb.config import Settings
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.replay import replay
from cmdb.store import Ledger


def run(size: int) -> list[Figure]:
    """Observations of a fiftieth of `size` devices, on every engine there is."""
    return [figure for bench in graphs.all_engines() for figure in _on(bench, max(5, size // 50))]


def _on(bench: Bench, devices: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db")
        try:
            house = House(Settings.load(), bench.graph, None, ledger, bench.catalogue)
            count = _accepted(ledger, devices)
            first = _taken(bench, lambda: work_off(house))
            while bench.graph.write("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"]:
                pass
            again = _taken(bench, lambda: replay(ledger, bench.graph, bench.catalogue))
        finally:
            ledger.close()
    rates, cpu = [count / took[0] for took in (again, first)], [1000 * took[1] / count for took in (again, first)]
    name, beside = f"{bench.name}: replay of {count:,} observations", "worked off the first time"
    return [Figure(name, rates[0], "/s", beside, rates[1]), Figure(f"{name}, CPU of each", cpu[0], "ms", beside, cpu[1])]


def _accepted(ledger: Ledger, devices: int) -> int:
    count = 0
    for minute, model in ((0, "M1"), (5, "M1"), (10, "M2")):
        whole = observation(1, devices, minute, model)
        for item in whole.items:
            submit_observation(ledger, replace(whole, id=uuid7(), items=(item,)), actor="bench")
            count += 1
    return count


def _taken(bench: Bench, work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the clock, and CPU-seconds of client and engine."""
    engine, client, wall = bench.engine_cpu_s(), time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - wall, time.process_time() - client + bench.engine_cpu_s() - engine
