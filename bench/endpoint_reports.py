"""Endpoint reports a second (904 packages each), new, changed and unchanged: door, ledger, worker and graph together; beside parsing alone.

The same devices report three times: first, an hour later with the usual changes (a package updated, another address, free space, boot time
and user), and another hour later with nothing changed. The door takes them as over the wire (unpack, parse, filter, durable on the disk),
the worker's own turns apply them. What it costs is told in CPU-seconds too (door, worker, engine), since on a busy machine the clock says
little; `2 cores` is what these seconds come to there. What follows (the built-in policies judge what was touched) is told apart.

A new engine gets faster for some thousand reports: what the first round cost is told by a figure of its own, and not counted in the others.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from bench.report_parse import HEADERS, PACKAGES, made_xml
from cmdb.config import Settings
from cmdb.runtime.chores import judge_touched
from cmdb.runtime.house import House
from cmdb.runtime.repeats_work import work_off_repeats
from cmdb.runtime.together_work import work_off_together
from cmdb.runtime.touched import MOST, waiting
from cmdb.store import AgentToken, Ledger
from discovery.reports.message import Headers, read_message
from discovery.reports.wire import unwrap
from web.agent.desk import Desk

_MODES = ("new", "usual changes", "unchanged")
_GOALS = {"new": "15/s", "usual changes": "50/s", "unchanged": "300/s"}
_CORES = 2
_WARM = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one round: reports, seconds on the clock, CPU-seconds of door, worker and engine, and for judging; answers; parsing alone."""

    count: int
    wall_s: float
    door_s: float
    worker_s: float
    engine_s: float
    judging_s: float
    answers_ms: tuple[float, ...]
    alone_s: float

    @property
    def cpu_ms(self) -> float:
        """CPU-milliseconds a report, of all concerned."""
        return (self.door_s + self.worker_s + self.engine_s) / self.count * 1000


def headers_of(number: int) -> Headers:
    """What the agent of device `number` says beside the body: its own installation's id."""
    return Headers(HEADERS.user_agent, f"0b9e61f8-0d3f-4bef-8f5b-{number:012d}")


def packed(body: bytes, number: int, *, updated: int = 0) -> bytes:
    """The report of device `number` as an agent sends it: a name, MAC and IP addresses, a serial and a UUID of its own.

    With each time that it was `updated` another package has a new version, and it has another address, free space, boot time and user.
    """
    low = f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    mac = f"00:1b:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    user = f"<LASTLOGGEDUSER>user{updated}</LASTLOGGEDUSER>"
    own = f"<UUID>{number:08x}-1111-4222-8333-{number:012x}</UUID><NAME>bench-pc-{number}</NAME>{user}"
    system = f"<BOOT_TIME>2026-10-{1 + updated % 31:02d} 08:00:00</BOOT_TIME><TIMEZONE><NAME>UTC</NAME><OFFSET>+0000</OFFSET></TIMEZONE>"
    drive = f"<DRIVES><TYPE>/</TYPE><FILESYSTEM>ext4</FILESYSTEM><TOTAL>100000</TOTAL><FREE>{90_000 - updated}</FREE></DRIVES>"
    maker = f"<BIOS><SSN>BENCH{number:09d}</SSN><SMANUFACTURER>Bench</SMANUFACTURER></BIOS>"
    changed = (
        body.replace(b"<DEVICEID>bench-1<", f"<DEVICEID>bench-pc-{number}-2026-11-01-00-00-00<".encode())
        .replace(b"<NAME>bench</NAME>", own.encode())
        .replace(b"<OPERATINGSYSTEM>", b"<OPERATINGSYSTEM>" + system.encode(), 1)
        .replace(b"00:1b:21:00:00:01", mac.encode())
        .replace(b"192.0.2.2", f"{10 + updated % 90}.{low}".encode())
        .replace(b"<NETWORKS>", f"{maker}{drive}<NETWORKS>".encode(), 1)
    )
    # Which package is updated differs from device to device, so that not all share the new list.
    for which in ((number + n) % PACKAGES for n in range(updated)):
        changed = changed.replace(f">2.36.{which}-9+".encode(), f">2.36.{which}-10+".encode())
    return zlib.compress(changed)


