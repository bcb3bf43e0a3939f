"""Who was served when a host was looked at: log-ins from elsewhere and connections that others opened."""

from __future__ import annotations

from ipaddress import ip_address

from discovery.linux.clients import MOST, clients_of
from discovery.linux.facts import Facts
from discovery.linux.sockets import Socket, Sockets
from discovery.linux.users import parse_remote
from tests.discovery.linux.recorded import host, observed

HERE = ip_address("10.1.0.5")


def test_a_recorded_host_tells_its_clients() -> None:
    assert host(observed("debian-vm")).attributes["seen_clients"] == ("10.1.0.8 tcp/5432", "10.1.0.99 log-in ada", "10.1.0.99 tcp/22")


def test_who_is_read_where_it_names_an_address() -> None:
    lines = (
        "ada pts/0 2026-11-22 09:12 (10.1.0.99)",
        "bob tty7 2026-11-22 (:0)",
        "eve pts/1 2026-11-22 (tmux(77).%0)",
        "mal x (gw)",
        "(",
        "ada",
    )
    assert parse_remote("\n".join(lines)) == {("ada", ip_address("10.1.0.99"))}
    assert parse_remote("ada pts/0 2026-11-22 09:12 (fd00::7%eth0)\n") == {("ada", ip_address("fd00::7"))}


def test_only_what_others_opened_from_inside_counts() -> None:
    def seen(local: int, remote: str, port: int) -> Socket:
        return Socket("tcp", HERE, local, ip_address(remote), port)

    listening = Socket("tcp", None, 443)
    outward, public = seen(40000, "10.1.0.9", 443), seen(443, "93.184.216.34", 50000)
    inside, overlay, itself = seen(443, "10.1.0.9", 50001), seen(443, "100.64.3.4", 50002), seen(443, "127.0.0.1", 50003)
    facts = Facts(sockets=Sockets((listening, outward, public, inside, overlay, itself)))
    assert clients_of(facts) == ("10.1.0.9 tcp/443", "100.64.3.4 tcp/443")


def test_a_busy_host_tells_a_bounded_number_and_every_login() -> None:
    many = tuple(Socket("tcp", HERE, 443, ip_address(f"10.3.{n // 250}.{n % 250 + 1}"), 50000) for n in range(MOST + 50))
    facts = Facts(sockets=Sockets((Socket("tcp", None, 443), *many)), remote_logins=(("ada", ip_address("10.9.9.9")),))
    told = clients_of(facts)
    assert len(told) == MOST
    assert "10.9.9.9 log-in ada" in told


def test_very_many_ports_and_connections_are_looked_at_once_each() -> None:
    """A hostile host may show as many of both as fit a transcript: their product would be hours."""
    asked: list[int] = []

    class Port(int):
        def __eq__(self, other: object) -> bool:
            asked.append(1)
            return int(self) == other

        def __hash__(self) -> int:
            return hash(int(self))

    ports = [Socket("tcp", None, Port(n)) for n in range(1, 2001)]
    far = [Socket("tcp", HERE, Port(n), ip_address("10.3.0.1"), 50000) for n in range(1, 2001)]
    assert len(clients_of(Facts(sockets=Sockets((*ports, *far))))) == MOST
    assert len(asked) < 20 * len(ports)
