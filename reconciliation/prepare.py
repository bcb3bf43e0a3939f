"""Prepare: an observation as reconciliation works on it — levels from the root down, identifiers and attributes brought into step. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Value
from cmdb.model.times import to_text
from reconciliation import rules
from reconciliation.evidence import kind_of

DIRECT = "ci"
"""The kind of identifier that names a CI by its id: how a person's edit, an answer to a review and a parked relation point at it."""

_NAMES = ("if_name", "process_name", "container_name", "disk_name")
"""Identifiers of dependent CIs that are what people call them."""

_NOT_DERIVED = {"ip", "prefix", "position", "if_index"}
_MACHINES = frozenset({"local", "ssh", "agent", "snmp"})
"""Sources that name their identifiers themselves: a stack shows its master's serial, and it is not the stack's."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`levels[0]` are the refs of independent items, `levels[n]` those whose parent is in `levels[n-1]`."""

    observation: Observation
    items: Mapping[str, Item]
    levels: tuple[tuple[str, ...], ...]
    described: frozenset[str]
    at: str

    said: Mapping[str, str]
    """Ref → digest of all the source says of a simple item (no parts, relations, coverage, software): a repeat needs no thought."""

    def root(self, ref: str) -> str:
        """The outermost item a ref lies in."""
        while (parent := self.items[ref].parent) is not None:
            ref = parent
        return ref

    def chain(self, ref: str) -> tuple[str, ...]:
        """The ref and the refs it lies in, innermost first."""
        refs = [ref]
        while (parent := self.items[refs[-1]].parent) is not None:
            refs.append(parent)
        return tuple(refs)


def prepare(observation: Observation, catalogue: Catalogue) -> Prepared:
    """Raises Invalid for an unknown class, a parent that does not exist or a circle of parents."""
    rules.refresh()
    machine = observation.source.kind in _MACHINES
    items = {item.ref: _in_step(item, catalogue, machine=machine) for item in observation.items}
    if len(items) != len(observation.items):
        raise Invalid("Two items of the observation have the same ref; give each its own.", field="items")
    said = _digests(observation, items)
    return Prepared(observation, items, _levels(items), _described(observation, items), to_text(observation.observed_at), said)


def _digests(observation: Observation, items: Mapping[str, Item]) -> dict[str, str]:
    busy = {item.parent for item in items.values()} | {coverage.item for coverage in observation.coverage}
    busy |= {end for relation in observation.relations for end in (relation.source, relation.target)}
    return {
        ref: _digest(item)
        for ref, item in items.items()
        if ref not in busy and item.software is None and not any(i.kind == DIRECT for i in item.identifiers)
    }


def _digest(item: Item) -> str:
    text = repr((rules.label(), item.cls, sorted((i.kind, i.value, i.scope) for i in item.identifiers), sorted(item.attributes.items())))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _in_step(item: Item, catalogue: Catalogue, *, machine: bool) -> Item:
    """What was said as an attribute identifies too, and what was said as an identifier is shown too."""
    cls = catalogue.cls(item.cls)
    given = {identifier.kind for identifier in item.identifiers}
    vendor = item.attributes.get("vendor")
    scope = vendor if isinstance(vendor, str) else ""
    extra: list[Identifier] = []
    shown: dict[str, Value] = {}
    counted = rules.identifiers_of(cls)
    for kind in (*counted, *(kind for kind in cls.identifiers if kind not in counted)):  # what a site's rules take for no identity is shown
        if kind not in cls.attributes or kind in _NOT_DERIVED:
            continue
        said = item.attributes.get(kind)
        if kind in counted and kind not in given and isinstance(said, str) and said and not (machine and given and kind == "serial"):
            extra.append(Identifier(kind, said, scope if kind_of(kind).scope == "vendor" else ""))
        elif kind in given and kind not in item.attributes:
            shown[kind] = next(i.value for i in item.identifiers if i.kind == kind)
    if "name" not in item.attributes and "name" not in shown:
        named = next((i.value for kind in _NAMES for i in item.identifiers if i.kind == kind), None)
        if named is not None:
            shown["name"] = named
    if not extra and not shown:
        return item
    return replace(item, identifiers=(*item.identifiers, *extra), attributes={**item.attributes, **shown})


def _levels(items: Mapping[str, Item]) -> tuple[tuple[str, ...], ...]:
    depth: dict[str, int] = {}

    def measure(ref: str) -> int:
        trail: list[str] = []
        while ref not in depth:
            if ref in trail:
                raise Invalid(f"The items {', '.join(trail)} are parents of each other; a CI cannot lie inside itself.", field="items")
            trail.append(ref)
            parent = items[ref].parent
            if parent is None:
                depth[ref] = 0
                break
            if parent not in items:
                raise Invalid(f"The item {ref} has a parent {parent} that is not in the observation.", field="items")
            ref = parent
        base = depth[ref]
        for step, inner in enumerate(reversed([r for r in trail if r not in depth]), start=1):
            depth[inner] = base + step
        return base

    for ref in items:
        measure(ref)
    deepest = max(depth.values(), default=-1)
    return tuple(tuple(sorted(ref for ref, d in depth.items() if d == level)) for level in range(deepest + 1))


def _described(observation: Observation, items: Mapping[str, Item]) -> frozenset[str]:
    """Refs of the things the source describes; the rest it only mentions (a neighbour, an owner, the far end of a connection)."""
    covered = {coverage.item for coverage in observation.coverage}
    ends = {end for relation in observation.relations for end in (relation.source, relation.target)}
    described: set[str] = set()
    for ref, item in items.items():
        root = ref
        while (parent := items[root].parent) is not None:
            root = parent
        mentioned = bool({ref, root} & ends) and (bool(covered) or not observation_attributes(observation, root))
        if root in covered or ref in covered or item.software is not None or not mentioned:
            described.add(ref)
    return frozenset(described)


def observation_attributes(observation: Observation, ref: str) -> Mapping[str, Value]:
    """The attributes an observation itself gives an item (not those derived from identifiers)."""
    return next((item.attributes for item in observation.items if item.ref == ref), {})
