"""IP-MIB addresses: ipAddressTable (RFC 4293), else ipAddrTable (RFC 1213), and the IPv6 table of RFC 2465 where it is all there is."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from discovery.snmp.tables import Table
from discovery.snmp.values import address_of_index, number

ROOTS = ("1.3.6.1.2.1.4.34", "1.3.6.1.2.1.4.20", "1.3.6.1.2.1.55.1.8")
NEW_COLUMNS: dict[str, str] = {"if_index": "1.3.6.1.2.1.4.34.1.3", "type": "1.3.6.1.2.1.4.34.1.4", "prefix": "1.3.6.1.2.1.4.34.1.5"}
OLD_COLUMNS: dict[str, str] = {"if_index": "1.3.6.1.2.1.4.20.1.2", "mask": "1.3.6.1.2.1.4.20.1.3"}
V6_COLUMNS: dict[str, str] = {"prefix_length": "1.3.6.1.2.1.55.1.8.1.2"}

_UNICAST = 1


@dataclass(frozen=True, slots=True)
class Address:
    """An address configured on the interface `if_index`; `prefix_length` is None where the agent does not tell it."""

    ip: str
    if_index: int
    prefix_length: int | None = None

    @property
    def text(self) -> str:
        """`10.0.0.5/24`."""
        return self.ip if self.prefix_length is None else f"{self.ip}/{self.prefix_length}"

    @property
    def names_a_place(self) -> bool:
        """Whether the address says where the device is: not loopback, link-local, multicast or unspecified."""
        ip = ipaddress.ip_address(self.ip)
        return not (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _NOWHERE)


_NOWHERE = ipaddress.ip_network("0.0.0.0/8")


def parse(new: Table, old: Table, v6: Table) -> list[Address]:
    """All addresses, the newest table's word first, by version and value."""
    found: dict[tuple[str, int], Address] = {}
    for address in (*_from_new(new), *_from_old(old), *_from_v6(v6)):
        found.setdefault((address.ip, address.if_index), address)
    known = {address.ip for address in found.values() if address.prefix_length is not None}
    rows = [address for address in found.values() if address.prefix_length is not None or address.ip not in known]
    return sorted(rows, key=lambda row: (ipaddress.ip_address(row.ip).version, ipaddress.ip_address(row.ip), row.if_index))


def _from_new(table: Table) -> list[Address]:
    rows = []
    for key, value in table["if_index"].items():
        ip, rest = address_of_index(key.split("."))
        index = number(value)
        kind = number(table["type"].get(key))
        if ip is None or rest or index is None or kind not in (None, _UNICAST):
            continue
        prefix = table["prefix"].get(key)
        last = prefix.rsplit(".", 1)[-1] if isinstance(prefix, str) and prefix.startswith("1.3.6.1.2.1.4.32.") else ""
        rows.append(Address(ip, index, _length(int(last), ip) if last.isdigit() else None))
    return rows


def _from_old(table: Table) -> list[Address]:
    rows = []
    for key, value in table["if_index"].items():
        parts, index = key.split("."), number(value)
        if len(parts) == 5 and parts[0] == "4":  # some agents put the length before it
            parts = parts[1:]
        if len(parts) < 4 or index is None or not all(part.isdigit() and int(part) < 256 for part in parts[:4]):
            continue
        mask = table["mask"].get(key)
        ip = str(ipaddress.IPv4Address(bytes(map(int, parts[:4]))))
        rows.append(Address(ip, index, _mask_length(mask) if isinstance(mask, str) else None))
    return rows


def _from_v6(table: Table) -> list[Address]:
    rows = []
    for key, value in table["prefix_length"].items():
        parts = key.split(".")
        if not all(part.isdigit() for part in parts) or len(parts) not in (17, 18):
            continue
        octets = list(map(int, parts[-16:]))
        length = number(value)
        if all(octet < 256 for octet in octets):
            ip = str(ipaddress.IPv6Address(bytes(octets)))
            rows.append(Address(ip, int(parts[0]), None if length is None else _length(length, ip)))
    return rows


def _mask_length(mask: str) -> int | None:
    try:
        return ipaddress.IPv4Network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        return None


def _length(value: int, ip: str) -> int | None:
    return value if 0 <= value <= (128 if ":" in ip else 32) else None
