"""Forgetting: what may not be kept of a device any more leaves its source records, and with them everything that is drawn from these.

The one way in which a change of ownership and an erasure reach the graph: the records are filtered, what follows from them is drawn anew,
and then the history is told without the values. Nothing here knows whose device it is; `Keeping` says what stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import orjson

from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import kin
from cmdb.graph import privacy as store
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.inventory.past import LATE_RELATION
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.observation import Identifier, Software, Source
from reconciliation import redrawing
from reconciliation.assertions import ONE
from reconciliation.evidence import evidence_of
from reconciliation.records import Record
from reconciliation.software import chunks

ATTEMPTS = 8
_SHORT = 2
"""Words of so few letters stand in others."""


class Keeping(Protocol):
    """What may stay (cmdb.privacy.kept.Kept is one)."""

    def attribute(self, name: str) -> bool:
        """Whether an attribute stays."""

    def identifier(self, kind: str) -> bool:
        """Whether an identifier of this kind stays."""

    def thing(self, cls: str) -> bool:
        """Whether what lies in the device stays when it is of this class."""

    def relation(self, name: str) -> bool:
        """Whether a relation of this type stays."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One order: what stays of the device `ci`; `product` says whether a program stays in its list (None: every one does); `shown` is what
    identifies it from now on beside what stays (keyed hashes); by whom, and why; `fact` says whether results may quote a fact."""

    ci: str
    keeping: Keeping
    product: Callable[[str], bool] | None
    shown: Sequence[Identifier]
    by: str
    reason: str
    fact: Callable[[str], bool] = lambda _: True


@dataclass(slots=True)
class Forgotten:
    """What was done: attributes by how often, things and programs by number. `values` are the texts that went (never shown or logged)."""

    ids: list[str] = field(default_factory=list)
    attributes: dict[str, int] = field(default_factory=dict)
    identifiers: dict[str, int] = field(default_factory=dict)
    things: int = 0
    programs: int = 0
    events: int = 0
    values: set[str] = field(default_factory=set, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Names and numbers only."""
        return {
            "attributes": dict(sorted(self.attributes.items())),
            "identifiers": dict(sorted(self.identifiers.items())),
            "things": self.things,
            "programs": self.programs,
            "events": self.events,
        }


def forget(graph: Graph, catalogue: Catalogue, wish: Wish) -> Forgotten:
    """Do it; doing it again changes nothing. Raises GraphConflict where other writers were faster every time."""
    for attempt in range(ATTEMPTS):
        told = Forgotten()
        stay, gone = _family(graph, wish)
        told.ids, told.things = [*stay, *gone], len(gone)
        drawn = redrawing.opened(graph, told.ids, by=wish.by, reason=wish.reason, source=Source("rule", "privacy"))
        ends = _ends(graph, drawn)
        before = {chunk for rows in drawn.held.software.values() for _, chunk in rows}
        _filter(graph, drawn, wish, set(gone), told)
        drawn.removed = frozenset(gone)
        drawn.extra = {wish.ci: _shown(drawn, wish, catalogue)}
        redrawing.plan(drawn, catalogue)
        drawn.draft.changes = [_quiet(change, wish) for change in drawn.draft.changes if change.ci not in drawn.removed]
        drawn.draft.write_events(set())
        try:
            _carry_out(graph, catalogue, drawn, wish.ci, gone)
        except (GraphConflict, GraphConstraint):
            if attempt == ATTEMPTS - 1:
                raise
            continue
        if wish.product is not None and told.values:
            before |= store.chunks_of_nobody(graph)  # of lists that it had before: their programs are named there
        store.sweep_software(graph, before)
        _tell_without(graph, wish, stay, set(gone), told, drawn.draft.names)
        _tell_without_elsewhere(graph, wish, ends, set(gone), told, drawn.draft.names)
        return told
    raise GraphConflict("Other writers were faster every time; try again later.")


def _carry_out(graph: Graph, catalogue: Catalogue, drawn: redrawing.Redrawing, ci: str, gone: list[str]) -> None:
    def work(tx: Tx) -> None:
        write(tx, drawn.draft.plan, catalogue)
        store.delete(tx, gone)
        store.forget_last_words(tx, ci)

    graph.writing(work)


