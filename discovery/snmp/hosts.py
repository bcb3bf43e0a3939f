"""End hosts: which of the addresses in the forwarding table sit right behind a port, and which IP they have (research: NAV, Netdisco).

A port is an uplink if a switch, router or access point was heard on it (or on a member of the LAG it carries), or if it carries more
addresses than an access port has. Hosts are only behind ports that are no uplinks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cmdb.model.observation import Identifier, Item, Relation, Value
from discovery.snmp.look import Seen

PART = "connections"
"""The part under which hosts are reported. Not `neighbours`: LLDP proves that a neighbour is gone, an aged forwarding entry does not."""

WHY_PARTIAL = "forwarding tables forget after minutes and never prove that something is gone"
MAX_ADDRESSES_OF_A_HOST = 8
"""A MAC that answers for more addresses is a router that proxies; its addresses say nothing about it."""

_VIRTUAL_ROUTER = re.compile(  # VRRP, HSRP 1 and 2, GLBP, NLB, HSRP for IPv6
    r"00:00:5e:00:0[12]:|00:00:0c:07:ac:|00:00:0c:9f:f|00:07:b4:00:|0[23]:bf:|00:05:73:a0:0",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many hosts an access port may carry, whether ARP alone makes a host, and how many hosts at most."""

    per_port: int = 8
    from_arp: bool = True
    hosts: int = 20_000


def uplinks(seen: Seen, per_port: int) -> set[int]:
    """ifIndexes of ports that lead to more network."""
    found: set[int] = set()
    for neighbour in seen.neighbours:
        if not neighbour.keeps_its_hosts:
            found.add(neighbour.if_index)
            found |= seen.above.get(neighbour.if_index, set())
    counts: dict[int, set[str]] = {}
    for row in seen.forwarding.learned:
        counts.setdefault(row.if_index, set()).add(row.mac)
    return found | {index for index, macs in counts.items() if len(macs) > per_port}


def behind_ports(seen: Seen, per_port: int) -> dict[str, set[int]]:
    """MAC → the access ports on which it was learned. Own, group and virtual-router addresses and heard neighbours are left out."""
    closed = uplinks(seen, per_port)
    own = {row.mac for row in seen.interfaces} | {seen.system.bridge_mac} | seen.forwarding.own
    heard = {neighbour.mac for neighbour in seen.neighbours} | {neighbour.port_mac for neighbour in seen.neighbours}
    known = {row.index for row in seen.interfaces}
    found: dict[str, set[int]] = {}
    for row in seen.forwarding.learned:
        if row.if_index in closed or row.if_index not in known or row.mac in own or row.mac in heard or _VIRTUAL_ROUTER.match(row.mac):
            continue
        found.setdefault(row.mac, set()).add(row.if_index)
    return found


def addresses_of(seen: Seen) -> dict[str, tuple[str, ...]]:
    """MAC → the IP addresses that ARP and neighbour discovery show for it."""
    own = {row.mac for row in seen.interfaces} | {seen.system.bridge_mac} | seen.forwarding.own
    mine = {address.ip for address in seen.addresses}
    found: dict[str, list[str]] = {}
    for pair in seen.pairs:
        if pair.mac not in own and pair.ip not in mine and not _VIRTUAL_ROUTER.match(pair.mac):
            found.setdefault(pair.mac, []).append(pair.ip)
    return {mac: tuple(dict.fromkeys(ips)) for mac, ips in found.items() if len(set(ips)) <= MAX_ADDRESSES_OF_A_HOST}


def add_hosts(items: list[Item], relations: list[Relation], seen: Seen, limits: Limits, known: Mapping[str, str]) -> None:
    """Append end hosts and their links. A host that is a heard neighbour (`known`: MAC → ref) is not told a second time."""
    ports = behind_ports(seen, limits.per_port)
    addresses = addresses_of(seen)
    wanted = dict.fromkeys(ports)
    if limits.from_arp:
        wanted.update(dict.fromkeys(addresses))
    for mac in [mac for mac in wanted if mac not in known][: limits.hosts]:
        ref = f"host:{mac}"
        ips = addresses.get(mac)
        attributes: dict[str, Value] = {"mac_addresses": (mac,)}
        if ips:
            attributes["ip_addresses"] = ips
        items.append(Item(ref, "device", (Identifier("mac", mac),), attributes, part=PART))
        relations += [Relation("connected_to", ref, f"if:{index}", {"evidence": "fdb"}, part=PART) for index in sorted(ports.get(mac, ()))]
