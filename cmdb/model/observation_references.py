"""How the pieces of one observation refer to each other: every ref resolves, parents form a tree, relations fit their type."""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.model.catalogue import Catalogue
from cmdb.model.clean import shown
from cmdb.model.observation import Item, Observation
from cmdb.model.observation_problems import Problems


def check_references(observation: Observation, catalogue: Catalogue, problems: Problems) -> None:
    """Note what does not fit in `problems`; raises InvalidObservation only when there are too many."""
    items: dict[str, Item] = {}
    places: dict[str, int] = {}
    for place, item in enumerate(observation.items):
        if item.ref in items:
            problems.add(f"items[{place}].ref", f"{shown(item.ref)} is already the ref of items[{places[item.ref]}]; refs must differ")
        else:
            items[item.ref], places[item.ref] = item, place
    _check_parents(items, places, catalogue, problems)
    _check_relations(observation, items, catalogue, problems)
    _check_coverage(observation, items, problems)


def _check_parents(items: Mapping[str, Item], places: Mapping[str, int], catalogue: Catalogue, problems: Problems) -> None:
    sound: set[str] = set()
    for ref, item in items.items():
        if item.parent is not None:
            path = f"items[{places[ref]}].parent"
            if item.parent not in items:
                problems.add(path, f"no item has the ref {shown(item.parent)}")
            else:
                _check_inside(path, item, items[item.parent], catalogue, problems)
        _check_circle(ref, items, places, sound, problems)


def _check_inside(path: str, item: Item, parent: Item, catalogue: Catalogue, problems: Problems) -> None:
    cls = catalogue.classes[item.cls]
    if not cls.dependent_on:
        problems.add(path, f"a CI of class {cls.name} is not inside another one; leave out parent, use a relation")
    elif not any(may_be(catalogue, parent.cls, allowed) for allowed in cls.dependent_on):
        problems.add(path, f"{cls.name} goes inside {' or '.join(cls.dependent_on)}, but {shown(parent.ref)} is of class {parent.cls}")


def _check_circle(ref: str, items: Mapping[str, Item], places: Mapping[str, int], sound: set[str], problems: Problems) -> None:
    """Walk up from one item; `sound` holds those whose way up was walked before, so each item is walked once."""
    way: dict[str, None] = {}
    here: str | None = ref
    while here is not None and here in items and here not in sound:
        if here in way:
            circle = [*way][[*way].index(here) :]
            shape = " → ".join(shown(step, 30) for step in [*circle[:5], here]) if len(circle) <= 5 else f"{len(circle)} items"
            problems.add(f"items[{places[here]}].parent", f"the parents form a circle: {shape}")
            break
        way[here] = None
        here = items[here].parent
    sound.update(way)


def _check_relations(observation: Observation, items: Mapping[str, Item], catalogue: Catalogue, problems: Problems) -> None:
    only: dict[tuple[str, str], str] = {}
    for place, relation in enumerate(observation.relations):
        path = f"relations[{place}]"
        ends = (("from", relation.source), ("to", relation.target))
        unknown = [(end, ref) for end, ref in ends if ref not in items]
        for end, ref in unknown:
            problems.add(f"{path}.{end}", f"no item has the ref {shown(ref)}")
        if unknown:
            continue
        if relation.source == relation.target:
            problems.add(path, f"{shown(relation.source)} has a relation to itself")
            continue
        kind = catalogue.relations[relation.type]
        source, target = items[relation.source].cls, items[relation.target].cls
        fits = _fits(catalogue, source, kind.source) and _fits(catalogue, target, kind.target)
        turned = kind.symmetric and _fits(catalogue, target, kind.source) and _fits(catalogue, source, kind.target)
        if not (fits or turned):
            wanted = f"from {' or '.join(kind.source)} to {' or '.join(kind.target)}"
            problems.add(path, f"{kind.name} goes {wanted}, not from {source} to {target}")
        if kind.one:
            mine, other = (relation.source, relation.target) if kind.one == "source" else (relation.target, relation.source)
            before = only.setdefault((kind.name, mine), other)
            if before != other:
                problems.add(path, f"{shown(mine)} can have only one {kind.name}, but has {shown(before)} and {shown(other)}")


def _check_coverage(observation: Observation, items: Mapping[str, Item], problems: Problems) -> None:
    states: dict[tuple[str, str], str] = {}
    for place, seen in enumerate(observation.coverage):
        if seen.item not in items:
            problems.add(f"coverage[{place}].item", f"no item has the ref {shown(seen.item)}")
        before = states.setdefault((seen.item, seen.part), seen.state)
        if before != seen.state:
            problems.add(f"coverage[{place}]", f"{seen.part} of {shown(seen.item)} is said to be {before} and {seen.state}")


def may_be(catalogue: Catalogue, cls: str, allowed: str) -> bool:
    """Whether a thing seen as `cls` is, or may turn out to be, an `allowed`: a far end is often known as a mere device."""
    return catalogue.is_a(cls, allowed) or catalogue.is_a(allowed, cls)


def _fits(catalogue: Catalogue, cls: str, allowed: tuple[str, ...]) -> bool:
    return any(may_be(catalogue, cls, name) for name in allowed)
