"""Load the sample organisation into a house, by the ordinary doors. Interrupted anywhere, the next call goes on where it was."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from cmdb.errors import CmdbError
from cmdb.graph import cis
from cmdb.model import times
from cmdb.runtime.chores import judge_all
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.sample_doors import bring
from cmdb.runtime.sample_risks import accept
from cmdb.runtime.scan_host import scan_host
from cmdb.runtime.scan_order import THIS_MACHINE, ScanOrder
from cmdb.sample import Entry, entries
from discovery.targets import Target

STATE_KEY = "demo.state"
SEED = 2026
_KEEP_EVERY = 25
_WORKERS = 2

Tell = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0: unknown)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sample organisation."""

    seed: int = SEED
    size: int = 2_500


def loaded(house: House) -> bool:
    """Whether the sample organisation is in this house already."""
    return bool(_state(house).get("done"))


def load(house: House, wanted: Wanted, tell: Tell) -> None:
    """Bring everything in and apply it. Raises Invalid when another sample is in this house, CmdbError when something was set aside."""
    state = _state(house) or {"seed": wanted.seed, "size": wanted.size, "now": times.to_text(times.now()), "brought": 0, "lent": 0}
    _keep(house, state)
    now = times.from_text(state["now"])
    counts = Counter(entry.door == "loan" for entry in _entries(state, now))
    arriving, lending = counts[False], counts[True]
    with _working(house) as working:
        _bring(house, state, arriving, tell)
        if not state.get("looked"):
            scan_host(house, ScanOrder("local", by="sample").host_args(Target(THIS_MACHINE)))
            state["looked"] = True
            _keep(house, state)
        _until_applied(house, arriving, tell, working)
    _lend(house, lending, state, tell)
    tell("Judging endpoints", 0, 0)
    judge_all(house)
    accept(house, now)
    cis.recount(house.graph)
    _keep(house, state | {"done": True})


def _entries(state: dict[str, Any], now: datetime) -> Iterator[Entry]:
    """All entries, made again each time: a million CIs are half a gigabyte of them."""
    return iter(entries(int(state["seed"]), int(state["size"]), now))


def _bring(house: House, state: dict[str, Any], total: int, tell: Tell) -> None:
    """Hand in what is not in yet; `state` says how far it is."""
    now = times.from_text(state["now"])
    arriving = (entry for entry in _entries(state, now) if entry.door != "loan")
    for number, entry in enumerate(islice(arriving, state["brought"], None), start=state["brought"] + 1):
        bring(house, entry, now)
        tell("Bringing in the sample organisation", number, total)
        if number % _KEEP_EVERY == 0 or number == total:
            state["brought"] = number
            _keep(house, state)


def _lend(house: House, total: int, state: dict[str, Any], tell: Tell) -> None:
    now = times.from_text(state["now"])
    lending = (entry for entry in _entries(state, now) if entry.door == "loan")
    for number, entry in enumerate(lending, start=1):
        bring(house, entry, now)  # a device that has a loan already is left alone
        tell("Lending equipment", number, total)


def _until_applied(house: House, total: int, tell: Tell, working: list[threading.Thread]) -> None:
    """Wait for the line to be empty. What was set aside is told by the pages; here it ends nothing."""
    pause = threading.Event()
    while True:
        counts = house.ledger.intake.counts()
        left = counts["waiting"] + counts["running"]
        tell("Applying what came in", max(0, total - left), total)
        if not left:
            return
        if not any(thread.is_alive() for thread in working):
            raise CmdbError("The workers ended before everything was applied; start `moorings demo` again.")
        pause.wait(0.2)


@contextmanager
def _working(house: House) -> Iterator[list[threading.Thread]]:
    """Threads that apply what comes in. Not `Workers`: endpoints are judged once, at the end."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            if not work_off(house, limit=1):
                stopping.wait(0.05)

    threads = [threading.Thread(target=work, name=f"demo-{number}", daemon=True) for number in range(_WORKERS)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stopping.set()
        for thread in threads:
            thread.join(3.0)


def _state(house: House) -> dict[str, Any]:
    return dict(house.ledger.settings.get(STATE_KEY, {}))


def _keep(house: House, state: dict[str, Any]) -> None:
    house.ledger.settings.put(STATE_KEY, state)
