"""Assertions: what an observation, once its items are resolved, makes each source record say. Pure.

A relation type with at most one target (owner, place) is kept in the record like an attribute, under `@type`: so precedence between
sources, "why" and history work for it as for any value. The others are claims, and exist while some record claims them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from cmdb.model.catalogue import Catalogue, RelationType
from cmdb.model.observation import Relation, Value
from reconciliation import records
from reconciliation.prepare import DIRECT, Prepared
from reconciliation.records import Claim, Record
from reconciliation.resolve import Resolution, items_of
from reconciliation.software import chunks

ONE = "@"
"""Prefix of an attribute that holds the target of an at-most-one relation."""

DEFAULT_PART = "relations"

Spot: TypeAlias = tuple[str, str]
"""The id of a CI and the subject under which the source speaks of it: together they name one of the source's records."""


@dataclass(slots=True)
class Assertions:
    """What is said of each CI (under each subject) by this observation, before it is joined with what was said earlier."""

    attributes: dict[Spot, dict[str, Value]] = field(default_factory=dict)
    classes: dict[Spot, str] = field(default_factory=dict)
    identifiers: dict[Spot, dict[str, tuple[str, str, str, str]]] = field(default_factory=dict)
    children: dict[Spot, dict[str, str]] = field(default_factory=dict)
    relations: dict[Spot, dict[str, Claim]] = field(default_factory=dict)
    relation_attributes: dict[str, dict[str, Value]] = field(default_factory=dict)
    coverage: dict[Spot, list[tuple[str, str, str]]] = field(default_factory=dict)
    software: dict[Spot, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    unresolved: list[Relation] = field(default_factory=list)
    refused: list[tuple[Relation, str]] = field(default_factory=list)
    note: tuple[str, str, str] = ("", "", "")
    """Of what a person says: who, why, until when"""

    def touched(self) -> set[Spot]:
        """CIs of which something is said, and as what."""
        return {*self.attributes, *self.children, *self.relations, *self.coverage, *self.software}

    def values(self) -> dict[str, dict[str, Value]]:
        """CI id → all that is said of its attributes, under whatever subject."""
        found: dict[str, dict[str, Value]] = {}
        for ci, subject in sorted(self.attributes):
            found.setdefault(ci, {}).update(self.attributes[ci, subject])
        return found


def assertions(prepared: Prepared, resolution: Resolution, catalogue: Catalogue, classes: Mapping[str, str]) -> Assertions:
    """`classes`: the present class of each resolved CI that exists already."""
    told = prepared.observation
    found = Assertions(note=(told.actor, told.note, told.until) if told.source.kind == "person" else ("", "", ""))
    for spot, refs in _spots(prepared, resolution).items():
        _say(found, spot, refs, prepared, resolution)
        # An edit names the CI by its id: it says what it is only when it says something new.
        if all(_is_direct(prepared, ref) for ref in refs) and classes.get(spot[0]) == found.classes[spot]:
            del found.classes[spot]
    for level in prepared.levels[1:]:
        for ref in level:
            _child(found, ref, prepared, resolution, catalogue)
    covered = {(c.item, c.part) for c in prepared.observation.coverage}
    for relation in prepared.observation.relations:
        _relate(found, relation, prepared, resolution, catalogue, classes, covered)
    for coverage in prepared.observation.coverage:
        if place := spot_of(coverage.item, resolution):
            found.coverage.setdefault(place, []).append((coverage.part, coverage.state, coverage.reason))
            kind = catalogue.relations.get(coverage.part)
            if coverage.state == "complete" and kind is not None and kind.one == "source":
                found.attributes.setdefault(place, {}).setdefault(ONE + kind.name, None)
    return found


def spot_of(ref: str, resolution: Resolution) -> Spot | None:
    """The record of this source that an item speaks to; None while it is not resolved."""
    ci = resolution.ci(ref)
    return (ci, resolution.subjects[ref]) if ci else None


def _spots(prepared: Prepared, resolution: Resolution) -> dict[Spot, list[str]]:
    found: dict[Spot, list[str]] = {}
    for ci, refs in items_of(prepared, resolution).items():
        for ref in refs:
            found.setdefault((ci, resolution.subjects[ref]), []).append(ref)
    return found


def _say(found: Assertions, spot: Spot, refs: list[str], prepared: Prepared, resolution: Resolution) -> None:
    said: dict[str, Value] = {}
    for ref in refs:
        item = prepared.items[ref]
        said.update(item.attributes)
        found.classes.setdefault(spot, item.cls)
        parent = resolution.ci(item.parent) if item.parent is not None else ""
        for e in resolution.evidence[ref]:
            if e.grade != "none":
                key = e.key.replace(f"|{parent}|", "|^|") if parent else e.key
                found.identifiers.setdefault(spot, {})[key] = (e.kind, e.value, e.grade, e.scope)
        if item.software is not None:
            found.software.setdefault(spot, {}).update(chunks(item.software))
    if said or spot[0] in resolution.new_ids:
        found.attributes.setdefault(spot, {}).update(said)


def _is_direct(prepared: Prepared, ref: str) -> bool:
    """Named by its id alone. A report that waited for a person's answer has identifiers of its own beside it, and says what it is."""
    if not any(i.kind == DIRECT for i in prepared.items[ref].identifiers):
        return False
    given = next((item for item in prepared.observation.items if item.ref == ref), prepared.items[ref])
    return prepared.observation.source.kind == "person" or all(i.kind == DIRECT for i in given.identifiers)


def _child(found: Assertions, ref: str, prepared: Prepared, resolution: Resolution, catalogue: Catalogue) -> None:
    ci, root = resolution.ci(ref), spot_of(prepared.root(ref), resolution)
    part = prepared.items[ref].part or catalogue.cls(prepared.items[ref].cls).part or DEFAULT_PART
    if ci and root:
        found.children.setdefault(root, {})[ci] = part
    parent_ref = prepared.items[ref].parent
    parent = resolution.ci(parent_ref) if parent_ref is not None else ""
    if ci and parent and root:
        found.relations.setdefault(root, {})[relation_key("part_of", ci, parent)] = Claim(part, prepared.at)


def relation_key(name: str, source: str, target: str) -> str:
    """`type|source|target`, what the graph keeps unique per relation."""
    return f"{name}|{source}|{target}"


def _relate(
    found: Assertions,
    relation: Relation,
    prepared: Prepared,
    resolution: Resolution,
    catalogue: Catalogue,
    classes: Mapping[str, str],
    covered: set[tuple[str, str]],
) -> None:
    kind = catalogue.relations[relation.type]
    source, target = resolution.ci(relation.source), resolution.ci(relation.target)
    if not source or not target:
        found.unresolved.append(relation)
        return
    if source == target:
        found.refused.append((relation, "it would relate a CI to itself"))
        return
    source_cls = classes.get(source, prepared.items[relation.source].cls)
    target_cls = classes.get(target, prepared.items[relation.target].cls)
    if not kind.allows(catalogue, source_cls, target_cls):
        found.refused.append((relation, f"a {source_cls} is never {kind.title} a {target_cls}"))
        return
    part = relation.part or DEFAULT_PART
    if kind.one == "source":
        found.attributes.setdefault((source, resolution.subjects[relation.source]), {})[ONE + kind.name] = target
        return
    key = _key_of(kind, source, target)
    speaker = _speaker(relation, prepared, covered, part)
    far = relation.target if prepared.root(relation.source) == speaker else relation.source
    claim = Claim(part, prepared.at, _known_by(far, prepared, resolution), dict(relation.attributes or {}))
    found.relations.setdefault((resolution.ci(speaker), resolution.subjects[speaker]), {})[key] = claim
    if relation.attributes:
        found.relation_attributes[key] = dict(relation.attributes)


def _key_of(kind: RelationType, source: str, target: str) -> str:
    if kind.symmetric and target < source:
        source, target = target, source
    return relation_key(kind.name, source, target)


def _speaker(relation: Relation, prepared: Prepared, covered: set[tuple[str, str]], part: str) -> str:
    """Whose record carries the claim: the end whose look at that part the source reports, else the source end."""
    roots = (prepared.root(relation.source), prepared.root(relation.target))
    chosen = next((root for root in roots if (root, part) in covered), None)
    return chosen or next((root for root in roots if any(item == root for item, _ in covered)), roots[0])


def _known_by(ref: str, prepared: Prepared, resolution: Resolution) -> str:
    """The best identifier by which the source knew the other end; "" where it was named by its id."""
    root = prepared.root(ref)
    usable = [e for e in resolution.evidence[root] if e.grade != "none"]
    best = max(usable, key=lambda e: ({"strong": 3, "medium": 2}.get(e.grade, 1), e.key), default=None)
    return best.key if best else ""


def joined(record: Record, spot: Spot, found: Assertions, at: str) -> Record:
    """The record after this observation."""
    if spot in found.attributes or spot in found.classes:
        record = records.said(record, found.attributes.get(spot, {}), found.classes.get(spot, record.cls), at, found.note)
    record = records.shown(record, found.identifiers.get(spot, {}))
    record = records.claimed(record, found.relations.get(spot, {}), found.children.get(spot, {}), at)
    for part, state, reason in found.coverage.get(spot, ()):
        record = records.looked(record, part, state, at, reason)
    if spot in found.software:
        record = records.listed(record, tuple(sorted(found.software[spot])), at)
    if record.absent_at and record.absent_at <= at:
        record = replace(record, absent_at="")
    return record
