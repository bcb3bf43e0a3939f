"""Reports of several devices taken up together: each is read and decided by itself, and written with the others in one transaction."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from cmdb import metrics
from cmdb.errors import CmdbError, GraphUnavailable
from cmdb.model import times
from cmdb.model.observation import Observation
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import observation_of, told_by, work_one
from cmdb.runtime.leases import LEASE_S, LEASES
from cmdb.store import Entry
from discovery.reports.intake import KIND as AGENT_REPORT
from reconciliation.together import reconcile_together

log = logging.getLogger(__name__)

TOGETHER = 24
"""Reports of one transaction. More gain little and hold more for longer."""
_AWAY_S = 3.0


def work_off_together(house: House, stopping: threading.Event, *, leave: Callable[[str], bool] | None = None) -> int:
    """Take up a few accepted bodies, of different devices, and settle them. Returns how many were taken up.

    What cannot go together is applied alone, as `work_one` does. `leave`: hashes of bodies that `work_off_repeats` works off.
    """
    intake = house.ledger.intake
    entries = intake.claim_many(TOGETHER, LEASE_S, leave=leave)
    if len(entries) < 2:
        for entry in entries:
            work_one(house, entry)
        return len(entries)
    with ExitStack() as held:
        for entry in entries:
            held.enter_context(LEASES.holding(lambda entry=entry: intake.renew(entry, LEASE_S)))  # type: ignore[misc]
        try:
            left = _together(house, entries)
        except GraphUnavailable as error:
            for entry in entries:
                intake.release(entry, error.message, delay_s=_AWAY_S)
            return len(entries)
        for entry in left:
            if stopping.is_set():
                intake.release(entry, "The server stopped.", delay_s=0)
            else:
                work_one(house, entry, again=True)
    return len(entries)


def _together(house: House, entries: Sequence[Entry]) -> list[Entry]:
    """Apply and settle those that can go together; the others are given back, and may be half done.

    Raises GraphUnavailable: then none was settled.
    """
    read = [(entry, seen) for entry in entries if not entry.tried and (seen := _read(entry)) is not None]
    if len(read) < 2:
        return list(entries)
    at = times.now()
    try:
        with times.doing_again(at):  # one moment for all they do, now and when it is done again
            found = reconcile_together(house.graph, house.catalogue, [seen for _, seen in read])
    except GraphUnavailable:
        raise
    except CmdbError as error:
        log.info("intake: reports are taken up alone reason=%s", error.message)
        return list(entries)
    except Exception:
        log.exception("intake: reports could not be applied together, and are taken up alone")
        return list(entries)
    done = [(entry, told_by(house, entry, seen, changes, at)) for (entry, seen), changes in zip(read, found, strict=True) if changes]
    house.ledger.intake.done_many(done)
    for _ in done:
        with metrics.work("intake", AGENT_REPORT) as outcome:
            outcome.name = "done"
    settled = {entry.id for entry, _ in done}
    return [entry for entry in entries if entry.id not in settled]


def _read(entry: Entry) -> Observation | None:
    """The observation of a report; None for any other entry, and for what cannot be read: `work_one` knows what to do with it."""
    if entry.kind != AGENT_REPORT:
        return None
    try:
        return observation_of(entry)
    except Exception:  # noqa: BLE001 - whatever it is, it is said where the entry is settled
        return None
