"""LLDP-MIB (IEEE 802.1AB-2005): how the device names itself, and whom it heard. LLDP-V2-MIB (2009) for agents that have only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from discovery.snmp.probes.interfaces import Interface
from discovery.snmp.probes.neighbours import CHASSIS_SCOPES, Neighbour, OwnChassis
from discovery.snmp.tables import Table
from discovery.snmp.values import Value, address, address_of_index, mac, number, text

_BASE = "1.0.8802.1.1.2.1"
ROOTS = (f"{_BASE}.4.1", f"{_BASE}.4.2", f"{_BASE}.3.7", "1.3.111.2.802.1.1.13.1.4.1")
OWN = {"subtype": f"{_BASE}.3.1.0", "id": f"{_BASE}.3.2.0", "name": f"{_BASE}.3.3.0"}
COLUMNS: dict[str, str] = {
    "chassis_subtype": f"{_BASE}.4.1.1.4",
    "chassis_id": f"{_BASE}.4.1.1.5",
    "port_subtype": f"{_BASE}.4.1.1.6",
    "port_id": f"{_BASE}.4.1.1.7",
    "port_descr": f"{_BASE}.4.1.1.8",
    "name": f"{_BASE}.4.1.1.9",
    "descr": f"{_BASE}.4.1.1.10",
    "capabilities": f"{_BASE}.4.1.1.12",
}
V2_BASE = "1.3.111.2.802.1.1.13.1.4.1.1"
V2_COLUMNS: dict[str, str] = {
    "chassis_subtype": f"{V2_BASE}.5",
    "chassis_id": f"{V2_BASE}.6",
    "port_subtype": f"{V2_BASE}.7",
    "port_id": f"{V2_BASE}.8",
    "port_descr": f"{V2_BASE}.9",
    "name": f"{V2_BASE}.10",
    "descr": f"{V2_BASE}.11",
    "capabilities": f"{V2_BASE}.13",
}
TP_LINK_ROOT = "1.3.6.1.4.1.11863.6.35.1.2"
TP_LINK_COLUMNS: dict[str, str] = {  # TPLINK-LLDPINFO-MIB: subtypes and capabilities in words; the index is ifIndex.number
    "chassis_subtype": f"{TP_LINK_ROOT}.2.1.3",
    "chassis_id": f"{TP_LINK_ROOT}.2.1.4",
    "port_subtype": f"{TP_LINK_ROOT}.2.1.5",
    "port_id": f"{TP_LINK_ROOT}.2.1.6",
    "port_descr": f"{TP_LINK_ROOT}.2.1.8",
    "name": f"{TP_LINK_ROOT}.2.1.9",
    "descr": f"{TP_LINK_ROOT}.2.1.10",
    "capabilities": f"{TP_LINK_ROOT}.2.1.12",
}
LOCAL_PORTS: dict[str, str] = {"subtype": f"{_BASE}.3.7.1.2", "id": f"{_BASE}.3.7.1.3", "descr": f"{_BASE}.3.7.1.4"}
MANAGEMENT: dict[str, str] = {"subtype": f"{_BASE}.4.2.1.3"}

_WORDS = {
    "bridge": "bridge",
    "router": "router",
    "wlan": "access_point",
    "telephone": "telephone",
    "station": "station",
    "repeater": "repeater",
}
_CAPABILITIES = ("other", "repeater", "bridge", "access_point", "router", "telephone", "docsis", "station")


def parse_own(values: Mapping[str, Value]) -> OwnChassis:
    """lldpLocChassisId and lldpLocSysName, by OID."""
    subtype = number(values.get(OWN["subtype"])) or 0
    chassis, scope, hardware = _chassis(subtype, values.get(OWN["id"]))
    return OwnChassis(chassis, scope, hardware, text(values.get(OWN["name"]), 255))


def parse(
    table: Table, local: Table, management: Table, interfaces: Sequence[Interface], ports: Mapping[int, int], *, v2: bool = False
) -> list[Neighbour]:
    """Neighbours on known interfaces. `ports` maps base ports to ifIndexes; the local port number may be either, or neither."""
    where = _LocalPorts(local, interfaces, ports)
    addresses = _management(management)
    found = []
    for key in table.indexes():
        parts = key.split(".")
        if not all(part.isdigit() for part in parts):
            continue
        # lldpRemEntry is TimeMark.LocalPort.Index, lldpV2RemEntry TimeMark.IfIndex.Destination.Index; some agents leave TimeMark out
        port = int(parts[1] if len(parts) >= 3 else parts[0])
        if_index = port if v2 else where.if_index(port)
        if if_index is not None:
            found.append(_neighbour(table, key, if_index, addresses.get(tuple(parts[:3]), ())))
    return found


def parse_tp_link(table: Table) -> list[Neighbour]:
    """Neighbours of TP-Link JetStream switches, which leave the standard table empty."""
    found = []
    for key in table.indexes():
        index = key.split(".")[0]
        said = {column: text(values.get(key)) for column, values in table.columns.items()}
        if not index.isdigit() or not any(said.values()):
            continue
        hardware = mac(said["chassis_id"]) if "mac" in said["chassis_subtype"].casefold() else None
        is_mac_port = "mac" in said["port_subtype"].casefold()
        found.append(
            Neighbour(
                protocol="lldp",
                if_index=int(index),
                chassis_id=hardware or said["chassis_id"],
                chassis_scope="mac" if hardware else "",
                mac=hardware,
                name=said["name"][:255],
                port="" if is_mac_port else said["port_id"][:255],
                port_mac=mac(said["port_id"]) if is_mac_port else None,
                port_descr=said["port_descr"][:255],
                descr=said["descr"],
                capabilities=frozenset(_WORDS[word] for word in said["capabilities"].casefold().split() if word in _WORDS),
            )
        )
    return found


class _LocalPorts:
    """lldpRemLocalPortNum → ifIndex: by the local port's name or MAC, then as ifIndex, then as base port."""

    def __init__(self, table: Table, interfaces: Sequence[Interface], ports: Mapping[int, int]) -> None:
        self._table, self._ports = table, ports
        self._by_name = {name.casefold(): row.index for row in interfaces for name in (row.alias, *row.other_names, row.name) if name}
        self._indexes = {row.index for row in interfaces}
        counts = Counter(row.mac for row in interfaces)
        self._by_mac = {row.mac: row.index for row in interfaces if row.mac and counts[row.mac] == 1}

    def if_index(self, port: int) -> int | None:
        key = str(port)
        identity = self._table["id"].get(key)
        subtype = number(self._table["subtype"].get(key))
        if subtype == 3 and (hardware := mac(identity)) in self._by_mac:
            return self._by_mac[hardware]
        for value in (identity, self._table["descr"].get(key)):
            name = text(value, 255).casefold()
            if name in self._by_name:
                return self._by_name[name]
        said = number(identity) if subtype == 7 else None
        if said in self._indexes and said != port and port not in self._indexes:
            return said
        mapped = self._ports.get(port)
        if mapped is not None and (mapped in self._indexes or not self._indexes):
            return mapped
        return port if port in self._indexes or not self._indexes else None


