"""IF-MIB (RFC 2863): ifTable and ifXTable joined, and which interface lies on which (ifStackTable)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.snmp.tables import Column, Table
from discovery.snmp.values import mac, number, text

ROOTS = ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1")
COLUMNS: dict[str, str] = {
    "descr": "1.3.6.1.2.1.2.2.1.2",
    "type": "1.3.6.1.2.1.2.2.1.3",
    "mtu": "1.3.6.1.2.1.2.2.1.4",
    "speed": "1.3.6.1.2.1.2.2.1.5",
    "mac": "1.3.6.1.2.1.2.2.1.6",
    "admin": "1.3.6.1.2.1.2.2.1.7",
    "oper": "1.3.6.1.2.1.2.2.1.8",
    "name": "1.3.6.1.2.1.31.1.1.1.1",
    "high_speed": "1.3.6.1.2.1.31.1.1.1.15",
    "alias": "1.3.6.1.2.1.31.1.1.1.18",
}
STACK_ROOT = "1.3.6.1.2.1.31.1.2"
STACK_COLUMNS: dict[str, str] = {"status": "1.3.6.1.2.1.31.1.2.1.3"}

_KINDS = {  # IANAifType-MIB
    **dict.fromkeys((6, 7, 11, 26, 62, 69, 117), "ethernet"),
    1: "other",
    9: "token ring",
    15: "fddi",
    18: "ds1",
    22: "serial",
    23: "ppp",
    24: "loopback",
    30: "ds3",
    32: "frame relay",
    37: "atm",
    39: "sonet",
    45: "v35",
    49: "aal5",
    53: "virtual",
    56: "fibre channel",
    71: "wifi",
    77: "lapd",
    81: "ds0",
    94: "adsl",
    97: "vdsl",
    108: "ppp multilink",
    118: "hdlc",
    127: "docsis",
    131: "tunnel",
    135: "vlan",
    136: "vlan",
    142: "ip forwarding",
    144: "ieee1394",
    150: "mpls tunnel",
    157: "wireless",
    160: "usb",
    161: "bond",
    166: "mpls",
    188: "radio",
    199: "infiniband",
    209: "bridge",
    230: "adsl2",
    237: "wwan",
    243: "wwan",
    244: "wwan",
    250: "gpon",
    251: "vdsl2",
}
PHYSICAL = frozenset({"ethernet", "wifi", "infiniband", "fibre channel", "token ring", "fddi"})
_VIRTUAL_NAME = re.compile(
    r"(docker|veth|br-|br[0-9]|bridge|virbr|vnet|vmnet|vmk|tap|tun|cali|flannel|cni|lxc|lxd|kube|dummy|ifb|bond|team|port-channel|po[0-9]|ae[0-9]|"
    r"lag|trk|trunk|vlan|vl[0-9]|irb|lo[0-9]*$|loopback|null|mgmt-vlan|stack|cpu|sit|gre|ip6tnl|wg|ppp|vxlan|nve|svi|bvi)|.*\.[0-9]+$",
    re.IGNORECASE,
)
_MAX_SPEED = 10**15  # bit/s; anything above is a wrong counter


@dataclass(frozen=True, slots=True)
class Interface:
    """One row. `name` is unique among the device's interfaces; `other_names` are further spellings that are unique too."""

    index: int
    name: str
    other_names: tuple[str, ...] = ()
    alias: str = ""
    kind: str = ""
    mac: str | None = None
    mtu: int | None = None
    speed_bps: int | None = None
    admin_up: bool | None = None
    oper_up: bool | None = None

    @property
    def is_physical_port(self) -> bool:
        """Whether its address is a burned-in one of the device, as far as type and name tell."""
        return self.kind in PHYSICAL and not _VIRTUAL_NAME.match(self.name)


def parse(table: Table) -> list[Interface]:
    """Interfaces by rising ifIndex. Names come from ifName, ifDescr or the index; equal names get the index behind them."""
    rows = sorted({index for key in table.indexes() if key.isdigit() and (index := int(key)) <= 0x7FFFFFFF})
    columns = {column: table[column] for column in COLUMNS}
    names = {row: _names(columns, str(row)) for row in rows}
    firsts = Counter(found[0] for found in names.values())
    everywhere = Counter(name for found in names.values() for name in set(found))
    interfaces = []
    for row in rows:
        first, *rest = names[row]
        name = first if firsts[first] == 1 else next((other for other in rest if everywhere[other] == 1), f"{first} ({row})")
        others = tuple(other for other in dict.fromkeys(names[row]) if other != name and everywhere[other] == 1)
        interfaces.append(_interface(columns, row, name, others))
    return interfaces


def parse_stack(table: Table) -> dict[int, set[int]]:
    """Lower interface → the interfaces right above it (a port → the LAG that holds it)."""
    above: dict[int, set[int]] = {}
    for key in table["status"]:
        parts = key.split(".")
        if len(parts) == 2 and all(part.isdigit() for part in parts):
            higher, lower = map(int, parts)
            if higher and lower and higher != lower:
                above.setdefault(lower, set()).add(higher)
    return above


def _names(table: Mapping[str, Column], key: str) -> list[str]:
    found = [text(table[column].get(key), 255) for column in ("name", "descr")]
    return [name for name in found if name] or [key]


def _interface(table: Mapping[str, Column], row: int, name: str, others: tuple[str, ...]) -> Interface:
    key = str(row)
    kind = number(table["type"].get(key))
    mtu = number(table["mtu"].get(key))
    return Interface(
        index=row,
        name=name,
        other_names=others,
        alias=text(table["alias"].get(key), 255),
        kind="" if kind is None else _KINDS.get(kind, f"ifType {kind}"),
        mac=mac(table["mac"].get(key)),
        mtu=mtu if mtu is not None and 0 < mtu < 2**31 else None,
        speed_bps=_speed(table, key),
        admin_up=_up(table["admin"], key),
        oper_up=_up(table["oper"], key),
    )


def _speed(table: Mapping[str, Column], key: str) -> int | None:
    high, low = number(table["high_speed"].get(key)), number(table["speed"].get(key))
    if low is not None and 0 < low < 0xFFFFFFFF and not (high and high >= 4_294):
        return low
    if high is not None and 0 < high * 1_000_000 <= _MAX_SPEED:
        return high * 1_000_000
    return low if low is not None and low > 0 else None


def _up(column: Mapping[str, object], key: str) -> bool | None:
    value = column.get(key)
    return value == 1 if isinstance(value, int) and 1 <= value <= 7 else None
