"""Paths: which devices still reach the core over cables and radio links, and which are down to a single way. Pure.

The graph of devices and links is contracted: an interface stands for its device, a link exists while both its interfaces and devices
are up. "Two ways" means two paths that share no device but the ends (Menger): a device keeps its redundancy while no single other
device separates it from the core; the separating devices are the articulation points found by one depth-first search (Tarjan 1972).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two devices; `needs` are the interfaces it runs over."""

    one: str
    other: str
    needs: tuple[str, ...] = ()


class Paths:
    """Reachability of the core among devices. `anchors` are the core devices."""

    def __init__(self, links: Iterable[Link], anchors: Collection[str]) -> None:
        self._links = tuple(sorted(set(links), key=lambda link: (link.one, link.other, link.needs)))
        self._anchors = frozenset(anchors)
        self._before = self._reached(frozenset())
        self._double_before = self._doubly(frozenset())

    def cut_off(self, down: Collection[str]) -> set[str]:
        """Devices that reached the core and do not any more (those that are themselves down left out)."""
        gone = frozenset(down)
        return {device for device in self._before - self._reached(gone) if device not in gone}

    def last_path(self, down: Collection[str]) -> set[str]:
        """Devices that had two separate ways to the core and now have one."""
        gone = frozenset(down)
        still = self._reached(gone)
        return {device for device in self._double_before & still if device not in gone} - self._doubly(gone)

    def _neighbours(self, gone: frozenset[str]) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for link in self._links:
            if link.one in gone or link.other in gone or any(interface in gone for interface in link.needs):
                continue
            found.setdefault(link.one, set()).add(link.other)
            found.setdefault(link.other, set()).add(link.one)
        return found

    def _reached(self, gone: frozenset[str]) -> set[str]:
        near = self._neighbours(gone)
        reached = {anchor for anchor in self._anchors if anchor not in gone}
        frontier = list(reached)
        while frontier:
            frontier = [new for device in frontier for new in near.get(device, ()) if new not in reached and not reached.add(new)]  # type: ignore[func-returns-value]
        return reached

    def _doubly(self, gone: frozenset[str]) -> set[str]:
        """Devices that no single other device separates from the core. All core devices together are one end (they back each other up),
        except that a device hanging on one core device alone has one way."""
        near = self._neighbours(gone)
        anchors = sorted(self._anchors - gone)
        if not anchors:
            return set()
        separated = _separated(near, anchors)
        return self._reached(gone) - separated - set(anchors)


def _separated(near: Mapping[str, set[str]], anchors: list[str]) -> set[str]:
    """Devices that some single device (a core one too) separates from the virtual root joined to every anchor. Iterative Tarjan."""
    root = ""
    graph = {device: set(others) for device, others in near.items()}
    graph[root] = set(anchors)
    for anchor in anchors:
        graph.setdefault(anchor, set()).add(root)
    order: dict[str, int] = {root: 0}
    low: dict[str, int] = {root: 0}
    parent: dict[str, str] = {}
    visited = [root]
    stack = [(root, iter(sorted(graph[root])))]
    while stack:
        device, others = stack[-1]
        step = next(others, None)
        if step is None:
            stack.pop()
            if stack:
                low[stack[-1][0]] = min(low[stack[-1][0]], low[device])
        elif step not in order:
            parent[step] = device
            order[step] = low[step] = len(order)
            visited.append(step)
            stack.append((step, iter(sorted(graph[step]))))
        elif step != parent.get(device):
            low[device] = min(low[device], order[step])
    cut: set[str] = set()
    for device in visited[1:]:
        above = parent[device]
        # `above` separates the whole subtree of `device` when nothing in it reaches higher; the root itself separates nobody.
        if above in cut or (above != root and low[device] >= order[above]):
            cut.add(device)
    return cut
