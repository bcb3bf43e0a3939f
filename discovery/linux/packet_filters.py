"""What a rule set does with a new packet that nothing in it names: from anywhere, to a port nobody opened, over TCP or UDP.

Rules that look closer (a sender, a port, packets of known connections) are passed over: what they let in was meant, and what they stop is
not the rest. So a set that bans some senders, or that containers made, filters nothing, and one that ends in "accept all" neither. What
cannot be read leaves open what becomes of the packet: it is then neither stopped nor let in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from discovery.linux.interfaces import NetworkInterface
from discovery.linux.untrusted import IPAddress

STOPPED, ACCEPTED, BACK = "drop", "accept", "return"
ANYTHING = frozenset({STOPPED, ACCEPTED, BACK})
SENDERS_PORT = 40_000
"""The packet comes from a port as clients take them."""
_MAX_DEPTH = 64
_MAX_PORTS = 8
_INSIDE = ("loopback", "tunnel", "dummy", "veth")
"""Kinds of interfaces at which nobody outside sends: what a rule lets in there was meant."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`port`: the interface it comes in by, empty where none is known; `to`: the addresses that the host has there."""

    protocol: str
    family: str
    port: str = ""
    to: tuple[IPAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`met`: whether the packet meets its conditions, None where that cannot be read. `ends`: what it decides; or a chain it goes to, and
    whether it comes back from there to the next rule."""

    met: bool | None
    ends: frozenset[str] = frozenset()
    chain: str = ""
    comes_back: bool = True


RulesOf: TypeAlias = Callable[[str], Iterable[Rule]]
"""The rules of a chain, for one packet."""


@dataclass(slots=True)
class Walk:
    """Chains that are being walked through, so that none is entered twice, and what the others came to."""

    inside: set[str] = field(default_factory=set)
    known: dict[str, frozenset[str]] = field(default_factory=dict)


def packets(family: str, ports: Iterable[NetworkInterface]) -> Iterator[Packet]:
    """One over TCP and one over UDP, for each of these interfaces; without any, at one that no rule names."""
    version = 4 if family == "ip" else 6
    none: tuple[IPAddress, ...] = ()
    outer = [(one.name, tuple(at.ip for at in one.addresses if at.ip.version == version and not at.ip.is_link_local)) for one in ports]
    for name, addresses in outer[:_MAX_PORTS] or [("", none)]:
        for protocol in ("tcp", "udp"):
            yield Packet(protocol, family, name, addresses)


def outer_ports(interfaces: Iterable[NetworkInterface]) -> tuple[NetworkInterface, ...]:
    """Interfaces by which the world outside reaches this host."""
    return tuple(one for one in interfaces if one.has_own_address and one.kind not in _INSIDE and not one.same_on_every_host)


def at_all_ports(answers: Sequence[bool | None]) -> bool | None:
    """Of `packets` in their order: no where each interface lets in one of TCP and UDP, not known where only some do."""
    by_port = {both(answers[at : at + 2]) for at in range(0, len(answers), 2)}
    return by_port.pop() if len(by_port) == 1 else None


def by_interface(pattern: str, packet: Packet, *, denied: bool) -> bool | None:
    """Whether it comes in by an interface of this name, where `*` at its end stands for anything. One that is not known is not lo."""
    if not packet.port and pattern != "lo":
        return None if denied else False
    same = packet.port.startswith(pattern[:-1]) if pattern.endswith("*") else packet.port == pattern
    return same is not denied


def network_holds(text: str, packet: Packet, *, sender: bool) -> bool | None:
    """Whether a network is that of every sender, or that of an address the host has there."""
    if sender or text.endswith("/0"):  # lists of senders are long
        return text.endswith("/0")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    if network.is_multicast:
        return False
    return any(own.version == network.version and own in network for own in packet.to) if packet.to else None


def both(answers: Iterable[bool | None]) -> bool | None:
    """Yes where all are, no where one is, else not known."""
    told = list(answers)
    return False if False in told else None if None in told else True


def either(answers: Iterable[bool | None]) -> bool | None:
    """Yes where one is, no where all are, else not known."""
    told = list(answers)
    return True if True in told else None if None in told else False


def stopped(ends: frozenset[str]) -> bool | None:
    """Whether a packet that may come to these ends is stopped."""
    return STOPPED in ends if len(ends) == 1 or STOPPED not in ends else None


def outcome(chain: str, rules_of: RulesOf, walk: Walk) -> frozenset[str]:
    """All that may become of the packet in a chain; BACK: it leaves it as it came."""
    if chain in walk.known:
        return walk.known[chain]
    if chain in walk.inside:
        return frozenset({BACK})
    if len(walk.inside) > _MAX_DEPTH:
        return ANYTHING
    walk.inside.add(chain)
    found = _through(rules_of(chain), rules_of, walk)
    walk.inside.discard(chain)
    walk.known[chain] = found
    return found


def _through(rules: Iterable[Rule], rules_of: RulesOf, walk: Walk) -> frozenset[str]:
    found: set[str] = set()
    for rule in rules:
        if rule.met is False:
            continue
        ends = outcome(rule.chain, rules_of, walk) if rule.chain else rule.ends
        goes_on = rule.chain and rule.comes_back and BACK in ends
        found |= ends - {BACK} if goes_on else ends
        if rule.met and not goes_on:
            return frozenset(found)
    return frozenset({*found, BACK})
