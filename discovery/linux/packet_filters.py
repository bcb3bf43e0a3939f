"""What a rule set does with a new packet that nothing in it names: from anywhere, to a port nobody opened, over TCP or UDP.

Rules that look closer (a sender, a port, an interface, packets of known connections) are passed over: what they let in was meant, and what
they stop is not the rest. So a set that bans some senders, or that containers made, filters nothing, and one that ends in "accept all"
neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from discovery.linux.untrusted import clean, load_json, mapping, rows

PROTOCOLS = ("tcp", "udp")
_STOPPED, _ACCEPTED = "drop", "accept"
_MAX_DEPTH = 64
_LINE = re.compile(r"^-A (?P<chain>\S+)(?P<matches>.*?)(?: (?P<how>-[jg]) (?P<target>\S+).*)?$")
_POLICY = re.compile(r"^:(?P<chain>\S+) (?P<policy>ACCEPT|DROP)\b")
_ALWAYS = re.compile(
    r" -m (?:conntrack|state) --(?:ct)?state \S*NEW\S*| -m addrtype --dst-type LOCAL| ! -i lo\b"
    r"| -[sd] 0\.0\.0\.0/0| --tcp-flags FIN,SYN,RST,ACK SYN| --syn| -m tcp\b| -m udp\b"
)
"""Matches of iptables that such a packet meets."""
_COMMENT = re.compile(r' -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)')
_PROTOCOL = re.compile(r" -p (\S+)")


@dataclass(slots=True)
class _Walk:
    """Chains that are being walked through, so that none is entered twice, and what the others came to."""

    inside: set[str] = field(default_factory=set)
    known: dict[str, str] = field(default_factory=dict)


def iptables_filters(text: str) -> bool:
    """`iptables-save -t filter`: whether INPUT stops such a packet, by TCP and by UDP."""
    policies: dict[str, str] = {}
    chains: dict[str, list[tuple[str, str, str]]] = {}
    for line in text.splitlines():
        if policy := _POLICY.match(line):
            policies[policy["chain"]] = _verdict(policy["policy"])
        elif rule := _LINE.match(_COMMENT.sub("", line)):
            chains.setdefault(rule["chain"], []).append((rule["matches"], rule["how"] or "", rule["target"] or ""))
    return all((_iptables("INPUT", chains, protocol, _Walk()) or policies.get("INPUT")) == _STOPPED for protocol in PROTOCOLS)


def _iptables(chain: str, chains: Mapping[str, list[tuple[str, str, str]]], protocol: str, walk: _Walk) -> str:
    """What becomes of the packet in a chain; empty: it comes back."""
    if chain in walk.known or chain in walk.inside or len(walk.inside) > _MAX_DEPTH:
        return walk.known.get(chain, "")
    walk.inside.add(chain)
    end = ""
    for matches, how, target in chains.get(chain, ()):
        if not target or not _met(matches, protocol):
            continue
        end = _verdict(target) or (_iptables(target, chains, protocol, walk) if target in chains else "")
        if end or how == "-g" or target == "RETURN":
            break
    walk.inside.discard(chain)
    walk.known[chain] = end
    return end


def _verdict(target: str) -> str:
    return {"ACCEPT": _ACCEPTED, "DROP": _STOPPED, "REJECT": _STOPPED}.get(target, "")


def _met(matches: str, protocol: str) -> bool:
    found = _PROTOCOL.search(matches)
    if found and found[1] not in (protocol, "all"):
        return False
    return not _PROTOCOL.sub("", _ALWAYS.sub("", matches)).strip()


def nft_filters(text: str, family: str = "ip") -> bool:
    """`nft -j list ruleset`: whether any chain at the hook input stops such a packet of that family (ip, ip6). Raises Unreadable on broken
    JSON."""
    chains: dict[str, Mapping[str, Any]] = {}
    rules: dict[str, list[list[Mapping[str, Any]]]] = {}
    for row in rows(mapping(load_json(text)).get("nftables")):
        chain, rule = mapping(row.get("chain")), mapping(row.get("rule"))
        if chain:
            chains[_key(chain, "name")] = chain
        elif rule:
            rules.setdefault(_key(rule, "chain"), []).append(rows(rule.get("expr")))
    starts = [key for key, chain in chains.items() if chain.get("hook") == "input" and clean(chain.get("family")) in ("inet", family)]

    def stops(protocol: str) -> bool:
        return any((_nft(key, rules, (protocol, family), _Walk()) or clean(chains[key].get("policy"))) == _STOPPED for key in starts)

    return all(stops(protocol) for protocol in PROTOCOLS)


def _key(row: Mapping[str, Any], name: str) -> str:
    return "\0".join((clean(row.get("family")), clean(row.get("table")), clean(row.get(name))))


def _nft(key: str, rules: Mapping[str, list[list[Mapping[str, Any]]]], packet: tuple[str, str], walk: _Walk) -> str:
    if key in walk.known or key in walk.inside or len(walk.inside) > _MAX_DEPTH:
        return walk.known.get(key, "")
    walk.inside.add(key)
    place, end = key.rpartition("\0")[0], ""
    for steps in rules.get(key, ()):
        if not all(_step_met(step, packet) for step in steps):
            continue
        last = next((verdict for step in steps if (verdict := _decided(step))), {})
        jump = mapping(last.get("jump") or last.get("goto"))
        end = next((word for word, names in _WORDS.items() if any(name in last for name in names)), "")
        if jump:
            end = _nft(f"{place}\0{clean(jump.get('target'))}", rules, packet, walk)
        if end or "return" in last or "goto" in last:
            break
    walk.inside.discard(key)
    walk.known[key] = end
    return end


_WORDS = {_STOPPED: ("drop", "reject"), _ACCEPTED: ("accept",)}
_VERDICTS = frozenset({"drop", "reject", "accept", "return", "jump", "goto"})


def _decided(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The verdict of a step, also of a map by the state of the connection."""
    if not _VERDICTS.isdisjoint(step):
        return step
    told = mapping(step.get("vmap"))
    if mapping(mapping(told.get("key")).get("ct")).get("key") == "state":
        pairs = mapping(told.get("data")).get("set")
        for pair in pairs if isinstance(pairs, list) else ():
            if isinstance(pair, list) and len(pair) == 2 and pair[0] == "new":
                return mapping(pair[1])
    return {}


