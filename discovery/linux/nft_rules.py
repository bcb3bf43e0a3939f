"""`nft -j list ruleset`: whether a chain where packets come in stops what nobody let in (packet_filters.py).

What iptables wrote there shows by its names alone, or not at all: then it is not known what becomes of the packet. iptables-save can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

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
    both,
    by_interface,
    either,
    network_holds,
    outcome,
    packets,
    stopped,
)
from discovery.linux.untrusted import clean, load_json, mapping, rows, whole

_HOOKS = ("input", "prerouting")
_VERDICTS = {"drop": STOPPED, "reject": STOPPED, "accept": ACCEPTED, "return": BACK}
_HARMLESS = frozenset(
    {"counter", "log", "mangle", "set", "map", "notrack", "ct helper", "ct timeout", "comment", "meter", "last", "flow", "dup", "secmark"}
)
"""Statements that let the packet go on."""
_WRITTEN = {"REJECT": STOPPED, "TARPIT": STOPPED}
_UNSURE = ("NFQUEUE", "QUEUE")
"""Targets of iptables as nft names them; all others let the packet go on."""

_FAMILIES = {"ip": {"ip", "ipv4"}, "ip6": {"ip6", "ipv6"}}

Steps: TypeAlias = tuple[object, ...]


def nft_filters(text: str, family: str = "ip", ports: Iterable[NetworkInterface] = (), without: Collection[str] = ()) -> bool | None:
    """Whether such a packet of that family (ip, ip6) is stopped at all of these interfaces; None: at some, or it cannot be read.

    `without`: tables of the family that somebody else reads. Raises Unreadable on broken JSON.
    """
    starts: dict[str, str] = {}
    rules: dict[str, list[Steps]] = {}
    for row in rows(mapping(load_json(text)).get("nftables")):
        chain, rule = mapping(row.get("chain")), mapping(row.get("rule"))
        filters = chain.get("hook") in _HOOKS and chain.get("type") != "nat" and clean(chain.get("table")) not in without
        if filters and clean(chain.get("family")) in ("inet", family):
            starts[_key(chain, "name")] = _VERDICTS.get(clean(chain.get("policy")), ACCEPTED)
        elif rule and clean(rule.get("family")) in ("inet", family):
            told = rule.get("expr")
            rules.setdefault(_key(rule, "chain"), []).append(tuple(told) if isinstance(told, list) else (told,))
    return at_all_ports([_stops(starts, rules, packet) for packet in packets(family, ports)])


def _stops(starts: Mapping[str, str], rules: Mapping[str, Sequence[Steps]], packet: Packet) -> bool | None:
    def rules_of(key: str) -> Iterator[Rule]:
        place = key.rpartition("\0")[0]
        for steps in rules.get(key, ()):
            yield from _rules(steps, place, packet)

    walk = Walk()
    ends = {key: outcome(key, rules_of, walk) for key in starts}
    return either(stopped(frozenset(starts[key] if end == BACK else end for end in ends[key])) for key in starts)


def _key(row: Mapping[str, Any], name: str) -> str:
    return "\0".join((clean(row.get("family")), clean(row.get("table")), clean(row.get(name))))


def _rules(steps: Steps, place: str, packet: Packet) -> Iterator[Rule]:
    """The rule for this packet: its conditions come first, then a verdict, or a map with a verdict for each value."""
    met: list[bool | None] = []
    unread = False
    for step in steps:
        told = mapping(step)
        if "vmap" in told:
            yield from _map(mapping(told["vmap"]), place, packet, met)
        elif (verdict := _verdict(told, place)) is not None:
            yield Rule(both(met), *verdict)
            return
        else:
            met.append(_step(told, packet))
            unread = unread or ("match" not in told and met[-1] is None)
    if unread and both(met) is None:  # what cannot be read may be the verdict itself
        yield Rule(None, ANYTHING)


def _verdict(told: Mapping[str, Any], place: str) -> tuple[frozenset[str], str, bool] | None:
    """What a step decides: ends, the chain it goes to, and whether it comes back from there."""
    for word, end in _VERDICTS.items():
        if word in told:
            return frozenset({end}), "", True
    for word in ("jump", "goto"):
        if word in told:
            return frozenset(), f"{place}\0{clean(mapping(told[word]).get('target'))}", word == "jump"
    target = mapping(told.get("xt"))
    if "queue" in told or (target.get("type") == "target" and target.get("name") in _UNSURE):
        return ANYTHING, "", True
    if target.get("type") == "target" and target.get("name") in _WRITTEN:
        return frozenset({_WRITTEN[clean(target["name"])]}), "", True
    return None


def _map(told: Mapping[str, Any], place: str, packet: Packet, met: Sequence[bool | None]) -> Iterator[Rule]:
    """A verdict for each value of something. What is kept in a named map is not looked up: a packet that nobody names is in none."""
    pairs = mapping(told.get("data")).get("set")
    left = mapping(told.get("key"))
    if not isinstance(pairs, list):
        if mapping(left.get("meta")).get("key") in ("iif", "iifname"):
            yield Rule(both([*met, None]), ANYTHING)
        return
    for pair in pairs:
        if isinstance(pair, list) and len(pair) == 2 and (verdict := _verdict(mapping(pair[1]), place)):
            yield Rule(both([*met, _match({"op": "==", "left": left, "right": pair[0]}, packet)]), *verdict)


def _step(told: Mapping[str, Any], packet: Packet) -> bool | None:
    """Whether the packet gets past a step that is no verdict."""
    if "match" in told:
        return _match(mapping(told["match"]), packet)
    if "limit" in told or "quota" in told or "ct count" in told:
        return False
    extension = mapping(told.get("xt"))
    if extension.get("type") in ("target", "watcher") or extension.get("name") == "comment":
        return True
    return True if told and _HARMLESS.issuperset(told) else None


def _match(match: Mapping[str, Any], packet: Packet) -> bool | None:
    left, right, denied = mapping(match.get("left")), match.get("right"), match.get("op") == "!="
    values = _values(right)
    meta, payload, state = mapping(left.get("meta")).get("key"), mapping(left.get("payload")), mapping(left.get("ct")).get("key")
    if meta in ("iifname", "iif"):
        return _by_interface(values, packet, denied=denied)
    if payload and not _of(packet, clean(payload.get("protocol"))):
        return False
    if state == "state":
        return ("new" in values) is not denied
    if meta in ("nfproto", "protocol"):
        return (not _FAMILIES[packet.family].isdisjoint(values)) is not denied
    if meta == "l4proto" or payload.get("field") in ("protocol", "nexthdr"):
        return (packet.protocol in values) is not denied
    if meta == "pkttype":
        return (not {"host", "unicast"}.isdisjoint(values)) is not denied
    if mapping(left.get("fib")).get("result") == "type":
        return ("local" in values) is not denied
    if payload:
        return _payload(clean(payload.get("field")), right, packet, denied=denied)
    flags = left.get("&")
    if isinstance(flags, list) and mapping(mapping(flags[0] if flags else None).get("payload")).get("field") == "flags":
        return packet.protocol == "tcp" and (values == ["syn"]) is not denied
    return None if denied else False


def _of(packet: Packet, protocol: str) -> bool:
    """Whether the packet has such a head at all."""
    return protocol in ("th", packet.protocol, packet.family)


def _payload(name: str, right: object, packet: Packet, *, denied: bool) -> bool | None:
    """Ports and addresses. A packet that nobody names has none of those that a rule names one by one, nor one of a named set."""
    held: list[bool | None] = []
    for one in _members(right):
        low, high = _range(one)
        if name == "dport":
            held.append(low < 2 and high >= 65535)
        elif name == "sport":
            held.append(low <= SENDERS_PORT <= high)
        elif name in ("saddr", "daddr"):
            held.append(network_holds(_network(one), packet, sender=name == "saddr"))
        elif name == "flags":
            held.append(one == "syn")
        else:
            return None if denied else False
    answer = either(held)
    return None if answer is None else answer is not denied


def _by_interface(values: Sequence[str], packet: Packet, *, denied: bool) -> bool | None:
    if any(one.startswith("@") for one in values):
        return None
    answer = either(by_interface(one, packet, denied=False) for one in values)
    known = packet.port or set(values) <= {"lo"}
    return None if answer is None or (denied and not known) else answer is not denied


def _members(right: object) -> list[object]:
    found = mapping(right).get("set", right)
    return found if isinstance(found, list) else [found]


def _values(right: object) -> list[str]:
    return [clean(one) for one in _members(right)]


def _range(one: object) -> tuple[int, int]:
    told = mapping(one).get("range", [one, one])
    ends = [whole(end) for end in told] if isinstance(told, list) and len(told) == 2 else []
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] is not None and ends[1] is not None else (1, 0)


def _network(one: object) -> str:
    told = mapping(mapping(one).get("prefix"))
    return f"{clean(told.get('addr'))}/{whole(told.get('len'))}" if told else clean(one)
