"""What jobs and accepted reports share: how long to wait before trying again, and when to give up and show a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from cmdb.errors import Invalid
from cmdb.store.times import to_text

DELAYS_S = (5.0, 30.0, 120.0, 600.0, 3600.0)
MAX_TRIES = 5
_OF = "-"
LOST = "The worker that had this was lost (killed, or its machine stopped)."


def next_try(now: datetime, attempts: int) -> str:
    """When the work may be tried again after `attempts` failed tries, as stored text."""
    return to_text(now + timedelta(seconds=DELAYS_S[min(max(attempts, 1), len(DELAYS_S)) - 1]))


def lease_end(now: datetime, lease_s: float) -> str:
    """The moment a lease of `lease_s` seconds runs out, as stored text. Raises `Invalid` outside 0 … 1 day."""
    if not 0 < lease_s <= 86400:
        raise Invalid("A lease must be longer than nothing and at most one day.", field="lease_s")
    return to_text(now + timedelta(seconds=lease_s))


def lease_name(holder: str) -> str:
    """A name for a new claim that shows whose it is: that of the process, where it was given one (`Ledger.hold_as`)."""
    return f"{holder}{_OF}{uuid4().hex}" if holder else uuid4().hex


def held_by(holder: str) -> str:
    """What the names of all claims of this holder begin with. Raises `Invalid` for a name that could stand for others, too."""
    if not holder or not holder.isalnum():
        raise Invalid("The name of who holds claims must be letters and digits.", field="holder")
    return holder + _OF
