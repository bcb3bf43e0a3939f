"""Answers to agents over real HTTP: 16 clients send reports of 904 packages to `serve` at the rates of the goals, while its workers apply.

The whole product in its own processes: door, ledger, workers, judging, engine, and beside them, on the same cores, the clients. An agent's
time counts from when its report was due, so that an answer that comes late makes the next one late, too. `applied` counts until nothing
waits any more.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from bench.endpoint_reports import headers_of, packed
from bench.figures import Figure, PartMissing
from bench.processes import cpu_s
from bench.report_parse import made_xml
from bench.starting import spawned
from bench.visits import percentiles
from cmdb.graph.engine import Engine
from cmdb.runtime.house import LEDGER_FILE
from cmdb.store import Ledger

CLIENTS = 16
RATES = {"new": 15, "usual changes": 50, "unchanged": 300}
"""Reports a second that are sent: those of the goals."""
_LONGEST_S = 900.0

Sent: TypeAlias = tuple[int, bytes]
"""The device's number, and its report as it goes over the wire"""


@dataclass(frozen=True, slots=True)
class Served:
    """The running server: its address, its ledger, and the processes of web and engine."""

    url: str
    token: str
    ledger: Ledger
    pids: tuple[int, ...]

    def cpu_s(self) -> float:
        """CPU-seconds of all of it so far."""
        return sum(cpu_s(pid) for pid in self.pids)


def run(size: int) -> list[Figure]:
    """A hundredth of `size` devices report once, then for eight seconds with the usual changes, then for eight with nothing changed."""
    devices, seconds = max(CLIENTS, size // 100), 8.0 if size >= 1000 else 0.1
    body, told = made_xml(), [0] * devices
    more = {"MOORINGS_AGENT_RATE_ADDRESS": "10000000", "MOORINGS_AGENT_RATE_TOKEN": "10000000"}
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        arguments = ["-m", "cmdb", "serve", "--data", str(data), "--port", "0"]
        with spawned(arguments, Path(name), more) as (process, line, _), Ledger(data / LEDGER_FILE) as ledger:
            engine = Engine.find(data)
            pids = (process.pid, *([engine.pid] if engine else []))
            served = Served(line.split()[-1], ledger.agent_tokens.add("bench", ownership="corporate"), ledger, pids)
            for mode, rate in RATES.items():
                count = devices if mode == "new" else max(devices, int(rate * seconds))
                wires: list[Sent] = []
                for place in (n % devices for n in range(count)):
                    told[place] += mode == "usual changes"
                    wires.append((place, packed(body, place, updated=told[place])))
                figures += _figures(mode, rate, served, wires)
    return figures


def _figures(mode: str, rate: int, served: Served, wires: Sequence[Sent]) -> list[Figure]:
    before, start = served.cpu_s(), time.perf_counter()
    spans = _sent(served, wires, rate)
    bare = _asked(served, 40)
    while sum(served.ledger.intake.counts().get(state, 0) for state in ("waiting", "running")):
        if time.perf_counter() - start > _LONGEST_S:
            raise PartMissing(f"the workers did not come to an end within {_LONGEST_S:g} s")
        time.sleep(0.05)
    whole, cpu = time.perf_counter() - start, served.cpu_s() - before
    middle, late = percentiles(spans)
    about = f"reports over HTTP, {CLIENTS} clients, {rate}/s sent, {mode}"
    return [
        Figure(f"{about}: answer, p50", middle, "ms", "is it alive, p50", bare[0]),
        Figure("  answer, p95", late, "ms", "is it alive, p95", bare[1], "< 100 ms"),
        Figure("  applied (wall; clients on the same cores)", len(wires) / whole, "/s", goal=f">= {rate}/s"),
        Figure("  CPU a report: web, workers and engine", cpu / len(wires) * 1000, "ms"),
    ]


def _sent(served: Served, wires: Sequence[Sent], rate: int) -> list[float]:
    """Send each when it is due; the milliseconds from then to its answer."""
    start = time.perf_counter() + 0.1

    def client(first: int) -> list[float]:
        spans = []
        for n in range(first, len(wires), CLIENTS):
            due = start + n / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            _report(served, *wires[n])
            spans.append((time.perf_counter() - due) * 1000)
        return spans

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [span for spans in pool.map(client, range(CLIENTS)) for span in spans]


def _report(served: Served, number: int, wire: bytes) -> None:
    says = headers_of(number)
    headers = {"User-Agent": says.user_agent, "GLPI-Agent-ID": says.agent_id, "Content-Type": "application/x-compress-zlib"}
    _request(served, "POST", f"/agent/{served.token}", wire, headers)


def _asked(served: Served, times: int) -> tuple[float, float]:
    """p50 and p95 of the least that the same server answers, while it goes on with its work."""
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        _request(served, "GET", "/health/live", b"", {})
        spans.append((time.perf_counter() - start) * 1000)
    return percentiles(spans)


def _request(served: Served, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
    door = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=60)
    try:
        door.request(method, path, body, headers)
        answer = door.getresponse()
        answer.read()
    finally:
        door.close()
    assert answer.status == 200, f"{method} was answered by {answer.status}"
