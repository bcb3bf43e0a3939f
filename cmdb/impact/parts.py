"""Parts of devices (ports, disks, modules): told under the device they are in, so that they do not drown the answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cmdb.impact.network import Network
from cmdb.model.catalogue import Catalogue

STATES = (("down", "down"), ("degraded", "degraded"), ("loses_redundancy", "loses redundancy"), ("needs", "needed"))
"""The lists of an answer, and the state each row of them has in words"""
KINDS = ("services", "devices", "others", "parts")
_SERVICES = ("service", "application")


def wholes(network: Network, catalogue: Catalogue) -> dict[str, str]:
    """Part → the outermost device it is part of, among what was loaded.

    What is a device, a service or an application itself is never a part: a blade in its enclosure stands for itself.
    """
    inside: dict[str, str] = {}
    fits: dict[tuple[str, str], bool] = {}
    for edge in network.edges:
        if edge.type == "part_of" and edge.source in network.nodes and edge.target in network.nodes:
            pair = network.nodes[edge.source].cls, network.nodes[edge.target].cls
            if pair not in fits:
                fits[pair] = _is_part(*pair, catalogue)
            if fits[pair]:
                inside.setdefault(edge.source, edge.target)
    return {part: _outermost(part, inside) for part in inside}


def _is_part(part: str, whole: str, catalogue: Catalogue) -> bool:
    stands_alone = any(catalogue.is_a(part, kind) for kind in ("device", *_SERVICES))
    return not stands_alone and any(catalogue.is_a(whole, kind) for kind in ("hardware", "interface"))


def _outermost(part: str, inside: Mapping[str, str]) -> str:
    passed = {part}
    at = inside[part]
    while at in inside and at not in passed:  # who says that two things are parts of each other is believed no further
        passed.add(at)
        at = inside[at]
    return at


def marked(answer: Mapping[str, Any], network: Network, catalogue: Catalogue) -> dict[str, Any]:
    """The answer with `part_of` (ci, name, class; None for what is no part) in each row, and `kinds`: kind → state → how many."""
    owner = wholes(network, catalogue)
    told, kinds = dict(answer), {kind: dict.fromkeys((name for name, _ in STATES if name in answer), 0) for kind in KINDS}
    for name in kinds["parts"]:
        told[name] = [{**row, "part_of": _named(owner.get(row["ci"]), network)} for row in answer[name]]
        for (cls, part), number in Counter((row["class"], row["part_of"] is not None) for row in told[name]).items():
            kinds[kind_of({"class": cls, "part_of": part}, catalogue)][name] += number
    return told | {"kinds": kinds}


def _named(ci: str | None, network: Network) -> dict[str, str] | None:
    node = network.nodes.get(ci) if ci is not None else None
    return None if node is None else {"ci": node.id, "name": node.name, "class": node.cls}


def kind_of(row: Mapping[str, Any], catalogue: Catalogue) -> str:
    """`services` (applications too), `devices`, `parts` of a device, or `others` (databases, racks, networks, …)."""
    if row.get("part_of"):
        return "parts"
    cls = str(row["class"])
    if any(catalogue.is_a(cls, kind) for kind in _SERVICES):
        return "services"
    return "devices" if catalogue.is_a(cls, "device") else "others"


def folded(rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> list[dict[str, Any]]:
    """Rows of an answer (`report.rows_of`) with the parts of each device in `parts`: services first, then devices, then the rest.

    A device whose parts are hit while it is not itself gets a row with the state `only parts`.
    """
    heads: dict[str, dict[str, Any]] = {}
    parts: dict[str, list[Mapping[str, Any]]] = {}
    homes: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row.get("part_of"):
            parts.setdefault(row["part_of"]["ci"], []).append(row)
            homes[row["part_of"]["ci"]] = row["part_of"]
        else:
            heads[row["ci"]] = {**row, "parts": []}
    for ci, found in parts.items():
        head = heads.setdefault(
            ci, {**homes[ci], "state": "only parts", "why": "it goes on; some of its parts do not", "last_seen_at": "", "because": []}
        )
        head["parts"] = sorted(found, key=lambda row: (str(row["class"]), _natural(str(row["name"]))))
    return sorted(heads.values(), key=lambda row: KINDS.index(kind_of(row, catalogue)))


def _natural(text: str) -> list[tuple[int, str]]:
    """Port 2 before port 10."""
    return [(int(word), "") if word.isdecimal() and len(word) < 20 else (-1, word) for word in re.split(r"(\d+)", text.lower())]
