"""Joins that a look or a source caused: undone where it is not believed, and made again where it is.

One that what is still believed shows as well is none that it caused alone, and stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import candidates, joins, review_writes
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation import Observation
from reconciliation.joining import join
from reconciliation.records import Record, from_row
from reconciliation.splitting import undo_join
from reconciliation.subjects import by_id, root_of

Pair = tuple[str, str]
"""The CI that stayed, and the id that went."""
Silence = Callable[[dict[str, dict[str, Record]]], None]
"""Makes the records of some CIs (CI id → slot → record) fall silent, in place."""

_FIRM = ("strong", "medium")


def caused_by(graph: Graph, told: Iterable[Observation], silence: Silence) -> list[Pair]:
    """Joins that these observations made by their evidence alone and that stand, the last first."""
    return _alone(graph, joins.made_by(graph, {one.id for one in told}), silence)


def caused_in(graph: Graph, cis: Collection[str], covers: Callable[[str], bool], silence: Silence) -> list[Pair]:
    """Joins that ended in one of these CIs, and that the evidence of sources that are meant (`covers` their key) alone made; last first."""
    return _alone(graph, [row for row in joins.ended_in(graph, cis) if covers(str(row["source"]))], silence)


def _alone(graph: Graph, rows: Sequence[Mapping[str, Any]], silence: Silence) -> list[Pair]:
    """Without those that the records left show to be one thing, too."""
    found: list[Pair] = []
    heard = _heard(graph, {str(row["to"]) for row in rows}, silence)
    for row in rows:
        gone = str(row["id"])
        told = row["moved"].get("pairs", {}).get(gone)
        if told is not None and not _linked(heard.get(str(row["to"]), ()), {*told["subjects"], by_id(gone)}):
            found.append((str(row["first_to"]), gone))
    return found


def _heard(graph: Graph, cis: Collection[str], silence: Silence) -> dict[str, list[Record]]:
    """CI → its records that are listened to once the silence is kept."""
    found = {ci: {record.slot: record for record in map(from_row, rows)} for ci, (_, rows) in candidates.states(graph, cis).items()}
    silence(found)
    return {ci: [record for record in by_slot.values() if not record.distrusted] for ci, by_slot in found.items()}


def _linked(records: Sequence[Record], leaving: Collection[str]) -> bool:
    """Whether a firm identifier of a record that would leave is shown by one that would stay."""
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for record in records:
        firm = {key for key, (_, _, grade, _) in record.identifiers.items() if grade in _FIRM}
        sides[root_of(record.subject) in leaving] |= firm
    return bool(sides[True] & sides[False])


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
