"""Planning of relations and identifiers: what begins to be claimed, changes, or loses its last claim. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cmdb.inventory.past import ABSENT_AT
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from reconciliation.assertions import ONE, Assertions, relation_key
from reconciliation.draft import Draft, World
from reconciliation.merge import merge
from reconciliation.records import Record
from reconciliation.resolve import Resolution
from reconciliation.voices import claimed_relations, looks_of


def plan_identifiers(draft: Draft, resolution: Resolution) -> None:
    """New identifiers and links. Values that two living CIs show are marked shared: they decide nothing any more."""
    claimed: dict[str, str] = {}
    for ref in sorted(resolution.evidence):
        ci = resolution.ci(ref)
        if not ci or ref in resolution.repeated or f"{draft.source}|{resolution.subjects[ref]}" not in draft.after.get(ci, ()):
            continue
        for e in resolution.evidence[ref]:
            if e.grade == "none" or (e.key, ci) in resolution.links or claimed.get(f"{e.key}\n{ci}"):
                continue
            claimed[f"{e.key}\n{ci}"] = ci
            row = {"key": e.key, "ci": ci, "grade": e.grade, "scope": e.scope}
            if e.key in resolution.known_keys or e.key in claimed:
                draft.plan.new_links.append(row)
            else:
                claimed[e.key] = ci
                draft.plan.new_identifiers.append({**row, "kind": e.kind, "value": e.value})
    draft.plan.shared_keys += sorted({key for verdict in resolution.verdicts.values() if verdict.ci for key in verdict.shared})


def plan_relations(draft: Draft, world: World, said: Assertions, catalogue: Catalogue, existing: Mapping[str, Mapping[str, Any]]) -> None:
    """Relations that begin to be claimed, change, or lose their last claim."""
    for ci in sorted(draft.after):
        _plan_one_relations(draft, world, ci, catalogue, existing)
        was = claimed_relations(world.records.get(ci, {}).values(), draft.source)
        now = claimed_relations(draft.after[ci].values(), draft.source)
        looks = looks_of(r for r in world.records.get(ci, {}).values() if r.source == draft.source) if now.keys() - was.keys() else {}
        claimant = f"{ci}|{draft.source}"
        for key in sorted({*now, *was}):
            if key in now:
                look = looks.get(now[key].part)
                _claim(draft, key, claimant, said, existing.get(key), look.complete_at if look is not None else "")
            else:
                _unclaim(draft, key, claimant, existing.get(key))


def relation_keys_touched(draft: Draft, world: World) -> set[str]:
    """Keys of relations whose present state must be read before planning."""
    keys: set[str] = set()
    for ci, after in draft.after.items():
        keys |= claimed_relations(world.records.get(ci, {}).values(), draft.source).keys()
        keys |= claimed_relations(after.values(), draft.source).keys()
        before, now = _ones(world.records.get(ci, {}).values()), _ones(after.values())
        keys |= {relation_key(name.removeprefix(ONE), ci, target) for name, target in before - now}
    return keys


def _ones(records: Iterable[Record]) -> set[tuple[str, str]]:
    """At-most-one relations that records name: `@type` and the target."""
    words = ((name, word[0]) for record in records for name, word in record.attributes.items() if name.startswith(ONE))
    return {(name, target) for name, target in words if isinstance(target, str) and target}


def _claim(draft: Draft, key: str, claimant: str, said: Assertions, known: Mapping[str, Any] | None, absent_at: str) -> None:
    """`absent_at`: when the source had last looked at all of that part, and not seen it."""
    name, source, target = key.split("|")
    attributes = {k: _stored(v) for k, v in said.relation_attributes.get(key, {}).items() if v is not None}
    if known is None:
        props = {**attributes, "key": key, "claims": [claimant], "first_seen_at": draft.at, "last_seen_at": draft.at}
        draft.plan.new_relations.setdefault(name, []).append({"source": source, "target": target, "props": props})
        details = {k: (None, _value(v)) for k, v in attributes.items()}
        details |= {ABSENT_AT: (None, absent_at)} if "" < absent_at < draft.at else {}
        _relation_change(draft, "relation_added", name, (source, target), details)
        return
    held = known["properties"]
    props = {k: v for k, v in attributes.items() if held.get(k) != v}
    if claimant not in held.get("claims", ()):
        props["claims"] = sorted([*held.get("claims", ()), claimant])
    if props:
        draft.plan.changed_relations.setdefault(name, []).append(
            {"key": key, "source": source, "props": {**props, "last_seen_at": draft.at}}
        )
        if attributes and props.keys() - {"claims"}:
            different = {k: (_value(held.get(k)), _value(v)) for k, v in props.items() if k != "claims"}
            _relation_change(draft, "relation_changed", name, (source, target), different)


def _unclaim(draft: Draft, key: str, claimant: str, known: Mapping[str, Any] | None) -> None:
    if known is None:
        return
    name, source, target = key.split("|")
    left = [c for c in known["properties"].get("claims", ()) if c != claimant]
    if left:
        draft.plan.changed_relations.setdefault(name, []).append({"key": key, "source": source, "props": {"claims": left}})
        return
    draft.plan.ended_relations.setdefault(name, []).append({"key": key, "source": source})
    _relation_change(draft, "relation_ended", name, (source, target), _held(known["properties"]))


def _held(properties: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the history keeps of a relation that ends."""
    return {k: (_value(v), None) for k, v in properties.items() if k not in _OF_THE_HOUSE and v is not None}


def _plan_one_relations(draft: Draft, world: World, ci: str, catalogue: Catalogue, existing: Mapping[str, Mapping[str, Any]]) -> None:
    """At-most-one relations follow the golden value of `@type`."""
    before = world.records.get(ci)
    old = merge(list(before.values()), catalogue).attributes() if before else {}
    new = draft.golden[ci].attributes()
    for attribute in sorted({a for a in (*old, *new) if a.startswith(ONE)}):
        name, was, now = attribute[1:], old.get(attribute), new.get(attribute)
        if was == now or name not in catalogue.relations:
            continue
        if isinstance(was, str) and was:
            key = relation_key(name, ci, was)
            draft.plan.ended_relations.setdefault(name, []).append({"key": key, "source": ci})
            _relation_change(draft, "relation_ended", name, (ci, was), _held(existing[key]["properties"]) if key in existing else {})
        if isinstance(now, str) and now:
            winner = draft.golden[ci].values[attribute][0]
            key = relation_key(name, ci, now)
            props = {"key": key, "claims": [f"{ci}|{winner.source}"], "first_seen_at": draft.at, "last_seen_at": draft.at}
            draft.plan.new_relations.setdefault(name, []).append({"source": ci, "target": now, "props": props})
            _relation_change(draft, "relation_added", name, (ci, now))


_OF_THE_HOUSE = ("key", "claims", "last_seen_at")
"""Properties of a relation that the history need not keep."""


def _relation_change(
    draft: Draft, kind: Any, name: str, ends: tuple[str, str], details: Mapping[str, tuple[Any, Any]] | None = None
) -> None:
    source, target = ends
    other = draft.names.get(target, "")
    cls = draft.classes.get(source, "")
    before, after = (target, None) if kind == "relation_ended" else (None, target)
    draft.changes.append(Change(kind, source, cls, draft.names.get(source, ""), name, before, after, draft.source, other, details or {}))


def _value(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


def _stored(given: Any) -> Any:
    return list(given) if isinstance(given, tuple) else given
