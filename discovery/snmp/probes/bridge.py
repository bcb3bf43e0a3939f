"""Forwarding tables: Q-BRIDGE-MIB (dot1qTpFdb), else BRIDGE-MIB (dot1dTpFdb), base ports, and the VLAN a port belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.snmp.tables import Table
from discovery.snmp.values import mac_of_index, number

ROOTS = (
    "1.3.6.1.2.1.17.1.4",
    "1.3.6.1.2.1.17.4.3",
    "1.3.6.1.2.1.17.7.1.2.2",
    "1.3.6.1.2.1.17.7.1.4.2",
    "1.3.6.1.2.1.17.7.1.4.5",
    "1.3.6.1.4.1.9.9.68",
)
PORT_COLUMNS: dict[str, str] = {"if_index": "1.3.6.1.2.1.17.1.4.1.2"}
Q_COLUMNS: dict[str, str] = {"port": "1.3.6.1.2.1.17.7.1.2.2.1.2", "status": "1.3.6.1.2.1.17.7.1.2.2.1.3"}
D_COLUMNS: dict[str, str] = {"port": "1.3.6.1.2.1.17.4.3.1.2", "status": "1.3.6.1.2.1.17.4.3.1.3"}
FDB_ID_COLUMNS: dict[str, str] = {"fdb_id": "1.3.6.1.2.1.17.7.1.4.2.1.3"}
PVID_COLUMNS: dict[str, str] = {"pvid": "1.3.6.1.2.1.17.7.1.4.5.1.1"}
CISCO_VLAN_COLUMNS: dict[str, str] = {"vlan": "1.3.6.1.4.1.9.9.68.1.2.2.1.2"}  # vmVlan, by ifIndex

NOKIA_ROOT = "1.3.6.1.4.1.6527.3.1.2.4.2.4"
NOKIA_COLUMNS: dict[str, str] = {"port": f"{NOKIA_ROOT}.1.5"}  # TIMETRA-SERV-MIB tlsFdbPortId, an ifIndex, by service and MAC

_OWN = 4
_USABLE = (None, 1, 3, 5)  # other, learned, mgmt
_TP_LINK_OFFSET = 49_152
"""TP-Link JetStream numbers interfaces from 49153, and the ports in its forwarding table from 1 (librenms #15594)."""


@dataclass(frozen=True, slots=True)
class Learned:
    """`mac` was learned behind the interface `if_index`; `vlan` where the table tells it."""

    mac: str
    if_index: int
    vlan: int | None = None


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What a bridge learned, and which addresses it called its own."""

    learned: tuple[Learned, ...] = ()
    own: frozenset[str] = frozenset()


def base_ports(table: Table) -> dict[int, int]:
    """Base port → ifIndex."""
    return {int(key): index for key, value in table["if_index"].items() if key.isdigit() and (index := number(value))}


def vlans_by_fdb_id(table: Table) -> dict[int, int]:
    """FdbId → VLAN, where only one VLAN uses it (a shared FdbId says nothing about the VLAN). The index is TimeMark.VLAN."""
    found: dict[int, set[int]] = {}
    for key, value in table["fdb_id"].items():
        vlan, fdb = key.rsplit(".", 1)[-1], number(value)
        if vlan.isdigit() and fdb is not None:
            found.setdefault(fdb, set()).add(int(vlan))
    return {fdb: vlans.pop() for fdb, vlans in found.items() if len(vlans) == 1}


def port_vlans(pvid: Table, cisco: Table, ports: Mapping[int, int]) -> dict[int, int]:
    """ifIndex → untagged VLAN."""
    found = {}
    for key, value in pvid["pvid"].items():
        vlan = number(value)
        if key.isdigit() and vlan and 0 < vlan < 4095:
            found[ports.get(int(key), int(key))] = vlan
    for key, value in cisco["vlan"].items():
        vlan = number(value)
        if key.isdigit() and vlan and 0 < vlan < 4095:
            found[int(key)] = vlan
    return found


def parse(q_table: Table, d_table: Table, ports: Mapping[int, int], vlans: Mapping[int, int], indexes: frozenset[int]) -> Forwarding:
    """Learned addresses with their interface. The Q table wins; what only the D table has is added (Allied Telesis: librenms #19179).

    `indexes` are the known ifIndexes, to tell agents that give those in place of base ports.
    """
    book = _Book()
    for key, port, status in _rows(q_table):
        fdb, _, rest = key.partition(".")
        address = mac_of_index(rest.split("."))
        vlan = vlans.get(int(fdb), int(fdb) if not vlans and 0 < int(fdb) < 4095 else None) if fdb.isdigit() else None
        book.note(address, status, _if_index(port, ports, indexes), vlan)
    known = {address for address, _ in book.learned}
    for key, port, status in _rows(d_table):
        address = mac_of_index(key.split("."))
        if address not in known:
            book.note(address, status, _if_index(port, ports, indexes), None)
    return Forwarding(tuple(book.learned.values()), frozenset(book.own))


def parse_nokia(table: Table) -> Forwarding:
    """The forwarding tables of Nokia's VPLS services, which appear in no standard MIB. A port of 0 is a tunnel."""
    found: dict[str, Learned] = {}
    for key, value in table["port"].items():
        address, port = mac_of_index(key.split(".")[1:]), number(value)
        if address is not None and port and not int(address[:2], 16) & 1:
            found.setdefault(address, Learned(address, port))
    return Forwarding(tuple(found.values()))


def _rows(table: Table) -> list[tuple[str, int | None, int | None]]:
    statuses = table["status"]
    keys = dict.fromkeys((*table["port"], *(key for key, value in statuses.items() if value == _OWN)))
    return [(key, number(table["port"].get(key)), number(statuses.get(key))) for key in keys]


@dataclass(slots=True)
class _Book:
    """Where rows are noted while two tables are joined."""

    learned: dict[tuple[str, int | None], Learned] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def note(self, address: str | None, status: int | None, if_index: int | None, vlan: int | None) -> None:
        if address is None or int(address[:2], 16) & 1:
            return
        if status == _OWN:
            self.own.add(address)
        elif status in _USABLE and if_index is not None:
            self.learned.setdefault((address, vlan), Learned(address, if_index, vlan))


def _if_index(port: int | None, ports: Mapping[int, int], indexes: frozenset[int]) -> int | None:
    """Base port 0 means unknown. Without a mapping the port is taken for an ifIndex."""
    if not port:
        return None
    if port in ports:
        return ports[port]
    shifted = port + _TP_LINK_OFFSET
    if shifted in ports or (shifted in indexes and port not in indexes):
        return ports.get(shifted, shifted)
    return port if not ports or (port in indexes and port not in ports.values()) else None
