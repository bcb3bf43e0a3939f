"""A large accepted observation: applied part by part; each part that is done is on the disk, and the next start goes on behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.errors import GraphConflict
from cmdb.model import times
from cmdb.model.observation import Observation
from cmdb.privacy import orders as privacy
from cmdb.runtime.house import House
from cmdb.runtime.personal_net import look_after, order_once_more
from cmdb.runtime.touched import touched_by, waiting
from cmdb.store import Entry
from reconciliation.batches import LARGEST
from reconciliation.parts import Part, in_parts

ITEMS_KEPT = 20_000
"""Of how many items an entry's result says what each turned out to be."""
_CHANGES_KEPT = 200


def apply_large(house: House, entry: Entry, observation: Observation, *, again: bool = False) -> dict[str, Any]:
    """Apply what is not applied yet of it; one result for the whole. Raises as `reconcile`, and GraphConflict when the lease was lost.

    `again`: the first of what is not known to be applied may be, and is followed up once more.
    """
    intake = house.ledger.intake
    kept = list(intake.parts(entry.id))
    if any(part.get("size") != LARGEST for part in kept):
        kept = []  # another version dealt it otherwise; once more is harmless
    at = times.from_text(str(kept[0]["at"])) if kept else times.now()
    for done in kept:
        waiting(house).add({str(item["ci"]) for item in done["items"] if item.get("ci")})
    with times.doing_again(at):  # one moment for all it does, now and when it is done again
        for part in in_parts(house.graph, house.catalogue, observation, skip=len(kept), again=again):
            if again:
                order_once_more(house, entry, observation, part.done)
                again = False
            privacy.after(house.ledger, part.done, by="rule")
            look_after(house, observation, part.done)
            waiting(house).add(touched_by(part.done))
            kept.append(_told(part, times.to_text(at)))
            if not intake.keep_part(entry, part.number, (part.items, part.relations), kept[-1]):
                raise GraphConflict("Somebody else took this entry up meanwhile.")
    return _together(kept, times.to_text(at))


def _told(part: Part, at: str) -> dict[str, Any]:
    told = part.done.to_json()
    return {"at": at, "size": LARGEST, "counts": told["counts"], "items": told["items"], "changes": told["changes"][:_CHANGES_KEPT]}


def _together(parts: Sequence[Mapping[str, Any]], at: str) -> dict[str, Any]:
    """The result of the whole. Parts that relate items of others name them again: the first word on each counts."""
    counts: Counter[str] = Counter()
    items: dict[str, Any] = {}
    changes: list[Any] = []
    for part in parts:
        counts.update(part["counts"])
        for item in part["items"]:
            if len(items) < ITEMS_KEPT:
                items.setdefault(str(item["ref"]), item)
        changes += part["changes"][: max(0, _CHANGES_KEPT - len(changes))]
    return {"at": at, "counts": dict(counts), "items": list(items.values()), "changes": changes}
