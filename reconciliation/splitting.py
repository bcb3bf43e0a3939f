"""Splitting: one CI was two things. The records of some subjects move to a CI of their own, with all that they carry.

Undoing a join is a split along the subjects that each side had then; what came since is on the right side, because each record knows of
what it speaks. Undoing a split is a join.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmdb.errors import Conflict, GraphConflict, GraphConstraint, Invalid, NotFound
from cmdb.graph import joins, kin
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.ids import uuid7
from cmdb.model.observation import Source
from reconciliation import redrawing
from reconciliation.moving import mentions, placed, record_renamed, unmarked
from reconciliation.parted import close_parted
from reconciliation.records import Record
from reconciliation.redrawing import Redrawing
from reconciliation.subjects import by_id, deciding, root_of
from reconciliation.voices import of_source

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a CI is cut. `subjects`: root subjects whose records leave; `slots`: CI id → slots that leave whatever their subject."""

    ci: str
    into: str
    subjects: frozenset[str]
    loans: tuple[str, ...] = ()
    slots: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inner: frozenset[str] = frozenset()
    """CIs inside it that leave whole"""
    revive: Mapping[str, str] = field(default_factory=dict)
    """Inner CI → the id that its leaving part gets (one it had before a join)"""
    firm: frozenset[str] = frozenset()
    """Deciding parts of subjects that only the leaving side ever had: what came since under one of them leaves too"""
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What the redirect of `into` remembers of the join; empty for a split of one's own"""

    def leaves(self, record: Record) -> bool:
        """Whether a record goes to the other side."""
        root = root_of(record.subject)
        if record.slot in self.slots.get(record.ci, ()) or root in self.subjects:
            return True
        return bool(deciding(root)) and deciding(root) in self.firm


def split(
    graph: Graph,
    catalogue: Catalogue,
    ci: str,
    subjects: Collection[str],
    *,
    loans: Sequence[str] = (),
    by: str,
    reason: str,
    apply: bool = True,
) -> Changes:
    """Move what the sources say of these subjects to a new CI; the two are remembered as not the same.

    Raises Invalid naming the field, NotFound, GraphConflict. With `apply` False nothing is written: the Changes say what would be.
    """
    if not reason.strip():
        raise Invalid("Say why these are two things.", field="reason")
    return _cut(graph, catalogue, Cut(ci, uuid7(), frozenset(subjects), tuple(loans)), (by, reason), apply=apply)


def undo_join(graph: Graph, catalogue: Catalogue, gone: str, *, by: str, reason: str, apply: bool = True) -> Changes:
    """Part again what was joined: `gone` is the id that went. It is a CI again, with what it had and what its subjects said since.

    Raises NotFound, Conflict where the join cannot be undone, Invalid, GraphConflict.
    """
    if not reason.strip():
        raise Invalid("Say why the join is undone.", field="reason")
    row = joins.remembered(graph, gone)
    if row is None:
        raise NotFound("This id does not lead to another: there is no join to undo.")
    memory = row["moved"]
    if "within" in memory:
        raise Conflict(f"It went with what it lies in; undo the join of {memory['within']}.")
    if not memory:
        raise Conflict("This join was made before joins were remembered; split the configuration item by its subjects instead.")
    if str(row["to"]) != str(row["first_to"]):
        raise Conflict(f"It was joined into {row['first_to']}, which was joined into another since; undo that join first.")
    pairs = memory["pairs"]
    subjects = frozenset(pairs[gone]["subjects"]) | {by_id(gone)}
    slots = {str(p["keep"]): frozenset(p["slots"]) for p in pairs.values()}
    revive = {str(p["keep"]): went for went, p in pairs.items() if went != gone}
    firm = frozenset(map(deciding, subjects)) - frozenset(map(deciding, pairs[gone]["own"]))
    cut = Cut(str(row["to"]), gone, subjects, (), slots, frozenset(memory["inner"]), revive, firm, memory)
    return _cut(graph, catalogue, cut, (by, reason), apply=apply)


def _cut(graph: Graph, catalogue: Catalogue, cut: Cut, who: tuple[str, str], *, apply: bool) -> Changes:
    for attempt in range(ATTEMPTS):
        drawn, ids = _planned(graph, catalogue, cut, who)
        changes = Changes(drawn.draft.observation.id, tuple(drawn.draft.changes), (), applied=apply)
        if not apply:
            return changes
        drawn.draft.write_events(set())
        try:
            graph.writing(lambda tx, d=drawn, i=ids: _write(tx, catalogue, d, cut, i))  # type: ignore[misc]
        except (GraphConflict, GraphConstraint):
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))  # noqa: S311 - spreads the writers, protects nothing
            continue
        return replace(changes, changes=(*changes.changes, *close_parted(graph, {cut.ci, cut.into})))
    raise GraphConflict("Other writers were faster every time; try again later.")


