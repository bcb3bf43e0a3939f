"""What cannot be decided yet: parked relations (their other end was not seen) and reviews (a person must say who it is). Pure.

Both keep the part of the observation that waits, as a small observation of its own in its published JSON form, so that it later comes in
by the same door as everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation
from cmdb.model.observation_json import to_json
from reconciliation.draft import Draft
from reconciliation.memory import digest, question_key
from reconciliation.prepare import DIRECT, Prepared
from reconciliation.resolve import Resolution
from reconciliation.verdict import Verdict

CLUES = 200
"""Identifiers by which later evidence finds a question again; a report may claim thousands."""


def plan_waiting(draft: Draft, prepared: Prepared, resolution: Resolution, unresolved: Iterable[Relation]) -> None:
    """Add pending relations and reviews to the draft's plan."""
    ambiguous = {ref for ref, v in resolution.verdicts.items() if v.outcome == "ambiguous"}
    for relation in unresolved:
        if not {prepared.root(relation.source), prepared.root(relation.target)} & ambiguous:
            _park(draft, prepared, resolution, relation)
    for ref in sorted(resolution.verdicts):
        verdict = resolution.verdicts[ref]
        if verdict.outcome == "ambiguous":
            _ask_who(draft, prepared, resolution, ref, verdict)
        elif verdict.outcome == "new" and verdict.others:
            _ask_whether_double(draft, ref, verdict)


def _park(draft: Draft, prepared: Prepared, resolution: Resolution, relation: Relation) -> None:
    items: dict[str, Item] = {}
    wanted: set[str] = set()
    for end in (relation.source, relation.target):
        for ref in prepared.chain(end):
            items[ref] = _pinned(prepared, resolution, ref)
            if not resolution.ci(ref):
                wanted |= {e.key for e in resolution.evidence.get(ref, ()) if e.grade != "none"}
            else:
                items[ref] = replace(items[ref], parent=None)
                break
    if not wanted:
        return
    anchor = resolution.ci(prepared.root(relation.source)) or resolution.ci(prepared.root(relation.target))
    body = replace(
        prepared.observation,
        id=uuid7(),
        items=tuple(items[r] for r in sorted(items)),
        relations=(relation,),
        coverage=(),
    )
    key = digest(draft.source, relation.type, resolution.ci(relation.source), resolution.ci(relation.target), *sorted(wanted))
    props = {
        "body": orjson.dumps(to_json(body)).decode(),
        "observed_at": draft.at,
        "source": draft.source,
        "anchor": anchor,
    }
    draft.plan.pendings.append({"key": key, "wanted": sorted(wanted), "since": draft.recorded_at, "props": props})
    unknown = relation.target if not resolution.ci(relation.target) else relation.source
    label = _label(prepared.items[unknown])
    draft.changes.append(
        Change(
            "parked", anchor, "", draft.names.get(anchor, ""), relation.type, None, label, draft.source, "the other end was not seen yet"
        )
    )


def _pinned(prepared: Prepared, resolution: Resolution, ref: str) -> Item:
    """The item as a reference; where it is resolved already, by its id."""
    item = prepared.items[ref]
    if ci := resolution.ci(ref):
        return Item(ref, item.cls, (Identifier(DIRECT, ci),))
    return replace(item, attributes={}, software=None)


def _pins(prepared: Prepared, resolution: Resolution, refs: Iterable[str], inside: Collection[str]) -> tuple[Item, ...]:
    """These items as references, each with what it lies in up to the first that is resolved: a part is nothing without its parent."""
    pins: dict[str, Item] = {}
    for end in refs:
        for ref in prepared.chain(end):
            if ref in inside or ref in pins:
                break
            pins[ref] = _pinned(prepared, resolution, ref)
            if resolution.ci(ref):
                break
    return tuple(pins[ref] for ref in sorted(pins))


