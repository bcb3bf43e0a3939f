"""Forwarding tables: Q-BRIDGE-MIB (dot1qTpFdb), else BRIDGE-MIB (dot1dTpFdb), base ports, and the VLAN a port belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
_GROUP = "13579bdf"  # the second digit of a MAC that is no single station's
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
    of_port = {port: _if_index(port, ports, indexes) for port in {number(value) for value in q_table["port"].values()}}
    of_fdb: dict[str, int | None] = {}
    for key, port, status in _rows(q_table):
        fdb, *rest = key.split(".")
        if fdb not in of_fdb:
            of_fdb[fdb] = _vlan(fdb, vlans)
        book.note(mac_of_index(rest), status, of_port.get(port), of_fdb[fdb])
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
        if address is not None and port and address[1] not in _GROUP:
            found.setdefault(address, Learned(address, port))
    return Forwarding(tuple(found.values()))


def _vlan(fdb: str, vlans: Mapping[int, int]) -> int | None:
    """The VLAN of an FdbId; where the agent has no table of them, it is the VLAN itself."""
    if not fdb.isdigit():
        return None
    return vlans.get(int(fdb), int(fdb) if not vlans and 0 < int(fdb) < 4095 else None)


def _rows(table: Table) -> Iterator[tuple[str, int | None, int | None]]:
    """Index, port and status; also of own addresses without a port."""
    ports, statuses = table["port"], table["status"]
    for key, port in ports.items():
        status = statuses.get(key)
        yield key, port if type(port) is int else number(port), status if type(status) is int else number(status)
    for key in statuses.keys() - ports.keys():
        if statuses[key] == _OWN:
            yield key, None, _OWN


@dataclass(slots=True)
class _Book:
    """Where rows are noted while two tables are joined."""

    learned: dict[tuple[str, int | None], Learned] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def note(self, address: str | None, status: int | None, if_index: int | None, vlan: int | None) -> None:
        if address is None or address[1] in _GROUP:
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