def _family(graph: Graph, wish: Wish) -> tuple[list[str], list[str]]:
    """(what stays, what goes) of the device, what lies in it, and what only it tells of."""
    inside = {str(row["child"]): str(row["parent"]) for row in kin.whole(graph, wish.ci)}
    classes = {str(row["ci"]): row for row in store.attached(graph, {wish.ci, *inside})}
    gone = {ci for ci in inside if ci in classes and not wish.keeping.thing(str(classes[ci]["class"]))}
    gone |= {ci for ci, parent in inside.items() if parent in gone}
    family = {wish.ci, *inside}
    for ci, row in classes.items():
        lonely = set(row["ends"]) <= family | gone
        if ci not in family and str(row["class"]) in LENT and lonely and not wish.keeping.thing(str(row["class"])):
            gone.add(ci)
    return sorted(family - gone), sorted(gone)


LENT = frozenset({"peripheral", "virtual_machine", "container", "ip_address", "software_instance", "database", "certificate"})
"""Classes of things that are known by the device alone, when nothing else is related to them."""


def _filter(graph: Graph, drawn: redrawing.Redrawing, wish: Wish, gone: set[str], told: Forgotten) -> None:
    lists = {r.software for by_slot in drawn.draft.after.values() for r in by_slot.values() if r.software}
    rows = store.lists_of(graph, {key for keys in lists for key in keys}) if wish.product is not None else {}
    for ci, by_slot in drawn.draft.after.items():
        for record in by_slot.values():
            told.values |= _texts(record) if ci in gone else set()
        if ci in gone:
            continue
        for slot, record in by_slot.items():
            listed = _listed(drawn, wish, record.software, rows, told)
            after = _less(record, wish.keeping, gone, told)
            if after is not record or listed != record.software:
                by_slot[slot] = replace(after, software=listed, said="", verdict={})
        for key, row in drawn.held.links.get(ci, {}).items():
            if not wish.keeping.identifier(str(row["kind"])):
                drawn.less.setdefault(ci, set()).add(key)
                told.identifiers[str(row["kind"])] = told.identifiers.get(str(row["kind"]), 0) + 1
                told.values.add(str(row["value"]))


def _less(record: Record, keeping: Keeping, gone: set[str], told: Forgotten) -> Record:
    attributes = {n: w for n, w in record.attributes.items() if _stays(n, keeping)}
    identifiers = {k: w for k, w in record.identifiers.items() if keeping.identifier(w[0])}
    relations = {k: c for k, c in record.relations.items() if keeping.relation(k.split("|")[0]) and not set(k.split("|")[1:]) & gone}
    children = {k: c for k, c in record.children.items() if k not in gone}
    same = (len(attributes), len(identifiers), len(relations), len(children))
    if same == (len(record.attributes), len(record.identifiers), len(record.relations), len(record.children)):
        return record
    for name in record.attributes.keys() - attributes.keys():
        told.attributes[name] = told.attributes.get(name, 0) + 1
    after = replace(
        record,
        attributes=attributes,
        identifiers=identifiers,
        relations=relations,
        children=children,
        notes={n: note for n, note in record.notes.items() if n in attributes},
    )
    told.values |= _texts(record) - _texts(after)
    return after


def _stays(name: str, keeping: Keeping) -> bool:
    return keeping.relation(name.removeprefix(ONE)) if name.startswith(ONE) else keeping.attribute(name)


def _texts(record: Record) -> set[str]:
    values = [value for value, _ in record.attributes.values()]
    flat = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return {one for one in flat if isinstance(one, str) and len(one) > 2} | {what[1] for what in record.identifiers.values()}


def _listed(
    drawn: redrawing.Redrawing, wish: Wish, keys: tuple[str, ...] | None, rows: Mapping[str, list[dict[str, Any]]], told: Forgotten
) -> tuple[str, ...] | None:
    if keys is None or wish.product is None:
        return keys
    everything = [row for key in keys for row in rows.get(key, ())]
    kept = [row for row in everything if wish.product(str(row["name"]))]
    if len(kept) == len(everything):
        return keys
    told.programs += len(everything) - len(kept)
    told.values |= {str(row["name"]) for row in everything} - {str(row["name"]) for row in kept}
    fresh = chunks(
        Software(
            *(str(row[name] or "") for name in ("name", "version")), **{n: str(row[n] or "") for n in ("arch", "publisher", "ecosystem")}
        )
        for row in kept
    )
    drawn.draft.plan.chunks |= fresh
    return tuple(sorted(fresh))


