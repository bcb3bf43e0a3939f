"""What a table, or a program, says of a device and calls personal: cut down before it is kept, by the table for stored facts
(cmdb/privacy/data/kept.yaml), as a report of such a device is. Its numbers become keyed hashes, so that its agent is recognised later.

Only what calls itself personal: a register that says nothing of ownership is the organisation's own word, and counts until somebody says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, Identifier, Item, Observation
from cmdb.privacy.kept import Kept, kept_for
from cmdb.store import Ledger
from discovery.reports.pseudonym import pseudonymous
from discovery.reports.stored import watched
from web.agent.desk import pseudonym_key

PERSONAL = "personal"
_WATCHED = "a personal device keeps only what is on the watch list"


def without_what_is_personal(ledger: Ledger, catalogue: Catalogue, said: Observation) -> Observation:
    """The observation as it may be kept; itself where nothing in it is called personal. Raises what the ledger raises."""
    devices = {item.ref for item in said.items if _is_personal(catalogue, item)}
    if not devices:
        return said
    kept, key = kept_for(PERSONAL), pseudonym_key(ledger, PERSONAL)
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
    return _renamed(replace(said, items=items, relations=relations, coverage=tuple(coverage)), devices | inside)


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
    attributes = {name: value for name, value in item.attributes.items() if kept.attribute(name) and not kept.hashed(name)}
    return replace(item, identifiers=tuple(dict.fromkeys(_known(item, kept, key))), attributes=attributes, software=software)


def _known(item: Item, kept: Kept, key: bytes) -> Iterator[Identifier]:
    for one in item.identifiers:
        if kept.identifier(one.kind):
            yield one
        elif kept.hashed(one.kind) and (hashed := pseudonymous(one, key)) is not None:
            yield hashed
