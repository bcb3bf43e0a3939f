"""The net below the doors: what was applied to a personal device and tells more of it than may be kept goes out again.

The doors look up whose a device is before they keep anything. This is for what they could not see: the graph was away, the device was
recognised by something else than its row shows, or a scan met it.
"""

from __future__ import annotations

from cmdb.graph import cis, history
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.observation import Item, Observation
from cmdb.privacy.kept import Kept, kept_for
from cmdb.privacy.orders import CHANGED, may_have_changed, order
from cmdb.runtime.house import House
from cmdb.store import Entry
from discovery.reports.stored import watched

PERSONAL = "personal"
REASON = "A source told more of a personal device than may be kept of it."


def look_after(house: House, observation: Observation, changes: Changes) -> list[str]:
    """Order it for each such device; returns their ids."""
    kept = kept_for(PERSONAL)
    told = {item.ref for item in observation.items if house.catalogue.is_a(item.cls, "endpoint") and _too_much(item, kept)}
    ids = {one.ci for one in changes.resolved if one.ci and one.ref in told}
    if not ids:
        return []
    found = sorted(ci for ci, row in cis.many(house.graph, ids).items() if row.get("ownership") == PERSONAL)
    for ci in found:
        order(house.ledger, ci, by="rule", reason=REASON)
    return found


def order_once_more(house: House, entry: Entry, observation: Observation, changes: Changes) -> None:
    """Follow up what a try that died may have left: ordered for each device that is new, or changed hands, since the entry came.

    An order looks through the whole ledger, and after a crash, or a lost race, all that was in hand comes again: so history is asked first.
    """
    told, since = may_have_changed(observation, changes), times.to_text(entry.received_at)
    new = {ci for ci, row in cis.many(house.graph, told).items() if str(row.get("created_at") or "") >= since}
    events = history.since(house.graph, told - new, since)
    other = {ci for ci, some in events.items() if any(one.get("attribute") == "ownership" for event in some for one in event["changes"])}
    for ci in sorted(new | other):
        order(house.ledger, ci, by="rule", reason=CHANGED)


def _too_much(item: Item, kept: Kept) -> bool:
    if any(value is not None and not kept.attribute(name) for name, value in item.attributes.items()):
        return True
    if any(one.kind != "ci" and not kept.identifier(one.kind) for one in item.identifiers):
        return True
    return any(not watched(one.name) for one in item.software or ())
