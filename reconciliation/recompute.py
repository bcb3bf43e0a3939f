"""Recompute: everything that follows from the source records drawn again, when the rules changed or time passed."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph import ending
from cmdb.graph.door import Graph
from cmdb.graph.write import write
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from reconciliation import redrawing
from reconciliation.authority import precedence_in_force

BATCH = 500


def recompute(
    graph: Graph, catalogue: Catalogue, ids: Collection[str], *, reason: str = "", actor: str = "", now: str = "", apply: bool = True
) -> list[Change]:
    """The Changes that the present rules make to these CIs at `now` (ISO text; the present without it).

    Written unless `apply` is False (a dry run). Raises GraphConflict.
    """
    changes: list[Change] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        drawn = redrawing.opened(graph, ordered[start : start + BATCH], by=actor, reason=reason)
        drawn.draft.now = now or drawn.draft.at
        redrawing.plan(drawn, catalogue)
        drawn.draft.write_events(set())
        if apply and not drawn.draft.plan.is_empty():
            graph.writing(lambda tx, plan=drawn.draft.plan: write(tx, plan, catalogue))  # type: ignore[misc]
        changes += drawn.draft.changes
    return changes


def overtaken(graph: Graph, catalogue: Catalogue, *, now: str = "", apply: bool = True) -> list[Change]:
    """What time alone changed: words of people that ended, and words older than their age limit. A chore does it once a day.

    `now` as in `recompute`. Reads the CIs that people spoke of with an end; all of a class only where a rule has an age limit for it.
    """
    at = now or times.to_text(times.now())
    ids = set(ending.words_until(graph, at))
    rules = precedence_in_force()
    aged = {cls for cls, of in rules.classes.items() if any(rule.age_days for rule in of.values())}
    if any(rule.age_days for rule in rules.attributes.values()):
        aged = {"ci"}
    classes = {one for cls in aged for one in (cls, *catalogue.descendants(cls))}
    ids |= set(ending.of_classes(graph, classes))
    return recompute(graph, catalogue, ids, reason="time passed", now=at, apply=apply)
