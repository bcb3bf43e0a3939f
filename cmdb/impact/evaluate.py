"""Evaluate: states as a least fixpoint. Order-independent, complete over what was loaded, cycles allowed, no depth cut.

A CI goes down when one of its requirement groups has fewer members up than it needs, or when it loses its last path to the core. Both
rules are monotone (more down never brings anything up), so the least fixpoint exists and a work list finds it in time linear in the edges.
Mutual dependence does not by itself pull anything down: only what is chosen starts it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cmdb.impact.network import Group, Network
from cmdb.impact.paths import Paths


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a CI is in its state: the group that fails or is thinned out (None: cut off from the core), and the members that are down."""

    group: Group | None
    down: tuple[str, ...]

    @property
    def words(self) -> str:
        """For people."""
        if self.group is None:
            return "no path to the core is left"
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


def evaluate(network: Network, chosen: Collection[str], paths: Paths | None = None) -> States:
    """The states when `chosen` are down. Ids that are not in the network are ignored."""
    states = States(chosen=frozenset(c for c in chosen if c in network.nodes))
    fallen: dict[str, list[set[str]]] = {}
    queue = deque(sorted(states.chosen))
    states.down = dict.fromkeys(queue)
    while queue or (paths is not None and _cut_off(states, paths, queue)):
        gone = queue.popleft()
        for who in network.dependents.get(gone, ()):
            lost = fallen.setdefault(who, [set() for _ in network.groups[who]])
            for group, down in zip(network.groups[who], lost, strict=True):
                if gone in group.members:
                    down.add(gone)
                    if who not in states.down and len(group.members) - len(down) < group.k:
                        states.down[who] = Cause(group, tuple(sorted(down)))
                        queue.append(who)
    _thin(states, network, fallen, paths)
    _degrade(states, network)
    return states


def _cut_off(states: States, paths: Paths, queue: deque[str]) -> bool:
    """When nothing more falls by requirements: what has lost its last path falls now. Says whether anything did."""
    for ci in sorted(paths.cut_off(states.down.keys()) - states.down.keys()):
        states.down[ci] = Cause(None, ())
        queue.append(ci)
    return bool(queue)


def _thin(states: States, network: Network, fallen: Mapping[str, list[set[str]]], paths: Paths | None) -> None:
    for who in sorted(fallen):
        if who in states.down:
            continue
        for group, down in zip(network.groups[who], fallen[who], strict=True):
            if down:
                states.thinned[who] = Cause(group, tuple(sorted(down)))
                break
    if paths is not None:
        for ci in sorted(paths.last_path(states.down.keys())):
            if ci not in states.down and ci not in states.thinned:
                states.thinned[ci] = Cause(Group("paths to the core", 1, ("", "")), ("",))


def _degrade(states: States, network: Network) -> None:
    """What needs something thinned is degraded, and so on upwards."""
    queue = deque(sorted(states.thinned))
    while queue:
        weak = queue.popleft()
        for who in network.dependents.get(weak, ()):
            if who not in states.down and who not in states.thinned and who not in states.degraded:
                states.degraded[who] = weak
                queue.append(who)
