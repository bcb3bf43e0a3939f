"""Sections `sockets` and `sockets_again`: who listens, who talks to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from discovery.linux.procnet import parse_descriptors, parse_proc_net
from discovery.linux.transcript import Section
from discovery.linux.untrusted import IPAddress, address, clean, whole

_USER = re.compile(r'\("((?:[^"\\]|\\.)*)",pid=(\d+),')
_PROTOCOLS = {"tcp": "tcp", "udp": "udp"}


@dataclass(frozen=True, slots=True)
class Socket:
    """One TCP or UDP socket. An address of None is the wildcard; `both` says that it takes IPv4 and IPv6.

    `remote_port` is None for a listening socket. `pids` is empty where we may not see the owner (or the kernel is it);
    `program` is the owner's name as ss tells it, for owners that ended before the processes were listed.
    """

    protocol: str
    local: IPAddress | None
    local_port: int
    remote: IPAddress | None = None
    remote_port: int | None = None
    pids: tuple[int, ...] = ()
    both: bool = False
    program: str = ""

    @property
    def listens(self) -> bool:
        """Waits for others."""
        return self.remote_port is None

    @property
    def text(self) -> str:
        """`tcp/0.0.0.0:22`, as the catalogue's `listens` shows it."""
        if self.local is None:
            place = "*" if self.both else "0.0.0.0"
        else:
            place = f"[{self.local}]" if self.local.version == 6 else str(self.local)
        return f"{self.protocol}/{place}:{self.local_port}"


@dataclass(frozen=True, slots=True)
class Sockets:
    """All sockets of a host. `ephemeral` is the range the kernel takes client ports from."""

    sockets: tuple[Socket, ...] = ()
    ephemeral: tuple[int, int] = (32768, 60999)

    def is_ephemeral(self, port: int) -> bool:
        """A port that the kernel gives out at random."""
        return self.ephemeral[0] <= port <= self.ephemeral[1]


def read_sockets(*sections: Section) -> Sockets:
    """The union of several samples: what any of them saw. Connections that come and go are seen by luck, so more looks see more."""
    seen: dict[Socket, None] = {}
    ephemeral = Sockets().ephemeral
    for section in sections:
        ephemeral = parse_port_range(section.output("port_range")) or ephemeral
        told = section.get("ss")
        found = parse_ss(told.output) if told is not None and told.ok else _from_proc(section)
        seen.update(dict.fromkeys(found))
    return Sockets(tuple(seen), ephemeral)


def parse_ss(text: str) -> list[Socket]:
    """`ss -tunap`, with or without its header line."""
    found = []
    for line in text.splitlines():
        words = line.split(None, 6)
        if len(words) < 6 or words[0] not in _PROTOCOLS:
            continue
        one = _socket((words[0], words[1]), words[4], words[5])
        if one is not None:
            owners = _USER.findall(words[6]) if len(words) > 6 else []
            pids = tuple(sorted({int(pid) for _, pid in owners if len(pid) < 10}))
            found.append(replace(one, pids=pids, program=clean(owners[0][0], 100)) if owners else one)
    return found


def parse_port_range(text: str) -> tuple[int, int] | None:
    """/proc/sys/net/ipv4/ip_local_port_range."""
    words = [whole(word) for word in text.split()]
    if len(words) == 2 and words[0] is not None and words[1] is not None and 0 < words[0] <= words[1] < 65536:
        return words[0], words[1]
    return None


def split_endpoint(text: str) -> tuple[str, int | None] | None:
    """`10.0.0.1:22`, `[::1]:22`, `*:22`, `127.0.0.53%lo:53`, `:::22` → place and port (None for `*`)."""
    place, found, port = text.rpartition(":")
    if not found:
        return None
    if port == "*":
        return place, None
    number = whole(port)
    return (place, number) if number is not None and 0 < number < 65536 else None


def _socket(kind: tuple[str, str], local: str, remote: str) -> Socket | None:
    """A socket that listens or is connected; half-open and closing ones say nothing about who needs whom."""
    here, there = split_endpoint(local), split_endpoint(remote)
    if here is None or there is None or here[1] is None:
        return None
    protocol, state = kind
    local_ip = address(here[0])
    both = here[0] in ("*", "::", "[::]")
    if state == "LISTEN" or (state == "UNCONN" and there[1] is None):
        return Socket(protocol, _specified(local_ip), here[1], both=both)
    remote_ip = _specified(address(there[0]))
    if state not in ("ESTAB", "CLOSE-WAIT") or remote_ip is None or there[1] is None:
        return None
    return Socket(protocol, _specified(local_ip), here[1], remote_ip, there[1])


def _specified(ip: IPAddress | None) -> IPAddress | None:
    return None if ip is None or ip.is_unspecified else ip


def _from_proc(section: Section) -> list[Socket]:
    owners: Mapping[int, tuple[int, ...]] = parse_descriptors(section.output("descriptors"))
    found = []
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for row in parse_proc_net(section.output(f"proc_{protocol}")):
            wide = protocol.endswith("6") and row.local.is_unspecified
            local, remote = _specified(_narrow(row.local)), _specified(_narrow(row.remote))
            name, pids = protocol[:3], owners.get(row.inode, ())
            if row.state == "LISTEN" or (name == "udp" and row.remote_port == 0):
                found.append(Socket(name, local, row.local_port, None, None, pids, wide))
            elif row.state in ("ESTAB", "CLOSE-WAIT") and remote is not None and row.remote_port:
                found.append(Socket(name, local, row.local_port, remote, row.remote_port, pids))
    return found


def _narrow(ip: IPAddress) -> IPAddress:
    return address(str(ip)) or ip
