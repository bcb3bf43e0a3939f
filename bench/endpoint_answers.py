"""Answers to agents over real HTTP: 16 clients send reports of 904 packages to `serve` a tenth above the goals, while its workers apply.

The whole product in its own processes: door, reader, ledger, workers, judging, engine, and beside them, on the same cores, the clients.
They send prepared bytes, each report over a connection of its own; what they cost is told apart. An agent's time counts from when its
report was due: an answer that comes late makes the next one late, too. `applied` counts until nothing waits any more. No two reports are
the same bytes: each tells of other processes, as those of real agents do. Before anything is measured, other devices report new, changed
and unchanged for about a minute: a server that runs since yesterday is warm, and Java compiles what it runs for as long as that.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.endpoint_reports import headers_of, packed
from bench.figures import Figure, PartMissing
from bench.processes import children, cpu_s
from bench.report_parse import made_xml
from bench.starting import spawned
from bench.visits import percentiles
from cmdb.graph.engine import Engine
from cmdb.intake.crew import crew_of
from cmdb.runtime.house import LEDGER_FILE
from cmdb.store import Ledger

CLIENTS = 16
RATES = {"new": 15, "usual changes": 50, "unchanged": 300}
"""Reports a second: the goals."""
_MORE = 1.1
"""So many times the goal is sent: of what is sent at a rate, a little less is done each second, since the last one takes its time."""
_LONGEST_S = 900.0
_PATIENCE_S = 60.0
_WARM = 1_000_000
"""The number of the first of the devices that warm the server up."""
_WARMING = {"new": 1, "usual changes": 5, "unchanged": 20}
"""How many times they report."""


@dataclass(frozen=True, slots=True)
class Served:
    """The running server: its address, its ledger, and its processes."""

    url: str
    token: str
    ledger: Ledger
    pids: tuple[int, ...]

    def cpu_s(self) -> float:
        """CPU-seconds of all of it so far."""
        return sum(cpu_s(pid) for pid in self.pids)


def run(size: int) -> list[Figure]:
    """200 devices report once, then for eight seconds with the usual changes, then for eight unchanged; below a size of 1000, 16.

    In earnest twice: as `serve` runs, with reader and workers in processes of their own, and with both in the server's.
    """
    if size < 1000:
        return _run(CLIENTS, 0.1, apart=False, warm=False)
    return [one for apart in (True, False) for one in _run(200, 8.0, apart=apart, warm=True)]


def _run(devices: int, seconds: float, *, apart: bool, warm: bool) -> list[Figure]:
    more = {
        "MOORINGS_AGENT_RATE_ADDRESS": "10000000",
        "MOORINGS_AGENT_RATE_TOKEN": "10000000",
        "MOORINGS_WORKERS_APART": "yes" if apart else "no",
        "MOORINGS_READER_APART": "yes" if apart else "no",
    }
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        data = Path(name) / "data"
        arguments = ["-m", "cmdb", "serve", "--data", str(data), "--port", "0"]
        process, line, _ = stack.enter_context(spawned(arguments, Path(name), more))
        ledger = stack.enter_context(Ledger(data / LEDGER_FILE))
        pids = [process.pid, *([engine.pid] if (engine := Engine.find(data)) else [])]
        if apart:
            pids += [_workers(ledger), _reader(process.pid)]
        served = Served(line.split()[-1], ledger.agent_tokens.add("bench", ownership="corporate"), ledger, tuple(pids))
        fleet, others = Fleet(served, 0, devices), Fleet(served, _WARM, devices // 3)
        for mode, rate in RATES.items() if warm else ():
            _measured(served, others.wires(mode, devices * _WARMING[mode]), rate * _MORE)
        about = "reader and workers in processes of their own" if apart else "one process"
        return [
            figure
            for mode, rate in RATES.items()
            for figure in _figures(
                f"{mode}, {about}", rate, served, fleet.wires(mode, devices if mode == "new" else int(rate * _MORE * seconds))
            )
        ]


def _workers(ledger: Ledger) -> int:
    """The id of the workers' process, when it works."""
    until = time.monotonic() + _PATIENCE_S
    while not ((crew := crew_of(ledger)) and crew.pid):
        if time.monotonic() > until:
            raise PartMissing("the workers did not begin")
        time.sleep(0.05)
    return crew.pid


