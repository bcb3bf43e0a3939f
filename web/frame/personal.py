"""What a table, or a program, says of a device and calls personal: cut down before it is kept, by the table for stored facts
(cmdb/privacy/data/kept.yaml), as a report of such a device is. Its numbers become keyed hashes, so that its agent is recognised later.

What calls itself personal, and what is known as personal already, whatever the row says: only a person's own edit makes a personal
device another's. A register that says nothing of ownership, of a device of which nobody said, is the organisation's own word, and counts
until somebody says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, Identifier, Item, Observation
from cmdb.privacy.kept import Kept, kept_for
from cmdb.store import Ledger
from discovery.reports.pseudonym import pseudonymous
from discovery.reports.stored import watched
from web.agent.desk import pseudonym_key
from web.frame.known_personal import PERSONAL, known_as_personal, numbers_of, with_hashes

_WATCHED = "a personal device keeps only what is on the watch list"


def without_what_is_personal(graph: Graph, ledger: Ledger, catalogue: Catalogue, said: Observation) -> Observation:
    """The observation as it may be kept; itself where nothing in it is called personal or known to be. Raises what graph and ledger do."""
    devices = {item.ref for item in said.items if _is_personal(catalogue, item)}
    kept, key = kept_for(PERSONAL), pseudonym_key(ledger, PERSONAL)
    by_person = said.source.kind == "person"
    others = [one for one in said.items if one.ref not in devices and not (by_person and one.attributes.get("ownership"))]
    known = known_as_personal(graph, catalogue, key, others)
    devices |= known.personal
    if known.namesakes:
        said = replace(said, items=tuple(with_hashes(one, key) if one.ref in known.namesakes else one for one in said.items))
    if not devices:
        return said
    inside = _inside(said.items, devices)
    gone = {item.ref for item in said.items if item.ref in inside and not kept.thing(item.cls)}
    items = tuple(_cut(item, kept, key) if item.ref in devices | inside else item for item in said.items if item.ref not in gone)
    relations = tuple(
        one
        for one in said.relations
        if one.source not in gone and one.target not in gone and (one.source not in devices or kept.relation(one.type))
    )
    coverage = [one for one in said.coverage if one.item not in gone]
    programs = {item.ref for item in said.items if item.ref in devices and item.software is not None}
    coverage = [one for one in coverage if not (one.item in programs and one.part == "software")]
    coverage += [Coverage(ref, "software", "partial", _WATCHED) for ref in sorted(programs)]
    cut = replace(said, items=items, relations=relations, coverage=tuple(coverage))
    return cut if by_person else _renamed(cut, devices | inside)


def not_kept(said: Observation, kept: Observation) -> tuple[str, ...]:
    """The names of what the one says and the other does not: attributes, identifiers and types of relations, sorted."""
    return tuple(sorted(_names(said) - _names(kept)))


def _names(said: Observation) -> set[str]:
    found = {name for item in said.items for name in item.attributes}
    return found | {one.kind for item in said.items for one in item.identifiers} | {one.type for one in said.relations}


def _renamed(said: Observation, refs: set[str]) -> Observation:
    """With refs that tell nothing: those of a table quote the number a row was recognised by."""
    taken = {item.ref for item in said.items}
    fresh = (name for number in count(1) if (name := f"personal-{number}") not in taken)
    new = {ref: next(fresh) for ref in sorted(refs)}
    return replace(
        said,
        items=tuple(replace(one, ref=new.get(one.ref, one.ref), parent=new.get(one.parent or "", one.parent)) for one in said.items),
        relations=tuple(
            replace(one, source=new.get(one.source, one.source), target=new.get(one.target, one.target)) for one in said.relations
        ),
        coverage=tuple(replace(one, item=new.get(one.item, one.item)) for one in said.coverage),
    )


def _is_personal(catalogue: Catalogue, item: Item) -> bool:
    return item.attributes.get("ownership") == PERSONAL and catalogue.is_a(item.cls, "endpoint")


def _inside(items: tuple[Item, ...], devices: set[str]) -> set[str]:
    """Refs of what lies in these devices, at any depth."""
    found: set[str] = set()
    while new := {one.ref for one in items if one.parent in devices | found} - found:
        found |= new
    return found


def _cut(item: Item, kept: Kept, key: bytes) -> Item:
    software = item.software if item.software is None else tuple(one for one in item.software if watched(one.name))
    values = item.attributes.items()
    attributes = {name: value for name, value in values if value is None or (kept.attribute(name) and not kept.hashed(name))}
    return replace(item, identifiers=tuple(dict.fromkeys(_known(item, kept, key))), attributes=attributes, software=software)


def _known(item: Item, kept: Kept, key: bytes) -> Iterator[Identifier]:
    for one in numbers_of(item):
        if one.kind == "ci" or kept.identifier(one.kind):
            yield one
        elif kept.hashed(one.kind) and (hashed := pseudonymous(one, key)) is not None:
            yield hashed
