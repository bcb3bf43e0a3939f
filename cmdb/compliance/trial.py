"""Trying a policy out before it counts: what it would say of chosen endpoints or of all, and why. Nothing is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cmdb.compliance.endpoints import knowledge, read_endpoints
from cmdb.compliance.evaluate import BATCH, endpoint_classes, evidence_of, outcome
from cmdb.compliance.facts import facts_of
from cmdb.compliance.policy import Policy
from cmdb.graph import compliance as results
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue

MOST_TRIED = 20_000
_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """What a policy would say of the endpoints it was tried on; nothing was written.

    `reasons` of unknown, `because`: what the facts of failures were, `changed`: state now → state then, `examples`: name, id, state, why.
    """

    policy: Policy
    tried: int
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    because: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[tuple[str, str, str, str]] = field(default_factory=list)
    left_out: int = 0


def try_out(graph: Graph, catalogue: Catalogue, policy: Policy, *, ids: Sequence[str] = (), now: datetime | None = None) -> Trial:
    """What the policy would say of these endpoints, or of all (at most 20,000; `left_out` says of how many it was not asked)."""
    when = now or times.now()
    classes = endpoint_classes(catalogue)
    every = list(ids) or results.endpoint_ids(graph, classes)
    wanted = every[:MOST_TRIED]
    judge, known = policy.at(when), knowledge(graph, when)
    trial = Trial(policy, 0, left_out=len(every) - len(wanted))
    tried = 0
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        before = {row["ci"]: row["state"] for row in results.current(graph, part) if row["policy"] == policy.id}
        for ci, endpoint in sorted(read_endpoints(graph, part, classes, known).items()):
            if not endpoint.present:
                continue
            facts = facts_of(endpoint, known.tables, when)
            found = outcome(policy, judge, facts)
            tried += 1
            trial.states[found.state] += 1
            if found.state == "unknown":
                trial.reasons[found.reason] += 1
            if found.state == "fail":
                told = [one for one in evidence_of(policy, judge, facts) if "value" in one and not one["fact"].startswith("asset.class")]
                trial.because["; ".join(f"{one['fact']} is {json.dumps(one['value'], ensure_ascii=False)[:80]}" for one in told)[:200]] += 1
            if before.get(ci, "") != found.state:
                trial.changed[before.get(ci, ""), found.state] += 1
            if found.state in ("fail", "unknown", "error") and len(trial.examples) < _EXAMPLES:
                trial.examples.append((endpoint.name, ci, found.state, found.reason))
    return Trial(policy, tried, trial.states, trial.reasons, trial.because, trial.changed, trial.examples, trial.left_out)
