"""A scan as a job: it hands out its hosts as jobs of their own, a few at a time, and ends when they all have a result.

Hosts are children, so each one's outcome is on the disk when it is there, and a scan that was interrupted goes on where it was.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any

from cmdb.runtime.house import House
from cmdb.runtime.scan_order import SCAN, SCAN_HOST, ScanOrder
from cmdb.store import Job, Ledger

_LOOK_EVERY_S = 0.2
_OPEN = ("waiting", "running")


def start_scan(ledger: Ledger, order: ScanOrder) -> str:
    """Check the order and put it into the queue. Returns the job's id. Raises Invalid, and NotFound for the credential."""
    order.expanded()
    if order.method != "local":
        order.check_credential(ledger.credentials.get(order.credential).kind)
    return ledger.jobs.enqueue(SCAN, order.to_args())


def run_scan_job(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Work on one scan until all its hosts have a result. None: stopped or cancelled before that; the hosts that are done stay done.

    Raises Invalid for an order that cannot be carried out.
    """
    order, ledger = ScanOrder.of(job.args), house.ledger
    targets = order.expanded()
    if order.method != "local":
        order.check_credential(ledger.credentials.get(order.credential).kind)
    begun = int((job.progress or {}).get("begun", 0))
    waiting = islice(targets, begun, None)
    first, beat, started = begun, 0.0, time.monotonic()
    while True:
        states = ledger.jobs.children_summary(job.id)
        opened = sum(states.get(state, 0) for state in _OPEN)
        room = _room(order, opened, begun - first, time.monotonic() - started)
        batch = [(order.host_args(target), str(target)) for target in islice(waiting, room)] if room > 0 else []
        batch = [(args, f"{job.id}:{name}") for args, name in batch]
        if batch:
            ledger.jobs.enqueue_many(SCAN_HOST, batch, parent=job.id)
            begun += len(batch)
        done = sum(states.values()) - opened
        ended = not batch and not opened and begun >= len(targets)
        if batch or ended or time.monotonic() - beat > 1.0:  # a scan that ends at once must not go on saying “0 of 2”
            beat = time.monotonic()
            if not ledger.jobs.heartbeat(job, {"total": len(targets), "begun": begun, "done": done}):
                return None
        if ended:
            return {"total": len(targets), "outcomes": outcomes(ledger, job.id)}
        if stopping.wait(_LOOK_EVERY_S):
            return None


def _room(order: ScanOrder, opened: int, begun: int, elapsed_s: float) -> int:
    """How many hosts may be begun now. Without a pace, as many again as are worked on wait in line, so that nobody is idle."""
    if order.pacing_per_s <= 0:
        return order.concurrency * 2 - opened
    return min(order.concurrency - opened, int(elapsed_s * order.pacing_per_s) + 1 - begun)


def outcomes(ledger: Ledger, scan: str) -> dict[str, int]:
    """How many hosts of a scan ended how: the outcomes of `discovery.result`, and `parked` or `cancelled` where there was none."""
    counted: Counter[str] = Counter()
    for child in hosts(ledger, scan):
        result = child.result
        counted[str(result["outcome"]) if isinstance(result, Mapping) and "outcome" in result else child.state] += 1
    return dict(counted.most_common())


def hosts(ledger: Ledger, scan: str) -> list[Job]:
    """The jobs of all hosts of a scan, in the order they were begun."""
    found: list[Job] = []
    before: str | None = None
    while True:
        page = ledger.jobs.list(SCAN_HOST, None, scan, 1000, before)
        found += page
        if len(page) < 1000:
            return found[::-1]
        before = page[-1].id