def _planned(graph: Graph, catalogue: Catalogue, cut: Cut, who: tuple[str, str]) -> tuple[Redrawing, dict[str, str]]:
    by, reason = who
    inner = {str(row["child"]) for row in kin.whole(graph, cut.ci)}
    drawn = redrawing.opened(graph, {cut.ci, *inner}, by=by, reason=reason, source=Source("person", "edit"))
    if cut.ci not in drawn.world.properties:
        raise NotFound("There is no such configuration item.")
    # What one of the two no longer shows is the other's all the same: their own records say so.
    inner |= {child for record in drawn.world.records[cut.ci].values() for child in record.live_children()}
    redrawing.extend(graph, drawn, inner)
    inner &= drawn.world.properties.keys()
    claimants = {str(c).partition("|")[0] for row in drawn.held.relations.values() for c in row.get("claims") or ()}
    redrawing.extend(graph, drawn, claimants)
    family = {cut.ci, *inner}
    leaving = {ci: [r for r in drawn.world.records[ci].values() if cut.leaves(r)] for ci in family}
    _check(cut, drawn, leaving)
    ids, whole = _ids(cut, drawn, leaving)
    _part(drawn, catalogue, cut, leaving, (ids, whole))
    _others(drawn, catalogue, cut, ids, family)
    _unrecorded(drawn, cut)
    drawn.ids = ids
    redrawing.plan(drawn, catalogue)
    _finish(drawn, cut, ids, reason)
    return drawn, ids


def _check(cut: Cut, drawn: Redrawing, leaving: Mapping[str, list[Record]]) -> None:
    here = drawn.world.records[cut.ci].values()
    known = {root_of(r.subject) for r in here}
    if not cut.memory and (unknown := sorted(cut.subjects - known)):
        raise Invalid(f"No source speaks of {', '.join(unknown)[:200]} here; known are {', '.join(sorted(known))[:600]}.", field="subjects")
    if not leaving[cut.ci]:
        raise Invalid("Choose at least one subject that leaves.", field="subjects")
    if len(leaving[cut.ci]) == len(here):
        raise Invalid("Everything would leave; at least one subject stays.", field="subjects")


def _ids(cut: Cut, drawn: Redrawing, leaving: Mapping[str, list[Record]]) -> tuple[dict[str, str], set[str]]:
    """CI → the CI its leaving part becomes; and the inner CIs that leave whole, under their own ids."""
    ids, whole = {cut.ci: cut.into}, set[str]()
    for ci in sorted(leaving.keys() - {cut.ci}):
        named = [r for r in drawn.world.records[ci].values() if root_of(r.subject) == by_id(ci)]
        staying = [r for r in drawn.world.records[ci].values() if r not in leaving[ci] and r not in named]
        if ci in cut.revive:
            ids[ci] = cut.revive[ci]
        elif ci in cut.inner or (leaving[ci] and not staying):
            whole.add(ci)
        elif leaving[ci]:
            ids[ci] = uuid7()
    return ids, whole


def _part(
    drawn: Redrawing, catalogue: Catalogue, cut: Cut, leaving: Mapping[str, list[Record]], where: tuple[dict[str, str], set[str]]
) -> None:
    ids, whole = where
    after = drawn.draft.after
    for ci, records in leaving.items():
        if ci in whole:
            after[ci] = {slot: record_renamed(r, ids, catalogue) for slot, r in drawn.world.records[ci].items()}
        elif ci in ids:
            after[ci] = {slot: r for slot, r in drawn.world.records[ci].items() if r not in records}
            after[ids[ci]] = {}
            for record in records:
                moved = record_renamed(unmarked(record) if cut.memory else record, ids, catalogue)
                after[ids[ci]] = placed(after[ids[ci]], moved, "again")
    drawn.draft.classes |= {ids[ci]: drawn.draft.classes[ci] for ci in ids}
    seen: dict[str, set[str]] = {}
    for root in (cut.ci, cut.into):
        for source in {r.source for r in after[root].values()}:
            seen.setdefault(source, set()).update(c for v in of_source(after[root].values(), source) for c in v.live_children())
    for ci in sorted({*leaving, *ids.values()} & after.keys()):
        # What only the other one's look did not show was never gone.
        after[ci] = {s: replace(r, absent_at="") if r.absent_at and ci in seen.get(r.source, ()) else r for s, r in after[ci].items()}


