"""Orders to apply an ownership class, or an erasure, to what is stored of a device: given as jobs, one of a device at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cmdb.model import times
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Observation
from cmdb.store import Ledger

APPLY = "privacy"
"""The kind of these jobs."""
CLASS_KEY = "privacy.class:"
"""Settings: by an agent's subject, whose device it reports for; the door reads it before it keeps anything."""
_AGAIN = timedelta(minutes=2)


def ownership_changed(changes: Iterable[Change]) -> set[str]:
    """The CIs whose golden ownership these changes made different."""
    return {c.ci for c in changes if c.ci and c.kind == "attribute" and c.attribute == "ownership"}


def order(ledger: Ledger, ci: str, *, by: str, reason: str, erase: bool = False, at: datetime | None = None) -> str:
    """Order it and give the job's number; an order for this device that waits or runs stands for both."""
    key = f"{'erase' if erase else 'apply'}:{ci}"
    args = {"ci": ci, "by": by, "reason": reason, "erase": erase}
    return ledger.jobs.enqueue(APPLY, args, key=key, priority=50, run_at=at)


def after(ledger: Ledger, changes: Changes, *, by: str) -> None:
    """Order it for each device that another ownership was found for."""
    for ci in sorted(ownership_changed(changes.changes)):
        order(ledger, ci, by=by, reason="The ownership of the device changed.")


def once_more(ledger: Ledger, observation: Observation, changes: Changes, *, by: str) -> None:
    """Order it for each device whose ownership this observation tells: a try that died may have changed it and ordered nothing."""
    told = {item.ref for item in observation.items if "ownership" in item.attributes}
    for one in changes.resolved:
        if one.ci and one.ref in told:
            order(ledger, one.ci, by=by, reason="The ownership of the device changed.")


def again(ledger: Ledger, ci: str, *, by: str, reason: str, erase: bool) -> str:
    """Order it once more for later, since reports that came in under the old class still wait to be applied."""
    args = {"ci": ci, "by": by, "reason": reason, "erase": erase}
    return ledger.jobs.enqueue(APPLY, args, key=f"again:{ci}", run_at=times.now() + _AGAIN)


def known_class(ledger: Ledger, subject: str) -> str:
    """Whose device an agent reports for, as far as a person or a source said; empty where nobody did."""
    kept = ledger.settings.get(CLASS_KEY + subject[:150], "")
    return kept if isinstance(kept, str) else ""


def keep_class(ledger: Ledger, subject: str, ownership: str) -> None:
    """From the next message on, what this agent sends comes in under this ownership (or a stricter one of its token)."""
    ledger.settings.put(CLASS_KEY + subject[:150], ownership)