def _ask_who(draft: Draft, prepared: Prepared, resolution: Resolution, ref: str, verdict: Verdict) -> None:
    inside = {r for r in prepared.items if ref in prepared.chain(r)}
    relations = tuple(r for r in prepared.observation.relations if {r.source, r.target} & inside)
    ends = {end for r in relations for end in (r.source, r.target)} - inside
    above = {parent for parent in (prepared.items[ref].parent,) if parent is not None}
    pins = _pins(prepared, resolution, sorted(ends | above), inside)
    body = replace(
        prepared.observation,
        id=uuid7(),
        items=tuple(prepared.items[r] for r in sorted(inside)) + pins,
        relations=relations,
        coverage=tuple(c for c in prepared.observation.coverage if c.item in inside),
    )
    evidence = resolution.evidence.get(ref, ())
    clues = tuple(sorted(e.key for e in evidence if e.grade != "none"))[:CLUES]
    key = question_key(draft.source, evidence)
    _review(draft, "who", key, prepared.items[ref], verdict, verdict.others, ref=ref, body=body, clues=clues)


def _ask_whether_double(draft: Draft, ref: str, verdict: Verdict) -> None:
    item = Item(ref, draft.classes.get(verdict.ci, ""), ())
    draft_name = draft.names.get(verdict.ci, ref)
    _review(
        draft,
        "double",
        digest("double", *sorted((verdict.ci, *verdict.others))),
        replace(item, attributes={"name": draft_name}),
        verdict,
        (verdict.ci, *verdict.others),
    )


def _review(
    draft: Draft,
    kind: str,
    key: str,
    item: Item,
    verdict: Verdict,
    candidates: tuple[str, ...],
    *,
    ref: str = "",
    body: Observation | None = None,
    clues: tuple[str, ...] = (),
) -> None:
    pattern = pattern_of(verdict, candidates)
    props: dict[str, Any] = {
        "subject": verdict.ci,
        "pattern": pattern,
        "group": digest("group", kind, verdict.rule, item.cls, draft.source, pattern)[:24],
        "kind": kind,
        "class": item.cls,
        "title": _label(item),
        "rule": verdict.rule,
        "verdict": orjson.dumps(verdict.to_json()).decode(),
        "source": draft.source,
        "seen_at": draft.at,
        "ref": ref,
        "body": orjson.dumps(to_json(body)).decode() if body else "",
    }
    row = {"key": key, "id": uuid7(), "at": draft.recorded_at, "props": props, "candidates": list(candidates), "clues": list(clues)}
    draft.plan.reviews.append(row)
    draft.changes.append(Change("review_opened", verdict.ci, item.cls, _label(item), source=draft.source, reason=verdict.rule))


def _label(item: Item) -> str:
    for attribute in ("name", "hostname", "serial"):
        value = item.attributes.get(attribute)
        if isinstance(value, str) and value:
            return value[:200]
    return item.identifiers[0].value[:200] if item.identifiers else item.cls


def pattern_of(verdict: Verdict, candidates: Sequence[str]) -> str:
    """What agrees and what differs at each candidate, in words without values: questions of one pattern can be answered together."""
    told = []
    for one in verdict.candidates:
        if one.ci in candidates:
            agree = sorted({a.kind for a in one.agreements if a.agrees})
            differ = sorted({a.kind for a in one.agreements if not a.agrees})
            told.append(" ".join([*(f"+{kind}" for kind in agree), *(f"-{kind}" for kind in differ)]) or "nothing in common")
    return "; ".join(f"{told.count(one)} x {one}" if told.count(one) > 1 else one for one in sorted(set(told)))


def answered(body: Mapping[str, Any], ref: str, ci: str) -> dict[str, Any]:
    """The waiting observation with a person's answer: item `ref` is CI `ci` (an id, or `new:<id>`)."""
    items = [
        {**item, "identifiers": [*item.get("identifiers", []), {"kind": DIRECT, "value": ci}]} if item["ref"] == ref else item
        for item in body["items"]
    ]
    return {**body, "id": uuid7(), "items": items}
