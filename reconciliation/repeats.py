"""Repeats: most reports say what the one before said. Such a report is recognised by a digest and only marks everything seen again.

The digest covers all that an observation says (items, relations, coverage, software) and nothing of its id, time, actor and note. It may
stand for the observation only where the last one was thought through without a question: nothing ambiguous, parked, refused or late. And
only as long as what was decided then still holds, which `cmdb.graph.repeats.again` checks: the same records, untouched since, and no other
CI that shows one of the identifiers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from cmdb.graph import repeats
from cmdb.graph.door import Graph
from cmdb.graph.repeats import LastWord
from cmdb.model.change import Resolved
from cmdb.model.observation import Item, Observation
from cmdb.model.times import to_text
from reconciliation import rules
from reconciliation.draft import Draft
from reconciliation.prepare import Prepared
from reconciliation.resolve import Resolution
from reconciliation.software import chunks
from reconciliation.verdict import Verdict

RULE = "the source said exactly this before"
BY_HAND = ("person", "rule")
"""Kinds of source whose word is never a repeat: it was said on purpose."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What the items of a repeat are, and when exactly this was said the last time (ISO text)."""

    resolved: tuple[Resolved, ...]
    before: str


def repeat_of(word: LastWord) -> Repeat:
    """A word that was said again."""
    return Repeat(tuple(Resolved(ref, "match", ci, RULE) for ref, ci in zip(word.refs, word.cis, strict=True)), word.at)


def said_before(graph: Graph, observation: Observation) -> Repeat | None:
    """What the items are, where this is a repeat (then everything is marked seen); else None, and it must be thought through."""
    if observation.source.kind in BY_HAND:
        return None
    rules.refresh()
    word = repeats.again(graph, voice(observation), digest(observation), to_text(observation.observed_at))
    return None if word is None else repeat_of(word)


def voice(observation: Observation) -> str:
    """Who speaks of which things: the source and the identifiers of what lies in nothing."""
    return _hash((observation.source.key, *sorted(_text(_names(item)) for item in observation.items if item.parent is None)))


def digest(observation: Observation) -> str:
    """All that is said, whatever its order, and the rules by which it was thought through: other rules, other thoughts."""
    items = sorted(_text((i.ref, i.cls, _names(i), sorted(i.attributes.items()), i.parent, i.part, _list(i))) for i in observation.items)
    relations = sorted(_text((r.type, r.source, r.target, sorted(r.attributes.items()), r.part)) for r in observation.relations)
    looks = sorted(_text((c.item, c.part, c.state, c.reason)) for c in observation.coverage)
    return _hash((rules.label(), *items, b"-", *relations, b"-", *looks))


def _names(item: Item) -> list[tuple[str, str, str]]:
    return sorted((i.kind, i.value, i.scope) for i in item.identifiers)


def _list(item: Item) -> list[str] | None:
    """The keys of the parts in which the graph would keep its list: other rows, other keys."""
    if item.software is None:
        return None
    return sorted(chunks(item.software))


def _text(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # half a surrogate pair, a number beyond 64 bits
        return repr(value).encode("utf-8", "backslashreplace")


def _hash(parts: Iterable[str | bytes]) -> str:
    state = hashlib.blake2b(digest_size=20)
    for part in parts:
        state.update(part if isinstance(part, bytes) else part.encode("utf-8", "backslashreplace"))
        state.update(b"\0")
    return state.hexdigest()


def word_of(prepared: Prepared, resolution: Resolution, draft: Draft) -> LastWord | None:
    """The word to keep of an observation that was thought through; None where a question, anything late or anything waning was in it."""
    observation, plan = prepared.observation, draft.plan
    if observation.source.kind in BY_HAND or plan.pendings or plan.reviews:
        return None
    cis = {ref: resolution.ci(ref) for ref in prepared.items}
    if not all(cis.values()) or any(_doubtful(v, prepared.items[ref]) for ref, v in resolution.verdicts.items()):
        return None
    told = set(cis.values())
    mine = [r for ci in told for r in draft.after.get(ci, {}).values() if r.source == draft.source]
    spoken = [r for r in mine if r.observed_at == draft.at and not r.absent_at and not r.distrusted]
    records = {r.key for r in spoken} | {str(row["record"]) for row in resolution.repeated.values()}
    touched = {r.ci for r in spoken} | {cis[ref] for ref in resolution.repeated}
    if any(r.waning() for r in spoken):
        return None
    if touched != told or any(change.kind in ("told_late", "late_relation", "late_presence", "parked") for change in draft.changes):
        return None
    roots = {cis[ref] for ref, item in prepared.items.items() if item.parent is None}
    word = LastWord(voice(observation), digest(observation), draft.at, tuple(sorted(records)), (), (), tuple(sorted(roots)))
    return replace(word, refs=tuple(cis), cis=tuple(cis.values()))


def _doubtful(verdict: Verdict, item: Item) -> bool:
    return verdict.outcome not in ("match", "new") or bool(verdict.others) or (verdict.weak and item.parent is None)
