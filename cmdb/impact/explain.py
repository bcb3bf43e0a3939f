"""Explanations: for each CI that is hit, the shortest chain from it down to what was chosen, with the group that failed at each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmdb.impact.evaluate import Cause, States
from cmdb.impact.network import Network


@dataclass(frozen=True, slots=True)
class Step:
    """One CI of a chain, its state, and why it has it."""

    ci: str
    state: str
    why: str


class Explainer:
    """Chains of one evaluation. A step always leads to what fell earlier, so chains end, also in cycles."""

    def __init__(self, network: Network, states: States, marked: frozenset[str] = frozenset()) -> None:
        self._network, self._states, self._marked = network, states, marked
        self._steps: dict[str, Step] = {}
        self._chains: dict[str, tuple[Step, ...]] = {}
        self._told: dict[str, dict[str, str]] = {}
        self.depth: dict[str, int] = {}
        for ci, cause in states.down.items():  # in the order in which they fell
            self.depth[ci] = 0 if cause is None else 1 + min((self.depth[c] for c in cause.down if c in self.depth), default=0)

    def chain(self, ci: str) -> list[Step]:
        """From this CI to a chosen one. Steps of the rest are shared between the chains that end alike."""
        trail: list[str] = []
        while ci and ci not in self._chains and ci not in trail:
            trail.append(ci)
            step, following = self._step(ci)
            self._steps[ci] = step
            ci = following
        chain = () if ci in trail else self._chains.get(ci, ())
        for inner in reversed(trail):
            chain = (self._steps[inner], *chain)
            self._chains[inner] = chain
        return list(chain)

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
        return min(cause.down, key=lambda c: (self.depth.get(c, 1 << 30), c), default="")

    def told(self, ci: str) -> dict[str, Any]:
        """A CI of the answer as JSON."""
        node, steps = self._network.nodes[ci], self.chain(ci)
        return {
            "ci": ci,
            "name": node.name,
            "class": node.cls,
            "why": steps[0].why,
            "depth": len(steps) - 1,
            "last_seen_at": node.properties.get("last_seen_at"),
            "because": [self._told.get(s.ci) or self._entry(s) for s in steps],
        }

    def _entry(self, step: Step) -> dict[str, str]:
        entry = self._told[step.ci] = {**self.named(step.ci), "state": step.state, "why": step.why}
        return entry

    def named(self, ci: str) -> dict[str, str]:
        """A CI's id, name and class."""
        node = self._network.nodes.get(ci)
        return {"ci": ci, "name": node.name if node else ci, "class": node.cls if node else ""}