def _neighbour(table: Table, key: str, if_index: int, addresses: tuple[str, ...]) -> Neighbour:
    chassis, scope, hardware = _chassis(number(table["chassis_subtype"].get(key)) or 0, table["chassis_id"].get(key))
    port, port_mac = _port(number(table["port_subtype"].get(key)) or 0, table["port_id"].get(key))
    port_descr = text(table["port_descr"].get(key), 255)
    return Neighbour(
        protocol="lldp",
        if_index=if_index,
        chassis_id=chassis,
        chassis_scope=scope,
        mac=hardware,
        name=text(table["name"].get(key), 255),
        port=port,
        port_mac=port_mac,
        port_descr=port_descr,
        descr=text(table["descr"].get(key)),
        addresses=addresses,
        capabilities=_capabilities(table["capabilities"].get(key)),
    )


def _chassis(subtype: int, value: Value) -> tuple[str, str, str | None]:
    """Chassis id as text, its scope, and the MAC it is, if it is one."""
    hardware = mac(value)
    if subtype == 4 or (subtype == 0 and isinstance(value, bytes) and len(value) == 6 and not value.isalnum()):
        return (hardware, "mac", hardware) if hardware else (text(value, 255), "mac" if subtype == 4 else "", None)
    if subtype == 5 and isinstance(value, bytes) and len(value) in (5, 17) and value[0] in (1, 2):
        return address(value[1:]) or "", "ip", None
    return text(value, 255), CHASSIS_SCOPES.get(subtype, ""), None


def _port(subtype: int, value: Value) -> tuple[str, str | None]:
    """A name of the remote port, or its MAC (which is no name). Numbers of a private kind (local) are kept as names."""
    if subtype == 3:
        hardware = mac(value)
        return ("", hardware) if hardware else (text(value, 255), None)
    if subtype == 4 and isinstance(value, bytes) and len(value) in (5, 17) and value[0] in (1, 2):
        return "", None
    if isinstance(value, bytes) and len(value) == 6 and not value.isascii():
        return "", mac(value)
    return text(value, 255), None


def _capabilities(value: Value) -> frozenset[str]:
    if not isinstance(value, bytes) or not value:
        return frozenset()
    return frozenset(name for bit, name in enumerate(_CAPABILITIES) if value[0] & (0x80 >> bit))


def _management(table: Table) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for key in table["subtype"]:
        parts = key.split(".")
        ip = address_of_index(parts[3:])[0]
        if ip is not None and not ip.startswith(("0.", "127.")):
            found[tuple(parts[:3])] = (*found.get(tuple(parts[:3]), ()), ip)
    return found
