"""Planning of source records: what is said joins what the source said before, under the same subject; the rows that keep it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciliation import records, voices
from reconciliation.assertions import Assertions, Spot, joined, spot_of
from reconciliation.draft import Draft, World
from reconciliation.prepare import Prepared
from reconciliation.records import Record
from reconciliation.resolve import Resolution, items_of
from reconciliation.subjects import root_of

Gone = dict[str, frozenset[str]]
"""Id of a child → the root subjects whose records of it end."""


def join_records(draft: Draft, world: World, said: Assertions, prepared: Prepared, resolution: Resolution) -> Gone:
    """Join what is said with the source's records. Returns the children that this source no longer lists."""
    verdicts = {resolution.ci(ref): v for ref, v in resolution.verdicts.items() if resolution.ci(ref)}
    digests = _digests(prepared, resolution)
    gone: Gone = {}
    for spot in sorted(said.touched()):
        ci, subject = spot
        known = draft.after.get(ci, world.records.get(ci, {}))
        before = known.get(f"{draft.source}|{subject}") or _first(draft, spot)
        record = joined(before, spot, said, draft.at)
        # Only the newest word has a digest: what comes late must not make the next repeat look unchanged.
        record = replace(record, said=digests.get(spot, "") if record.observed_at == draft.at else record.said)
        if not record.verdict and ci in verdicts:
            record = replace(record, verdict=verdicts[ci].to_json())
        after = {**known, record.slot: record}
        if ended := _children(known, draft.source) - _children(after, draft.source):
            gone |= dict.fromkeys(ended, voices.members(after.values(), record))
        draft.after[ci] = after
    _told_too_late(draft, said)
    return gone


def _first(draft: Draft, spot: Spot) -> Record:
    ci, subject = spot
    return Record(ci, draft.source, draft.at, subject, distrusted=draft.orders().order(draft.source, subject))


def _digests(prepared: Prepared, resolution: Resolution) -> dict[Spot, str]:
    found: dict[Spot, list[str]] = {}
    for refs in items_of(prepared, resolution).values():
        for ref in refs:
            if spot := spot_of(ref, resolution):
                found.setdefault(spot, []).append(prepared.said.get(ref, ""))
    return {spot: digests[0] for spot, digests in found.items() if len(digests) == 1}


def _children(by_slot: dict[str, Record], source: str) -> set[str]:
    return {child for voice in voices.of_source(by_slot.values(), source) for child in voice.live_children()}


def _told_too_late(draft: Draft, said: Assertions) -> None:
    """Children in an observation that arrives after a later complete look which did not show them any more: they are absent already."""
    for (root, subject), children in said.children.items():
        speaking = voices.of_source(draft.after[root].values(), draft.source)
        live = {child for voice in speaking for child in voice.live_children()}
        for child, part in children.items():
            if child in live:
                continue
            completed = max((v.coverage[part].complete_at for v in speaking if part in v.coverage), default=draft.at)
            for slot, mine in list(draft.after.get(child, {}).items()):
                late = mine.source == draft.source and root_of(mine.subject) == subject and mine.observed_at <= draft.at
                if late and not mine.absent_at and completed > draft.at:
                    draft.after[child][slot] = replace(mine, absent_at=completed)


def mark_absent(draft: Draft, world: World, gone: Gone) -> None:
    """Children that a complete look no longer shows: this source's records of each, made with that voice, say so."""
    for ci in sorted(gone):
        known = draft.after.get(ci, world.records.get(ci, {}))
        ended = {
            slot: replace(record, absent_at=draft.at)
            for slot, record in known.items()
            if record.source == draft.source
            and root_of(record.subject) in gone[ci]
            and record.observed_at < draft.at
            and not record.absent_at
        }
        if ended:
            draft.after[ci] = {**known, **ended}


def plan_records(draft: Draft, world: World, ci: str) -> None:
    """Rows for the records of one CI that became different."""
    for slot, record in sorted(draft.after[ci].items()):
        old = world.records.get(ci, {}).get(slot)
        if old is record:
            continue
        row = record_row(records.forget_ended(record))
        if old is None:
            draft.plan.new_records.append(_new_row(record, row))
            continue
        known = record_row(old)
        changed = {k: v for k, v in row.items() if v != known[k]}
        if changed:
            draft.plan.changed_records.append({"key": record.key, "rev": old.rev, "props": {**changed, "rev": old.rev + 1}})


def _new_row(record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return {"key": record.key, "ci": record.ci, "source": record.source, "subject": record.subject, "rev": 1, **row}


def record_row(record: Record) -> dict[str, Any]:
    """The properties of a record's node that change."""
    return {
        "observed_at": record.observed_at,
        "absent_at": record.absent_at,
        "said": record.said,
        "distrusted": record.distrusted,
        "data": records.to_data(record),
    }
