"""Orders about who is believed that are too large for a request: ordered as jobs, one at a time, so that no two draw the same anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from cmdb.errors import Conflict
from cmdb.store import Ledger

DOUBT, FORESEE = "doubt", "doubt-check"
"""Kinds of jobs: carry the order out; tell what it would change. Args: name and args of the order (reconciliation/orders.py)."""
MOST_AT_ONCE = 600
"""More CIs than these take longer than a request may."""
ITEMS_OF_A_REPORT = 10
"""CIs that one report is taken to speak of where nobody counted them."""


def ordered_later(ledger: Ledger, name: str, args: Mapping[str, Any], *, apply: bool) -> str:
    """The id of the job that carries the order out, or that foresees it. The same order twice is one job.

    Raises Conflict while another is carried out.
    """
    told = {"name": name, "args": dict(args)}
    if not apply:
        digest = hashlib.blake2b(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
        return ledger.jobs.enqueue(FORESEE, told, key=digest)
    job = ledger.jobs.enqueue(DOUBT, told, key=DOUBT)
    if dict(ledger.jobs.get(job).args) != told:
        raise Conflict(_BUSY.format(job))
    return job


def under_way(ledger: Ledger, name: str, args: Mapping[str, Any]) -> str:
    """The id of the job that carries out just this order, waiting or running; "" where none does."""
    told = {"name": name, "args": dict(args)}
    found = (job for state in ("running", "waiting") for job in ledger.jobs.list(DOUBT, state, None, 1))
    return next((job.id for job in found if dict(job.args) == told), "")


def none_under_way(ledger: Ledger) -> None:
    """Raises Conflict while an order about who is believed is carried out by a job: another would draw the same anew beside it."""
    for state in ("running", "waiting"):
        for job in ledger.jobs.list(DOUBT, state, None, 1):
            raise Conflict(_BUSY.format(job.id))


def items_of_looks(ledger: Ledger, entries: list[str]) -> int:
    """About how many CIs these looks spoke of."""
    counted = (ledger.intake.get(entry).meta.get("items") for entry in entries)
    return sum(int(items) if isinstance(items, int) else ITEMS_OF_A_REPORT for items in counted)


_BUSY = "Another order about who is believed is carried out just now (job {}); wait for its end."
