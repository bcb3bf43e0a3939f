"""Section `security`: does a host firewall filter what comes in?

True only where a rule set is seen that stops what no rule of it lets in (packet_filters.py): a service that runs, a list of banned senders
or the rules of containers are no firewall. False only where all rule sets could be read and none filters; otherwise not known, with the
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from discovery.linux.packet_filters import iptables_filters, nft_filters
from discovery.linux.services import Service
from discovery.linux.transcript import Section


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
        if nft is not None and nft.ok and seen[0] and not nft_filters(nft.output, "ip6"):
            return Firewall(None, reason="what comes by IPv4 is filtered, what comes by IPv6 is not")
        return Firewall(True, manager or ("nftables" if nft is not None and nft.ok else "iptables"))
    refused = [command for command in (nft, iptables) if command is not None and not command.ok]
    if refused:
        return Firewall(None, reason=refused[0].why)
    if seen:
        return Firewall(False) if privileged else Firewall(None, reason="reading the rules needs root")
    modules = section.output("modules").split()
    if "readable" in modules and len(modules) == 1:
        return Firewall(False)
    return Firewall(None, reason="there is no nft or iptables to ask")


def _manager(section: Section, services: Mapping[str, Service]) -> str:
    """A front end that says it is active."""
    if section.output("ufw").startswith("Status: active"):
        return "ufw"
    firewalld = services.get("firewalld")
    if section.output("firewalld").strip() == "running" or (firewalld is not None and firewalld.running):
        return "firewalld"
    return ""
