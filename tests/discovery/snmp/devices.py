"""Invented devices as (oid, tag, value) rows for the replay agent: no recording of anybody's network."""

from __future__ import annotations

from collections.abc import Iterator

Row = tuple[str, str, str]

SYSTEM = "1.3.6.1.2.1.1"
IF = "1.3.6.1.2.1.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
LLDP = "1.0.8802.1.1.2.1"
CDP = "1.3.6.1.4.1.9.9.23.1.2.1.1"
Q_FDB = "1.3.6.1.2.1.17.7.1.2.2.1"

LAG = 5001
UPLINK, PHONE_PORT, LAG_MEMBER = 24, 3, 21


def mac_index(mac: str) -> str:
    """`0:1b:…` as the end of an OID."""
    return ".".join(str(int(octet, 16)) for octet in mac.split(":"))


def system_rows(descr: str, object_id: str, name: str = "sw-7.example.net") -> Iterator[Row]:
    """The system group and an engine id."""
    yield f"{SYSTEM}.1.0", "4", descr
    yield f"{SYSTEM}.2.0", "6", object_id
    yield f"{SYSTEM}.3.0", "67", "8640000"
    yield f"{SYSTEM}.4.0", "4", "ops@example.net"
    yield f"{SYSTEM}.5.0", "4", name
    yield f"{SYSTEM}.6.0", "4", "Rack 4"
    yield "1.3.6.1.6.3.10.2.1.1.0", "4x", "80000009030200000a0b0c"


def interface_rows(index: int, name: str, descr: str, mac: str = "", kind: int = 6, up: bool = True) -> Iterator[Row]:
    """One interface in ifTable and ifXTable."""
    columns = {1: ("2", str(index)), 2: ("4", descr), 3: ("2", str(kind)), 4: ("2", "1500"), 5: ("66", "1000000000")}
    columns |= {6: ("4x", mac.replace(":", "")), 7: ("2", "1"), 8: ("2", "1" if up else "2"), 9: ("67", "0"), 10: ("65", "12345")}
    for column, (tag, value) in columns.items():
        yield f"{IF}.{column}.{index}", tag, value
    yield f"{IFX}.1.{index}", "4", name
    yield f"{IFX}.15.{index}", "66", "1000"
    yield f"{IFX}.18.{index}", "4", f"to desk {name.rpartition('/')[2]}" if "/" in name else ""


def entity_rows(index: int, parent: int, kind: int, descr: str, serial: str = "", model: str = "") -> Iterator[Row]:
    """One entPhysicalTable row."""
    said = {2: descr, 7: descr, 8: "V02", 9: "", 10: "15.2(7)E3" if kind == 3 else "", 11: serial, 12: "Cisco", 13: model}
    yield f"{ENTITY}.4.{index}", "2", str(parent)
    yield f"{ENTITY}.5.{index}", "2", str(kind)
    for column, value in said.items():
        yield f"{ENTITY}.{column}.{index}", "4", value


def lldp_rows(port: int, number: int, mac: str, name: str, far_port: str, capabilities: str) -> Iterator[Row]:
    """One LLDP neighbour with a MAC as chassis id and an interface name as port id."""
    at = f"0.{port}.{number}"
    said = {4: ("2", "4"), 5: ("4x", mac.replace(":", "")), 6: ("2", "5"), 7: ("4", far_port), 8: ("4", ""), 9: ("4", name)}
    said |= {10: ("4", "a neighbour"), 11: ("4x", capabilities), 12: ("4x", capabilities)}
    for column, (tag, value) in said.items():
        yield f"{LLDP}.4.1.1.{column}.{at}", tag, value
    yield f"{LLDP}.4.2.1.3.{at}.1.4.10.0.0.{number}", "2", "2"


