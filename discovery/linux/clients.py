"""Who was served at the moment of looking: log-ins from elsewhere, and connections that others opened to a listening port.

A connection that this host opened says what it needs (`programs`); one that another opened says that there is another: an address that
logs in or uses a service and belongs to no known device is shadow IT. Addresses of the internet are left out: they are the public's,
and the homes' of people who work there.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import chain

from discovery.linux.facts import Facts
from discovery.linux.observe_host import own_addresses, reachable_addresses
from discovery.linux.programs import answers, by_port
from discovery.linux.untrusted import IPAddress

MOST = 200
"""Clients told of one host: who serves more has its log for that."""
_SHARED = IPv4Network("100.64.0.0/10")
"""Addresses inside an operator's or an overlay's network (RFC 6598)."""


def clients_of(facts: Facts) -> tuple[str, ...]:
    """`10.20.7.77 log-in ada` and `10.20.7.77 tcp/22`, sorted, each once, at most `MOST`; log-ins first when there are more."""
    own = set(own_addresses(facts))
    inner = own.difference(reachable_addresses(facts))
    logins = {f"{ip} log-in {account}" for account, ip in facts.remote_logins if _is_another(ip, own)}
    listening = by_port(one for one in facts.sockets.sockets if one.listens)
    served = {
        f"{one.remote} {one.protocol}/{one.local_port}"
        for one in facts.sockets.sockets
        if one.remote is not None
        and _is_another(one.remote, own)
        and one.local not in inner
        and answers(listening.get((one.protocol, one.local_port), ()), one.local)
    }
    return tuple(sorted([*chain(sorted(logins), sorted(served))][:MOST]))


def _is_another(ip: IPAddress, own: set[IPAddress]) -> bool:
    """An address of the organisation's own networks that is not this host's."""
    if ip in own or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_private or (ip.version == 4 and ip in _SHARED)