def _shown(drawn: redrawing.Redrawing, wish: Wish, catalogue: Catalogue) -> redrawing.Key:
    held = redrawing.unrecorded(drawn, wish.ci)
    kept = {key: what for key, what in held.items() if wish.keeping.identifier(what[0])}
    cls = catalogue.cls(drawn.draft.classes[wish.ci])
    fresh = {e.key: (e.kind, e.value, e.grade, e.scope) for e in evidence_of(wish.shown, cls) if e.grade != "none"}
    return kept | fresh


def _quiet(change: Change, wish: Wish) -> Change:
    """The change as history may tell it: that it was, and not what it was."""
    if change.kind == "attribute" and _stays(change.attribute, wish.keeping):
        return change
    if change.kind.startswith("relation_"):
        return change
    return replace(change, before=None, after=None, reason=wish.reason, details={})


def _tell_without(
    graph: Graph, wish: Wish, ids: Collection[str], gone: set[str], told: Forgotten, names: Mapping[str, str]
) -> None:  # fmt: skip
    """History and evidence of compliance without the values that went."""
    for ci in ids:
        rows, empty = [], []
        for event in store.events(graph, ci):
            changes = orjson.loads(event["changes"] or "[]")
            left = [after for one in changes if (after := _left(one, wish, gone, names)) is not None]
            told.values |= {text for one in changes if _left(one, wish, gone, names) is None for text in _said_of_value(one)}
            if changes and not left:
                empty.append(str(event["id"]))
            elif left != changes:
                rows.append({"id": event["id"], "changes": orjson.dumps(left).decode(), "count": len(left)})
        told.events += len(rows) + len(empty)
        store.rewrite_events(graph, rows, empty)
    name = names.get(wish.ci, "")
    if wish.product is not None or told.values:  # of a class that keeps all, nothing went: who judges it need not judge it again
        _judge_without(graph, wish, name, told.values)
    if told.values:
        _quote_without(graph, told.ids)
    store.rename_standing(graph, wish.ci, name)


def _judge_without(graph: Graph, wish: Wish, name: str, values: set[str]) -> None:
    """Evidence without the values, those of the past among them. Who judged by the facts of before and writes after is refused by the
    revision; who wrote in between has closed an interval with them: so it is looked at until there is none."""
    for _ in range(ATTEMPTS):
        judged = [(row, _evidence(str(row["evidence"] or "[]"), values, wish.fact)) for row in store.evaluations(graph, wish.ci)]
        rows = [{**row, "name": name, "name_lower": name.lower(), "evidence": left} for row, left in judged]
        store.rewrite_evidence(graph, rows)
        known = {row["key"] for row, _ in judged}
        if {row["key"] for row in store.evaluations(graph, wish.ci)} <= known:
            return


def _quote_without(graph: Graph, ids: Collection[str]) -> None:
    """Records of other CIs say why these were not taken for the same, with the values of both; which they were stays."""
    for _ in range(ATTEMPTS):
        rows = [row for row in store.records_that_quote(graph, ids) if row["ci"] not in ids]
        after = [{**row, "data": text} for row in rows if (text := _unquoted(row["data"], ids)) != row["data"]]
        if store.rewrite_records(graph, after) == len(after):
            return


def _unquoted(data: str, ids: Collection[str]) -> str:
    told = orjson.loads(data)
    candidates = (told.get("v") or {}).get("candidates") or ()
    if not any(one.get("ci") in ids and one.get("evidence") for one in candidates):
        return data
    told["v"] = {**told["v"], "candidates": [{**one, "evidence": []} if one.get("ci") in ids else one for one in candidates]}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _said_of_value(change: Mapping[str, Any]) -> set[str]:
    """The texts of a change that is told no more."""
    if change.get("kind") != "attribute":
        return set()
    sides = [change.get("before"), change.get("after")]
    return {text for side in sides for text in (side if isinstance(side, list) else [side]) if isinstance(text, str) and len(text) > _SHORT}


