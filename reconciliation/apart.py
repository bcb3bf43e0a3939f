"""Kept apart: what a person said are two things, evidence never makes one again by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reconciliation.verdict import Verdict


def kept_apart(verdict: Verdict, distinct: Collection[frozenset[str]]) -> Verdict:
    """The verdict without joins of CIs that are known to be distinct (`distinct`: pairs of ids).

    Where the evidence points at one of them more than at the other, it is that one; else it is a question.
    """
    if verdict.outcome != "join" or not distinct:
        return verdict
    refused = [other for other in verdict.others if any(frozenset((other, one)) in distinct for one in (verdict.ci, *verdict.others))]
    if not refused:
        return verdict
    left = tuple(other for other in verdict.others if other not in refused)
    if left:
        return replace(verdict, others=left)
    ranks = {candidate.ci: candidate.rank for candidate in verdict.candidates}
    best = ranks.get(verdict.ci, (0, 0, 0))
    if all(best > ranks.get(other, (0, 0, 0)) for other in refused):
        return replace(verdict, outcome="match", others=(), rule=f"{verdict.rule.partition(';')[0]}; a person told it from another like it")
    return replace(
        verdict,
        outcome="ambiguous",
        ci="",
        others=(verdict.ci, *refused),
        rule=f"{verdict.rule.partition(';')[0]}, as several that a person told apart",
    )
