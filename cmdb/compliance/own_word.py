"""What the owner of a personal device can answer for: what nothing can look into, as a dated word that ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cmdb.compliance import waivers
from cmdb.compliance.policy import Policy
from cmdb.compliance.report import Result, of_endpoint
from cmdb.compliance.waivers import ATTESTED, LONGEST_ATTESTED, Draft, Waiver
from cmdb.errors import Invalid
from cmdb.graph.door import Graph


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the owner of one device: policies that are unknown, and what was answered and still counts.

    `judged`: what each policy says of the device, that of an organisation's own as well.
    """

    policies: tuple[Policy, ...] = ()
    answered: tuple[Waiver, ...] = ()
    judged: tuple[Result, ...] = ()


def asked(graph: Graph, ci: str) -> Asked:
    """What its owner can say of a personal device; nothing of any other: there must be evidence."""
    found = of_endpoint(graph, ci)
    if found is None or found.declared not in ATTESTED:
        return Asked(judged=found.results if found is not None else ())
    open_ = [one for one in found.results if found.attestable(one)]
    return Asked(
        tuple(one.policy for one in open_),
        tuple(one.waiver for one in found.results if one.waiver and one.waiver.kind == "attestation"),
        found.results,
    )


def answer(graph: Graph, ci: str, policy: str, words: str, *, by: str, now: datetime) -> Waiver:
    """Keep the owner's word: weaker than evidence, dated, and it ends after 90 days. Raises Invalid where nobody asks that."""
    if all(one.id != policy for one in asked(graph, ci).policies):
        raise Invalid("That is not asked of this device, or it was answered already.", field="policy")
    until = (now + LONGEST_ATTESTED).date().isoformat()
    return waivers.attest(graph, Draft(policy, words, until, ci=ci), by=by, now=now)