def _ends(graph: Graph, drawn: redrawing.Redrawing) -> set[tuple[str, str]]:
    """(other CI, CI of the family) of all relations that there are or ever were: the history of both ends tells of them, by name."""
    family = drawn.world.properties.keys()
    said = {key for by_slot in drawn.world.records.values() for record in by_slot.values() for key in record.relations}
    pairs = {(a, b) for key in {*said, *drawn.held.relations} if len(key.split("|")) == 3 for _, a, b in [key.split("|")]}
    for ci in family:
        for event in store.events(graph, ci):
            for one in orjson.loads(event["changes"] or "[]"):
                if _of_relation(one):
                    pairs.add((str(one.get("ci")), _other_end(one)))
    found = {(a, b) for a, b in pairs if b in family} | {(b, a) for a, b in pairs if a in family}
    return {(other, ci) for other, ci in found if other and other not in family}


def _of_relation(change: Mapping[str, Any]) -> bool:
    kind = str(change.get("kind", ""))
    return kind.startswith("relation_") or kind == LATE_RELATION


def _other_end(change: Mapping[str, Any]) -> str:
    return _text(change.get("before")) or _text(change.get("after"))


def _tell_without_elsewhere(
    graph: Graph, wish: Wish, ends: Collection[tuple[str, str]], gone: set[str], told: Forgotten, names: Mapping[str, str]
) -> None:
    """The history of the other ends of relations without what those relations told of the device; what else it tells is their own."""
    family, rows, empty = set(told.ids), list[dict[str, Any]](), list[str]()
    for event in store.events_elsewhere(graph, ends):
        changes = orjson.loads(event["changes"] or "[]")
        ours = [_of_relation(one) and bool({str(one.get("ci")), _other_end(one)} & family) for one in changes]
        after = [_left(one, wish, gone, names) if our else one for one, our in zip(changes, ours, strict=True)]
        left = [one for one in after if one is not None]
        if changes and not left:
            empty.append(str(event["id"]))
        elif left != changes:
            rows.append({"id": event["id"], "changes": orjson.dumps(left).decode(), "count": len(left)})
    told.events += len(rows) + len(empty)
    store.rewrite_events(graph, rows, empty)


def _left(change: dict[str, Any], wish: Wish, gone: set[str], names: Mapping[str, str]) -> dict[str, Any] | None:
    kind, attribute = str(change.get("kind", "")), str(change.get("attribute", ""))
    if {change.get("ci"), change.get("before") if isinstance(change.get("before"), str) else "", _text(change.get("after"))} & gone:
        return None
    if kind == "attribute" and not _stays(attribute, wish.keeping) and (change.get("before") or change.get("after")) is not None:
        return None
    if kind.startswith("identifier") and not wish.keeping.identifier(attribute):
        return None
    if _of_relation(change) and not wish.keeping.relation(attribute):
        return None
    name, target = names.get(str(change.get("ci")), ""), names.get(_other_end(change), "")
    after = {**change, "name": name} if name else change
    if kind.startswith("relation_") and target:
        after = {**after, "reason": target}
    if kind == "software" and wish.product is not None:
        for side in ("before", "after"):
            if isinstance(after.get(side), list):
                after = {**after, side: [one for one in after[side] if wish.product(str(one))]}
        if not after.get("before") and not after.get("after"):
            return None
    return after


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _evidence(text: str, values: set[str], stays: Callable[[str], bool]) -> str:
    """Without the values that went, now or with an earlier report; what a fact rested on stays named."""
    told = orjson.loads(text)
    for one in told if isinstance(told, list) else ():
        value = one.get("value")
        words = {value} if isinstance(value, str) else {str(v) for v in value} if isinstance(value, list) else set()
        went = words & values or any(gone in word for word in words for gone in values)
        if went or (value is not None and not stays(str(one.get("fact")))):
            one["value"] = None
            one["reason"] = "not kept any more"
            one.pop("others", None)
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
