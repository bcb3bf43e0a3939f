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
from reconciliation.distrusting import Caused, Course, Step
from reconciliation.joining import join
from reconciliation.records import Record, from_row
from reconciliation.splitting import undo_join
from reconciliation.subjects import by_id, root_of

Silence = Callable[[dict[str, dict[str, Record]]], None]
"""Makes the records of some CIs (CI id → slot → record) fall silent, in place."""

_FIRM = ("strong", "medium")


def caused_by(graph: Graph, told: Iterable[Observation], silence: Silence) -> list[Caused]:
    """Joins that these observations made by their evidence alone and that stand, the last first."""
    return _alone(graph, joins.made_by(graph, {one.id for one in told}), silence)


def caused_in(graph: Graph, cis: Collection[str], covers: Callable[[str], bool], silence: Silence) -> list[Caused]:
    """Joins that ended in one of these CIs, and that the evidence of sources that are meant (`covers` their key) alone made; last first."""
    return _alone(graph, [row for row in joins.ended_in(graph, cis) if covers(str(row["source"]))], silence)


def _alone(graph: Graph, rows: Sequence[Mapping[str, Any]], silence: Silence) -> list[Caused]:
    """Without those that the records left show to be one thing, too."""
    found: list[Caused] = []
    heard = _heard(graph, {str(row["to"]) for row in rows}, silence)
    for row in rows:
        gone = str(row["id"])
        told = row["moved"].get("pairs", {}).get(gone)
        if told is not None and not _linked(heard.get(str(row["to"]), ()), {*told["subjects"], by_id(gone)}):
            found.append(Caused(str(row["first_to"]), gone, str(row.get("observation") or ""), str(row.get("source") or "")))
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


def undone(
    graph: Graph, catalogue: Catalogue, pairs: Sequence[Caused], who: tuple[str, str], course: Course, *, apply: bool
) -> list[Change]:  # fmt: skip
    """Undo them; other evidence may join the two again. `who`: (by, reason).

    One that cannot be undone (it was joined further since) is left; one that was undone before is not undone twice.
    """
    changes: list[Change] = []
    for number, pair in enumerate(pairs, start=1):
        made: Sequence[Change] = ()
        try:
            made = undo_join(graph, catalogue, pair.gone, by=who[0], reason=who[1], apply=apply).changes
        except (Conflict, Invalid, NotFound):
            made = ()
        if apply and (made or course.again):
            review_writes.not_apart(graph, [(pair.keep, pair.gone)])
        changes += course.went(Step("joins undone", made, number, len(pairs)))
    return changes


def joined_again(
    graph: Graph, catalogue: Catalogue, pairs: Collection[Caused], who: tuple[str, str], course: Course, *, apply: bool
) -> list[Change]:  # fmt: skip
    """Make them again as their evidence's, the first first. Where one is gone meanwhile, nothing is done. `who`: (by, reason)."""
    changes: list[Change] = []
    for number, pair in enumerate(reversed(list(pairs)), start=1):
        shown = {"observation": pair.observation, "source": pair.source} if pair.observation else {}
        made: Sequence[Change] = ()
        try:
            made = join(graph, catalogue, pair.keep, pair.gone, reason=who[1], by=who[0], apply=apply, **shown).changes
        except Conflict:
            made = ()
        changes += course.went(Step("joined again", made, number, len(pairs)))
    return changes