def _others(drawn: Redrawing, catalogue: Catalogue, cut: Cut, ids: Mapping[str, str], family: set[str]) -> None:
    """What other CIs' records say of the parted ones: back to whom it was said of; what came since, by how the source knew it."""
    remembered: dict[tuple[str, str], list[list[Any]]] = {(str(c), str(s)): names for c, s, names in cut.memory.get("mentions", ())}
    back = {new: old for old, new in ids.items()}
    moved = _keys_of(drawn, ids.values()) - _keys_of(drawn, ids)
    for ci in sorted(drawn.world.records.keys() - family):
        for slot, record in sorted(drawn.world.records[ci].items()):
            names = [n for n in mentions(record, ids) if n in record.relations and record.relations[n].far in moved]
            result = record_renamed(record, ids, catalogue, only=names)
            for name, both in remembered.get((ci, slot), ()):
                result = _restored(result, str(name), bool(both), (ids, back), catalogue)
            if result != record:
                drawn.draft.after[ci][slot] = replace(result, said="")


def _restored(
    record: Record, name: str, both: bool, maps: tuple[Mapping[str, str], Mapping[str, str]], catalogue: Catalogue
) -> Record:  # fmt: skip
    """One word of a record as it was before the join: `name` is a relation key, a child or an `@` attribute under its old ids."""
    ids, back = maps
    if "|" not in name:
        return record_renamed(record, ids, catalogue, only=[name] if name in record.attributes else [back.get(name, name)])
    parts = name.split("|")
    joined = "|".join([parts[0], *(back.get(end, end) for end in parts[1:])])
    known = joined if joined in record.relations else "|".join([parts[0], *reversed(joined.split("|")[1:])])
    if known not in record.relations:
        return record  # ended since
    relations = {**record.relations, name: record.relations[known]}
    if not both and known != name:
        del relations[known]
    return replace(record, relations=relations)


def _keys_of(drawn: Redrawing, cis: Collection[str]) -> set[str]:
    return {key for ci in cis for record in drawn.draft.after.get(ci, {}).values() for key in record.identifiers}


def _unrecorded(drawn: Redrawing, cut: Cut) -> None:
    """Identifiers from before records kept them go back to whose they were."""
    for went, told in cut.memory.get("pairs", {}).items():
        for now, (old, kind, value, grade, scope) in told["unrecorded"].items():
            drawn.extra.setdefault(went, {})[str(old)] = (kind, value, grade, scope)
            drawn.less.setdefault(str(told["keep"]), set()).add(now)


def _finish(drawn: Redrawing, cut: Cut, ids: Mapping[str, str], reason: str) -> None:
    """New CIs get the age and, where no source names one, the class they had; the history says what happened on both sides."""
    draft, parts = drawn.draft, cut.memory.get("pairs", {})
    for rows in draft.plan.new_cis.values():
        for row in rows:
            told = parts.get(row["id"], {}).get("props", {})
            row |= {name: told[name] for name in ("created_at", "born_at", "created_by") if told.get(name)}
    draft.changes = [c for c in draft.changes if c.kind != "ci_created"]
    for was, now in sorted(ids.items()):
        draft.names.setdefault(now, draft.names.get(was, ""))
        cls = draft.classes.get(now, "") or draft.classes[was]
        told = (draft.source, reason)
        draft.changes.insert(0, Change("split", was, draft.classes[was], draft.names[was], "id", None, now, *told))
        draft.changes.insert(1, Change("split", now, cls, draft.names[now], "id", was, now, *told))


def _write(tx: Tx, catalogue: Catalogue, drawn: Redrawing, cut: Cut, ids: Mapping[str, str]) -> None:
    draft, world = drawn.draft, drawn.world
    joins.guard(tx, {ci: int(world.properties[ci]["rev"]) for ci in ids}, draft.observation.id)
    parts = cut.memory.get("pairs", {})
    for went in parts:
        joins.unredirect(tx, went)
    write(tx, draft.plan, catalogue)
    for was, now in sorted(ids.items()):
        if now in parts:
            joins.move(tx, parts[now].get("hanging", {}), was, now)
            joins.give_back(tx, was, now)
    if cut.loans:
        joins.move(tx, {"LOAN_OF": list(cut.loans)}, cut.ci, cut.into)
    if len(joins.open_loans(tx, cut.ci)) < 2:
        joins.close_questions(tx, [f"two-loans|{cut.ci}"], draft.at)
    words = {"by": draft.observation.actor, "reason": draft.observation.note, "at": draft.at}
    joins.keep_apart(tx, cut.ci, cut.into, words)
