"""Section `network`, first half: the default routes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from discovery.linux.transcript import Section
from discovery.linux.untrusted import IPAddress, address, clean, load_json, rows, whole


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """Where a host sends what is not for its own networks. `source` is the address it then uses, if the kernel told."""

    gateway: IPAddress
    interface: str
    metric: int = 0
    source: IPAddress | None = None


def read_default_routes(section: Section) -> tuple[DefaultRoute, ...]:
    """All default routes, IPv4 first, the preferred one first. Raises Unreadable on broken JSON."""
    found = [
        *parse_routes_json(section.output("routes")),
        *parse_routes_json(section.output("routes6")),
        *parse_routes_text(section.output("routes_text")),
        *parse_routes_text(section.output("routes6_text")),
        *parse_proc_route(section.output("proc_route")),
    ]
    return tuple(sorted(found, key=lambda route: (route.gateway.version, route.metric)))


def parse_routes_json(text: str) -> list[DefaultRoute]:
    """`ip -j route`; a route over several next hops counts as its first. Raises Unreadable on broken JSON."""
    found = []
    for row in rows(load_json(text)):
        if row.get("dst") not in ("default", "0.0.0.0/0", "::/0"):
            continue
        hop = rows(row.get("nexthops"))[0] if rows(row.get("nexthops")) else row
        gateway = address(hop.get("gateway"))
        if gateway is not None:
            found.append(DefaultRoute(gateway, clean(hop.get("dev"), 100), whole(row.get("metric")) or 0, address(row.get("prefsrc"))))
    return found


def parse_routes_text(text: str) -> list[DefaultRoute]:
    """`ip route` without JSON (old iproute2, BusyBox): `default via GATEWAY dev NAME metric N`."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] not in ("default", "0.0.0.0/0", "::/0"):
            continue
        told = dict(zip(words[1::2], words[2::2], strict=False))
        gateway = address(told.get("via"))
        if gateway is not None:
            found.append(DefaultRoute(gateway, clean(told.get("dev"), 100), whole(told.get("metric")) or 0, address(told.get("src"))))
    return found


def parse_proc_route(text: str) -> list[DefaultRoute]:
    """/proc/net/route: destination and gateway are 32-bit words in the host's byte order (little-endian on all we support)."""
    found = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 8 or words[1] != "00000000" or words[7] != "00000000":
            continue
        try:
            gateway = address(".".join(str(byte) for byte in struct.pack("<I", int(words[2], 16))))
        except (ValueError, struct.error):
            continue
        if gateway is not None and int(gateway):
            found.append(DefaultRoute(gateway, clean(words[0], 100), whole(words[6]) or 0))
    return found
