"""Joining: two CIs were one thing all along. The records of the younger move to the older, and everything is drawn anew from them.

The id that goes leads to the other for ever and remembers what moved, so that the join can be undone (reconciliation/splitting.py).
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import orjson

from cmdb.errors import Conflict, GraphConflict, GraphConstraint, Invalid
from cmdb.graph import candidates, joins, kin
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.ids import uuid7
from cmdb.model.observation import Source
from reconciliation import redrawing
from reconciliation.moving import mentions, placed, record_renamed
from reconciliation.redrawing import Redrawing
from reconciliation.subjects import root_of

ATTEMPTS = 8


def join(
    graph: Graph,
    catalogue: Catalogue,
    keep: str,
    gone: str,
    *,
    reason: str,
    source: str = "person:edit",
    by: str = "",
    apply: bool = True,
    observation: str = "",
) -> Changes:
    """Join CI `gone` into `keep`; done again it does nothing. Raises Invalid, Conflict where either does not exist, GraphConflict.

    `observation`: the one whose evidence shows that they are one, where no person said so.
    """
    if keep == gone:
        raise Invalid("A configuration item cannot be joined with itself.", field="ci")
    for attempt in range(ATTEMPTS):
        if _led_already(graph, keep, gone):
            return Changes("", (), (), applied=apply)
        planned = _planned(graph, catalogue, keep, gone, (source, by, reason))
        if planned is None:
            if attempt == ATTEMPTS - 1:
                break
            _pause(attempt)
            continue
        drawn, moved = planned
        changes = Changes(drawn.draft.observation.id, tuple(drawn.draft.changes), (), applied=apply)
        if not apply:
            return changes
        drawn.draft.write_events(set())
        moved["words"]["observation"] = observation
        try:
            graph.writing(lambda tx, d=drawn, m=moved: _write(tx, catalogue, d, m))  # type: ignore[misc]
        except (GraphConflict, GraphConstraint):
            if attempt == ATTEMPTS - 1:
                raise
            _pause(attempt)
            continue
        return changes
    raise GraphConflict("Other writers were faster every time; try again later.")


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))  # noqa: S311 - spreads the writers, protects nothing


def _led_already(graph: Graph, keep: str, gone: str) -> bool:
    found = {str(row["asked"]): str(row["ci"]) for row in candidates.by_id(graph, [keep, gone])}
    if len(found) != 2:
        raise Conflict("One of the two configuration items does not exist any more.")
    if found[keep] == found[gone]:
        return True
    if found != {keep: keep, gone: gone}:
        raise GraphConflict("One of the two configuration items was joined with another meanwhile.")
    return False


def pairs_of(graph: Graph, keep: str, gone: str) -> tuple[dict[str, str], set[str]]:
    """Which inner CI of `gone` is which of `keep` (with the two themselves), and all CIs that lie in either."""
    rows = kin.whole(graph, keep), kin.whole(graph, gone)
    known: dict[str, str] = {str(key): str(row["child"]) for row in rows[0] for key in row["keys"]}
    pairs = {gone: keep}
    for row in rows[1]:  # level by level, so that what it lies in is paired before it
        parent, child = str(row["parent"]), str(row["child"])
        if parent not in pairs or child in pairs:
            continue
        twins = {known.get(str(key).replace(f"|{parent}|", f"|{pairs[parent]}|")) for key in row["keys"] if f"|{parent}|" in str(key)}
        twin = min((t for t in twins if t and t != child), default="")
        if twin:
            pairs[child] = twin
    return pairs, {str(row["child"]) for side in rows for row in side}


def _planned(
    graph: Graph, catalogue: Catalogue, keep: str, gone: str, who: tuple[str, str, str]
) -> tuple[Redrawing, dict[str, Any]] | None:
    """None where one of them went while it was read, joined by somebody else."""
    source, by, reason = who
    kind, _, name = source.partition(":")
    pairs, inner = pairs_of(graph, keep, gone)
    drawn = redrawing.opened(graph, {keep, gone, *inner}, by=by, reason=reason, source=Source(kind, name))
    if {keep, gone, *pairs, *inner} - drawn.world.properties.keys():
        return None
    claimants = {str(c).partition("|")[0] for row in drawn.held.relations.values() for c in row.get("claims") or ()}
    redrawing.extend(graph, drawn, claimants)
    drawn.ids, drawn.removed = pairs, frozenset(pairs)
    snapshot = _move(drawn, catalogue, pairs)
    snapshot |= {"inner": sorted(c for c in inner if c in _lying_in(drawn, gone) and c not in pairs)}
    redrawing.plan(drawn, catalogue)
    draft = drawn.draft
    draft.changes = [c for c in draft.changes if c.kind != "ci_created"]
    for went, stays in sorted(pairs.items()):
        draft.changes.insert(0, Change("joined", stays, draft.classes[stays], draft.names[stays], "id", went, stays, source, reason))
    words = {"at": draft.at, "reason": reason, "by": by, "source": source}
    return drawn, {"pairs": pairs, "snapshot": snapshot, "words": words, "keep": keep, "gone": gone}


def _lying_in(drawn: Redrawing, gone: str) -> set[str]:
    inside, level = set[str](), {gone}
    parts = [key.split("|") for key in drawn.held.relations if key.startswith("part_of|")]
    while level:
        level = {child for _, child, parent in parts if parent in level} - inside
        inside |= level
    return inside


def _move(drawn: Redrawing, catalogue: Catalogue, pairs: Mapping[str, str]) -> dict[str, Any]:
    """Set the records as they are to be; returns what an undo must know."""
    after, before = drawn.draft.after, drawn.world.records
    told: dict[str, Any] = {"pairs": {}, "mentions": []}
    for ci in sorted(after.keys() - pairs.keys()):
        for slot, record in sorted(before.get(ci, {}).items()):
            if named := mentions(record, pairs):
                told["mentions"].append([ci, slot, [[n, _stays(record, n, pairs, catalogue)] for n in named]])
                after[ci][slot] = record_renamed(record, pairs, catalogue)
    for went, stays in sorted(pairs.items()):
        own = {root_of(r.subject) for r in before.get(stays, {}).values()}
        slots = []
        for _, record in sorted(before.get(went, {}).items()):
            moved = record_renamed(record, pairs, catalogue)
            mark = went.replace("-", "")[-8:]
            placed_in = placed(after[stays], moved, mark)
            slots += [slot for slot in placed_in if slot not in after[stays]]
            after[stays] = placed_in
        after[went] = {}
        unrecorded = redrawing.unrecorded(drawn, went)
        drawn.extra[stays] = {_inside(key, pairs): what for key, what in unrecorded.items()}
        props = drawn.world.properties[went]
        told["pairs"][went] = {
            "keep": stays,
            "slots": slots,
            "subjects": sorted({root_of(s.split("|", 1)[1]) for s in slots} - own),
            "own": sorted(own),
            "unrecorded": {_inside(key, pairs): [key, *what] for key, what in unrecorded.items()},
            "props": {name: props.get(name) for name in ("class", "created_at", "born_at", "created_by", "display_name", "display_lower")},
        }
    return told


def _stays(record: Any, name: str, pairs: Mapping[str, str], catalogue: Catalogue) -> bool:
    """Whether the record says the same of the other CI too, so that an undo leaves that."""
    renamed = record_renamed(record, pairs, catalogue, only=[name])
    return len(renamed.relations) < len(record.relations) or len(renamed.children) < len(record.children)


def _inside(key: str, pairs: Mapping[str, str]) -> str:
    parts = key.split("|")
    return "|".join([parts[0], pairs.get(parts[1], parts[1]), *parts[2:]]) if len(parts) > 2 else key


def _write(tx: Tx, catalogue: Catalogue, drawn: Redrawing, moved: Mapping[str, Any]) -> None:
    pairs, words, world = moved["pairs"], moved["words"], drawn.world
    joins.guard(tx, {ci: int(world.properties[ci]["rev"]) for ci in {*pairs, *pairs.values()}}, drawn.draft.observation.id)
    write(tx, drawn.draft.plan, catalogue)
    for went, stays in sorted(pairs.items()):
        hanging = joins.hanging(tx, went)
        joins.move(tx, hanging, went, stays)
        moved["snapshot"]["pairs"][went]["hanging"] = {label: ids for label, ids in hanging.items() if ids}
    for went, stays in sorted(pairs.items()):  # only now: the redirect of the root remembers what hung on any of them
        told = moved["snapshot"]["pairs"][went]
        props = {**words, "root": went == moved["gone"], "name": told["props"]["display_name"], "class": told["props"]["class"]}
        joins.redirect(tx, went, stays, props, moved["snapshot"] if went == moved["gone"] else {"within": moved["gone"]})
        _two_loans(tx, drawn, stays)


def _two_loans(tx: Tx, drawn: Redrawing, device: str) -> None:
    """A device that is out twice through the join is a question for a person; both loans stay."""
    loans = joins.open_loans(tx, device)
    if len(loans) < 2:
        return
    draft = drawn.draft
    people = " and ".join(str(row["person"] or "somebody") for row in loans)
    props = {
        "kind": "two-loans",
        "class": draft.classes[device],
        "title": draft.names[device],
        "rule": f"it is on loan to {people} at once; only one of them can have it",
        "verdict": orjson.dumps({"loans": [str(row["id"]) for row in loans]}).decode(),
        "source": draft.source,
        "seen_at": draft.at,
        "ref": "",
        "body": "",
        "pattern": "two-loans",
    }
    joins.ask_about_loans(tx, device, {"key": f"two-loans|{device}", "id": uuid7(), "at": draft.at, "props": props})
