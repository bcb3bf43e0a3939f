"""Voices: the source records of one CI as they speak. Pure.

A source keeps a record for each subject. Records whose subjects do not contradict each other are one voice (a scan that saw the serial and
one that could not): what one of them looked at completely ends what another had seen. Two serials are two voices. Records of a distrusted
source are kept and do not speak.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciliation import records
from reconciliation.records import Claim, Look, Record
from reconciliation.subjects import deciding


def voices(all_records: Iterable[Record]) -> list[Record]:
    """What speaks, one Record a voice, in a fixed order. Empty where every source is distrusted."""
    by_source: dict[str, list[Record]] = {}
    for record in all_records:
        if not record.distrusted:
            by_source.setdefault(record.source, []).append(record)
    return [voice for source in sorted(by_source) for voice in _of_source(by_source[source])]


def of_source(all_records: Iterable[Record], source: str) -> list[Record]:
    """The voices of one source."""
    return voices(r for r in all_records if r.source == source)


def members(all_records: Iterable[Record], one: Record) -> frozenset[str]:
    """The root subjects that speak with this record's voice."""
    mine = [r for r in all_records if r.source == one.source and not r.distrusted]
    group = next((g for g in _groups(mine) if any(r.subject == one.subject for r in g)), [one])
    return frozenset(r.subject.partition("/")[0] for r in group)


def claimed_relations(all_records: Iterable[Record], source: str) -> dict[str, Claim]:
    """Relation key → the newest claim, of all voices of a source."""
    found: dict[str, Claim] = {}
    for voice in of_source(all_records, source):
        live = voice.live_relations()
        for key, claim in voice.relations.items():
            if key in live and (key not in found or found[key].at < claim.at):
                found[key] = claim
    return found


def software_of(all_records: Iterable[Record], source: str) -> frozenset[str]:
    """Chunk keys that a source's voices list."""
    return frozenset(key for voice in of_source(all_records, source) for key in voice.software or ())


def _of_source(group: list[Record]) -> list[Record]:
    if len(group) == 1:
        return group
    parts = _groups(group)
    if len(parts) == 1:
        return [_together(parts[0])]
    everything = looks_of(group)
    # What has no deciding identifier yields to every complete look of its source.
    return [_together(p) if deciding(p[0].subject) else replace(_together(p), coverage=everything) for p in parts]


def _groups(group: list[Record]) -> list[list[Record]]:
    kinds: dict[str, set[str]] = {}
    for record in group:
        if first := deciding(record.subject):
            kinds.setdefault(first.partition(":")[0], set()).add(first)
    apart = next((kind for kind in sorted(kinds) if len(kinds[kind]) > 1), "")
    if not apart:
        return [sorted(group, key=lambda r: r.subject)]
    dealt: dict[str, list[Record]] = {}
    for record in sorted(group, key=lambda r: r.subject):
        first = deciding(record.subject)
        dealt.setdefault(first if first.partition(":")[0] == apart else "", []).append(record)
    return [dealt[name] for name in sorted(dealt)]


def _together(group: list[Record]) -> Record:
    """Several records as one: per word the newest, per part the newest look."""
    newest = max(group, key=lambda r: (r.observed_at, r.subject))
    if len(group) == 1:
        return newest
    whole = Record(newest.ci, newest.source, newest.observed_at, subject=newest.subject, verdict=newest.verdict, rev=newest.rev)
    for record in group:
        whole = records.added(whole, record)
    gone = max(r.absent_at for r in group)
    return replace(whole, coverage=looks_of(group), absent_at=gone if gone > whole.observed_at or all(r.absent_at for r in group) else "")


def looks_of(group: Iterable[Record]) -> dict[str, Look]:
    """Per part the newest look of several records, and the newest complete one."""
    found: dict[str, Look] = {}
    for record in group:
        for part, look in record.coverage.items():
            before = found.get(part, look)
            newer = look if (look.at, look.state) > (before.at, before.state) else before
            found[part] = replace(newer, complete_at=max(look.complete_at, before.complete_at))
    return found
