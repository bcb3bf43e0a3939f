"""Orders to apply an ownership class, or an erasure, to what is stored of a device: given as jobs, one of a device at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cmdb.model import times
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Observation
from cmdb.store import Ledger

APPLY = "privacy"
"""The kind of these jobs."""
CLASS_KEY = "privacy.class:"
"""Settings: by an agent's subject, whose device it reports for; the door reads it before it keeps anything."""
CHANGED = "The ownership of the device changed."
_AGAIN = timedelta(seconds=30)


def ownership_changed(changes: Iterable[Change]) -> set[str]:
    """The CIs whose golden ownership these changes made different."""
    return {c.ci for c in changes if c.ci and c.kind == "attribute" and c.attribute == "ownership"}


def order(ledger: Ledger, ci: str, *, by: str, reason: str, erase: bool = False, at: datetime | None = None) -> str:
    """Order it and give the job's number; an order for this device that waits stands for both."""
    args = {"ci": ci, "by": by, "reason": reason, "erase": erase}
    return _ordered(ledger, args, "erase" if erase else "apply", priority=50, at=at)


def _ordered(ledger: Ledger, args: dict[str, Any], word: str, *, priority: int, at: datetime | None) -> str:
    """One that runs does not stand for it: it may have looked at the device before what is ordered now became true."""
    turns = count()
    while True:
        number = ledger.jobs.enqueue(APPLY, args, key=f"{word}{next(turns) or ''}:{args['ci']}", priority=priority, run_at=at)
        if ledger.jobs.get(number).state != "running":
            return number


def after(ledger: Ledger, changes: Changes, *, by: str) -> None:
    """Order it for each device that another ownership was found for."""
    for ci in sorted(ownership_changed(changes.changes)):
        order(ledger, ci, by=by, reason=CHANGED)


def may_have_changed(observation: Observation, changes: Changes) -> set[str]:
    """The CIs whose ownership this observation tells: a try that died may have changed it."""
    told = {item.ref for item in observation.items if "ownership" in item.attributes}
    return {one.ci for one in changes.resolved if one.ci and one.ref in told}


def again(ledger: Ledger, ci: str, *, by: str, reason: str, erase: bool) -> str:
    """Order it once more for later, since reports that came in under the old class still wait to be applied."""
    args = {"ci": ci, "by": by, "reason": reason, "erase": erase}
    return _ordered(ledger, args, "again", priority=0, at=times.now() + _AGAIN)


def class_setting(ledger: Ledger, subject: str) -> tuple[str, Any]:
    """The setting that says whose device an agent reports for, and its value: what is cut by it may be kept while it says the same."""
    key = CLASS_KEY + subject[:150]
    return key, ledger.settings.get(key)


def class_in(setting: tuple[str, Any]) -> str:
    """Whose device that is, as far as a person or a source said; empty where nobody did."""
    return setting[1] if isinstance(setting[1], str) else ""


def known_class(ledger: Ledger, subject: str) -> str:
    """Both in one."""
    return class_in(class_setting(ledger, subject))


def keep_class(ledger: Ledger, subject: str, ownership: str) -> None:
    """From the next message on, what this agent sends comes in under this ownership (or a stricter one of its token)."""
    ledger.settings.put(CLASS_KEY + subject[:150], ownership)
