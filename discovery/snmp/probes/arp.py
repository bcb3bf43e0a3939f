"""Who has which address on the links next to the device: ipNetToPhysicalTable (RFC 4293) and ipNetToMediaTable (RFC 1213)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from discovery.snmp.tables import Table
from discovery.snmp.values import address_of_index, mac, number

ROOTS = ("1.3.6.1.2.1.4.35", "1.3.6.1.2.1.4.22")
NEW_COLUMNS: dict[str, str] = {"mac": "1.3.6.1.2.1.4.35.1.4", "type": "1.3.6.1.2.1.4.35.1.6"}
OLD_COLUMNS: dict[str, str] = {"mac": "1.3.6.1.2.1.4.22.1.2", "type": "1.3.6.1.2.1.4.22.1.4"}

_NOT_NOW = {2}  # invalid
_LOCAL = 5  # the device's own address (ipNetToPhysicalType)


@dataclass(frozen=True, slots=True)
class Pair:
    """`ip` was seen with `mac` behind the interface `if_index`."""

    mac: str
    ip: str
    if_index: int


def parse(new: Table, old: Table) -> list[Pair]:
    """Pairs of both tables, once each. Invalid rows, own addresses and unusable addresses are left out."""
    found: dict[Pair, None] = {}
    for table, is_new in ((new, True), (old, False)):
        for key, value in table["mac"].items():
            parts = key.split(".")
            kind = number(table["type"].get(key))
            hardware = mac(value)
            if hardware is None or kind in _NOT_NOW or (is_new and kind == _LOCAL) or not parts[0].isdigit():
                continue
            ip = address_of_index(parts[1:])[0] if is_new else _old_address(parts[1:])
            if ip is not None and _is_usable(ip, hardware):
                found[Pair(hardware, ip, int(parts[0]))] = None
    return list(found)


def _old_address(parts: list[str]) -> str | None:
    if len(parts) == 5 and parts[0] in ("1", "4"):  # a type or a length octet that does not belong there
        parts = parts[1:]
    if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
        return None
    return ".".join(str(int(part)) for part in parts)


def _is_usable(ip: str, hardware: str) -> bool:
    address = ipaddress.ip_address(ip)
    is_group = int(hardware[:2], 16) & 1
    return not (is_group or address.is_multicast or address.is_unspecified or address.is_loopback)
