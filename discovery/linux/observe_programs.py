"""Programs that listen or talk to others, as items and dependencies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from cmdb.model.observation import Identifier, Item, Value
from discovery.linux.draft import Draft
from discovery.linux.facts import Facts
from discovery.linux.observe_host import own_addresses, reachable_addresses
from discovery.linux.programs import Connection, Program, find_programs

ENDPOINTS = ("laptop", "desktop", "tablet", "workstation", "phone")
"""Classes of what people work with, as a look at Linux may name them."""
_MAX_FAR_ENDS = 200
"""Far ends kept of one program: who talks to more is a crawler, a scanner or a proxy, and its far ends say little of what it needs."""


def add_programs(draft: Draft, host: Item, facts: Facts, containers: Mapping[int, str]) -> str:
    """`containers`: published port → ref of the container behind it. Returns what was left out, in words, or ""."""
    found = find_programs(facts.sockets, facts.processes, own_addresses(facts), reachable_addresses(facts))
    kept, dropped = _far_ends(host.cls, found.connections)
    needed = {one.program for one in kept} | {key for pair in found.internal for key in pair}
    for program in found.programs.values():
        if not program.listens and program.key not in needed:
            continue
        ref = draft.add(_item(host.ref, program))
        draft.relate("runs_on", ref, host.ref, _part(program))
        if program.name == "docker-proxy":
            for port in {int(one.rpartition(":")[2]) for one in program.listens} & containers.keys():
                draft.relate("depends_on", ref, containers[port], "connections")
    for source, target in found.internal:
        draft.relate("depends_on", _ref(host.ref, source), _ref(host.ref, target), "connections")
    for connection in kept:
        far = Item(f"far/{connection.place}", "software_instance", (Identifier("listens_at", connection.place),), part="connections")
        near = host.ref if connection.program is None else _ref(host.ref, connection.program)
        draft.relate("depends_on", near, draft.add(far), "connections")
    return f"{dropped} far ends of very talkative programs left out" if dropped else ""


def _far_ends(cls: str, connections: tuple[Connection, ...]) -> tuple[list[Connection], int]:
    """The connections worth keeping, and how many too many there were.

    A far end is known only by where it listens; reconciliation finds the program there, now or when its host is looked at.
    """
    counted: dict[str | None, int] = {}
    kept = []
    for connection in sorted(connections, key=lambda one: not _is_private(one.place)):
        if cls in ENDPOINTS and not _is_private(connection.place):
            continue  # a browser's far ends
        counted[connection.program] = counted.get(connection.program, 0) + 1
        if counted[connection.program] <= _MAX_FAR_ENDS:
            kept.append(connection)
    return kept, sum(max(0, count - _MAX_FAR_ENDS) for count in counted.values())


def _item(host: str, program: Program) -> Item:
    attributes: dict[str, Value] = {"name": program.key, "process": program.name}
    if program.command:
        attributes["command"] = program.command
    if program.user:
        attributes["run_as"] = program.user
    attributes["listens"] = program.listens or None
    identifiers = (Identifier("process_name", program.key), *(Identifier("listens_at", one) for one in program.places))
    return Item(_ref(host, program.key), "software_instance", identifiers, attributes, parent=host, part=_part(program))


def _part(program: Program) -> str:
    """Who listens is all seen; who only talks is seen by luck, so its absence means nothing."""
    return "processes" if program.listens else "connections"


def _ref(host: str, key: str) -> str:
    return f"{host}/program/{key}"


def _is_private(place: str) -> bool:
    return ipaddress.ip_address(place.split("/")[1]).is_private
