"""Section `security`: does a host firewall filter what comes in?

True only where a rule set is seen that drops or rejects by default or without looking at the sender (a list of banned senders, as fail2ban
keeps, is no firewall); False only where all rule sets could be read and none filters; otherwise not known, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discovery.linux.services import Service
from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, load_json, mapping, rows

_VERDICTS = {"drop", "reject"}
_RULE = re.compile(r"^-A (?P<chain>\S+)(?P<matches>.*?)(?: -j (?P<target>\S+).*)?$")
_BY_SENDER = re.compile(r"(?:^|\s)(?:-s|--source|--match-set|-m recent|-m set)\b")


@dataclass(frozen=True, slots=True)
class Firewall:
    """`enabled` is None where it cannot be told; then `reason` says why."""

    enabled: bool | None
    product: str = ""
    reason: str = ""


def read_firewall(section: Section, services: Mapping[str, Service], *, privileged: bool) -> Firewall:
    """The state of nftables, iptables, ufw and firewalld together. Raises Unreadable on broken JSON."""
    manager = _manager(section, services)
    seen: list[bool] = []
    nft = section.get("nft")
    if nft is not None and nft.ok:
        seen.append(nft_filters(nft.output))
    iptables = section.get("iptables")
    if iptables is not None and iptables.ok:
        seen.append(iptables_filters(iptables.output))
    if any(seen):
        return Firewall(True, manager or ("nftables" if nft is not None and nft.ok else "iptables"))
    if manager:
        return Firewall(True, manager)
    refused = [command for command in (nft, iptables) if command is not None and not command.ok]
    if refused:
        return Firewall(None, reason=refused[0].why)
    if seen:
        return Firewall(False) if privileged else Firewall(None, reason="reading the rules needs root")
    modules = section.output("modules").split()
    if "readable" in modules and len(modules) == 1:
        return Firewall(False)
    return Firewall(None, reason="there is no nft or iptables to ask")


def nft_filters(text: str) -> bool:
    """`nft -j list ruleset`: an input hook that drops by policy or reaches a rule that does. Raises Unreadable on broken JSON."""
    chains: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    rules: dict[tuple[str, str, str], list[object]] = {}
    for row in rows(mapping(load_json(text)).get("nftables")):
        chain, rule = mapping(row.get("chain")), mapping(row.get("rule"))
        if chain:
            chains[_key(chain, "name")] = chain
        elif rule:
            rules.setdefault(_key(rule, "chain"), []).append(rule.get("expr"))
    waiting = [key for key, chain in chains.items() if chain.get("hook") == "input" and key[0] in ("inet", "ip", "ip6")]
    if any(chains[key].get("policy") in _VERDICTS for key in waiting):
        return True
    seen = set(waiting)
    while waiting:
        family, table, chain_name = waiting.pop()
        for expression in rules.get((family, table, chain_name), []):
            steps = rows(expression)
            if _nft_drops(steps):
                return True
            for step in steps:
                target = clean(mapping(step.get("jump") or step.get("goto")).get("target"))
                key = (family, table, target)
                if target and key not in seen:
                    seen.add(key)
                    waiting.append(key)
    return False


def iptables_filters(text: str) -> bool:
    """`iptables-save -t filter`: INPUT drops by policy, or leads to a rule that drops or rejects without looking at the sender."""
    rules: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith(":INPUT DROP"):
            return True
        match = _RULE.match(line)
        if match is not None:
            rules.setdefault(match["chain"], []).append((match["matches"], match["target"] or ""))
    waiting, seen = ["INPUT"], {"INPUT"}
    while waiting:
        for matches, target in rules.get(waiting.pop(), []):
            if target in ("DROP", "REJECT") and not _BY_SENDER.search(matches):
                return True
            if target in rules and target not in seen:
                seen.add(target)
                waiting.append(target)
    return False


def _manager(section: Section, services: Mapping[str, Service]) -> str:
    """A front end that says it is active."""
    if section.output("ufw").startswith("Status: active"):
        return "ufw"
    firewalld = services.get("firewalld")
    if section.output("firewalld").strip() == "running" or (firewalld is not None and firewalld.running):
        return "firewalld"
    return ""


def _key(row: Mapping[str, Any], name: str) -> tuple[str, str, str]:
    return clean(row.get("family")), clean(row.get("table")), clean(row.get(name))


def _nft_drops(steps: list[Mapping[str, Any]]) -> bool:
    if not any(verdict in step for step in steps for verdict in _VERDICTS):
        return False
    return not any(_looks_at_sender(step) for step in steps)


def _looks_at_sender(step: Mapping[str, Any]) -> bool:
    payload = mapping(mapping(mapping(step.get("match")).get("left")).get("payload"))
    extension = mapping(step.get("xt")).get("name")
    return payload.get("field") == "saddr" or extension in ("set", "recent")
