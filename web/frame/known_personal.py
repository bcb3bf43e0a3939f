"""Which devices of an observation are known as personal already, though it does not say so: looked up by their identifiers, and by the
keyed hashes of those that are kept of a personal device in no other form."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cmdb.errors import GraphUnavailable
from cmdb.graph import candidates, cis
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item
from discovery.reports.pseudonym import HASHED, pseudonymous
from reconciliation.evidence import evidence_of

log = logging.getLogger(__name__)
PERSONAL = "personal"
_TOGETHER = 300
"""Devices that are looked up in one query."""
_DIRECT = "ci"
_OF_THE_DEVICE = tuple(scope for _, scope in HASHED.values())
"""Scopes of the hashes of numbers that a device has one of."""


@dataclass(frozen=True, slots=True)
class Known:
    """Refs of what is a personal device, and of what only has the name of one: its numbers are others."""

    personal: set[str] = field(default_factory=set)
    namesakes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Device:
    """One CI that shows an identifier that was asked for: the keys of all it shows, and whether it is known as personal."""

    keys: dict[str, str] = field(default_factory=dict)
    personal: bool = False


def known_as_personal(graph: Graph, catalogue: Catalogue, key: bytes, items: Sequence[Item]) -> Known:
    """Which of the endpoints among these the graph knows as personal. `key`: that of the site's keyed hashes.

    A number tells which device it is, or the CI's own id; a name does where no number of the row says that it is another one. None while
    the graph is away: then what was stored too much goes when the observation is applied (`cmdb.runtime.personal_net`).
    """
    found = Known()
    endpoints = [item for item in items if catalogue.is_a(item.cls, "endpoint")]
    try:
        for start in range(0, len(endpoints), _TOGETHER):
            _look(graph, catalogue, key, endpoints[start : start + _TOGETHER], found)
    except GraphUnavailable:
        log.info("the graph is away: whose the devices of an observation are is looked up when it is applied")
    return found


def numbers_of(item: Item) -> list[Identifier]:
    """The identifiers of an item, and those that stand as attributes only."""
    given = {one.kind for one in item.identifiers}
    told = ((kind, item.attributes.get(kind)) for kind in HASHED if kind not in given)
    return [*item.identifiers, *(Identifier(kind, value) for kind, value in told if isinstance(value, str) and value)]


def with_hashes(item: Item, key: bytes) -> Item:
    """A namesake with the hashes of its numbers: by them it is told from the personal device, of which no number is kept otherwise."""
    hashed = (made for one in numbers_of(item) if (made := pseudonymous(one, key)) is not None)
    return replace(item, identifiers=tuple(dict.fromkeys((*item.identifiers, *hashed))))


def _look(graph: Graph, catalogue: Catalogue, key: bytes, items: Sequence[Item], found: Known) -> None:
    direct = {item.ref: one.value for item in items for one in item.identifiers if one.kind == _DIRECT}
    shown = {item.ref: _keys(catalogue, item, key) for item in items if item.ref not in direct}
    devices: dict[str, _Device] = {}
    for row in candidates.find(graph, {one for keys in shown.values() for one in keys}):
        devices.setdefault(str(row["ci"]), _Device()).keys[str(row["key"])] = str(row["grade"])
    ids = {str(row["asked"]): str(row["ci"]) for row in candidates.by_id(graph, set(direct.values()))}
    for ci, row in cis.many(graph, {*devices, *ids.values()}).items():
        devices.setdefault(ci, _Device()).personal = row.get("ownership") == PERSONAL
    found.personal.update(ref for ref, asked in direct.items() if asked in ids and devices[ids[asked]].personal)
    for ref, keys in shown.items():
        sure = {one for one, grade in keys.items() if grade != "weak"}
        certain = [device for device in devices.values() if not sure.isdisjoint(device.keys)]
        alike = [device for device in devices.values() if device.personal and not keys.keys().isdisjoint(device.keys)]
        if any(device.personal for device in certain):
            found.personal.add(ref)
        elif not certain and alike:
            (found.namesakes if all(_differs(keys, device) for device in alike) else found.personal).add(ref)


def _keys(catalogue: Catalogue, item: Item, key: bytes) -> Mapping[str, str]:
    """Key → grade of everything by which it could be found."""
    given = numbers_of(item)
    hashed = [one for known in given if (one := pseudonymous(known, key)) is not None]
    grades = {one.key: one.grade for one in evidence_of([*given, *hashed], catalogue.cls(item.cls)) if one.grade != "none"}
    words = [Identifier(kind, value) for kind in ("hostname", "name") if isinstance(value := item.attributes.get(kind), str) and value]
    return {one.key: "weak" for one in evidence_of(words, catalogue.cls(item.cls)) if one.grade != "none"} | grades


def _differs(keys: Mapping[str, str], device: _Device) -> bool:
    """Whether both have a number of one kind, and not the same (one that is the same would have made it certain)."""
    return any(
        any(key.startswith(f"external_id|{scope}|") for key in keys) and any(key.startswith(f"external_id|{scope}|") for key in device.keys)
        for scope in _OF_THE_DEVICE
    )
