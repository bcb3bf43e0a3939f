"""Devices that an agent asked over SNMP and reports in their name: who they are, their ports and parts, whom they heard and what is behind
them. What a scan of Moorings' own would make of the same tables (discovery.snmp), by the same rules."""

from __future__ import annotations

from dataclasses import replace

from discovery.reports.report import Row
from discovery.reports.sight import DEVICE, Sight
from discovery.reports.values import address, count, index, text, texts
from discovery.snmp import hosts, remote
from discovery.snmp.facts import Facts
from discovery.snmp.look import Seen
from discovery.snmp.observe import NETWORK_CLASSES, Draft, add_interfaces, add_modules
from discovery.snmp.probes import entity, interfaces
from discovery.snmp.probes.addresses import Address
from discovery.snmp.probes.bridge import Forwarding, Learned
from discovery.snmp.probes.entity import Entities, real
from discovery.snmp.probes.neighbours import Neighbour
from discovery.snmp.probes.system import System
from discovery.snmp.tables import Column, Table
from discovery.snmp.values import mac

_SCAN = "device"
"""What the scan's own items call the device."""
_STATES = {"1": 1, "2": 2}
_PARTS = {
    "chassis": 3,
    "backplane": 4,
    "container": 5,
    "powersupply": 6,
    "fan": 7,
    "sensor": 8,
    "module": 9,
    "port": 10,
    "stack": 11,
    "cpu": 12,
    "battery": 14,
}
_MAX_PORT_MACS = 512
_HIGHEST_VLAN = 4094


def read(sight: Sight) -> None:
    """Identity, make and model of the device the report is about; ports, parts, neighbours and hosts where it was asked for them."""
    row = sight.report.one("network_device")
    if not row:
        return
    maker = text(row.get("manufacturer"))
    entities = _entities(sight.report.rows("network_components"))
    here = System(name=text(row.get("name")))
    if not entities.is_stack:
        sight.know("serial", real(text(row.get("serial"))), maker)
    sight.know("mac", mac(text(row.get("mac"))) or "")
    sight.know("hostname", here.hostname or here.name)
    sight.know("fqdn", here.fqdn)
    firmware = text(row.get("firmware"))
    ips = [found for ip in texts(row.get("ips")) if (found := address(ip)) and not found.startswith(("127.", "::1"))]
    sight.say(
        name=here.name,
        hostname=here.hostname or here.name,
        fqdn=here.fqdn,
        vendor=maker,
        model=text(row.get("model")),
        serial=real(text(row.get("serial"))),
        firmware_version=firmware,
        os_version=firmware if sight.cls in NETWORK_CLASSES else "",
        sys_descr=text(row.get("description")),
        location_text=text(row.get("location")),
        contact=text(row.get("contact")),
        ip_addresses=tuple(ips),
        primary_ip=ips[0] if ips else "",
    )
    sight.look("identity", "complete")
    if sight.report.has("network_ports") or entities.parts:
        _scan(sight, entities)


def _scan(sight: Sight, entities: Entities) -> None:
    """Interfaces with their addresses, parts, whom they heard, and the hosts right behind access ports."""
    row = sight.report.one("network_device")
    rows = {number: port for port in sight.report.rows("network_ports") if (number := index(port.get("number"))) is not None}
    facts = Facts(sight.cls, vendor=text(row.get("manufacturer")), serial=text(row.get("serial")))
    seen = Seen(System(bridge_mac=mac(text(row.get("mac")))), facts, interfaces=interfaces.parse(_table(rows)), entities=entities)
    for number, port in rows.items():
        for member in texts(port.get("members")):
            if (below := index(member)) is not None:
                seen.above.setdefault(below, set()).add(number)
        seen.addresses += [Address(found, number) for ip in texts(port.get("ips")) if (found := address(ip))]
        if (vlan := count(port.get("vlan"), _HIGHEST_VLAN)) is not None:
            seen.vlans[number] = vlan
    down = {port.index for port in seen.interfaces if port.oper_up is False}  # some agents tell a neighbour at the wrong port as well
    heard = (_neighbour(row) for row in sight.report.rows("network_neighbours"))
    seen.neighbours = [one for one in heard if one is not None and one.if_index not in down]
    learned = ((index(behind.get("port")), mac(text(behind.get("mac")))) for behind in sight.report.rows("network_seen"))
    seen.forwarding = Forwarding(tuple(Learned(found, port) for port, found in learned if found and port is not None))
    for own in list(dict.fromkeys(port.mac for port in seen.interfaces if port.mac and port.is_physical_port))[:_MAX_PORT_MACS]:
        sight.know("mac", own)
    sight.say(mac_addresses=tuple(dict.fromkeys(port.mac for port in seen.interfaces if port.mac)))
    draft = Draft()
    add_interfaces(draft, seen)
    add_modules(draft, seen)
    known = remote.add_neighbours(draft.items, draft.relations, seen)
    hosts.add_hosts(draft.items, draft.relations, seen, hosts.Limits(), known)
    _take(sight, draft)
    _look(sight, seen)


