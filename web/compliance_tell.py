"""What pages and API write into the audit log about compliance."""

from __future__ import annotations

from cmdb.compliance.waivers import Waiver
from web.frame.record import record


def tell(one: Waiver, action: str) -> None:
    """An exception or attestation was asked for, decided or ended."""
    record(f"{one.kind}.{action}", one.id, {"policy": one.policy, "scope": one.scope, "until": one.until, "state": one.state})
