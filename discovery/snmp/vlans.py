"""Forwarding tables of older Cisco switches, which show one VLAN at a time: by community `NAME@VLAN` (v1, v2c) or context `vlan-N` (v3).

Walking every VLAN costs the switch CPU (librenms #4988), so only operational Ethernet VLANs are asked, at most `MAX_VLANS`, and only
where the tables of all VLANs together are absent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from cmdb.errors import DiscoveryError
from cmdb.model.observation import CoverageState
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.probes import bridge
from discovery.snmp.probes.bridge import Forwarding, Learned
from discovery.snmp.session import Session
from discovery.snmp.tables import Table
from discovery.snmp.values import number

MAX_VLANS = 64
ROOT = "1.3.6.1.4.1.9.9.46.1.3.1"
COLUMNS: dict[str, str] = {"state": f"{ROOT}.1.2", "type": f"{ROOT}.1.3"}  # CISCO-VTP-MIB vtpVlanState, vtpVlanType; by domain.VLAN
_OPERATIONAL, _ETHERNET = 1, 1
_RESERVED = range(1002, 1006)  # FDDI and token ring

OpenVlan = Callable[[int], Awaitable[Session]]
"""Opens a session that sees one VLAN."""


def credential_for(credential: SnmpCredential, vlan: int) -> SnmpCredential:
    """The same credential, narrowed to one VLAN."""
    if credential.version == "3":
        return replace(credential, context=f"vlan-{vlan}")
    return replace(credential, community=f"{credential.community}@{vlan}")


def wanted(table: Table) -> list[int]:
    """Operational Ethernet VLANs, by number."""
    found = set()
    for key, state in table["state"].items():
        vlan = key.rsplit(".", 1)[-1]
        is_ethernet = number(table["type"].get(key)) in (None, _ETHERNET)
        if vlan.isdigit() and number(state) == _OPERATIONAL and is_ethernet and 0 < int(vlan) < 4095 and int(vlan) not in _RESERVED:
            found.add(int(vlan))
    return sorted(found)


async def forwarding(vlans: Sequence[int], open_vlan: OpenVlan, indexes: frozenset[int]) -> tuple[Forwarding, CoverageState, str]:
    """The tables of the VLANs together, with the state and reason of the worst. One VLAN's trouble spares the others."""
    learned: list[Learned] = []
    own: set[str] = set()
    state: CoverageState = "complete" if len(vlans) <= MAX_VLANS else "partial"
    reason = "" if len(vlans) <= MAX_VLANS else f"more than {MAX_VLANS} VLANs"
    for vlan in vlans[:MAX_VLANS]:
        try:
            session = await open_vlan(vlan)
        except DiscoveryError as err:
            state, reason = "partial", f"VLAN {vlan}: {err.message}"
            continue
        try:
            table = await session.table(bridge.D_COLUMNS)
            ports = bridge.base_ports(await session.table(bridge.PORT_COLUMNS)) if table else {}
        finally:
            await session.close()
        if table.state != "complete":
            state, reason = "partial", f"VLAN {vlan}: {table.reason}"
        found = bridge.parse(Table({}), table, ports, {}, indexes)
        learned += [replace(row, vlan=vlan) for row in found.learned]
        own |= found.own
        if session.dead:
            break
    return Forwarding(tuple(learned), frozenset(own)), state, reason