def _look(sight: Sight, seen: Seen) -> None:
    if sight.report.has("network_ports"):
        sight.look("interfaces", "complete")
        sight.look("addresses", "partial", "the agent passes on the addresses of ports without their masks")
        sight.look(remote.PART, "complete" if seen.neighbours else "partial", "" if seen.neighbours else "it heard none, or was not asked")
        sight.look(hosts.PART, "partial", hosts.WHY_PARTIAL)
    if seen.entities.parts:
        sight.look("modules", "complete")


def _take(sight: Sight, draft: Draft) -> None:
    """The scan's items under this report's name of the device."""

    def ours(ref: str) -> str:
        return DEVICE if ref == _SCAN else ref

    sight.items.extend(replace(item, parent=DEVICE) if item.parent == _SCAN else item for item in draft.items)
    sight.relations.extend(replace(one, source=ours(one.source), target=ours(one.target)) for one in draft.relations)


def _table(ports: dict[int, Row]) -> Table:
    """IF-MIB as the agent passed it on."""
    rows = {str(number): row for number, row in ports.items()}
    columns: dict[str, Column] = {
        "name": {number: text(row.get("name")) for number, row in rows.items() if row.get("name")},
        "descr": {number: text(row.get("descr")) for number, row in rows.items()},
        "alias": {number: text(row.get("alias")) for number, row in rows.items() if row.get("alias")},
        "type": {number: text(row.get("kind")) for number, row in rows.items()},
        "mtu": {number: text(row.get("mtu")) for number, row in rows.items()},
        "speed": {number: text(row.get("speed")) for number, row in rows.items()},
        "mac": {number: text(row.get("mac")) for number, row in rows.items()},
        "admin": {number: _STATES.get(text(row.get("enabled"))) for number, row in rows.items()},
        "oper": {number: _STATES.get(text(row.get("up"))) for number, row in rows.items()},
    }
    return Table(columns)


def _neighbour(row: Row) -> Neighbour | None:
    port, hardware = index(row.get("port")), mac(text(row.get("sysmac")))
    where = address(row.get("ip"))
    name = text(row.get("sysname"))
    if port is None or not (hardware or name):
        return None
    return Neighbour(
        protocol="lldp",
        if_index=port,
        chassis_id=hardware or "",
        chassis_scope="mac" if hardware else "",
        mac=hardware,
        name=name,
        port=text(row.get("ifdescr")) or text(row.get("ifnumber")),
        descr=text(row.get("sysdescr")),
        platform=text(row.get("model")),
        addresses=(where,) if where and not where.startswith(("0.", "127.")) else (),
    )


def _entities(rows: list[Row]) -> Entities:
    found = {str(number): row for row in rows if (number := index(row.get("index"))) is not None}

    def column(name: str) -> Column:
        return {index: text(row.get(name)) for index, row in found.items()}

    return entity.parse(
        Table(
            {
                "descr": column("description"),
                "contained_in": column("inside"),
                "class": {index: _PARTS.get(text(row.get("type")).lower(), 1) for index, row in found.items()},
                "name": column("name"),
                "hardware": column("revision"),
                "firmware": column("firmware"),
                "software": column("version"),
                "serial": column("serial"),
                "vendor": column("manufacturer"),
                "model": column("model"),
            }
        )
    )