def _reader(server: int) -> int:
    """The id of the reader's process."""
    until = time.monotonic() + _PATIENCE_S
    while not (found := children(server, "cmdb.runtime.reader_child")):
        if time.monotonic() > until:
            raise PartMissing("the reader did not begin")
        time.sleep(0.05)
    return found[0]


class Fleet:
    """Devices that report one after another."""

    def __init__(self, served: Served, first: int, devices: int) -> None:
        self._served = served
        self._first = first
        self._told = [0] * devices
        self._body = made_xml()
        self._sent = 0

    def wires(self, mode: str, count: int) -> list[bytes]:
        """Their next reports, as they go over the wire; each device reports new but once."""
        devices = len(self._told)
        count = devices if mode == "new" else max(devices, count)
        return [self._wire(n % devices, mode) for n in range(count)]

    def _wire(self, place: int, mode: str) -> bytes:
        self._told[place] += mode == "usual changes"
        self._sent += 1
        body = self._body.replace(b"--option 7<", b"--option 7 --run %d<" % self._sent)
        sent = packed(body, self._first + place, updated=self._told[place])
        says = headers_of(self._first + place)
        head = f"User-Agent: {says.user_agent}\r\nGLPI-Agent-ID: {says.agent_id}\r\nContent-Type: application/x-compress-zlib\r\n"
        return _request("POST", f"/agent/{self._served.token}", head, sent)


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round: milliseconds to each answer, seconds until all was applied, CPU-seconds of server and clients; and the
    milliseconds of the least that the same server answers meanwhile (p50, p95)."""

    spans: list[float]
    whole_s: float
    cpu_s: float
    clients_s: float
    bare: tuple[float, float]


def _figures(mode: str, rate: int, served: Served, wires: Sequence[bytes]) -> list[Figure]:
    did = _measured(served, wires, rate * _MORE)
    middle, late = percentiles(did.spans)
    about = f"reports over HTTP, {CLIENTS} clients, {rate * _MORE:g}/s sent, {mode}"
    return [
        Figure(f"{about}: answer, p50", middle, "ms", "is it alive, p50", did.bare[0]),
        Figure("  answer, p95", late, "ms", "is it alive, p95", did.bare[1], "< 100 ms"),
        Figure("  applied (wall; clients on the same cores)", len(wires) / did.whole_s, "/s", goal=f">= {rate}/s"),
        Figure("  CPU a report: web, reader, workers and engine", did.cpu_s / len(wires) * 1000, "ms"),
        Figure("  CPU a report: the clients", did.clients_s / len(wires) * 1000, "ms"),
    ]


def _measured(served: Served, wires: Sequence[bytes], rate: float) -> Round:
    """Send them at this rate, and wait until all are applied."""
    before, start, clients = served.cpu_s(), time.perf_counter(), time.process_time()
    spans = _sent(served, wires, rate)
    clients = time.process_time() - clients
    bare = _asked(served, 40)
    while sum(served.ledger.intake.counts().get(state, 0) for state in ("waiting", "running")):
        if time.perf_counter() - start > _LONGEST_S:
            raise PartMissing(f"the workers did not come to an end within {_LONGEST_S:g} s")
        time.sleep(0.05)
    return Round(spans, time.perf_counter() - start, served.cpu_s() - before, clients, bare)


def _sent(served: Served, wires: Sequence[bytes], rate: float) -> list[float]:
    """Send each when it is due; the milliseconds from then to its answer."""
    start = time.perf_counter() + 0.1

    def client(first: int) -> list[float]:
        spans = []
        for n in range(first, len(wires), CLIENTS):
            due = start + n / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            _exchange(served, wires[n])
            spans.append((time.perf_counter() - due) * 1000)
        return spans

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [span for spans in pool.map(client, range(CLIENTS)) for span in spans]


def _asked(served: Served, times: int) -> tuple[float, float]:
    """p50 and p95 of the least that the same server answers, while it goes on with its work."""
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        _exchange(served, _request("GET", "/health/live", "", b""))
        spans.append((time.perf_counter() - start) * 1000)
    return percentiles(spans)


def _request(method: str, path: str, head: str, body: bytes) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def _exchange(served: Served, request: bytes) -> None:
    """Send the request over a connection of its own, and read the answer to its end."""
    at = urlsplit(served.url)
    with socket.create_connection((at.hostname, at.port), timeout=60) as door:
        door.sendall(request)
        answer = b"".join(iter(lambda: door.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), f"it was answered by {answer[:40]!r}"
