"""Cut sets: the smallest sets of CIs that take a service down, up to three, by trying them; bounded, and honest about the bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

from cmdb.impact.evaluate import evaluate
from cmdb.impact.network import Network
from cmdb.impact.paths import Paths

LARGEST = 3
_WORK = 3_000_000
"""Steps (evaluations x edges of the network) a question may cost: about two seconds"""
_MOST = 200


@dataclass(frozen=True, slots=True)
class CutSets:
    """`sets` are minimal. `complete_up_to`: all sets of at most this size were tried; `note` says what was not."""

    sets: tuple[tuple[str, ...], ...]
    complete_up_to: int
    note: str = ""


def cut_sets(
    network: Network, target: str, candidates: Sequence[str], paths: Paths | None = None, work: int = _WORK, largest: int = LARGEST
) -> CutSets:
    """The minimal sets of at most `largest` of `candidates` (the target itself left out) whose loss takes `target` down."""
    left = sorted(set(candidates) - {target})
    cost = len(network.edges) + 10
    found: list[tuple[str, ...]] = []
    for size in range(1, largest + 1):
        tries = comb(len(left), size)
        if tries * cost > work:
            return CutSets(tuple(found), size - 1, f"Sets of {size} and more were not searched: {tries} combinations.")
        work -= tries * cost
        smaller = [frozenset(cut) for cut in found]
        for some in combinations(left, size):
            if not any(cut <= set(some) for cut in smaller) and target in evaluate(network, some, paths).down:
                found.append(some)
                if len(found) >= _MOST:
                    return CutSets(tuple(found), size - 1, f"The first {_MOST} sets; there may be more.")
        if size == 1:
            left = [ci for ci in left if (ci,) not in found]
    return CutSets(tuple(found), largest)
