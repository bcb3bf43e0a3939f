"""Habits: how and when a world speaks. Each makes of one tale another with the same truth."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from cmdb.model.ids import uuid7
from cmdb.model.observation import Coverage, Item, Observation, Relation
from tests.population.said import Said
from tests.population.telling import Tale

Habit = Callable[[Tale, int], Tale]


def plain(tale: Tale, seed: int) -> Tale:
    """As it was told: in order of time, one by one."""
    return tale


def within_a_minute(tale: Tale, seed: int) -> Tale:
    """A generator without a clock: everything is said in one minute, in the same order."""
    return _timed(tale, timedelta(seconds=60))


def over_two_years(tale: Tale, seed: int) -> Tale:
    """The same order, stretched over two years."""
    return _timed(tale, timedelta(days=730))


def _timed(tale: Tale, span: timedelta) -> Tale:
    start, step = tale.said[0].observation.observed_at, span / len(tale.said)
    said = [replace(s, observation=replace(s.observation, observed_at=start + n * step)) for n, s in enumerate(tale.said)]
    return Tale(tuple(said), tale.trouble)


def late(tale: Tale, seed: int) -> Tale:
    """One in eight arrives late, by up to five hundred others; their times stay as they are."""
    rng = random.Random(seed)
    turn = {id(s): n + (rng.randrange(500) if rng.random() < 0.125 else 0) for n, s in enumerate(tale.said)}
    return Tale(tuple(sorted(tale.said, key=lambda s: turn[id(s)])), tale.trouble)


def twice(tale: Tale, seed: int) -> Tale:
    """One in three is sent again: at once, or an hour later with another id."""
    rng = random.Random(seed)
    said = list(tale.said)
    for one in tale.said:
        if rng.random() < 0.33:
            later = one.observation.observed_at + rng.choice((timedelta(0), timedelta(hours=1)))
            said.append(replace(one, observation=replace(one.observation, id=uuid7(), observed_at=later)))
    return Tale(tuple(sorted(said, key=lambda s: s.observation.observed_at)), tale.trouble)


def in_batches(tale: Tale, seed: int) -> Tale:
    """What one source says of one day comes as one observation with many items, as the exports of management systems do."""
    found: dict[tuple[str, str], list[Said]] = {}
    for one in tale.said:
        seen = one.observation
        found.setdefault((seen.source.key, seen.observed_at.date().isoformat()), []).append(one)
    said = [_together(part) for batch in found.values() for part in _without_repeats(batch)]
    return Tale(tuple(sorted(said, key=lambda s: s.observation.observed_at)), tale.trouble)


def _without_repeats(batch: list[Said]) -> list[list[Said]]:
    """One batch tells of each thing once."""
    parts: list[tuple[list[Said], set[str]]] = []
    for one in batch:
        about = set(one.truth.values())
        part = next((p for p in parts if not p[1] & about), None)
        if part is None:
            part = ([], set())
            parts.append(part)
        part[0].append(one)
        part[1].update(about)
    return [said for said, _ in parts]


def _together(batch: list[Said]) -> Said:
    items, relations, coverage, truth = list[Item](), list[Relation](), list[Coverage](), dict[str, str]()
    for n, one in enumerate(batch):
        seen, start = one.observation, f"{n}/"
        items += [replace(i, ref=start + i.ref, parent=start + i.parent if i.parent is not None else None) for i in seen.items]
        relations += [replace(r, source=start + r.source, target=start + r.target) for r in seen.relations]
        coverage += [replace(c, item=start + c.item) for c in seen.coverage]
        truth |= {start + ref: what for ref, what in one.truth.items()}
    last = max(one.observation.observed_at for one in batch)
    source = batch[0].observation.source
    return Said(Observation(uuid7(), source, last, tuple(items), tuple(relations), tuple(coverage)), truth)


HABITS: dict[str, Habit] = {habit.__name__: habit for habit in (plain, within_a_minute, over_two_years, late, twice, in_batches)}
