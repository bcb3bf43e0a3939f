"""Joins that a look caused: undone where the look is not believed, and made again where it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import joins, review_writes
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation import Observation
from reconciliation.joining import join
from reconciliation.splitting import undo_join

Pair = tuple[str, str]
"""The CI that stayed, and the id that went."""


def caused_by(graph: Graph, told: Iterable[Observation]) -> list[Pair]:
    """Joins that these observations made by their evidence alone and that stand, the last first."""
    return [(str(row["first_to"]), str(row["id"])) for row in joins.made_by(graph, {one.id for one in told})]


def undone(graph: Graph, catalogue: Catalogue, pairs: Sequence[Pair], *, by: str, reason: str, apply: bool) -> list[Change]:
    """Undo them; other evidence may join the two again. One that cannot be undone (it was joined further since) is left."""
    changes: list[Change] = []
    for keep, gone in pairs:
        try:
            changes += undo_join(graph, catalogue, gone, by=by, reason=reason, apply=apply).changes
        except (Conflict, Invalid, NotFound):
            continue
        if apply:
            review_writes.not_apart(graph, [(keep, gone)])
    return changes


def joined_again(graph: Graph, catalogue: Catalogue, pairs: Collection[Pair], *, by: str, reason: str, apply: bool) -> list[Change]:
    """Make them again, the first first. Where one is gone meanwhile, nothing is done."""
    changes: list[Change] = []
    for keep, gone in reversed(list(pairs)):
        try:
            changes += join(graph, catalogue, keep, gone, reason=reason, by=by, apply=apply).changes
        except Conflict:
            continue
    return changes
