"""Running a tale through the real reconciliation on a graph."""

from __future__ import annotations

from collections import Counter, defaultdict

from cmdb.graph import candidates, reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from reconciliation import reconcile
from tests.population.measuring import Measure, measure
from tests.population.telling import Tale


def run(graph: Graph, catalogue: Catalogue, tale: Tale, progress: int = 0) -> Measure:
    """Reconcile all that was said, in order, and measure. `progress`: print a line each so many observations."""
    homes: dict[str, set[str]] = defaultdict(set)
    kinds_of_review: dict[str, str] = {}
    for number, said in enumerate(tale.said):
        changes = reconcile(graph, catalogue, said.observation)
        for resolved in changes.resolved:
            if resolved.ref in said.truth and resolved.ci:
                homes[said.truth[resolved.ref]].add(resolved.ci)
        if any(change.kind == "review_opened" for change in changes.changes):
            kind = next(iter(tale.trouble[truth] for truth in said.truth.values()), "?")
            for row in graph.read(
                "MATCH (v:Review {state: 'open'}) WHERE v.seen_at >= $at RETURN v.id AS id",
                at=said.observation.observed_at.isoformat()[:10],
            ):
                kinds_of_review.setdefault(str(row["id"]), kind)
        if progress and number % progress == 0:
            print(f"{number} of {len(tale.said)} observations", flush=True)
    known = {ci for cis in homes.values() for ci in cis}
    moved = {str(row["asked"]): str(row["ci"]) for row in candidates.by_id(graph, known)}
    at_last = {truth: {moved[ci] for ci in cis if ci in moved} for truth, cis in homes.items()}
    asked = Counter(kinds_of_review.get(review, "?") for review in _open(graph))
    return measure(tale, at_last, asked)


def _open(graph: Graph) -> list[str]:
    found: list[str] = []
    while page := reviews.listed(graph, after=found[-1] if found else "", limit=500):
        found += [str(row["id"]) for row in page]
    return found
