"""Work off the jobs: each kind has a handler, every outcome is settled in the ledger. At least once, so handlers bear to run twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from cmdb import metrics
from cmdb.errors import CmdbError, Conflict, GraphTimeout, GraphUnavailable, Invalid, NotFound
from cmdb.runtime.house import House
from cmdb.runtime.leases import LEASE_S, LEASES
from cmdb.runtime.scan_host import scan_host
from cmdb.runtime.scan_order import SCAN, SCAN_HOST
from cmdb.runtime.scans import run_scan_job
from cmdb.store import Job
from cmdb.store.leases import MAX_TRIES

log = logging.getLogger(__name__)

_AWAY_S = 3.0

Handler = Callable[[House, Job, threading.Event], Any]
"""Does one job and returns its result (JSON), or None when it was told to stop or cancelled before the end."""

STOPPED = None
"""What a handler returns that did not come to its end."""


def _host(house: House, job: Job, _stopping: threading.Event) -> dict[str, Any]:
    return scan_host(house, job.args)


HANDLERS: dict[str, Handler] = {SCAN: run_scan_job, SCAN_HOST: _host}
"""Kind → handler. Rooms that bring jobs of their own (cmdb.runtime.clock) add them here."""


def do_job(house: House, job: Job, stopping: threading.Event) -> None:
    """Do one claimed job and settle it: done, again later, or parked where a person sees it. Never raises for what the job is."""
    with metrics.work("job", job.kind if job.kind in HANDLERS else "unknown") as outcome:
        outcome.name = _settled(house, job, stopping)


def _settled(house: House, job: Job, stopping: threading.Event) -> str:
    jobs = house.ledger.jobs
    handler = HANDLERS.get(job.kind)
    if handler is None:
        return _failed(house, job, f"Nobody knows how to do a job of kind {job.kind}.", retry=False)
    try:
        with LEASES.holding(lambda: jobs.heartbeat(job)):
            result = handler(house, job, stopping)
        if result is STOPPED:
            jobs.release(job, "Interrupted; it goes on where it was.", delay_s=0)
            return "waiting"
        jobs.finish(job, result)
    except (Invalid, NotFound) as error:
        log.warning("job: parked job=%s kind=%s reason=%s", job.id, job.kind, error.message)
        return _failed(house, job, error.message, retry=False)
    except GraphUnavailable as error:
        jobs.release(job, error.message, delay_s=_AWAY_S)
        return "waiting"
    except (Conflict, GraphTimeout) as error:
        return _failed(house, job, error.message)
    except CmdbError as error:
        log.warning("job: failed job=%s kind=%s reason=%s", job.id, job.kind, error.message)
        return _failed(house, job, error.message)
    except Exception as error:
        # The type only: a message may quote what a device sent.
        log.exception("job: failed job=%s kind=%s", job.id, job.kind)
        return _failed(house, job, f"Internal error ({type(error).__name__}); the log has the details.")
    return "done"


def _failed(house: House, job: Job, reason: str, *, retry: bool = True) -> str:
    house.ledger.jobs.fail(job, reason, retry=retry)
    return "retried" if retry and job.attempts < MAX_TRIES else "parked"


def job_turn(house: House, stopping: threading.Event) -> bool:
    """Take up one job of any kind but the hosts of scans, which have a crew of their own."""
    job = house.ledger.jobs.claim([kind for kind in HANDLERS if kind != SCAN_HOST], LEASE_S)
    if job is None:
        return False
    do_job(house, job, stopping)
    return True


class HostCrew:
    """Looks at hosts, many at a time: nearly all of a look is waiting. Threads are made when there is work and end with it."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._under_way: dict[str, Job] = {}

    def turn(self, house: House, stopping: threading.Event) -> bool:
        """Begin with one more host if there is one and a place is free."""
        if len(self._under_way) >= self._most:
            stopping.wait(0.05)
            return True
        job = house.ledger.jobs.claim([SCAN_HOST], LEASE_S)
        if job is None:
            return False
        with self._lock:
            self._under_way[job.id] = job
        threading.Thread(target=self._work, args=(house, job, stopping), name="scan-host", daemon=True).start()
        return True

    def give_back(self, house: House) -> None:
        """Put the hosts that are still looked at back into the line: the next start takes them up at once."""
        with self._lock:
            jobs = list(self._under_way.values())
        for job in jobs:
            house.ledger.jobs.release(job, "Interrupted; it is looked at again.", delay_s=0)

    def _work(self, house: House, job: Job, stopping: threading.Event) -> None:
        try:
            do_job(house, job, stopping)
        except CmdbError as error:
            if not stopping.is_set():
                log.warning("job: not settled job=%s reason=%s", job.id, error.message)
        finally:
            with self._lock:
                self._under_way.pop(job.id, None)
