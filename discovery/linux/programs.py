"""From sockets and processes to programs: who listens where, and who needs whom. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from discovery.linux.processes import Process
from discovery.linux.sockets import Socket, Sockets
from discovery.linux.untrusted import IPAddress
from discovery.redact import redact_arguments

# Tools in a person's hand: that somebody is logged in somewhere is no dependency of a program.
_IN_HAND = frozenset({"ssh", "scp", "sftp", "telnet", "mosh-client", "lftp"})
# RPC programs take another random port at every start; their port is no part of their name.
_RANDOM_PORTS = "rpc."
_MAX_PLACES = 500


@dataclass(frozen=True, slots=True)
class Program:
    """A running program as one thing, however many processes it has. `key` is its name, with `:port` if it listens.

    `listens` is what people read (`tcp/0.0.0.0:22`), `places` where others reach it (`tcp/10.0.0.5/22`).
    """

    key: str
    name: str
    user: str = ""
    command: str = ""
    listens: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """`program` (None: the host itself, its owner is not known) talks to what listens at `place` (`tcp/10.0.0.9/5432`)."""

    program: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Programs:
    """All of a host. `internal` are pairs of program keys; `unowned` counts listening sockets whose owner we may not see."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    internal: tuple[tuple[str, str], ...] = ()
    unowned: int = 0


def place(protocol: str, ip: IPAddress, port: int) -> str:
    """The value of a `listens_at` identifier."""
    return f"{protocol}/{ip}/{port}"


def find_programs(
    sockets: Sockets, processes: Mapping[int, Process], own: Collection[IPAddress], reachable: Collection[IPAddress]
) -> Programs:
    """`own`: all addresses of the host; `reachable`: those of them by which others reach it (no loopback, no engine's private bridge)."""
    listening = [s for s in sockets.sockets if s.listens and not (s.protocol == "udp" and sockets.is_ephemeral(s.local_port))]
    family = _Families(listening, processes)
    keys = _keys(listening, family, sockets)
    by_key: dict[str, list[Socket]] = {}
    for socket in listening:
        for home in {family.home(pid) for pid in socket.pids}:
            by_key.setdefault(keys[home], []).append(socket)
    homes = {keys[home]: home for home in sorted(keys, reverse=True)}
    programs = {key: _program(key, homes[key], family, some, reachable) for key, some in by_key.items()}
    connections, internal = _connections(sockets, listening, (family, keys), set(own))
    for pid in {pid for pid, _ in connections + internal if pid is not None and pid not in keys}:
        programs.setdefault(family.name(pid), _program(family.name(pid), pid, family, [], ()))

    def key_of(pid: int) -> str:
        return keys.get(pid) or family.name(pid)

    outer = {Connection(None if pid is None else key_of(pid) or None, there) for pid, there in connections}
    inner = {(key_of(pid), key) for pid, key in internal if pid is not None and key_of(pid) not in ("", key)}
    unowned = sum(1 for socket in listening if not socket.pids)
    ordered = tuple(sorted(outer, key=lambda one: (one.program or "", one.place)))
    return Programs({key: one for key, one in programs.items() if key}, ordered, tuple(sorted(inner)), unowned)


class _Families:
    """Which processes are one program: workers belong to the parent of the same name that listens."""

    def __init__(self, listening: Iterable[Socket], processes: Mapping[int, Process]) -> None:
        self._processes = processes
        self._told = {pid: socket.program for socket in listening for pid in socket.pids}
        self._listening = set(self._told)

    def process(self, pid: int) -> Process | None:
        return self._processes.get(pid)

    def name(self, pid: int) -> str:
        process = self._processes.get(pid)
        return process.name if process is not None else self._told.get(pid, "")

    def home(self, pid: int) -> int:
        """The outermost listening ancestor that has the same name all the way; the process itself where there is none."""
        home, current, seen = pid, pid, {pid}
        while (process := self._processes.get(current)) is not None:
            parent = self._processes.get(process.parent)
            if parent is None or parent.pid in seen or parent.name != process.name:
                break
            seen.add(parent.pid)
            current = parent.pid
            if current in self._listening:
                home = current
        return home


