"""Section `security`: does a host firewall filter what comes in?

True only where a rule set is seen that stops what no rule of it lets in (packet_filters.py): a service that runs, a list of banned senders
or the rules of containers are no firewall. False only where all rule sets could be read and none filters; otherwise not known, with the
reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from discovery.linux.interfaces import NetworkInterface
from discovery.linux.iptables_rules import iptables_filters
from discovery.linux.nft_rules import nft_filters
from discovery.linux.packet_filters import either, outer_ports
from discovery.linux.services import Service
from discovery.linux.transcript import Section

_SAVED = {"ip": ("iptables", "iptables_legacy"), "ip6": ("ip6tables", "ip6tables_legacy")}
"""What the rules of iptables come from: its usual form, and the older one where both are there."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """`enabled` is None where it cannot be told; then `reason` says why."""

    enabled: bool | None
    product: str = ""
    reason: str = ""


def read_firewall(
    section: Section, services: Mapping[str, Service], interfaces: Iterable[NetworkInterface] = (), *, privileged: bool
) -> Firewall:
    """The state of nftables, iptables, ufw and firewalld together. Raises Unreadable on broken JSON."""
    ports = outer_ports(interfaces)
    old, new = _stopped(section, ports, "ip"), _stopped(section, ports, "ip6")
    asked = [command for command in map(section.get, ("nft", *_SAVED["ip"])) if command is not None]
    nft = section.get("nft")
    if old:
        if new or not _has_ipv6(interfaces):
            return Firewall(True, _manager(section, services) or ("nftables" if nft is not None and nft.ok else "iptables"))
        doubt = "could not be read" if new is None else "is not"
        return Firewall(None, reason=f"what comes by IPv4 is filtered, what comes by IPv6 {doubt}")
    refused = [command for command in asked if not command.ok]
    if refused:
        return Firewall(None, reason=refused[0].why)
    if asked and old is None:
        return Firewall(None, reason="at some interfaces the rules let in what nobody named, or they cannot be read")
    if asked:
        return Firewall(False) if privileged else Firewall(None, reason="reading the rules needs root")
    modules = section.output("modules").split()
    if "readable" in modules and len(modules) == 1:
        return Firewall(False)
    return Firewall(None, reason="there is no nft or iptables to ask")


def _stopped(section: Section, ports: Iterable[NetworkInterface], family: str) -> bool | None:
    """Whether what nobody let in is stopped: by the rules of nftables, or by those that iptables keeps apart from them."""
    saved = [command.output for name in _SAVED[family] if (command := section.get(name)) is not None and command.ok]
    answers = [iptables_filters(text, family, ports) for text in saved]
    nft = section.get("nft")
    if nft is not None and nft.ok:
        # iptables in its newer form keeps its rules where nft sees them, and tells them better.
        told = any("(nf_tables)" in text and "\n:INPUT " in text for text in saved)
        answers.append(nft_filters(nft.output, family, ports, ("filter",) if told else ()))
    return either(answers) if answers else None


def _has_ipv6(interfaces: Iterable[NetworkInterface]) -> bool:
    """Whether anything comes by IPv6; where no interface could be read, it may."""
    known = [one for one in interfaces if one.kind != "loopback"]
    return not any(one.addresses for one in known) or any(at.ip.version == 6 for one in known for at in one.addresses)


def _manager(section: Section, services: Mapping[str, Service]) -> str:
    """A front end that says it is active."""
    if section.output("ufw").startswith("Status: active"):
        return "ufw"
    firewalld = services.get("firewalld")
    if section.output("firewalld").strip() == "running" or (firewalld is not None and firewalld.running):
        return "firewalld"
    return ""
