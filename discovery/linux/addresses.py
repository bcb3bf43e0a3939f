"""IP addresses of interfaces, as `ip` and `ifconfig` print them for people (where there is no JSON)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from discovery.linux.untrusted import IPAddress, address, clean, whole

_ONE_LINE = re.compile(
    r"^\d+:\s+(?P<name>\S+?)(?:@\S+)?\s+inet6?\s+(?P<address>[0-9a-fA-F.:]+)(?:\s+peer\s+\S+?)?(?:/(?P<prefix>\d+))?\s(?P<rest>.*)"
)
_IFCONFIG_ADDRESS = re.compile(r"inet6? (?:addr: ?)?(?P<address>[0-9a-fA-F.:]+)(?:/(?P<prefix>\d+))?(?P<rest>.*)")
_NETMASK = re.compile(r"(?:netmask |Mask:)(\d+\.\d+\.\d+\.\d+)")
_PREFIXLEN = re.compile(r"prefixlen (\d+)")


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """An address with its prefix length and scope (`global`, `link`, `host`)."""

    ip: IPAddress
    prefix: int
    scope: str = "global"

    @property
    def text(self) -> str:
        """`10.0.0.5/24`."""
        return f"{self.ip}/{self.prefix}"

    @property
    def network(self) -> str:
        """The prefix it lies in, `10.0.0.0/24`."""
        return str(ipaddress.ip_network(self.text, strict=False))


def parse_ip_oneline(text: str) -> dict[str, list[InterfaceAddress]]:
    """`ip -o addr` (also BusyBox): interface name → addresses."""
    found: dict[str, list[InterfaceAddress]] = {}
    for line in text.splitlines():
        match = _ONE_LINE.match(line)
        if match is None:
            continue
        words = match["rest"].split()
        scope = words[words.index("scope") + 1] if "scope" in words[:-1] else "global"
        _keep(found, match["name"], make_address(match["address"], match["prefix"], scope))
    return found


def parse_ifconfig(text: str) -> dict[str, list[InterfaceAddress]]:
    """`ifconfig -a` of net-tools (old and new) and BusyBox: interface name → addresses."""
    found: dict[str, list[InterfaceAddress]] = {}
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            name = line.split()[0].rstrip(":")
        match = _IFCONFIG_ADDRESS.search(line)
        if match is None or not name:
            continue
        mask = _NETMASK.search(line)
        length = _PREFIXLEN.search(line)
        prefix: object = match["prefix"] or (length[1] if length else None) or (_mask_length(mask[1]) if mask else None)
        _keep(found, name, make_address(match["address"], prefix, None))
    return found


def _keep(found: dict[str, list[InterfaceAddress]], name: str, one: InterfaceAddress | None) -> None:
    name = clean(name, 100)
    if one is not None and name:
        found.setdefault(name, []).append(one)


def make_address(ip: object, prefix: object, scope: object) -> InterfaceAddress | None:
    """An address from what a tool printed; a prefix that is missing or impossible means the address alone."""
    found = address(ip)
    if found is None:
        return None
    length = whole(prefix)
    if length is None or not 0 <= length <= found.max_prefixlen:
        length = found.max_prefixlen
    told = clean(scope, 20)
    if not told:
        told = "host" if found.is_loopback else "link" if found.is_link_local else "global"
    return InterfaceAddress(found, length, told)


def _mask_length(mask: str) -> int | None:
    try:
        return ipaddress.ip_network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        return None
