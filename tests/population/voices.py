"""How the world speaks: agents' reports, scripts over SSH, SNMP and asset registers, in the bytes that the real ones send."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from xml.sax.saxutils import escape

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation, Source
from discovery.linux.observe import Look
from discovery.posix import observe_output
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.message import Headers
from discovery.reports.privacy import filter_body
from discovery.snmp.backend import Endpoint
from discovery.snmp.facts import Facts
from discovery.snmp.look import Seen
from discovery.snmp.observe import observe as observe_seen
from discovery.snmp.probes.addresses import Address
from discovery.snmp.probes.bridge import Forwarding, Learned
from discovery.snmp.probes.entity import Entities, Part
from discovery.snmp.probes.interfaces import Interface
from discovery.snmp.probes.neighbours import Neighbour, OwnChassis
from discovery.snmp.probes.system import System
from discovery.tables import read_table
from tests.population.things import NETWORK, Thing

_KEY = b"p" * 32
_MARK = "mrg-0123456789abcdef"
_CHASSIS = {
    "laptop": ("Notebook", "10"),
    "desktop": ("Desktop", "3"),
    "server": ("Rack Mount Chassis", "23"),
    "blade": ("Blade", "28"),
    "vm": ("Other", "1"),
}
_OS = {"windows": ("Microsoft Windows 11 Pro", "MSWin32"), "linux": ("Debian GNU/Linux 12", "linux"), "macos": ("macOS 14.5", "darwin")}


@dataclass(frozen=True, slots=True)
class Said:
    """One observation, and what each of its refs truly is. Refs that are not in `truth` are not counted."""

    observation: Observation
    truth: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


def _report(body: bytes, at: datetime, headers: Headers) -> Observation:
    stored, _ = filter_body(body, "corporate", key=_KEY, headers=headers)
    return observation_from_entry(KIND, stored, {"received_at": at.isoformat(), "ownership": "corporate"})


def _ports(thing: Thing) -> list[tuple[str, str, bool]]:
    """Name, address and whether it hangs on USB, of each port."""
    names = (
        ["eth0", "wlan0", "eth2", "eth3"]
        if thing.os == "linux"
        else ["Intel(R) Ethernet I219-LM", "Intel(R) Wi-Fi 6 AX201", "Ethernet 3", "Ethernet 4"]
    )
    rows = [(names[n] if n < 4 else f"eth{n}", mac, False) for n, mac in enumerate(thing.macs)]
    return rows + [
        (f"eth{8 + n}" if thing.os == "linux" else f"Realtek GbE Family Controller #{n + 2}", mac, True) for n, mac in enumerate(thing.lent)
    ]


def _vm_system(thing: Thing) -> str:
    if thing.cloud or thing.kind == "vm":
        return {"VMware, Inc.": "VMware", "Microsoft Corporation": "Hyper-V"}.get(thing.vendor, "QEMU")
    return "lxc" if thing.kind == "container" else "Physical"


def xml(
    thing: Thing,
    at: datetime,
    product: str = "fusioninventory",
    *,
    guests: Sequence[Thing] = (),
    monitors: Sequence[Thing] = (),
    upper: bool = False,
) -> Said:
    """A report of FusionInventory or OCS in XML. `upper`: this agent writes UUID and addresses in capitals."""
    case = str.upper if upper else str
    word = "MACADDR"
    networks = "".join(
        f"<NETWORKS><DESCRIPTION>{escape(name)}</DESCRIPTION><{word}>{case(mac)}</{word}><IPADDRESS>{thing.ip if n == 0 else ''}</IPADDRESS>"
        f"<TYPE>{'wifi' if 'w' in name[:2].lower() else 'ethernet'}</TYPE><STATUS>Up</STATUS>"
        f"{'<PNPDEVICEID>USB' + chr(92) + 'VID_0BDA</PNPDEVICEID>' if usb and product == 'fusioninventory' and thing.os == 'windows' else ''}</NETWORKS>"
        for n, (name, mac, usb) in enumerate(_ports(thing))
    )
    machines = "".join(
        f"<VIRTUALMACHINES><NAME>{escape(g.hostname)}</NAME><UUID>{g.uuid}</UUID><MAC>{g.macs[0] if g.macs else ''}</MAC><VMTYPE>{'vmware' if g.vendor.startswith('VM') else 'kvm'}</VMTYPE></VIRTUALMACHINES>"
        for g in guests
    )
    screens = "".join(
        f"<MONITORS><CAPTION>{m.model}</CAPTION><MANUFACTURER>{m.vendor}</MANUFACTURER><SERIAL>{m.serial}</SERIAL></MONITORS>"
        for m in monitors
    )
    name, kernel = _OS[thing.os]
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<REQUEST><CONTENT><BIOS><SMANUFACTURER>{escape(thing.vendor)}</SMANUFACTURER><SMODEL>{escape(thing.model)}</SMODEL>'
        f"<SSN>{escape(thing.serial)}</SSN><MSN>{escape(thing.board_serial)}</MSN><MMANUFACTURER>{escape(thing.vendor)}</MMANUFACTURER><ENCLOSURESERIAL>{escape(thing.chassis_serial)}</ENCLOSURESERIAL></BIOS>"
        f"<HARDWARE><NAME>{escape(thing.hostname)}</NAME><UUID>{case(thing.uuid)}</UUID><CHASSIS_TYPE>{_CHASSIS.get(thing.kind, ('Other',))[0]}</CHASSIS_TYPE><VMSYSTEM>{_vm_system(thing)}</VMSYSTEM>"
        f"<OSNAME>{name}</OSNAME><MEMORY>16384</MEMORY></HARDWARE><OPERATINGSYSTEM><FULL_NAME>{name}</FULL_NAME><KERNEL_NAME>{kernel}</KERNEL_NAME>"
        f"<FQDN>{thing.hostname}.{thing.domain}</FQDN></OPERATINGSYSTEM>{networks}{machines}{screens}"
        + ("<VERSIONCLIENT>FusionInventory-Agent_v2.6</VERSIONCLIENT>" if product == "fusioninventory" else "")
        + f"</CONTENT><DEVICEID>{thing.deviceid if product == 'fusioninventory' else thing.deviceid + '-ocs'}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"
    ).encode()
    agent = "FusionInventory-Agent_v2.6" if product == "fusioninventory" else "OCS-NG_unified_unix_agent_v2.10.0"
    return Said(_report(body, at, Headers(agent)), {"endpoint": thing.truth, **_attached(guests, monitors)})


def _attached(guests: Sequence[Thing], monitors: Sequence[Thing]) -> dict[str, str]:
    return {**{f"vm:{g.uuid}": g.truth for g in guests}, **{f"monitor:{m.vendor}:{m.serial}": m.truth for m in monitors}}


def glpi(thing: Thing, at: datetime, *, partial: bool = False, guests: Sequence[Thing] = (), monitors: Sequence[Thing] = ()) -> Said:
    """A report of GLPI's agent in JSON; a partial one has bios and hardware only (recorded)."""
    name, kernel = _OS[thing.os]
    content: dict[str, object] = {
        "versionclient": "GLPI-Agent_v1.11",
        "bios": {"smanufacturer": thing.vendor, "smodel": thing.model, "ssn": thing.serial, "msn": thing.board_serial, "mmanufacturer": thing.vendor, "enclosureserial": thing.chassis_serial},
        "hardware": {"name": thing.hostname, "uuid": thing.uuid, "chassis_type": _CHASSIS.get(thing.kind, ("Other",))[0], "vmsystem": _vm_system(thing), "memory": 16384},
    }  # fmt: skip
    if not partial:
        content["operatingsystem"] = {"full_name": name, "kernel_name": kernel, "fqdn": f"{thing.hostname}.{thing.domain}", "name": name}
        content["networks"] = [
            {
                "description": port,
                "mac": mac,
                "type": "wifi" if "w" in port[:2].lower() else "ethernet",
                "status": "up",
                "virtualdev": False,
            }
            | ({"ipaddress": thing.ip, "ipmask": "255.255.255.0"} if n == 0 else {})
            | ({"pnpdeviceid": "USB\\VID_0BDA&PID_8153"} if usb and thing.os == "windows" else {})
            for n, (port, mac, usb) in enumerate(_ports(thing))
        ]
        content["virtualmachines"] = [
            {"name": g.hostname, "uuid": g.uuid, "vmtype": "kvm", "status": "running", **({"mac": g.macs[0]} if g.macs else {})}
            for g in guests
        ]
        content["monitors"] = [{"caption": m.model, "manufacturer": m.vendor, "serial": m.serial} for m in monitors]
    message = {"action": "inventory", "deviceid": thing.deviceid, "itemtype": "Computer", "partial": partial, "content": content}
    return Said(
        _report(json.dumps(message).encode(), at, Headers("GLPI-Agent_v1.11", thing.agent_id)),
        {"endpoint": thing.truth, **_attached(guests, monitors)},
    )