def run(size: int) -> list[Figure]:
    """A hundredth of `size` devices in each round on every engine there is; of several rounds the first three warm up."""
    devices, rounds = max(2, size // 100), 3 + _WARM if size >= 1000 else 1
    return [figure for bench in graphs.all_engines() for figure in _on(bench, devices, rounds)]


def _on(bench: Bench, devices: int, rounds: int) -> list[Figure]:
    body = made_xml()
    costs: dict[str, list[Cost]] = {mode: [] for mode in _MODES}
    with _house(bench) as (house, token):
        for number in range(rounds):
            first = 1 + number * devices
            for hour, mode in enumerate(_MODES):
                wires = [(device, packed(body, device, updated=min(hour, 1))) for device in range(first, first + devices)]
                costs[mode].append(_round(bench, house, token, wires))
        assert house.ledger.intake.counts()["done"] == devices * rounds * len(_MODES), house.ledger.intake.counts()
    count = bench.graph.read("MATCH (s:SourceRecord)-[:RECORD_OF]->(c:CI) WHERE c.serial STARTS WITH 'BENCH' RETURN count(c) AS n")
    assert count[0]["n"] == devices * rounds, f"{count[0]['n']} devices of {devices * rounds}"
    return [figure for mode in _MODES for figure in _figures(bench, mode, costs[mode])]


@contextmanager
def _house(bench: Bench) -> Iterator[tuple[House, AgentToken]]:
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db") as ledger:
        token = ledger.agent_tokens.find(ledger.agent_tokens.add("bench", ownership="corporate"))
        assert token is not None
        yield House(Settings(data=Path(folder)), bench.graph, None, ledger, bench.catalogue), token


def _round(bench: Bench, house: House, token: AgentToken, wires: list[tuple[int, bytes]]) -> Cost:
    alone = _cpu(lambda: [etree.fromstring(unwrap(wire)[0]) for _, wire in wires])
    answers: list[float] = []
    desk = Desk(house.ledger)

    def door() -> None:
        for device, wire in wires:
            start = time.perf_counter()
            desk.answer(read_message(wire, headers_of(device)), token)
            answers.append((time.perf_counter() - start) * 1000)

    def worker() -> None:
        while work_off_repeats(house) + work_off_together(house, threading.Event()):
            pass

    def judge() -> None:
        ids = sorted(waiting(house).take())
        for begin in range(0, len(ids), MOST):
            judge_touched(house, ids[begin : begin + MOST])

    engine, start = bench.engine_cpu_s(), time.perf_counter()
    door_s, worker_s = _cpu(door), _cpu(worker)
    wall_s, after = time.perf_counter() - start, bench.engine_cpu_s()
    judging_s = _cpu(judge) + bench.engine_cpu_s() - after
    return Cost(len(wires), wall_s, door_s, worker_s, after - engine, judging_s, tuple(answers), alone)


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _figures(bench: Bench, mode: str, every: list[Cost]) -> list[Figure]:
    costs = every[_WARM:] or every

    def middle(of: Callable[[Cost], float]) -> float:
        return statistics.median(of(cost) for cost in costs)

    def each_ms(of: Callable[[Cost], float]) -> float:
        return middle(lambda cost: of(cost) / cost.count * 1000)

    alone = each_ms(lambda cost: cost.alone_s)
    whole, name = middle(lambda cost: cost.cpu_ms), f"endpoint reports, {bench.name}, {mode}"
    answers = sorted(ms for cost in costs for ms in cost.answers_ms)
    sees_engine = "" if bench.pid else " (without the engine, which cannot be seen)"
    engine = each_ms(lambda cost: cost.engine_s)
    figures = [
        Figure(name, middle(lambda cost: cost.count / cost.wall_s), "/s", "bare parser", 1000 / alone),
        Figure(f"  CPU{sees_engine}: what {_CORES} cores could do", _CORES * 1000 / whole, "/s", goal=">= " + _GOALS[mode]),
        Figure("  CPU a report", whole, "ms", "bare parser", alone),
        Figure("  of it at the door", each_ms(lambda cost: cost.door_s), "ms"),
        Figure("  of it in the worker", each_ms(lambda cost: cost.worker_s), "ms"),
        Figure("  answer, p95", answers[int(len(answers) * 0.95)], "ms", goal="< 100 ms"),
    ]
    judging = each_ms(lambda cost: cost.judging_s)
    figures += [
        Figure("  CPU of judging it afterwards", judging, "ms"),
        Figure(f"  with that: what {_CORES} cores could do", _CORES * 1000 / (whole + judging), "/s"),
        Figure("  CPU a report, of an engine just started", every[0].cpu_ms, "ms"),
    ]
    # The kernel counts another process in hundredths of a second: of a few reports it may have seen nothing.
    return [*figures, Figure("  of it in the engine", engine, "ms")] if engine else figures
