"""Looking at one agent on loopback, for tests that want what was seen and not yet the Observation."""

from __future__ import annotations

from discovery.snmp import rules
from discovery.snmp.backend import Endpoint, Timing
from discovery.snmp.build import BackendName, make_session
from discovery.snmp.credential import SnmpCredential, Version
from discovery.snmp.look import Seen, look
from tests.loops import run_apart


def look_at(
    port: int, *, version: Version = "2c", backend: BackendName = "auto", timeout_s: float = 3.0, credential: SnmpCredential | None = None
) -> Seen:
    """Everything that the probes find at 127.0.0.1:`port`."""

    async def run() -> Seen:
        opened = credential or SnmpCredential(version, community="public")
        session = make_session(Endpoint("127.0.0.1", port), opened, Timing(timeout_s), backend=backend)
        try:
            await session.open()
            return await look(session, rules.load())
        finally:
            await session.close()

    return run_apart(run())
