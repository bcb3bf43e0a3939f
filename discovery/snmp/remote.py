"""Neighbours as items: the remote device known by reference, its port, and the link to the port that heard it."""

from __future__ import annotations

from cmdb.model.observation import Identifier, Item, Relation, Value
from discovery.snmp.look import Seen
from discovery.snmp.probes.neighbours import Neighbour

PART = "neighbours"


def add_neighbours(items: list[Item], relations: list[Relation], seen: Seen) -> dict[str, str]:
    """Remote devices as known by reference, their ports, the links. Answers MAC → ref of the remote devices."""
    indexes = {interface.index for interface in seen.interfaces}
    refs: dict[object, str] = {}
    known: dict[str, str] = {}
    linked: set[tuple[str, str]] = set()
    for neighbour in seen.neighbours:
        identity = _remote_identifiers(neighbour)
        if not identity:
            continue
        key = _key(neighbour)
        ref = refs.get(key)
        if ref is None:
            ref = refs[key] = f"remote:{len(refs) + 1}"
            items.append(Item(ref, "device", identity, _remote_attributes(neighbour), part=PART))
        if neighbour.mac:
            known[neighbour.mac] = ref
        near = f"if:{neighbour.if_index}" if neighbour.if_index in indexes else "device"
        far = _remote_port(items, ref, neighbour) or ref
        if (near, far) not in linked:
            linked.add((near, far))
            relations.append(Relation("connected_to", near, far, {"evidence": neighbour.protocol}, part=PART))
    return known


def _key(neighbour: Neighbour) -> object:
    """What tells two remote devices apart within one observation."""
    if neighbour.mac or neighbour.serial:
        return neighbour.mac or neighbour.serial
    return (neighbour.chassis_scope, neighbour.chassis_id) if neighbour.chassis_id else neighbour.name.casefold()


def _remote_identifiers(neighbour: Neighbour) -> tuple[Identifier, ...]:
    found = []
    if neighbour.serial:
        found.append(Identifier("serial", neighbour.serial, "Cisco"))
    if neighbour.chassis_id:
        found.append(Identifier("chassis_id", neighbour.chassis_id, neighbour.chassis_scope))
    if neighbour.mac:
        found.append(Identifier("mac", neighbour.mac))
    name = neighbour.name.rstrip(".")
    if name:
        found.append(Identifier("hostname", name.split(".")[0] if " " not in name else name))
        if "." in name and " " not in name:
            found.append(Identifier("fqdn", name))
    return tuple(found)


def _remote_attributes(neighbour: Neighbour) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "name": neighbour.name or None,
        "sys_descr": neighbour.descr or None,
        "model": neighbour.platform.removeprefix("cisco ").removeprefix("Cisco ") or None,
        "primary_ip": neighbour.addresses[0] if neighbour.addresses else None,
        "ip_addresses": neighbour.addresses or None,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _remote_port(items: list[Item], device: str, neighbour: Neighbour) -> str | None:
    """The far interface, by its name; its description where the port id is a MAC or a bare number."""
    name = neighbour.port
    if (not name or name.isdigit()) and neighbour.port_descr:
        name = neighbour.port_descr
    if not name:
        return None
    ref = f"{device}/{name}"
    if all(item.ref != ref for item in reversed(items[-64:])):
        attributes: dict[str, Value] = {"name": name}
        if neighbour.port_mac:
            attributes["mac"] = neighbour.port_mac
        items.append(Item(ref, "interface", (Identifier("if_name", name),), attributes, parent=device, part=PART))
    return ref
