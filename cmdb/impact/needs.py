"""Upstream: what a CI needs, what alone would take it down, and the smallest sets that would."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.impact.cutsets import LARGEST, cut_sets
from cmdb.impact.loading import Loader
from cmdb.impact.network import Network
from cmdb.impact.parts import marked
from cmdb.model.catalogue import Catalogue


def needs_of(loader: Loader, chosen: Sequence[str], catalogue: Catalogue, *, largest: int = LARGEST) -> dict[str, Any]:
    """The answer's part for direction `up`: `needs`, `single_points`, `cut_sets` of at most `largest`, and how far was searched."""
    loader.follow(chosen, "up")
    loader.wires()
    paths = loader.paths()
    chain = _needed(loader.network(), dict.fromkeys(chosen, ("", "")))
    near = {ci for ci in chain if ci in paths.devices}
    way = sorted(paths.on_the_way(near) - set(chain))
    loader.follow(way, "up")
    network = loader.network()
    chain |= dict.fromkeys(way, (min(near, default=chosen[0]), "lies on the way to the core"))
    chain = _needed(network, chain)
    wanted = [ci for ci in chain if ci not in chosen]
    sets = {ci: cut_sets(network, ci, wanted, paths, largest=largest) for ci in chosen[:5]}

    def named(ci: str) -> dict[str, str]:
        return {"ci": ci, "name": network.nodes[ci].name, "class": network.nodes[ci].cls}

    def told(ci: str) -> dict[str, Any]:
        before, group = chain[ci]
        because = [{**named(ci), "state": "up", "why": group}]
        while before:
            because.append({**named(before), "state": "up", "why": chain[before][1] or "chosen"})
            before = chain[before][0]
        seen = network.nodes[ci].properties.get("last_seen_at")
        return {**named(ci), "why": group, "depth": len(because) - 1, "last_seen_at": seen, "because": because}

    found = {
        "counts": {"needs": len(wanted), "single_points": sum(len(c) == 1 for s in sets.values() for c in s.sets)},
        "needs": [told(ci) for ci in wanted],
        "single_points": [{**named(cut[0]), "of": named(ci)} for ci, found in sets.items() for cut in found.sets if len(cut) == 1],
        "cut_sets": [{"of": named(ci), "cis": [named(c) for c in cut]} for ci, found in sets.items() for cut in found.sets if len(cut) > 1],
        "searched": [
            {
                "of": named(ci),
                "complete_up_to": sets[ci].complete_up_to if ci in sets else 0,
                "note": sets[ci].note if ci in sets else "Not searched: at most five CIs at once.",
            }
            for ci in chosen
        ],
        "truncated": len(loader.left_out),
    }
    return marked(found, network, catalogue)


def _needed(network: Network, start: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Breadth first: CI → (what needs it, by which group)."""
    found = dict(start)
    queue = deque(found)
    while queue:
        ci = queue.popleft()
        for group in network.groups.get(ci, ()):
            for member in group.members:
                if member not in found:
                    found[member] = (ci, f"{group.name}: {group.k} of {len(group.members)} needed")
                    queue.append(member)
    return found
