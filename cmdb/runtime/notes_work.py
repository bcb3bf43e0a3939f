"""Files of notes beyond the request that brought them: what ended half way, and what goes with an erased device."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cmdb.graph import notes as store
from cmdb.graph import privacy
from cmdb.inventory import notes
from cmdb.runtime.house import House

SETTLE = "attachments"
"""Kind of the daily job."""


def settle_files(house: House) -> dict[str, Any]:
    """Files whose note never came, or was taken away half way, go a day later."""
    return {"dropped": notes.settle_doubts(house.graph, house.ledger)}


def doubt_files(house: House, family: Collection[str]) -> list[str]:
    """Before these CIs, what lies in them or hangs on them may go: the references of their notes' files are opened, so that nothing is
    kept for ever where the work ends half way. Returns the notes; give them to `notes.settle` afterwards."""
    near = {str(row["ci"]) for row in privacy.attached(house.graph, family)}
    found = [str(row["id"]) for row in store.hanging_on(house.graph, {*family, *near}) if row["file"]]
    if found:
        house.ledger.attachments.doubt(found)
    return found


def forget_notes(house: House, cis: Collection[str]) -> int:
    """Delete the notes of these CIs, and what their history tells of notes; their files go with `notes.settle`. Returns how many went."""
    return len(store.forget(house.graph, cis))
