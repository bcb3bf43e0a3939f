"""Paths: which devices still reach the core over cables and radio links, and which are down to a single way. Pure.

The graph of devices and links is contracted: an interface stands for its device, a link exists while its interfaces and devices are up.
All core devices together are one end. "Two ways" means two paths that share neither a device nor a cable on the way (Menger): a device
keeps its redundancy while no single device or link separates it from the core. What separates are the articulation points found by one
depth-first search (Tarjan 1972) in which links are points too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

Near = dict[str, set[str]]
_CORE = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two devices; `needs` are the interfaces it runs over."""

    one: str
    other: str
    needs: tuple[str, ...] = ()


def tidied(links: Iterable[Link]) -> tuple[Link, ...]:
    """Each cable once: the same seen from both ends, or known without its ports beside a telling that names them, is one."""
    pairs: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for link in links:
        if link.one != link.other:
            one, other = sorted((link.one, link.other))
            pairs.setdefault((one, other), set()).add(tuple(sorted(set(link.needs))))
    return tuple(
        Link(one, other, needs)
        for (one, other), found in sorted(pairs.items())
        for needs in sorted(found)
        if not any(set(needs) < set(more) for more in found)
    )


class Paths:
    """Reachability of the core among devices. `anchors` are the core devices."""

    def __init__(self, links: Iterable[Link], anchors: Collection[str]) -> None:
        self._links = tidied(links)
        self._anchors = frozenset(anchors)
        self._devices = {end for link in self._links for end in (link.one, link.other)} | self._anchors
        self._points = self._devices | {interface for link in self._links for interface in link.needs}
        self._before = self._reached(frozenset())
        self._double_before = self._doubly(frozenset())

    @property
    def devices(self) -> frozenset[str]:
        """The devices it knows."""
        return frozenset(self._devices)

    def cut_off(self, down: Collection[str]) -> set[str]:
        """Devices that reached the core and do not any more (those that are themselves down left out)."""
        gone = frozenset(down) & self._points
        return self._before - self._reached(gone) - gone if gone else set()

    def last_path(self, down: Collection[str]) -> set[str]:
        """Devices that had two separate ways to the core and now have one."""
        gone = frozenset(down) & self._points
        return (self._double_before & self._reached(gone)) - gone - self._doubly(gone) if gone else set()

    def on_the_way(self, devices: Collection[str]) -> set[str]:
        """Devices and ports between these and the core: what could cut one of them off, alone or with others."""
        wanted, found = set(devices) & self._before, set[str]()
        if not wanted:
            return found
        near = self._neighbours(frozenset())
        frontier = wanted - self._anchors
        while frontier:
            found |= frontier
            # Everything in the same web up to the core devices; behind those there is no way to the core that leads back.
            frontier = {other for device in frontier for other in near.get(device, ())} - found - self._anchors
        ends = {other for device in found for other in near.get(device, ())} | found
        # A dead end (a device with one neighbour that is not asked about) lies on nobody's way.
        while dead := {d for d in ends - wanted - self._anchors if len(near.get(d, set()) & ends) < 2}:
            ends -= dead
        return ends - wanted

    def blocking(self, down: Collection[str], devices: Collection[str]) -> dict[str, tuple[str, ...]]:
        """For each device the nearest thing that is down and stood in its way: what an explanation names."""
        gone = frozenset(down) & self._points
        if not gone or not devices:
            return {}
        near: Near = {}
        found: dict[str, str] = {}
        for link in self._links:
            near.setdefault(link.one, set()).add(link.other)
            near.setdefault(link.other, set()).add(link.one)
            for end, far in ((link.one, link.other), (link.other, link.one)):
                hit = far if far in gone else next((i for i in link.needs if i in gone), None)
                if end not in gone and hit is not None:
                    found.setdefault(end, hit)
        queue = deque(sorted(found))
        while queue:
            device = queue.popleft()
            for other in sorted(near.get(device, ())):
                if other not in found and other not in gone:
                    found[other] = found[device]
                    queue.append(other)
        return {device: (found[device],) for device in devices if device in found}

    def _neighbours(self, gone: frozenset[str]) -> Near:
        found: Near = {}
        for link in self._links:
            if link.one in gone or link.other in gone or not gone.isdisjoint(link.needs):
                continue
            found.setdefault(link.one, set()).add(link.other)
            found.setdefault(link.other, set()).add(link.one)
        return found

    def _reached(self, gone: frozenset[str]) -> set[str]:
        near = self._neighbours(gone)
        reached = set(self._anchors - gone)
        frontier = list(reached)
        while frontier:
            new = {other for device in frontier for other in near.get(device, ())} - reached
            reached |= new
            frontier = list(new)
        return reached

    def _doubly(self, gone: frozenset[str]) -> set[str]:
        """Devices (not core ones) that no single other device and no single link separates from the core."""
        near: Near = {_CORE: set()}
        for place, link in enumerate(self._links):
            if link.one in gone or link.other in gone or not gone.isdisjoint(link.needs):
                continue
            ends = {_CORE if end in self._anchors else end for end in (link.one, link.other)}
            if len(ends) == 2:
                cable = f"\0{place}"
                near[cable] = ends
                for end in ends:
                    near.setdefault(end, set()).add(cable)
        order, cut = _separated(near)
        return {point for point in order if point in self._devices} - cut - self._anchors


def _separated(near: Near) -> tuple[Sequence[str], set[str]]:
    """The points reached from the core, and those that some single point separates from it. Iterative Tarjan."""
    order: dict[str, int] = {_CORE: 0}
    low: dict[str, int] = {_CORE: 0}
    parent: dict[str, str] = {}
    visited = [_CORE]
    stack = [(_CORE, iter(sorted(near[_CORE])))]
    while stack:
        point, others = stack[-1]
        step = next(others, None)
        if step is None:
            stack.pop()
            if stack:
                low[stack[-1][0]] = min(low[stack[-1][0]], low[point])
        elif step not in order:
            parent[step] = point
            order[step] = low[step] = len(order)
            visited.append(step)
            stack.append((step, iter(sorted(near[step]))))
        elif step != parent.get(point):
            low[point] = min(low[point], order[step])
    cut: set[str] = set()
    for point in visited[1:]:
        above = parent[point]
        # `above` separates the whole subtree of `point` when nothing in it reaches higher; the core itself separates nobody.
        if above in cut or (above != _CORE and low[point] >= order[above]):
            cut.add(point)
    return visited, cut
