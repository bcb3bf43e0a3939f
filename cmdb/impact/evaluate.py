"""Evaluate: states as a least fixpoint. Order-independent, complete over what was loaded, cycles allowed, no depth cut.

A CI goes down when one of its requirement groups has fewer members up than it needs, or when it loses its last path to the core. Both
rules are monotone (more down never brings anything up), so the least fixpoint exists and a work list finds it in time linear in the edges.
Mutual dependence does not by itself pull anything down: only what is chosen starts it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from cmdb.impact.network import Group, Network
from cmdb.impact.paths import Paths


class Cause(NamedTuple):
    """Why a CI is in its state: the group that fails or is thinned out (None: its paths to the core), and what is down for that."""

    group: Group | None
    down: tuple[str, ...]
    holds: bool = False

    @property
    def words(self) -> str:
        """For people."""
        if self.group is None:
            return "only one path to the core is left" if self.holds else "no path to the core is left"
        return f"{self.group.name}: {len(self.group.members) - len(self.down)} of {len(self.group.members)} up, {self.group.k} needed"


@dataclass(slots=True)
class States:
    """What an evaluation found. Whatever is in none of these is up."""

    chosen: frozenset[str] = frozenset()
    down: dict[str, Cause | None] = field(default_factory=dict)
    """Down, with its cause (None: chosen), in the order in which it fell"""
    thinned: dict[str, Cause] = field(default_factory=dict)
    """Up, but a requirement group of its own lost members: redundancy is lost"""
    degraded: dict[str, str] = field(default_factory=dict)
    """Up, but needs something that is thinned or degraded: that CI's id"""

    def of(self, ci: str) -> str:
        """`down`, `degraded` or `up`."""
        return "down" if ci in self.down else "degraded" if ci in self.thinned or ci in self.degraded else "up"

    def affected(self) -> set[str]:
        """Everything that is not simply up."""
        return {*self.down, *self.thinned, *self.degraded}


Fallen = dict[tuple[str, int], list[str]]
"""Who, and which of its groups → the members of it that are down"""


def evaluate(network: Network, chosen: Collection[str], paths: Paths | None = None, exclude: Collection[str] = ()) -> States:
    """The states when `chosen` are down and `exclude` stay up whatever happens. Ids that are not in the network are ignored."""
    held = frozenset(exclude)
    states = States(chosen=frozenset(c for c in chosen if c in network.nodes and c not in held))
    fallen: Fallen = {}
    queue = deque(sorted(states.chosen))
    down = states.down = dict.fromkeys(queue)
    while queue or (paths is not None and _cut_off(states, paths, queue, held)):
        gone = queue.popleft()
        for need in network.membership.get(gone, ()):
            who, place = need
            if (lost := fallen.get(need)) is None:
                fallen[need] = lost = [gone]
            else:
                lost.append(gone)
            if who not in down and who not in held:
                group = network.groups[who][place]
                if len(group.members) - len(lost) < group.k:
                    down[who] = Cause(group, tuple(lost))
                    queue.append(who)
    _thin(states, network, fallen, paths, held)
    _degrade(states, network, held)
    return states


def _cut_off(states: States, paths: Paths, queue: deque[str], held: frozenset[str]) -> bool:
    """When nothing more falls by requirements: what has lost its last path falls now. Says whether anything did."""
    before = frozenset(states.down)
    lost = sorted(ci for ci in paths.cut_off(before) if ci not in held)
    blocking = paths.blocking(before, lost)
    for ci in lost:
        states.down[ci] = Cause(None, blocking.get(ci, ()))
        queue.append(ci)
    return bool(queue)


def _thin(states: States, network: Network, fallen: Fallen, paths: Paths | None, held: frozenset[str]) -> None:
    for who, place in sorted(need for need in fallen if need[0] not in states.down and need[0] not in held):
        if who not in states.thinned:  # the first of its groups tells
            states.thinned[who] = Cause(network.groups[who][place], tuple(fallen[who, place]), holds=True)
    if paths is not None and states.down:
        weak = sorted(ci for ci in paths.last_path(frozenset(states.down)) if ci not in states.thinned and ci not in held)
        blocking = paths.blocking(frozenset(states.down), weak)
        for ci in weak:
            states.thinned[ci] = Cause(None, blocking.get(ci, ()), holds=True)


def _degrade(states: States, network: Network, held: frozenset[str]) -> None:
    """What needs something thinned is degraded, and so on upwards."""
    queue = deque(sorted(states.thinned))
    while queue:
        weak = queue.popleft()
        for who, _ in network.membership.get(weak, ()):
            if who not in states.down and who not in states.thinned and who not in states.degraded and who not in held:
                states.degraded[who] = weak
                queue.append(who)
