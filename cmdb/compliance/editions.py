"""Policies as they were: the texts by which results of a moment were judged, also of policies that count no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cmdb.compliance.chosen import active, parsed
from cmdb.compliance.policy import Policy
from cmdb.graph import policy_texts as store
from cmdb.graph.door import Graph
from cmdb.model.times import to_text


@dataclass(frozen=True, slots=True)
class Edition:
    """One text of a policy, and since when results were judged by it (empty: by none yet)."""

    policy: Policy
    since: str = ""

    @property
    def file(self) -> str:
        """Its name in a bundle: policy, version and digest."""
        return f"policies/{self.policy.id}-{self.policy.edition.replace(':', '-')}.yaml"


def known(graph: Graph) -> dict[tuple[str, str], Edition]:
    """(policy, edition) → every text that is kept, and those that count now. Two reads."""
    found = {(one.id, one.edition): Edition(one) for one in active(graph)}
    for row in store.editions(graph):
        policy = parsed(str(row["text"]), str(row["id"]))
        found[policy.id, str(row["edition"])] = Edition(policy, str(row["at"]))
    return found


def in_force(editions: Mapping[tuple[str, str], Edition], when: datetime) -> dict[str, Edition]:
    """Policy → its newest text that anything was judged by at or before that time; one without is as it counts now."""
    at, found = to_text(when), dict[str, Edition]()
    for (name, _), one in sorted(editions.items(), key=lambda item: item[1].since):
        if one.since <= at and (one.since or name not in found):
            found[name] = one
    return found
