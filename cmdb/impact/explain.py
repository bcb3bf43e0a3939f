"""Explanations: for each CI that is hit, the shortest chain from it down to what was chosen, with the group that failed at each step."""

from __future__ import annotations

from typing import Any, NamedTuple

from cmdb.impact.evaluate import Cause, States
from cmdb.impact.network import Network


class Step(NamedTuple):
    """One CI of a chain, its state, and why it has it."""

    ci: str
    state: str
    why: str


_FAR = 1 << 30


class Explainer:
    """Chains of one evaluation. A step always leads to what fell earlier, so chains end, also in cycles."""

    def __init__(self, network: Network, states: States, marked: frozenset[str] = frozenset()) -> None:
        self._network, self._states, self._marked = network, states, marked
        self._entries: dict[str, dict[str, str]] = {}
        self._chains: dict[str, list[dict[str, str]]] = {}
        self.depth: dict[str, int] = {}
        depth = self.depth
        for ci, cause in states.down.items():  # in the order in which they fell
            depth[ci] = 0 if cause is None else 1 + min([depth[c] for c in cause.down if c in depth], default=0)

    def chain(self, ci: str) -> list[Step]:
        """From this CI to a chosen one."""
        return [Step(entry["ci"], entry["state"], entry["why"]) for entry in self._because(ci)]

    def _because(self, ci: str) -> list[dict[str, str]]:
        """The chain as JSON. Chains that end alike share their entries."""
        if (known := self._chains.get(ci)) is not None:
            return known
        trail: list[str] = []
        while ci and ci not in self._chains and ci not in trail:
            trail.append(ci)
            step, following = self._step(ci)
            self._entries[ci] = {**self.named(ci), "state": step.state, "why": step.why}
            ci = following
        chain = [] if ci in trail else self._chains.get(ci, [])
        for inner in reversed(trail):
            chain = self._chains[inner] = [self._entries[inner], *chain]
        return chain

    def _step(self, ci: str) -> tuple[Step, str]:
        states = self._states
        if ci in states.degraded and ci not in states.down and ci not in states.thinned:
            return Step(ci, "degraded", "needs something that loses redundancy"), states.degraded[ci]
        cause = states.down.get(ci) if ci in states.down else states.thinned.get(ci)
        state = "down" if ci in states.down else "degraded" if ci in states.thinned else "up"
        if cause is None:
            why = "already down by another change" if ci in self._marked else "chosen" if ci in states.chosen else "up"
            return Step(ci, state, why), ""
        return Step(ci, state, cause.words), self._nearest(cause)

    def _nearest(self, cause: Cause) -> str:
        """Of what is down for it, the one that is nearest to what was chosen."""
        if len(cause.down) == 1:
            return cause.down[0]
        return min(cause.down, key=lambda c: (self.depth.get(c, _FAR), c), default="")

    def told(self, ci: str) -> dict[str, Any]:
        """A CI of the answer as JSON."""
        node, because = self._network.nodes[ci], self._because(ci)
        return {
            "ci": ci,
            "name": node.name,
            "class": node.cls,
            "why": because[0]["why"],
            "depth": len(because) - 1,
            "last_seen_at": node.properties.get("last_seen_at"),
            "because": because,
        }

    def named(self, ci: str) -> dict[str, str]:
        """A CI's id, name and class."""
        node = self._network.nodes.get(ci)
        return {"ci": ci, "name": node.name if node else ci, "class": node.cls if node else ""}
