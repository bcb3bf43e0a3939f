"""Endpoint reports a second (904 packages each), new, changed and unchanged, from the wire to the graph; beside parsing alone.

The same devices report three times: first, an hour later with one package updated, and another hour later with nothing changed.
"""

from __future__ import annotations

import statistics
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from bench.report_parse import HEADERS, PACKAGES, made_xml
from cmdb.model.observation import Observation
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.privacy import filter_body
from reconciliation import reconcile

_AT = datetime(2026, 11, 1, tzinfo=UTC)
_MODES = ("new", "one package changed", "unchanged")


def packed(body: bytes, number: int, *, updated: bool) -> bytes:
    """The report of device `number` as an agent sends it: a name, a MAC address, a serial and a UUID of its own."""
    mac = f"00:1b:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    own = f"<UUID>{number:08x}-1111-4222-8333-{number:012x}</UUID><NAME>bench-pc-{number}</NAME>".encode()
    changed = (
        body.replace(b"<DEVICEID>bench-1<", f"<DEVICEID>bench-pc-{number}-2026-11-01-00-00-00<".encode())
        .replace(b"<NAME>bench</NAME>", own)
        .replace(b"00:1b:21:00:00:01", mac.encode())
        .replace(b"<NETWORKS>", f"<BIOS><SSN>BENCH{number:09d}</SSN><SMANUFACTURER>Bench</SMANUFACTURER></BIOS><NETWORKS>".encode(), 1)
    )
    # Which package is updated differs from device to device, so that not all share the new list.
    which = number % PACKAGES
    return zlib.compress(changed.replace(f">2.36.{which}-9+".encode(), f">2.36.{which}-10+".encode()) if updated else changed)


def parsed(wire: bytes, at: datetime, entry: str) -> Observation:
    """From the wire to the Observation, by the door's and the worker's code."""
    stored, _ = filter_body(wire, "corporate", headers=HEADERS)
    return observation_from_entry(KIND, stored, {"received_at": at, "ownership": "corporate", "id": entry})


def run(size: int) -> list[Figure]:
    """A two-hundredth of `size` devices in each round, one report at a time, on every engine there is."""
    devices, rounds = max(2, size // 200), 3 if size >= 1000 else 1
    return [figure for bench in graphs.all_engines() for figure in _on(bench, devices, rounds)]


def _on(bench: Bench, devices: int, rounds: int) -> list[Figure]:
    body = made_xml()
    rates: dict[str, list[tuple[float, float]]] = {mode: [] for mode in _MODES}
    for number in range(rounds):
        first = 1 + number * devices
        for hour, mode in enumerate(_MODES):
            at = _AT + timedelta(days=number, hours=hour)
            wires = [packed(body, device, updated=hour > 0) for device in range(first, first + devices)]
            alone = _rate(devices, lambda wires=wires, at=at: _parse(wires, at))  # type: ignore[misc]
            whole = _rate(devices, lambda wires=wires, at=at: _apply(bench, wires, at))  # type: ignore[misc]
            rates[mode].append((whole, alone))
    count = bench.graph.read("MATCH (s:SourceRecord)-[:RECORD_OF]->(c:CI) WHERE c.serial STARTS WITH 'BENCH' RETURN count(c) AS n")
    assert count[0]["n"] == devices * rounds, f"{count[0]['n']} devices of {devices * rounds}"
    return [
        Figure(
            f"endpoint reports, {bench.name}, {mode}",
            statistics.median(whole for whole, _ in pairs),
            "/s",
            "parse alone",
            statistics.median(alone for _, alone in pairs),
        )
        for mode, pairs in rates.items()
    ]


def _parse(wires: list[bytes], at: datetime) -> None:
    for place, wire in enumerate(wires):
        parsed(wire, at, f"alone-{at:%d-%H}-{place}")


def _apply(bench: Bench, wires: list[bytes], at: datetime) -> None:
    for place, wire in enumerate(wires):
        reconcile(bench.graph, bench.catalogue, parsed(wire, at, f"whole-{at:%d-%H}-{place}"))


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)