def android(thing: Thing, at: datetime) -> Said:
    """A report of GLPI's agent for Android."""
    modem = f"<MODEMS><IMEI>{thing.imei}</IMEI></MODEMS>" if thing.imei else ""
    body = (
        f"<REQUEST><CONTENT><HARDWARE><NAME>{thing.hostname}</NAME><OSNAME>Android</OSNAME><UUID>{thing.uuid}</UUID></HARDWARE>"
        f"<OPERATINGSYSTEM><FULL_NAME>Android 14</FULL_NAME><KERNEL_NAME>linux</KERNEL_NAME></OPERATINGSYSTEM>"
        f"<BIOS><SMANUFACTURER>{thing.vendor}</SMANUFACTURER><SMODEL>{thing.model}</SMODEL><SSN>{thing.serial}</SSN></BIOS>{modem}"
        f"<NETWORKS><DESCRIPTION>wlan0</DESCRIPTION><MACADDR>{thing.macs[0]}</MACADDR><TYPE>WIFI</TYPE><STATUS>up</STATUS></NETWORKS>"
        f"<VERSIONCLIENT>Inventory Agent/1.1.0 (Linux; Android 14; GLPI Inventory Agent)</VERSIONCLIENT></CONTENT><DEVICEID>{thing.deviceid}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"
    ).encode()
    return Said(_report(body, at, Headers("Inventory Agent/1.1.0")), {"endpoint": thing.truth})


