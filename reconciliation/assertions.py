"""Assertions: what an observation, once its items are resolved, makes each source record say. Pure.

A relation type with at most one target (owner, place) is kept in the record like an attribute, under `@type`: so precedence between
sources, "why" and history work for it as for any value. The others are claims, and exist while some record claims them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cmdb.model.catalogue import Catalogue, RelationType
from cmdb.model.observation import Relation, Value
from reconciliation import records
from reconciliation.prepare import DIRECT, Prepared
from reconciliation.records import Record
from reconciliation.resolve import Resolution, items_of
from reconciliation.software import chunks

ONE = "@"
"""Prefix of an attribute that holds the target of an at-most-one relation."""

DEFAULT_PART = "relations"


@dataclass(slots=True)
class Assertions:
    """What is said of each CI by this observation, before it is joined with what was said earlier."""

    attributes: dict[str, dict[str, Value]] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    children: dict[str, dict[str, str]] = field(default_factory=dict)
    relations: dict[str, dict[str, str]] = field(default_factory=dict)
    relation_attributes: dict[str, dict[str, Value]] = field(default_factory=dict)
    coverage: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    software: dict[str, dict[str, list[dict[str, object]]]] = field(default_factory=dict)
    unresolved: list[Relation] = field(default_factory=list)
    refused: list[tuple[Relation, str]] = field(default_factory=list)

    def touched(self) -> set[str]:
        """CIs of which something is said."""
        return {*self.attributes, *self.children, *self.relations, *self.coverage, *self.software}


def assertions(prepared: Prepared, resolution: Resolution, catalogue: Catalogue, classes: Mapping[str, str]) -> Assertions:
    """`classes`: the present class of each resolved CI that exists already."""
    found = Assertions()
    for ci, refs in items_of(prepared, resolution).items():
        _say(found, ci, refs, prepared, resolution)
        # An edit names the CI by its id: it says what it is only when it says something new.
        if all(_is_direct(prepared, ref) for ref in refs) and classes.get(ci) == found.classes[ci]:
            del found.classes[ci]
    for level in prepared.levels[1:]:
        for ref in level:
            _child(found, ref, prepared, resolution, catalogue)
    covered = {(c.item, c.part) for c in prepared.observation.coverage}
    for relation in prepared.observation.relations:
        _relate(found, relation, prepared, resolution, catalogue, classes, covered)
    for coverage in prepared.observation.coverage:
        if ci := resolution.ci(coverage.item):
            found.coverage.setdefault(ci, []).append((coverage.part, coverage.state, coverage.reason))
            kind = catalogue.relations.get(coverage.part)
            if coverage.state == "complete" and kind is not None and kind.one == "source":
                found.attributes.setdefault(ci, {}).setdefault(ONE + kind.name, None)
    return found


def _say(found: Assertions, ci: str, refs: list[str], prepared: Prepared, resolution: Resolution) -> None:
    said: dict[str, Value] = {}
    for ref in refs:
        item = prepared.items[ref]
        said.update(item.attributes)
        found.classes.setdefault(ci, item.cls)
        if item.software is not None:
            found.software.setdefault(ci, {}).update(chunks(item.software))
    if said or ci in resolution.new_ids:
        found.attributes.setdefault(ci, {}).update(said)


def _is_direct(prepared: Prepared, ref: str) -> bool:
    return any(i.kind == DIRECT for i in prepared.items[ref].identifiers)


def _child(found: Assertions, ref: str, prepared: Prepared, resolution: Resolution, catalogue: Catalogue) -> None:
    ci, root = resolution.ci(ref), resolution.ci(prepared.root(ref))
    if ci and root:
        part = prepared.items[ref].part or catalogue.cls(prepared.items[ref].cls).part or DEFAULT_PART
        found.children.setdefault(root, {})[ci] = part
    parent_ref = prepared.items[ref].parent
    parent = resolution.ci(parent_ref) if parent_ref is not None else ""
    if ci and parent and root:
        key = relation_key("part_of", ci, parent)
        part = prepared.items[ref].part or catalogue.cls(prepared.items[ref].cls).part or DEFAULT_PART
        found.relations.setdefault(root, {})[key] = part


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
        found.attributes.setdefault(source, {})[ONE + kind.name] = target
        return
    key = _key_of(kind, source, target)
    subject = _subject(relation, prepared, resolution, covered, part)
    found.relations.setdefault(subject, {})[key] = part
    if relation.attributes:
        found.relation_attributes[key] = dict(relation.attributes)


def _key_of(kind: RelationType, source: str, target: str) -> str:
    if kind.symmetric and target < source:
        source, target = target, source
    return relation_key(kind.name, source, target)


def _subject(relation: Relation, prepared: Prepared, resolution: Resolution, covered: set[tuple[str, str]], part: str) -> str:
    """Whose record carries the claim: the end whose look at that part the source reports, else the source end."""
    roots = (prepared.root(relation.source), prepared.root(relation.target))
    chosen = next((root for root in roots if (root, part) in covered), None)
    chosen = chosen or next((root for root in roots if any(item == root for item, _ in covered)), roots[0])
    return resolution.ci(chosen)


def joined(record: Record, ci: str, found: Assertions, at: str) -> Record:
    """The record after this observation."""
    if ci in found.attributes or ci in found.classes:
        record = records.said(record, found.attributes.get(ci, {}), found.classes.get(ci, record.cls), at)
    record = records.claimed(record, found.relations.get(ci, {}), found.children.get(ci, {}), at)
    for part, state, reason in found.coverage.get(ci, ()):
        record = records.looked(record, part, state, at, reason)
    if ci in found.software:
        record = records.listed(record, tuple(sorted(found.software[ci])), at)
    if record.absent_at and record.absent_at <= at:
        record = replace(record, absent_at="")
    return record
