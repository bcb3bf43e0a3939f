"""`iptables-save` and `ip6tables-save`: whether the chain INPUT stops what nobody let in (packet_filters.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from discovery.linux.interfaces import NetworkInterface
from discovery.linux.packet_filters import (
    ACCEPTED,
    ANYTHING,
    BACK,
    SENDERS_PORT,
    STOPPED,
    Packet,
    Rule,
    Walk,
    at_all_ports,
    by_interface,
    network_holds,
    outcome,
    packets,
    stopped,
)

_Line: TypeAlias = tuple[list[str], bool, str]
"""A rule: words of its matches, whether a packet comes back from its target, and that."""
_LINE = re.compile(r"^-A (?P<chain>\S+)(?P<matches>.*?)(?: (?P<how>-[jg]) (?P<target>\S+).*)?$")
_POLICY = re.compile(r"^:(?P<chain>\S+) (?P<policy>ACCEPT|DROP)\b")
_COMMENT = re.compile(r' -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)')
_VERDICTS = {"ACCEPT": ACCEPTED, "DROP": STOPPED, "REJECT": STOPPED, "TARPIT": STOPPED, "RETURN": BACK}
_LEAVE_IT_TO_OTHERS = {"NFQUEUE", "QUEUE"}
"""Targets that let a program decide. All others (LOG, MARK, SET, …) let the packet go on."""
_NOBODY_IN_IT = {"--match-set", "--rcheck", "--update"}
"""Lists of senders: the packet's is in none."""
_NO_CONDITION = {"-m", "--set", "--name", "--rsource", "--rdest", "--mask", "--return-nomatch"}


def iptables_filters(text: str, family: str = "ip", ports: Iterable[NetworkInterface] = ()) -> bool | None:
    """Whether INPUT stops such a packet at all of these interfaces; None: at some, or it cannot be read."""
    policy = BACK
    chains: dict[str, list[_Line]] = {}
    for line in text.splitlines():
        if (told := _POLICY.match(line)) and told["chain"] == "INPUT":
            policy = _VERDICTS[told["policy"]]
        elif rule := _LINE.match(_COMMENT.sub("", line)):
            chains.setdefault(rule["chain"], []).append((rule["matches"].split(), rule["how"] == "-j", rule["target"] or ""))
    return at_all_ports([_stops(policy, chains, packet) for packet in packets(family, ports)])


def _stops(policy: str, chains: Mapping[str, Sequence[_Line]], packet: Packet) -> bool | None:
    def rules_of(chain: str) -> Iterator[Rule]:
        for matches, jumps, target in chains.get(chain, ()):
            if target in _VERDICTS:
                yield Rule(_met(matches, packet), frozenset({_VERDICTS[target]}))
            elif target in chains:
                yield Rule(_met(matches, packet), chain=target, comes_back=jumps)
            elif target in _LEAVE_IT_TO_OTHERS:
                yield Rule(_met(matches, packet), ANYTHING)
            elif not jumps and target:  # an empty chain, which nothing comes back from to the next rule
                yield Rule(_met(matches, packet), frozenset({BACK}))

    return stopped(frozenset(policy if end == BACK else end for end in outcome("INPUT", rules_of, Walk())))


def _met(words: Sequence[str], packet: Packet) -> bool | None:
    """Whether the packet meets the matches of a rule. An option is read with the values behind it, and a `!` before it."""
    unread, at, denied = False, 0, False
    while at < len(words):
        option, at = words[at], at + 1
        if option == "!":
            denied = True
            continue
        start = at
        while at < len(words) and not (words[at].startswith("-") or words[at] == "!"):
            at += 1
        if option not in _NO_CONDITION:
            answer = _option(option, words[start:at], packet, denied=denied)
            if answer is False:
                return False
            unread = unread or answer is None
        denied = False
    return None if unread else True


def _option(option: str, values: Sequence[str], packet: Packet, *, denied: bool) -> bool | None:
    value = values[0] if values else ""
    named = set(value.split(","))
    if option == "-p":
        answer = value in (packet.protocol, "all")
    elif option in ("--ctstate", "--state"):
        answer = "NEW" in named
    elif option == "-i":
        return by_interface(value.replace("+", "*"), packet, denied=denied)
    elif option in ("-s", "-d"):
        held = network_holds(value, packet, sender=option == "-s")
        return None if held is None else held is not denied
    elif option in ("--dport", "--dports", "--ports"):
        answer = any(_range(one) == (0, 65535) for one in named)
    elif option in ("--sport", "--sports"):
        answer = any(low <= SENDERS_PORT <= high for low, high in map(_range, named))
    elif option in ("--tcp-flags", "--syn"):
        answer = option == "--syn" or values[-1:] == ["SYN"]
    elif option in ("--dst-type", "--pkt-type"):
        answer = not named.isdisjoint({"LOCAL", "UNICAST", "unicast", "host"})
    elif option in _NOBODY_IN_IT:
        answer = False
    else:
        return None if denied else False
    return answer is not denied


def _range(text: str) -> tuple[int, int]:
    """`22`, `1024:65535`; 0 and 1 are as good as each other for a beginning. What is no range holds nothing."""
    low, colon, high = text.partition(":")
    first, last = low or "0", (high or "65535") if colon else low
    if not (first.isascii() and last.isascii() and first.isdigit() and last.isdigit()) or max(len(first), len(last)) > 5:
        return 1, 0
    return (0 if int(first) < 2 else int(first)), int(last)