def _step_met(step: Mapping[str, Any], packet: tuple[str, str]) -> bool:
    """Whether the packet gets past this step of a rule. What iptables wrote there can be seen by its name alone."""
    extension = mapping(step.get("xt"))
    if extension.get("type") == "match":
        return extension.get("name") == "addrtype"
    if "limit" in step:
        return False
    match = mapping(step.get("match"))
    return not match or _match_met(match, packet)


def _match_met(match: Mapping[str, Any], packet: tuple[str, str]) -> bool:
    protocol, family = packet
    left, right, differs = mapping(match.get("left")), match.get("right"), match.get("op") == "!="
    meta, payload = mapping(left.get("meta")).get("key"), mapping(left.get("payload"))
    if mapping(left.get("ct")).get("key") == "state":
        met = "new" in _values(right)
    elif meta == "l4proto" or payload.get("field") in ("protocol", "nexthdr"):
        met = protocol in _values(right)
    elif meta == "nfproto":
        met = {"ip": "ipv4", "ip6": "ipv6"}[family] in _values(right)
    elif mapping(left.get("fib")).get("result") == "type":
        met = "local" in _values(right)
    elif meta in ("iifname", "iif"):
        return differs and "lo" in _values(right)
    else:
        return False
    return met is not differs


def _values(right: object) -> list[str]:
    found = mapping(right).get("set", right)
    return [clean(one) for one in found] if isinstance(found, list) else [clean(found)]