def _keys(listening: Iterable[Socket], family: _Families, sockets: Sockets) -> dict[int, str]:
    """Home pid → `name:port`. The port is the lowest that is not random, TCP before UDP; "" for programs whose name is not ours to see."""
    ports: dict[int, list[tuple[bool, bool, int]]] = {}
    for socket in listening:
        rank = (sockets.is_ephemeral(socket.local_port), socket.protocol != "tcp", socket.local_port)
        for home in {family.home(pid) for pid in socket.pids}:
            ports.setdefault(home, []).append(rank)
    keys = {}
    for home, ranks in ports.items():
        name = family.name(home)
        keys[home] = name if name.startswith(_RANDOM_PORTS) or not name else f"{name}:{min(ranks)[2]}"
    return keys


def _program(key: str, home: int, family: _Families, sockets: Iterable[Socket], reachable: Collection[IPAddress]) -> Program:
    process = family.process(home)
    listens = sorted({socket.text for socket in sockets})
    places = sorted({one for socket in sockets for one in _places(socket, reachable)})
    return Program(
        key=key,
        name=family.name(home),
        user=process.user if process else "",
        command=_command(process) if process else "",
        listens=tuple(listens),
        places=tuple(places[:_MAX_PLACES]),
    )


def _command(process: Process) -> str:
    """The command line without secrets, and without the state some write into their title (`sshd: … [listener] 0 of 10 startups`)."""
    words = process.arguments
    if len(words) == 1 and ": " in words[0]:
        words = (words[0].partition(" [")[0],)
    return redact_arguments(words)


def _places(socket: Socket, reachable: Collection[IPAddress]) -> list[str]:
    if socket.local is not None:
        return [place(socket.protocol, socket.local, socket.local_port)] if socket.local in reachable else []
    return [place(socket.protocol, ip, socket.local_port) for ip in reachable if ip.version == 4 or socket.both]


def _connections(
    sockets: Sockets, listening: list[Socket], families: tuple[_Families, Mapping[int, str]], own: set[IPAddress]
) -> tuple[list[tuple[int | None, str]], list[tuple[int | None, str]]]:
    """Outgoing connections: (home pid, place) to other hosts, and (home pid, program key) to this host's own programs."""
    family, keys = families
    served = by_port(listening)
    outer: list[tuple[int | None, str]] = []
    inner: list[tuple[int | None, str]] = []
    for socket in sockets.sockets:
        if (
            socket.remote is None
            or socket.remote_port is None
            or answers(served.get((socket.protocol, socket.local_port), ()), socket.local)
        ):
            continue
        homes: list[int | None] = [*{family.home(pid) for pid in socket.pids}] or [None]
        homes = [home for home in homes if home is None or family.name(home) not in _IN_HAND]
        remote = socket.remote
        if remote in own or remote.is_loopback:
            targets = [one for one in served.get((socket.protocol, socket.remote_port), ()) if answers([one], remote)]
            keyed = {keys[family.home(pid)] for one in targets for pid in one.pids}
            inner.extend((home, key) for home in homes for key in keyed if home is not None and key)
        elif not (remote.is_link_local or remote.is_multicast):
            outer.extend((home, place(socket.protocol, remote, socket.remote_port)) for home in homes)
    return outer, inner


def by_port(listening: Iterable[Socket]) -> dict[tuple[str, int], list[Socket]]:
    """Sockets that listen, by protocol and port."""
    found: dict[tuple[str, int], list[Socket]] = {}
    for socket in listening:
        found.setdefault((socket.protocol, socket.local_port), []).append(socket)
    return found


def answers(listening: Iterable[Socket], ip: IPAddress | None) -> bool:
    """Whether one of these sockets, which listen at the right port, takes what arrives at that address."""
    return any(socket.local is None or socket.local == ip for socket in listening)
