"""What pages and API write into the audit log about compliance."""

from __future__ import annotations

from cmdb.compliance.references import Told
from cmdb.compliance.waivers import Waiver
from web.frame.record import record
from web.services import services

EVALUATE = "evaluate"


def tell(one: Waiver, action: str) -> None:
    """An exception or attestation was asked for, decided or ended."""
    record(f"{one.kind}.{action}", one.id, {"policy": one.policy, "scope": one.scope, "until": one.until, "state": one.state})


def tell_reference(found: Told, step: str) -> None:
    """Other reference data counts (`keep`, `undo`); a sweep by it is ordered, also where one is under way that began by the one before."""
    record(f"reference.{step}", found.name, {"dated": found.dated, "source": found.source[:200]})
    services().ledger.jobs.enqueue(EVALUATE, {})


def tell_reference_age(days: int) -> None:
    """Reference data may be older or younger than before; a sweep by it is ordered."""
    record("reference.allow", "allowed_days", {"days": days})
    services().ledger.jobs.enqueue(EVALUATE, {})
