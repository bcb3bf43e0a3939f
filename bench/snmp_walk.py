"""SNMP varbinds per CPU-second from the wire to the Observation, beside the backend alone. Run: python -m bench.snmp_walk

Agents run in a process of their own, so only the client's CPU counts. Without `--recordings DIR` (`*.snmprec`) they are invented
switches with 24 ports, neighbours and 200 learned addresses each.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, show
from cmdb.model import times
from discovery.snmp import rules
from discovery.snmp.backend import Endpoint, Timing
from discovery.snmp.build import BackendName, gufo_is_here, make_backend, make_session
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.look import look
from discovery.snmp.observe import observe
from tests.discovery.snmp.devices import switch_rows

AGENT = Path(__file__).resolve().parents[1] / "tests" / "discovery" / "snmp" / "agent.py"
SUBTREES = ("1.0.8802", "1.3.6.1.2.1", "1.3.6.1.4.1")
DEVICES, AT_ONCE, ROUNDS = 32, 16, 3
PUBLIC = SnmpCredential("2c", community="public")
GOAL = 100_000


@dataclass(frozen=True, slots=True)
class Pass:
    """Varbinds read, and the client's CPU and wall seconds for them."""

    varbinds: int
    cpu_s: float
    wall_s: float


async def end_to_end(port: int, backend: BackendName) -> int:
    """One device into an Observation; how many varbinds it took."""
    endpoint = Endpoint("127.0.0.1", port)
    session = make_session(endpoint, PUBLIC, Timing(10.0), backend=backend)
    try:
        await session.open()
        observe(await look(session, rules.load()), endpoint=endpoint, at=times.now())
    finally:
        await session.close()
    return session.varbinds


async def walk_only(port: int, backend: BackendName) -> int:
    """Everything that one agent has, thrown away."""
    door = make_backend(backend, Endpoint("127.0.0.1", port), PUBLIC, Timing(10.0))
    count = 0
    try:
        await door.open()
        async for chunk in door.walk(SUBTREES, repetitions=25):
            count += len(chunk.binds)
    finally:
        await door.close()
    return count


def measure(ports: Sequence[int], one: Callable[[int, BackendName], Awaitable[int]], backend: BackendName) -> Pass:
    """All devices, some at once, in one event loop."""

    async def run() -> int:
        places = asyncio.Semaphore(AT_ONCE)

        async def placed(port: int) -> int:
            async with places:
                return await one(port, backend)

        return sum(await asyncio.gather(*map(placed, ports)))

    cpu, wall = time.process_time(), time.perf_counter()
    varbinds = asyncio.run(run())
    return Pass(varbinds, time.process_time() - cpu, time.perf_counter() - wall)


def figures(ports: Sequence[int], rounds: int = ROUNDS) -> list[Figure]:
    """Interleaved rounds of all variants; medians."""
    found = []
    for backend in ("gufo", "pysnmp") if gufo_is_here() else ("pysnmp",):
        name: BackendName = "gufo" if backend == "gufo" else "pysnmp"
        some = ports if backend == "gufo" else ports[: max(1, len(ports) // 8)]
        passes = [(measure(some, end_to_end, name), measure(some, walk_only, name)) for _ in range(rounds)]
        whole = statistics.median(mine.varbinds / mine.cpu_s for mine, _ in passes)
        alone = statistics.median(bare.varbinds / bare.cpu_s for _, bare in passes)
        goal = f">= {GOAL:,} with gufo" if backend == "gufo" else ""
        found.append(Figure(f"SNMP to Observation, {backend}, varbinds per CPU-second", whole, "vb/s", "backend alone", alone, goal))
        devices = statistics.median(len(some) / mine.wall_s for mine, _ in passes)
        found.append(Figure(f"SNMP to Observation, {backend}, devices per second (one process)", devices, "1/s"))
        cpu = statistics.median(mine.cpu_s / len(some) * 1000 for mine, _ in passes)
        found.append(Figure(f"SNMP to Observation, {backend}, CPU per device ({passes[0][0].varbinds // len(some)} varbinds)", cpu, "ms"))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Start agents, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, help="folder of *.snmprec")
    given = parser.parse_args(arguments)
    devices, found = measured(DEVICES, given.recordings)
    show(f"SNMP, {devices} agents, {AT_ONCE} at a time", found)


def run(size: int) -> list[Figure]:
    """Up to 32 invented switches."""
    return measured(max(2, min(DEVICES, size // 300)), None, ROUNDS if size >= 1000 else 1)[1]


def measured(devices: int, recordings: Path | None, rounds: int = ROUNDS) -> tuple[int, list[Figure]]:
    """Start agents, measure; how many there were, and the figures."""
    rules.load()
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(recordings.glob("*.snmprec")) if recordings else [_invented(Path(folder))] * devices
        agent = subprocess.Popen([sys.executable, str(AGENT), *map(str, files)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if agent.stdout is None:
                raise RuntimeError("the agents cannot be heard")
            ports = [int(agent.stdout.readline().split()[1]) for _ in files]
            return len(files), figures(ports, rounds)
        finally:
            agent.kill()
            agent.wait()


def _invented(folder: Path) -> Path:
    path = folder / "switch.snmprec"
    path.write_text("".join(f"{oid}|{tag}|{value}\n" for oid, tag, value in switch_rows(200)), encoding="latin-1")
    return path


if __name__ == "__main__":
    main()
