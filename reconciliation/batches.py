"""Batches: a large observation as several that each fit one transaction. Pure.

Items are dealt by their root, so that a CI and what lies in it stay together. Relations between batches come last, with their ends named
by the same identifiers again; coverage goes with the last batch of its item, when everything it lists has been said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cmdb.model.observation import Item, Observation, Relation

LARGEST = 2_000
"""Items a batch. Measured: larger ones gain nothing on either engine."""


def is_large(observation: Observation) -> bool:
    """Whether it is split."""
    return len(observation.items) > LARGEST or len(observation.items) + len(observation.relations) > LARGEST * 2


def batches(observation: Observation) -> Iterator[Observation]:
    """The observation itself where it is small enough, else its parts in order."""
    if not is_large(observation):
        yield observation
        return
    items = {item.ref: item for item in observation.items}
    groups = _by_root(items)
    dealt = list(_dealt(list(groups.values())))
    place = {ref: number for number, group in enumerate(dealt) for ref in group}
    across = tuple(r for r in observation.relations if place[r.source] != place[r.target])
    # A look at an item counts as complete only when all it lists has been said: where a relation follows later, so does the coverage.
    late = {end for relation in across for end in (relation.source, relation.target)}
    for number, group in enumerate(dealt):
        yield replace(
            observation,
            items=tuple(items[ref] for ref in group),
            relations=tuple(r for r in observation.relations if place[r.source] == place[r.target] == number),
            coverage=tuple(c for c in observation.coverage if place[c.item] == number and c.item not in late),
        )
    yield from _relations(observation, items, across)
    rest = tuple(c for c in observation.coverage if c.item in late)
    if rest:
        yield replace(observation, items=tuple(items[ref] for ref in sorted({c.item for c in rest})), relations=(), coverage=rest)


def _by_root(items: dict[str, Item]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for ref in items:
        root = ref
        while (parent := items[root].parent) is not None:
            root = parent
        groups.setdefault(root, []).append(ref)
    return groups


def _dealt(groups: list[list[str]]) -> Iterator[list[str]]:
    batch: list[str] = []
    for group in groups:
        if batch and len(batch) + len(group) > LARGEST:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch


def _relations(observation: Observation, items: dict[str, Item], across: Sequence[Relation]) -> Iterator[Observation]:
    """Relations between batches, with copies of their ends."""
    for start in range(0, len(across), LARGEST):
        part = across[start : start + LARGEST]
        refs: dict[str, Item] = {}
        for relation in part:
            for end in (relation.source, relation.target):
                ref: str | None = end
                while ref is not None:
                    refs[ref] = replace(items[ref], software=None)
                    ref = items[ref].parent
        yield replace(observation, items=tuple(refs.values()), relations=tuple(part), coverage=())
