"""The door of this room: look at one device over SNMP, get one Observation or one DiscoveryError."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cmdb.errors import TimedOut, Unreachable
from cmdb.model import times
from cmdb.model.observation import Observation
from discovery.snmp import rules, vlans
from discovery.snmp.backend import Endpoint, Timing
from discovery.snmp.build import BackendName, make_session
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.look import Seen, look
from discovery.snmp.observe import Settings, observe
from discovery.snmp.session import MAX_ROWS, Session

GRACE_S = 5.0
"""How long beyond the deadline a look may take to end by itself before it is cancelled."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to look. Times in seconds; `gap_s` is the least time between two requests to one device."""

    timeout_s: float = 2.0
    retries: int = 1
    gap_s: float = 0.0
    max_rows: int = MAX_ROWS
    backend: BackendName = "auto"
    settings: Settings = field(default_factory=Settings)
    site_rules: tuple[Path, ...] = ()


def snmp_observe(
    host: str,
    port: int,
    credential: SnmpCredential,
    *,
    deadline_s: float = 60.0,
    options: Options | None = None,
    clock: Callable[[], datetime] = times.now,
) -> Observation:
    """Look at one device, in an event loop of its own. As `snmp_observe_async`; not to be called from inside an event loop."""
    return asyncio.run(snmp_observe_async(host, port, credential, deadline_s=deadline_s, options=options, clock=clock))


async def snmp_observe_async(
    host: str,
    port: int,
    credential: SnmpCredential,
    *,
    deadline_s: float = 60.0,
    options: Options | None = None,
    clock: Callable[[], datetime] = times.now,
) -> Observation:
    """Look at one device; many may run in one loop.

    `host` is a name or an address; `clock` tells the time that is written into the observation. When the deadline passes after the first
    answer, what was read until then is returned, with coverage that says so.
    Raises Unreachable (no answer, unknown name), Refused (port closed), AuthFailed, TimedOut, Unreadable.
    """
    options = options or Options()
    timing = Timing(options.timeout_s, options.retries, options.gap_s, time.monotonic() + deadline_s)
    try:
        async with asyncio.timeout(deadline_s + GRACE_S):
            endpoint = Endpoint(await _resolve(host), port)
            seen = await _look(endpoint, credential, timing, options)
    except TimeoutError as err:
        raise TimedOut(f"The device did not finish in {deadline_s:g} s.") from err
    return observe(seen, endpoint=endpoint, at=clock(), settings=options.settings)


async def _look(endpoint: Endpoint, credential: SnmpCredential, timing: Timing, options: Options) -> Seen:
    def prepare(what: SnmpCredential, backend: BackendName) -> Session:
        return make_session(endpoint, what, timing, backend=backend, max_rows=options.max_rows)

    async def open_vlan(vlan: int) -> Session:
        one = prepare(vlans.credential_for(credential, vlan), "auto" if credential.version == "3" else options.backend)
        await one.open()
        return one

    session = prepare(credential, options.backend)
    try:
        await session.open()
        return await look(session, rules.load(options.site_rules), open_vlan)
    finally:
        await session.close()


async def _resolve(host: str) -> str:
    """An address of the host. Raises Unreachable."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as err:
        raise Unreachable(f"The name {host[:255]!r} cannot be resolved.") from err
    return str(found[0][4][0])
