"""From what was seen of one device to the Observation that reconciliation reads. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cmdb.model import times
from cmdb.model.ids import uuid7
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source, Value
from discovery.snmp import hosts, remote
from discovery.snmp.backend import Endpoint
from discovery.snmp.look import Seen
from discovery.snmp.probes.entity import Part
from discovery.snmp.probes.interfaces import Interface

NETWORK_CLASSES = frozenset({"network_device", "switch", "router", "firewall", "access_point", "wireless_controller", "load_balancer"})
COMPUTER_CLASSES = frozenset({"server", "hypervisor", "virtual_machine"})
_OS_FAMILIES = {"windows": "windows", "bsd": "bsd", "macos": "macos"} | dict.fromkeys(("linux", "debian", "ubuntu", "proxmox"), "linux")
SOURCE = Source("snmp", "scan")
_ARCHITECTURE = re.compile(r"\b(x86_64|amd64|aarch64|arm64|armv\d\w*|i[3-6]86|mips\w*|ppc\w*|riscv\w*|s390x|sparc\w*)\b")
MAX_PORT_MACS = 512
_PORTS_OF_A_SWITCH = 5
_UPTIME_STEP_S = 600
"""`uptime_since` is rounded to ten minutes: the clock of the device drifts, and a value that changes at every scan is no news."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site may choose. `max_hosts_per_port`: a port with more learned addresses is an uplink or a hub, not an access port."""

    max_hosts_per_port: int = 8
    hosts_from_arp: bool = True
    max_hosts: int = 20_000


@dataclass(slots=True)
class Draft:
    """Items, relations and coverage under construction."""

    items: list[Item] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)


def observe(seen: Seen, *, endpoint: Endpoint, at: datetime, settings: Settings | None = None) -> Observation:
    """One observation: the device, its interfaces, addresses and modules, its neighbours, and the end hosts behind its ports."""
    settings = settings or Settings()
    draft = Draft()
    draft.items.append(_device(seen, endpoint, at))
    add_interfaces(draft, seen)
    add_modules(draft, seen)
    known = remote.add_neighbours(draft.items, draft.relations, seen)
    hosts.add_hosts(
        draft.items, draft.relations, seen, hosts.Limits(settings.max_hosts_per_port, settings.hosts_from_arp, settings.max_hosts), known
    )
    for part, (state, reason) in seen.parts.items():
        if part == hosts.PART and state == "complete":
            draft.coverage.append(Coverage("device", part, "partial", hosts.WHY_PARTIAL))
        else:
            draft.coverage.append(Coverage("device", part, state, reason))
    return Observation(uuid7(), SOURCE, at, tuple(draft.items), tuple(draft.relations), tuple(draft.coverage))


def _device(seen: Seen, endpoint: Endpoint, at: datetime) -> Item:
    here, facts = seen.system, seen.facts
    cls = _class(seen)
    attributes: dict[str, Value] = {
        "name": here.name or None,
        "hostname": here.hostname or None,
        "fqdn": here.fqdn or None,
        "vendor": facts.vendor or None,
        "model": facts.model or None,
        "part_number": facts.part_number or None,
        "serial": facts.serial or None,
        "hardware_version": seen.entities.device.hardware if seen.entities.device else None,
        "sys_object_id": here.object_id or None,
        "sys_descr": here.descr or None,
        "contact": here.contact or None,
        "location_text": here.location or None,
        "uptime_since": _up_since(seen, at),
        "primary_ip": endpoint.address,
        "ip_addresses": tuple(dict.fromkeys(row.ip for row in seen.addresses if row.names_a_place)) or None,
        "mac_addresses": tuple(dict.fromkeys(row.mac for row in seen.interfaces if row.mac)) or None,
    }
    attributes.update(_os(cls, seen))
    if cls == "printer" and seen.page_count is not None:
        attributes["page_count"] = seen.page_count
    said = {name: value for name, value in attributes.items() if value not in (None, "")}
    return Item("device", cls, _known_by(seen, f"{endpoint.address}:{endpoint.port}"), said, part="identity")


def _known_by(seen: Seen, place: str) -> tuple[Identifier, ...]:
    """Some agents show nothing that identifies them. The scan still knows them by where it found them: better than losing them. Of those
    that show a name or an engine id only, which may be their model's, the place tells them apart; it never makes two of them one."""
    found = _identifiers(seen)
    if not found:
        return (Identifier("external_id", place, SOURCE.key),)
    firm = any(i.kind not in ("hostname", "fqdn", "snmp_engine_id") for i in found)
    return found if firm else (*found, Identifier("place", place, SOURCE.key))


def _class(seen: Seen) -> str:
    if seen.facts.cls != "device":
        return seen.facts.cls
    ports = sum(row.is_physical_port for row in seen.interfaces)
    return "network_device" if ports >= _PORTS_OF_A_SWITCH or (seen.system.bridge_mac and ports > 1) else "device"


