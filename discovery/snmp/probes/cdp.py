"""CISCO-CDP-MIB: whom the device heard by the Cisco Discovery Protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence

from discovery.snmp.probes.interfaces import Interface
from discovery.snmp.probes.neighbours import Neighbour
from discovery.snmp.tables import Table
from discovery.snmp.values import Value, address, mac, text

_BASE = "1.3.6.1.4.1.9.9.23.1.2.1.1"
ROOTS = ("1.3.6.1.4.1.9.9.23.1.2.1",)
COLUMNS: dict[str, str] = {
    "address": f"{_BASE}.4",
    "version": f"{_BASE}.5",
    "device": f"{_BASE}.6",
    "port": f"{_BASE}.7",
    "platform": f"{_BASE}.8",
    "capabilities": f"{_BASE}.9",
}
_CAPABILITIES = (
    (0x01, "router"),
    (0x02, "bridge"),
    (0x04, "bridge"),
    (0x08, "bridge"),
    (0x10, "station"),
    (0x40, "repeater"),
    (0x80, "telephone"),
)


def parse(table: Table, interfaces: Sequence[Interface]) -> list[Neighbour]:
    """Neighbours on known interfaces; the index is ifIndex.number."""
    indexes = {row.index for row in interfaces}
    found = []
    for key in table.indexes():
        first = key.split(".", 1)[0]
        if not first.isdigit() or (indexes and int(first) not in indexes):
            continue
        name, serial = device_of(text(table["device"].get(key), 255))
        where = table["address"].get(key)
        ip = address(where) if isinstance(where, bytes) and len(where) in (4, 16) else None
        found.append(
            Neighbour(
                protocol="cdp",
                if_index=int(first),
                mac=mac(table["device"].get(key)) if not name else None,
                serial=serial,
                name=name,
                port=text(table["port"].get(key), 255),
                descr=text(table["version"].get(key)),
                platform=text(table["platform"].get(key), 255),
                addresses=(ip,) if ip and not ip.startswith(("0.", "127.")) else (),
                capabilities=_capabilities(table["capabilities"].get(key)),
            )
        )
    return found


def device_of(value: str) -> tuple[str, str]:
    """Name and serial. CDP device ids are `name`, `name.domain`, `SERIAL(name)` (CatOS), `name(SERIAL)` (NX-OS), or a bare MAC."""
    if re.fullmatch(r"[0-9A-Fa-f]{12}|([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}", value):
        return "", ""
    if match := re.fullmatch(r"([A-Z]{3}[0-9A-Z]{8})\((.+)\)", value):
        return match[2], match[1]
    if match := re.fullmatch(r"(.+)\(([A-Z]{3}[0-9A-Z]{8})\)", value):
        return match[1], match[2]
    return value, ""


def _capabilities(value: Value) -> frozenset[str]:
    if not isinstance(value, bytes) or not value:
        return frozenset()
    bits = int.from_bytes(value[:4], "big")
    return frozenset(name for bit, name in _CAPABILITIES if bits & bit)
