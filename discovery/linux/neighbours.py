"""Section `network`, second half: who is on the same wire, by ARP/NDP and by LLDP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discovery.linux.transcript import Section
from discovery.linux.untrusted import IPAddress, address, clean, load_json, mac, mapping, rows

_GONE = {"FAILED", "INCOMPLETE", "NOARP", "NONE"}


@dataclass(frozen=True, slots=True)
class IpNeighbour:
    """An address seen on the wire with the hardware address that answered for it."""

    ip: IPAddress
    mac: str
    interface: str


@dataclass(frozen=True, slots=True)
class LldpNeighbour:
    """The far end of a cable as it announces itself. Subtypes are lldpd's words: mac, ifname, local, ip …"""

    interface: str
    via: str = ""
    chassis_subtype: str = ""
    chassis_id: str = ""
    system_name: str = ""
    system_description: str = ""
    management_ips: tuple[str, ...] = ()
    port_subtype: str = ""
    port_id: str = ""
    port_description: str = ""


def read_ip_neighbours(section: Section) -> tuple[IpNeighbour, ...]:
    """ARP and neighbour discovery tables. Raises Unreadable on broken JSON."""
    if section.output("neighbours"):
        return parse_neighbours_json(section.output("neighbours"))
    return parse_neighbours_text(section.output("neighbours_text")) or parse_proc_arp(section.output("proc_arp"))


def parse_neighbours_json(text: str) -> tuple[IpNeighbour, ...]:
    """`ip -j neigh`. Raises Unreadable on broken JSON."""
    found = []
    for row in rows(load_json(text)):
        states = row.get("state")
        told = set(map(clean, states)) if isinstance(states, list) else {clean(states)}
        found.append(_neighbour(row.get("dst"), row.get("lladdr"), row.get("dev"), told))
    return tuple(one for one in found if one is not None)


def parse_neighbours_text(text: str) -> tuple[IpNeighbour, ...]:
    """`ip neigh` (old iproute2, BusyBox): `IP dev NAME lladdr MAC … STATE`."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and "lladdr" in words[:-1] and "dev" in words[:-1]:
            found.append(_neighbour(words[0], words[words.index("lladdr") + 1], words[words.index("dev") + 1], set(words[3:])))
    return tuple(one for one in found if one is not None)


def parse_proc_arp(text: str) -> tuple[IpNeighbour, ...]:
    """/proc/net/arp; flags 0x0 means unanswered."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) >= 6 and words[2] != "0x0":
            found.append(_neighbour(words[0], words[3], words[5], set()))
    return tuple(one for one in found if one is not None)


def parse_lldp(text: str) -> tuple[LldpNeighbour, ...]:
    """`lldpctl -f json0` (lists everywhere) and `-f json` (names as keys, lists only where there are several).

    Raises Unreadable on broken JSON.
    """
    found = []
    for name, row in _interfaces(mapping(load_json(text)).get("lldp")):
        system, chassis = _chassis(row.get("chassis"))
        port = _first(row.get("port"))
        chassis_id, port_id = _first(chassis.get("id")), _first(port.get("id"))
        value = clean(chassis_id.get("value"), 255)
        if not name or not value:
            continue
        found.append(
            LldpNeighbour(
                interface=name,
                via=clean(row.get("via"), 20),
                chassis_subtype=clean(chassis_id.get("type"), 20),
                chassis_id=value,
                system_name=_word(chassis.get("name"), 255) or system,
                system_description=_word(chassis.get("descr"), 1000),
                management_ips=tuple(ip for ip in _words(chassis.get("mgmt-ip")) if address(ip) is not None),
                port_subtype=clean(port_id.get("type"), 20),
                port_id=clean(port_id.get("value"), 255),
                port_description=_word(port.get("descr"), 255),
            )
        )
    return tuple(found)


def _neighbour(ip: object, hardware: object, interface: object, states: set[str]) -> IpNeighbour | None:
    found, answered = address(ip), mac(hardware)
    if found is None or not answered or states & _GONE or found.is_multicast or int(answered[:2], 16) & 1:
        return None
    return IpNeighbour(found, answered, clean(interface, 100))


def _interfaces(lldp: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in rows(lldp):
        for row in rows(group.get("interface")):
            if "chassis" in row:
                yield clean(row.get("name"), 100), row
                continue
            for name, value in row.items():
                for one in rows(value):
                    yield clean(name, 100), one


def _chassis(value: object) -> tuple[str, Mapping[str, Any]]:
    """The chassis, and the system name where that is the key it stands under."""
    first = _first(value)
    if "id" in first or not first:
        return "", first
    name = next(iter(first))
    return clean(name, 255), _first(first[name])


def _first(value: object) -> Mapping[str, Any]:
    found = rows(value)
    return found[0] if found else {}


def _words(value: object) -> list[str]:
    """Text, `{"value": text}`, or a list of either."""
    several = value if isinstance(value, list) else [value]
    told = [clean(one.get("value") if isinstance(one, dict) else one, 1000) for one in several[:100]]
    return [word for word in told if word]


def _word(value: object, limit: int) -> str:
    return next(iter(_words(value)), "")[:limit]
