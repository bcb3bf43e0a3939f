"""/proc/net/{tcp,tcp6,udp,udp6} and /proc/PID/fd: sockets and their owners where there is no `ss`."""

from __future__ import annotations

import ipaddress
import re
import struct
from dataclasses import dataclass

from discovery.linux.untrusted import IPAddress, whole

# net/tcp_states.h, in the words of ss.
_STATES = {"01": "ESTAB", "07": "UNCONN", "08": "CLOSE-WAIT", "0A": "LISTEN"}
_FOLDER = re.compile(r"^/proc/(\d{1,9})/fd:$")
_SOCKET = re.compile(r"-> '?socket:\[(\d{1,18})\]")


@dataclass(frozen=True, slots=True)
class ProcSocket:
    """One row: addresses, ports, state and the inode by which /proc/PID/fd names its owner."""

    local: IPAddress
    local_port: int
    remote: IPAddress
    remote_port: int
    state: str
    inode: int


def parse_proc_net(text: str) -> list[ProcSocket]:
    """The rows; those in states that do not matter here come with an empty state."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 10 or not words[0].endswith(":"):
            continue
        local, remote, inode = _endpoint(words[1]), _endpoint(words[2]), whole(words[9])
        if local is not None and remote is not None and inode is not None and local[1]:
            found.append(ProcSocket(*local, *remote, _STATES.get(words[3], ""), inode))
    return found


def parse_descriptors(text: str) -> dict[int, tuple[int, ...]]:
    """`ls -l /proc/[0-9]*/fd`, reduced to folders and sockets: inode → pids that hold it."""
    owners: dict[int, list[int]] = {}
    pid = 0
    for line in text.splitlines():
        folder = _FOLDER.match(line)
        if folder is not None:
            pid = int(folder[1])
            continue
        held = _SOCKET.search(line)
        if held is not None and pid:
            several = owners.setdefault(int(held[1]), [])
            if pid not in several:
                several.append(pid)
    return {inode: tuple(pids) for inode, pids in owners.items()}


def _endpoint(text: str) -> tuple[IPAddress, int] | None:
    """`0100007F:1538`: the address as 32-bit words in the host's byte order (little-endian on all we support), the port in hexadecimal."""
    place, _, port = text.partition(":")
    try:
        words = [int(place[i : i + 8], 16) for i in range(0, len(place), 8)]
        packed = struct.pack(f"<{len(words)}I", *words)
        number = int(port, 16)
    except (ValueError, struct.error):
        return None
    if len(packed) not in (4, 16) or not 0 <= number < 65536:
        return None
    return (ipaddress.IPv4Address(packed) if len(packed) == 4 else ipaddress.IPv6Address(packed)), number