def switch_rows(hosts_on_uplink: int = 40) -> list[Row]:
    """A stack of two Cisco switches with everything that the probes read."""
    descr = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE (fc3)"
    rows = list(system_rows(descr, "1.3.6.1.4.1.9.1.1208"))
    for port in range(1, 25):
        rows += interface_rows(10_100 + port, f"Gi1/0/{port}", f"GigabitEthernet1/0/{port}", f"00:1e:14:00:01:{port:02x}", up=port != 9)
        rows.append((f"1.3.6.1.2.1.17.1.4.1.2.{port}", "2", str(10_100 + port)))
        rows.append((f"1.3.6.1.2.1.17.7.1.4.5.1.1.{port}", "66", "20"))
    rows += interface_rows(LAG, "Po1", "Port-channel1", "00:1e:14:00:01:15", kind=161)
    rows += interface_rows(99, "Vl99", "Vlan99", "00:1e:14:00:01:40", kind=53)
    rows.append(("1.3.6.1.2.1.17.1.4.1.2.61", "2", str(LAG)))
    rows += [(f"1.3.6.1.2.1.31.1.2.1.3.{LAG}.{10_100 + member}", "2", "1") for member in (21, 22)]
    rows += [("1.3.6.1.2.1.4.20.1.2.10.0.0.7", "2", "99"), ("1.3.6.1.2.1.4.20.1.3.10.0.0.7", "64", "255.255.255.0")]
    rows += entity_rows(1, 0, 11, "Switch Stack", "FCW1929B68S", "WS-C2960X-24PS-L")
    for member, serial in ((1001, "FCW1929B68S"), (2001, "FCW1931A06Z")):
        rows += entity_rows(member, 1, 3, "WS-C2960X-24PS-L", serial, "WS-C2960X-24PS-L")
        rows += entity_rows(member + 5, member, 6, "Power Supply 0", f"DCB{member}", "PWR-C2")
        rows += entity_rows(member + 9, member, 10, "GigabitEthernet port")
    rows += _neighbour_rows()
    rows += _forwarding_rows(hosts_on_uplink)
    rows.append(("1.3.6.1.2.1.17.1.1.0", "4x", "001e14000100"))
    return rows


def _neighbour_rows() -> Iterator[Row]:
    yield f"{LLDP}.3.1.0", "2", "4"
    yield f"{LLDP}.3.2.0", "4x", "001e14000100"
    yield f"{LLDP}.3.3.0", "4", "sw-7.example.net"
    for port in (UPLINK, PHONE_PORT, LAG_MEMBER):
        yield f"{LLDP}.3.7.1.2.{port}", "2", "5"
        yield f"{LLDP}.3.7.1.3.{port}", "4", f"Gi1/0/{port}"
        yield f"{LLDP}.3.7.1.4.{port}", "4", f"GigabitEthernet1/0/{port}"
    yield from lldp_rows(UPLINK, 1, "00:1e:14:00:09:00", "core-1.example.net", "Te1/1/1", "28")
    yield from lldp_rows(PHONE_PORT, 2, "00:04:f2:00:00:03", "SEP0004f2000003", "Port 1", "24")
    yield from lldp_rows(LAG_MEMBER, 3, "00:1e:14:00:0a:00", "dist-2", "Gi1/0/48", "28")
    at = f"{10_100 + UPLINK}.1"
    for column, tag, value in (
        (3, "2", "1"),
        (4, "4x", "0a000001"),
        (5, "4", "IOS"),
        (7, "4", "TenGigabitEthernet1/1/1"),
        (8, "4", "cisco WS-C3850-12S"),
    ):
        yield f"{CDP}.{column}.{at}", tag, value
    yield f"{CDP}.6.{at}", "4", "core-1.example.net(FOC1234X0AB)"
    yield f"{CDP}.9.{at}", "4x", "00000029"


def _forwarding_rows(hosts_on_uplink: int) -> Iterator[Row]:
    yield "1.3.6.1.2.1.17.7.1.4.2.1.3.0.20", "66", "10"  # VLAN 20 uses FdbId 10
    learned = {"00:50:b6:00:00:01": 1, "00:04:f2:00:00:03": PHONE_PORT, "00:50:b6:00:00:33": PHONE_PORT, "00:50:b6:00:00:61": 61}
    learned["00:00:5e:00:01:05"] = 2  # a VRRP address is a service, not a host
    learned |= {f"00:50:b6:01:00:{number:02x}": UPLINK for number in range(hosts_on_uplink)}
    learned |= {f"00:50:b6:02:00:{number:02x}": 5 for number in range(9)}
    for mac, port in learned.items():
        yield f"{Q_FDB}.2.10.{mac_index(mac)}", "2", str(port)
        yield f"{Q_FDB}.3.10.{mac_index(mac)}", "2", "3"
    yield f"{Q_FDB}.2.10.{mac_index('00:1e:14:00:01:00')}", "2", "0"
    yield f"{Q_FDB}.3.10.{mac_index('00:1e:14:00:01:00')}", "2", "4"  # itself
    for ip, mac in (("10.0.0.50", "00:50:b6:00:00:01"), ("10.0.0.51", "00:50:b6:00:00:99"), ("10.0.0.7", "00:1e:14:00:01:40")):
        yield f"1.3.6.1.2.1.4.22.1.2.99.{ip}", "4x", mac.replace(":", "")
        yield f"1.3.6.1.2.1.4.22.1.4.99.{ip}", "2", "3"
