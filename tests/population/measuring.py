"""How reconciliation did: which true things share a CI, which are on several, and how many wait for a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tests.population.telling import Tale


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of trouble. `merged` and `split` are numbers of true things; `asked` are questions to a person; `unseen` have no CI."""

    kind: str
    things: int
    merged: int = 0
    split: int = 0
    asked: int = 0
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """The table, and examples of what went wrong: (kind, what, truths, CIs)."""

    rows: tuple[Row, ...]
    examples: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]

    @property
    def total(self) -> Row:
        """All kinds together."""
        return Row("all", *(sum(getattr(row, name) for row in self.rows) for name in ("things", "merged", "split", "asked", "unseen")))

    def table(self) -> str:
        """For people."""
        lines = [f"{'KIND OF TROUBLE':28} {'THINGS':>7} {'MERGED':>7} {'SPLIT':>7} {'ASKED':>7} {'NO CI':>7}"]
        rows = (*self.rows, self.total)
        lines += [f"{row.kind:28} {row.things:7} {row.merged:7} {row.split:7} {row.asked:7} {row.unseen:7}" for row in rows]
        total = self.total
        share = [f"{100 * n / max(total.things, 1):.2f} %" for n in (total.merged, total.split, total.asked)]
        return "\n".join([*lines, f"false merges {share[0]}, false splits {share[1]}, in the review queue {share[2]}"])


def measure(tale: Tale, homes: Mapping[str, set[str]], asked: Mapping[str, int]) -> Measure:
    """`homes`: true thing → the CIs it is on at the end (joined ones followed); `asked`: kind → questions open at the end."""
    things = Counter(tale.trouble.values())
    dwellers: dict[str, set[str]] = defaultdict(set)
    for truth, cis in homes.items():
        for ci in cis:
            dwellers[ci].add(truth)
    merged = {truth for truths in dwellers.values() if len(truths) > 1 for truth in truths}
    split = {truth for truth, cis in homes.items() if len(cis) > 1}
    counts = {name: Counter(tale.trouble[t] for t in found) for name, found in (("merged", merged), ("split", split))}
    unseen = Counter(kind for truth, kind in tale.trouble.items() if not homes.get(truth))
    rows = tuple(
        Row(kind, things[kind], counts["merged"][kind], counts["split"][kind], asked.get(kind, 0), unseen[kind]) for kind in sorted(things)
    )
    examples: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        (tale.trouble[min(truths)], "merged", tuple(sorted(truths)), (ci,)) for ci, truths in sorted(dwellers.items()) if len(truths) > 1
    ]
    examples += [(tale.trouble[truth], "split", (truth,), tuple(sorted(homes[truth]))) for truth in sorted(split)]
    return Measure(rows, tuple(examples))