def ssh(
    thing: Thing, at: datetime, *, root: bool = True, guests: Sequence[Thing] = (), container: str = "", host: Thing | None = None
) -> Said:
    """What the script prints over SSH. A plain user may not read serial numbers and UUID; a system container shows those of `host`."""
    box = host or thing
    withheld = "" if root else "!"
    dmi = [
        f"sys_vendor={box.vendor}",
        f"product_name={box.model}",
        f"board_vendor={box.vendor}",
        f"chassis_type={_CHASSIS.get(box.kind, ('', '1'))[1]}",
    ]
    for name, value in (
        ("product_serial", box.serial),
        ("product_uuid", box.uuid),
        ("board_serial", box.board_serial),
        ("chassis_serial", box.chassis_serial),
    ):
        if value:
            dmi.append(f"{name}!" if withheld else f"{name}={value}")
    ports = []
    for n, (name, mac, usb) in enumerate(_ports(thing)):
        place = "/sys/devices/pci0000:00/usb1/1-1" if usb else "/sys/devices/pci0000:00/0000:00:1f.6"
        ports.append(
            f"if={name}\nifindex={n + 2}\ntype=1\naddress={mac}\naddr_assign_type=0\noperstate=up\ndevice={place}\nPermanent address: {mac}"
        )
    vms = "\n".join(f"{g.uuid} {g.hostname}" for g in guests)
    identity = {
        "machine_id": thing.machine_id,
        "dmi": "\n".join(dmi),
        "host_keys": "\n".join(thing.host_keys),
        "fqdn": f"{thing.hostname}.{thing.domain}",
    }
    if container:
        identity["virt_container"] = container
    sections: dict[str, dict[str, str]] = {
        "platform": {"kernel": "Linux", "node": thing.hostname, "release": "6.1.0-18-amd64", "machine": "x86_64", "uid": "0" if root else "1001", "user": "root" if root else "scan", "sudo": "2" if root else "0"},
        "identity": identity,
        "os": {"os_release": 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'},
        "interfaces": {"ports": "\n".join(ports), "addresses_text": f"2: {_ports(thing)[0][0]}    inet {thing.ip}/24 scope global eth0" if thing.macs else ""},
    }  # fmt: skip
    if vms:
        sections["guests"] = {"virsh": vms}
    look = Look(Source("ssh", "scan"), at, thing.ip)
    truth = {"host": thing.truth, **{f"guest/vm/{g.uuid.lower()}": g.truth for g in guests}}
    return Said(observe_output(_transcript(sections), _MARK, look), truth)


def _transcript(sections: dict[str, dict[str, str]]) -> bytes:
    parts = []
    for name, commands in sections.items():
        body = "\n".join(f"{_MARK} > {command} root\n{output}\n{_MARK} < 0 " for command, output in commands.items())
        body = re.sub(rf"^(?={_MARK} <)", "\n", body, flags=re.MULTILINE)
        whole = f"{body}\n{_MARK} rc 0"
        parts.append(f"{_MARK} section {name}\n{whole}\n{_MARK} end {name} {len(whole.encode())}\n")
    return "".join((*parts, f"{_MARK} done\n")).encode()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a network device heard on its first port beside its own facts."""

    neighbours: tuple[Thing, ...] = ()
    by_name: tuple[Thing, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
    """Learned address → truth."""
    virtual: tuple[str, ...] = ()
    """Virtual-router addresses that some interface shows."""


def snmp(thing: Thing, at: datetime, heard: Heard | None = None, *, members: Sequence[str] = (), cls: str = "", port: int = 161) -> Said:
    """A walk. `members`: serial numbers of a stack, the master first. The device's serial is what the agent shows: the master's."""
    heard = heard or Heard()
    object_id = NETWORK[thing.vendor][0] if thing.vendor in NETWORK else "1.3.6.1.4.1.674.10892.5"
    bridge, *ports = thing.macs
    interfaces = [Interface(n + 1, f"Gi1/0/{n + 1}", kind="ethernet", mac=mac, oper_up=True) for n, mac in enumerate(ports)]
    interfaces += [Interface(200 + n, f"Vlan{10 + n}", kind="virtual", mac=mac) for n, mac in enumerate(heard.virtual)]
    parts = (
        [Part(1, "stack", None, "stack", model=thing.model, serial=members[0])]
        if members
        else [Part(1, "chassis", None, "chassis", model=thing.model, serial=thing.serial, vendor=thing.vendor)]
    )
    parts += [
        Part(1000 + n, "chassis", 1, f"Switch {n + 1}", model=thing.model, serial=serial, vendor=thing.vendor)
        for n, serial in enumerate(members)
    ]
    chassis = tuple(p for p in parts if p.index >= 1000) if members else (parts[0],)
    truth = {"device": thing.truth}
    neighbours = []
    for other in heard.neighbours:
        neighbours.append(
            Neighbour("lldp", 1, other.macs[0], "mac", other.macs[0], name=f"{other.hostname}.{other.domain}", port="Gi1/0/1")
        )
        truth[f"remote:{len(neighbours)}"] = other.truth
    for other in heard.by_name:
        neighbours.append(Neighbour("cdp", 1, name=other.hostname, port="Gi1/0/2"))
        truth[f"remote:{len(neighbours)}"] = other.truth
    index = min(3, len(interfaces))
    truth |= {f"host:{mac}": name for mac, name in heard.hosts if name}
    seen = Seen(
        System(f"{thing.vendor} {thing.model}", object_id, f"{thing.hostname}.{thing.domain}" if thing.domain else thing.hostname, uptime_s=86_400.0, engine_id=thing.engine_id, bridge_mac=bridge),
        Facts(cls or (thing.kind if thing.kind in ("switch", "router", "firewall") else "access_point" if thing.kind == "ap" else "management_controller" if thing.kind == "bmc" else thing.kind), thing.vendor, "os", thing.model, "16.12", thing.serial),
        own_chassis=OwnChassis(bridge, "mac", bridge, thing.hostname), interfaces=interfaces, addresses=[Address(thing.ip, 1, 24)],
        entities=Entities(tuple(parts), chassis[0] if not members else parts[1], chassis), neighbours=neighbours,
        forwarding=Forwarding(tuple(Learned(mac, index) for mac, _ in heard.hosts)),
        parts={"identity": ("complete", ""), "interfaces": ("complete", ""), "addresses": ("complete", ""), "modules": ("complete", ""), "neighbours": ("complete", ""), "connections": ("complete", "")},
    )  # fmt: skip
    return Said(observe_seen(seen, endpoint=Endpoint(thing.ip, port), at=at), truth)


def register(rows: Sequence[tuple[Thing, dict[str, str]]], at: datetime, name: str = "assets.csv") -> Said:
    """An asset register. Each row: the thing and what people typed over its columns."""
    columns = ("class", "asset_tag", "serial", "vendor", "model", "name", "mac")
    lines = [",".join(columns)]
    keys: dict[str, str] = {}
    for thing, typed in rows:
        cls = {"vm": "virtual_machine", "blade": "server", "ap": "access_point"}.get(thing.kind, thing.kind)
        cells = {
            "class": cls,
            "asset_tag": thing.asset_tag,
            "serial": thing.serial,
            "vendor": thing.vendor,
            "model": thing.model,
            "name": thing.hostname,
            "mac": "",
        } | typed
        lines.append(",".join('"' + cells[c].replace('"', '""') + '"' for c in columns))
        keys[cells["asset_tag"]] = thing.truth
    result = read_table("\n".join(lines).encode(), catalogue(), source_name=name, now=at)
    truth = {
        item.ref: keys[str(item.attributes["asset_tag"])] for item in result.observation.items if item.attributes.get("asset_tag") in keys
    }
    if len(truth) != len(rows):
        raise ValueError(f"the register lost rows: {result.errors[:3]}")
    return Said(result.observation, truth)
