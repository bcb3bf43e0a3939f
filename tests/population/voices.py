"""How the world speaks beside its agents: scripts over SSH, SNMP and asset registers, in the forms that the real ones have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Source
from discovery.linux.observe import Look
from discovery.posix import observe_output
from discovery.snmp.backend import Endpoint
from discovery.snmp.facts import Facts
from discovery.snmp.look import Seen
from discovery.snmp.observe import observe as observe_seen
from discovery.snmp.probes.addresses import Address
from discovery.snmp.probes.bridge import Forwarding, Learned
from discovery.snmp.probes.cdp import device_of
from discovery.snmp.probes.entity import Entities, Part
from discovery.snmp.probes.interfaces import Interface
from discovery.snmp.probes.neighbours import Neighbour, OwnChassis
from discovery.snmp.probes.system import System
from discovery.tables import read_table
from tests.population.said import Said
from tests.population.things import CHASSIS, NETWORK, Thing, ports_of

_MARK = "mrg-0123456789abcdef"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


def ssh(
    thing: Thing, at: datetime, *, root: bool = True, guests: Sequence[Thing] = (), container: str = "", host: Thing | None = None,
    cloud: str = "",
) -> Said:  # fmt: skip
    """What the script prints over SSH. A plain user may not read serial numbers and UUID; a system container shows those of `host`.
    `cloud`: what cloud-init keeps as the instance's id, in OpenStack."""
    identity = {
        "machine_id": thing.machine_id,
        "dmi": _dmi(host or thing, root=root),
        "host_keys": "\n".join(thing.host_keys),
        "fqdn": f"{thing.hostname}.{thing.domain}",
    } | ({"virt_container": container} if container else {})
    if cloud:
        identity["marks"] = f"/run/cloud-init/cloud-id=openstack\n/var/lib/cloud/data/instance-id={cloud}"
    platform = {"kernel": "Linux", "node": thing.hostname, "release": "6.1.0-18-amd64", "machine": "x86_64"}
    user = {"uid": "0", "user": "root", "sudo": "2"} if root else {"uid": "1001", "user": "scan", "sudo": "0"}
    address = f"2: {ports_of(thing)[0][0]}    inet {thing.ip}/24 scope global eth0" if thing.macs else ""
    sections: dict[str, dict[str, str]] = {
        "platform": platform | user,
        "identity": identity,
        "os": {"os_release": 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'},
        "interfaces": {"ports": _sysfs_ports(thing), "addresses_text": address},
    }
    if guests:
        sections["guests"] = {"virsh": "\n".join(f"{g.uuid} {g.hostname}" for g in guests)}
    look = Look(Source("ssh", "scan"), at, thing.ip)
    truth = {"host": thing.truth, **{f"guest/vm/{g.uuid.lower()}": g.truth for g in guests}}
    return Said(observe_output(_transcript(sections), _MARK, look), truth)


def _dmi(box: Thing, *, root: bool) -> str:
    lines = [f"sys_vendor={box.vendor}", f"product_name={box.model}", f"board_vendor={box.vendor}"]
    lines.append(f"chassis_type={CHASSIS.get(box.kind, ('', '1'))[1]}")
    numbers = {
        "product_serial": box.serial,
        "product_uuid": box.uuid,
        "board_serial": box.board_serial,
        "chassis_serial": box.chassis_serial,
    }
    return "\n".join([*lines, *(f"{name}={value}" if root else f"{name}!" for name, value in numbers.items() if value)])


def _sysfs_ports(thing: Thing) -> str:
    rows = []
    for n, (name, mac, usb) in enumerate(ports_of(thing)):
        place = "/sys/devices/pci0000:00/usb1/1-1" if usb else "/sys/devices/pci0000:00/0000:00:1f.6"
        about = (f"if={name}", f"ifindex={n + 2}", "type=1", f"address={mac}", "addr_assign_type=0", "operstate=up", f"device={place}")
        rows.append("\n".join((*about, f"Permanent address: {mac}")))
    return "\n".join(rows)


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


_CLASSES = {"ap": "access_point", "bmc": "management_controller"}
_PARTS = ("identity", "interfaces", "addresses", "modules", "neighbours", "connections")


def snmp(thing: Thing, at: datetime, heard: Heard | None = None, *, members: Sequence[str] = (), cls: str = "", port: int = 161) -> Said:
    """A walk. `members`: serial numbers of a stack, the master first. The device's serial is what the agent shows: the master's."""
    heard = heard or Heard()
    object_id = NETWORK[thing.vendor][0] if thing.vendor in NETWORK else "1.3.6.1.4.1.674.10892.5"
    bridge, *ports = thing.macs
    interfaces = [Interface(n + 1, f"Gi1/0/{n + 1}", kind="ethernet", mac=mac, oper_up=True) for n, mac in enumerate(ports)]
    interfaces += [Interface(200 + n, f"Vlan{10 + n}", kind="virtual", mac=mac) for n, mac in enumerate(heard.virtual)]
    index = min(3, len(interfaces))
    name = f"{thing.hostname}.{thing.domain}" if thing.domain else thing.hostname
    descr = f"{thing.vendor} {thing.model}"
    truth = {"device": thing.truth, **{f"host:{mac}": what for mac, what in heard.hosts if what}}
    truth |= {f"remote:{n}": other.truth for n, other in enumerate((*heard.neighbours, *heard.by_name), start=1)}
    seen = Seen(
        System(descr, object_id, name, uptime_s=86_400.0, engine_id=thing.engine_id, bridge_mac=bridge),
        Facts(cls or _CLASSES.get(thing.kind, thing.kind), thing.vendor, "os", thing.model, "16.12", thing.serial),
        own_chassis=OwnChassis(bridge, "mac", bridge, thing.hostname),
        interfaces=interfaces,
        addresses=[Address(thing.ip, 1, 24)],
        entities=_entities(thing, members),
        neighbours=_neighbours(heard),
        forwarding=Forwarding(tuple(Learned(mac, index) for mac, _ in heard.hosts)),
        parts=dict.fromkeys(_PARTS, ("complete", "")),
    )
    return Said(observe_seen(seen, endpoint=Endpoint(thing.ip, port), at=at), truth)


def _entities(thing: Thing, members: Sequence[str]) -> Entities:
    if not members:
        lone = Part(1, "chassis", None, "chassis", model=thing.model, serial=thing.serial, vendor=thing.vendor)
        return Entities((lone,), lone, (lone,))
    top = Part(1, "stack", None, "stack", model=thing.model, serial=members[0])
    chassis = tuple(
        Part(1000 + n, "chassis", 1, f"Switch {n + 1}", model=thing.model, serial=serial, vendor=thing.vendor)
        for n, serial in enumerate(members)
    )
    return Entities((top, *chassis), chassis[0], chassis)


def _neighbours(heard: Heard) -> list[Neighbour]:
    told = [
        Neighbour("lldp", 1, other.macs[0], "mac", other.macs[0], name=f"{other.hostname}.{other.domain}", port="Gi1/0/1")
        for other in heard.neighbours
    ]
    named = [(device_of(other.hostname), "Gi1/0/2") for other in heard.by_name]
    return told + [Neighbour("cdp", 1, name=name, serial=serial, port=port) for (name, serial), port in named]


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
