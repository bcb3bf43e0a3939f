"""Moving source records from one CI to another: the ids inside them follow. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Value
from reconciliation import records
from reconciliation.assertions import ONE
from reconciliation.records import Claim, Record

Ids = Mapping[str, str]
"""CI id → the id that takes its place."""


def key_renamed(key: str, ids: Ids, catalogue: Catalogue) -> str:
    """A relation's key with its ends renamed; "" where it would relate a CI to itself."""
    name, source, target = key.split("|")
    source, target = ids.get(source, source), ids.get(target, target)
    if source == target:
        return ""
    kind = catalogue.relations.get(name)
    if kind is not None and kind.symmetric and target < source:
        source, target = target, source
    return f"{name}|{source}|{target}"


def record_renamed(record: Record, ids: Ids, catalogue: Catalogue, only: Iterable[str] | None = None) -> Record:
    """The record with these ids renamed, also the CI it is of. `only`: relation keys and `@` attributes to rename; None: all."""
    chosen = None if only is None else frozenset(only)
    relations: dict[str, Claim] = {}
    for key, claim in record.relations.items():
        new = key_renamed(key, ids, catalogue) if chosen is None or key in chosen else key
        if new:
            relations = records.newest_claims(relations, {new: claim})
    children: dict[str, Claim] = {}
    for child, claim in record.children.items():
        children = records.newest_claims(children, {ids.get(child, child) if chosen is None or child in chosen else child: claim})
    words = {
        name: (_value(name, value, ids) if chosen is None or name in chosen else value, at)
        for name, (value, at) in record.attributes.items()
    }
    return replace(record, ci=ids.get(record.ci, record.ci), relations=relations, children=children, attributes=words)


def mentions(record: Record, ids: Iterable[str]) -> tuple[str, ...]:
    """Relation keys, children and `@` attributes of a record in which one of these ids stands."""
    wanted = frozenset(ids)
    keys = [key for key in record.relations if wanted & set(key.split("|")[1:])]
    keys += [child for child in record.children if child in wanted]
    return tuple(sorted([*keys, *(name for name, (value, _) in record.attributes.items() if name.startswith(ONE) and value in wanted)]))


def placed(by_slot: Mapping[str, Record], record: Record, mark: str) -> dict[str, Record]:
    """The records of a CI with one more; where its slot is taken, its subject gets `mark`, so that neither is lost."""
    if record.slot in by_slot:
        record = replace(record, subject=f"{record.subject}+{mark}")
    return {**by_slot, record.slot: replace(record, rev=0, said="")}


def unmarked(record: Record) -> Record:
    """The record under the subject it had before `placed` marked it."""
    return replace(record, subject=record.subject.partition("+")[0])


def _value(name: str, value: Value, ids: Ids) -> Value:
    return ids.get(value, value) if name.startswith(ONE) and isinstance(value, str) else value