def _os(cls: str, seen: Seen) -> dict[str, Value]:
    name, version = seen.facts.os or None, seen.facts.version or None
    if cls in NETWORK_CLASSES:
        return {"os_name": name, "os_version": version, "bridge_mac": seen.system.bridge_mac}
    if cls in COMPUTER_CLASSES:
        family = next((family for word, family in _OS_FAMILIES.items() if word in (name or "").casefold()), None)
        arch = _ARCHITECTURE.search(seen.system.descr)
        is_kernel = family == "linux" and seen.system.descr.startswith("Linux ")
        about: dict[str, Value] = {"os_name": name, "os_family": family, "os_arch": arch[0] if arch else None}
        return about | {"kernel_version" if is_kernel else "os_version": version}  # Linux tells its kernel, not its distribution
    return {"firmware_version": version}


def _identifiers(seen: Seen) -> tuple[Identifier, ...]:
    """A stack's serial is its master's, and changes with it: it identifies the member (its module), not the stack."""
    here, facts, own = seen.system, seen.facts, seen.own_chassis
    found: list[Identifier] = []
    if facts.serial and not seen.entities.is_stack:
        found.append(Identifier("serial", facts.serial, facts.vendor))
    macs = [own.mac, here.bridge_mac, *(row.mac for row in seen.interfaces if row.is_physical_port)]
    found += [Identifier("mac", mac) for mac in list(dict.fromkeys(mac for mac in macs if mac))[:MAX_PORT_MACS]]
    if here.engine_id:
        found.append(Identifier("snmp_engine_id", here.engine_id))
    if own.chassis_id:
        found.append(Identifier("chassis_id", own.chassis_id, own.scope))
    if here.hostname:
        found.append(Identifier("hostname", here.hostname))
    if here.fqdn:
        found.append(Identifier("fqdn", here.fqdn))
    return tuple(found)


def _up_since(seen: Seen, at: datetime) -> str | None:
    if seen.system.uptime_s is None:
        return None
    start = at - timedelta(seconds=seen.system.uptime_s)
    rounded = round(start.timestamp() / _UPTIME_STEP_S) * _UPTIME_STEP_S
    return times.to_text(datetime.fromtimestamp(rounded, at.tzinfo))


def interface_ref(index: int) -> str:
    """The ref of an interface of the device."""
    return f"if:{index}"


def add_interfaces(draft: Draft, seen: Seen) -> None:
    """The interfaces, and the addresses configured on them."""
    by_index: dict[int, list[str]] = {}
    for row in seen.addresses:
        by_index.setdefault(row.if_index, []).append(row.text)
    for interface in seen.interfaces:
        names = tuple(Identifier("if_name", name) for name in (interface.name, *interface.other_names))
        attributes = _interface_attributes(interface, tuple(by_index.get(interface.index, ())), seen.vlans.get(interface.index))
        identifiers = (*names, Identifier("if_index", str(interface.index)))
        draft.items.append(Item(interface_ref(interface.index), "interface", identifiers, attributes, parent="device"))
    indexes = {interface.index for interface in seen.interfaces}
    for ip, holder in {row.ip: row.if_index for row in seen.addresses if row.names_a_place}.items():
        draft.items.append(Item(f"ip:{ip}", "ip_address", (Identifier("ip", ip),), {"address": ip}, part="addresses"))
        source = interface_ref(holder) if holder in indexes else "device"
        draft.relations.append(Relation("has_address", source, f"ip:{ip}", part="addresses"))


def _interface_attributes(interface: Interface, addresses: tuple[str, ...], vlan: int | None) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "name": interface.name,
        "if_index": interface.index,
        "alias": interface.alias or None,
        "mac": interface.mac,
        "if_type": interface.kind or None,
        "speed_bps": interface.speed_bps,
        "mtu": interface.mtu,
        "admin_up": interface.admin_up,
        "oper_up": interface.oper_up,
        "addresses": addresses or None,
        "vlan": vlan,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def add_modules(draft: Draft, seen: Seen) -> None:
    """The physical parts, each inside the part that holds it."""
    shown = seen.entities.worth_an_item()
    serials = Counter((part.serial, part.vendor) for part, _ in shown if part.serial)
    for part, holder in shown:
        own = part.serial and serials[part.serial, part.vendor] == 1 and (seen.entities.is_stack or part.serial != seen.facts.serial)
        identifiers = [Identifier("serial", part.serial, part.vendor or seen.facts.vendor)] if own else []
        identifiers.append(Identifier("position", str(part.index)))
        parent = f"module:{holder.index}" if holder is not None else "device"
        draft.items.append(Item(f"module:{part.index}", "module", tuple(identifiers), _module_attributes(part, seen), parent=parent))


def _module_attributes(part: Part, seen: Seen) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "name": part.name or part.descr or None,
        "description": part.descr or None,
        "kind": "stack member" if part.kind == "chassis" and seen.entities.is_stack else part.kind,
        "position": str(part.index),
        "vendor": part.vendor or None,
        "model": part.model or None,
        "serial": part.serial or None,
        "hardware_version": part.hardware or None,
        "firmware_version": part.software or part.firmware or None,
    }
    return {name: value for name, value in attributes.items() if value is not None}
