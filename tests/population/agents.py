"""The inventory agents' own words: XML of FusionInventory and OCS, JSON of GLPI, and what its agent for Android sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from cmdb.model.observation import Observation
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.message import Headers
from discovery.reports.privacy import filter_body
from tests.population.said import Said
from tests.population.things import CHASSIS, Thing, ports_of

_KEY = b"p" * 32
_OS = {"windows": ("Microsoft Windows 11 Pro", "MSWin32"), "linux": ("Debian GNU/Linux 12", "linux"), "macos": ("macOS 14.5", "darwin")}


def report_of(body: bytes, at: datetime, headers: Headers, owner: str = "corporate") -> Observation:
    """What the door makes of a body, of whatever kind."""
    stored, _ = filter_body(body, owner, key=_KEY, headers=headers)
    return observation_from_entry(KIND, stored, {"received_at": at.isoformat(), "ownership": owner})


def _vm_system(thing: Thing) -> str:
    if thing.cloud or thing.kind == "vm":
        return {"VMware, Inc.": "VMware", "Microsoft Corporation": "Hyper-V"}.get(thing.vendor, "QEMU")
    return "lxc" if thing.kind == "container" else "Physical"


def _tag(name: str, *content: str) -> str:
    """An element; what is no element itself is escaped."""
    return f"<{name}>{''.join(c if c.startswith('<') else escape(c) for c in content)}</{name}>"


def xml(
    thing: Thing,
    at: datetime,
    product: str = "fusioninventory",
    *,
    guests: Sequence[Thing] = (),
    monitors: Sequence[Thing] = (),
    upper: bool = False,
    owner: str = "corporate",
) -> Said:
    """A report of FusionInventory or OCS in XML. `upper`: this agent writes UUID and addresses in capitals."""
    fusion = product == "fusioninventory"
    name, kernel = _OS[thing.os]
    content = _tag(
        "CONTENT",
        _xml_bios(thing),
        _tag(
            "HARDWARE",
            _tag("NAME", thing.hostname),
            _tag("UUID", thing.uuid.upper() if upper else thing.uuid),
            _tag("CHASSIS_TYPE", CHASSIS.get(thing.kind, ("Other",))[0]),
            _tag("VMSYSTEM", _vm_system(thing)),
            _tag("OSNAME", name),
        ),
        _tag("OPERATINGSYSTEM", _tag("FULL_NAME", name), _tag("KERNEL_NAME", kernel), _tag("FQDN", f"{thing.hostname}.{thing.domain}")),
        *(_xml_port(thing, n, fusion=fusion, upper=upper) for n in range(len(ports_of(thing)))),
        *(_xml_guest(guest) for guest in guests),
        *(_tag("MONITORS", _tag("CAPTION", m.model), _tag("MANUFACTURER", m.vendor), _tag("SERIAL", m.serial)) for m in monitors),
        *([_tag("VERSIONCLIENT", "FusionInventory-Agent_v2.6")] if fusion else []),
    )
    device = thing.deviceid if fusion else f"{thing.deviceid}-ocs"
    body = '<?xml version="1.0" encoding="UTF-8"?>\n' + _tag("REQUEST", content, _tag("DEVICEID", device), _tag("QUERY", "INVENTORY"))
    agent = "FusionInventory-Agent_v2.6" if fusion else "OCS-NG_unified_unix_agent_v2.10.0"
    return Said(report_of(body.encode(), at, Headers(agent), owner), {"endpoint": thing.truth, **_attached(guests, monitors)})


def _xml_bios(thing: Thing) -> str:
    return _tag(
        "BIOS",
        _tag("SMANUFACTURER", thing.vendor),
        _tag("SMODEL", thing.model),
        _tag("SSN", thing.serial),
        _tag("MSN", thing.board_serial),
        _tag("MMANUFACTURER", thing.vendor),
        _tag("ENCLOSURESERIAL", thing.chassis_serial),
    )


def _xml_port(thing: Thing, number: int, *, fusion: bool, upper: bool) -> str:
    name, mac, usb = ports_of(thing)[number]
    return _tag(
        "NETWORKS",
        _tag("DESCRIPTION", name),
        _tag("MACADDR", mac.upper() if upper else mac),
        _tag("IPADDRESS", thing.ip if number == 0 else ""),
        _tag("TYPE", "wifi" if "w" in name[:2].lower() else "ethernet"),
        _tag("STATUS", "Up"),
        *([_tag("PNPDEVICEID", "USB\\VID_0BDA&PID_8153")] if usb and fusion and thing.os == "windows" else []),
    )


def _xml_guest(guest: Thing) -> str:
    kind = "vmware" if guest.vendor.startswith("VM") else "kvm"
    mac = guest.macs[0] if guest.macs else ""
    return _tag("VIRTUALMACHINES", _tag("NAME", guest.hostname), _tag("UUID", guest.uuid), _tag("MAC", mac), _tag("VMTYPE", kind))


def _attached(guests: Sequence[Thing], monitors: Sequence[Thing]) -> dict[str, str]:
    return {**{f"vm:{g.uuid}": g.truth for g in guests}, **{f"monitor:{m.vendor}:{m.serial}": m.truth for m in monitors}}


def glpi(thing: Thing, at: datetime, *, partial: bool = False, guests: Sequence[Thing] = (), monitors: Sequence[Thing] = ()) -> Said:
    """A report of GLPI's agent in JSON; a partial one has bios and hardware only (recorded)."""
    name, kernel = _OS[thing.os]
    content: dict[str, object] = {
        "versionclient": "GLPI-Agent_v1.11",
        "bios": {
            "smanufacturer": thing.vendor,
            "smodel": thing.model,
            "ssn": thing.serial,
            "msn": thing.board_serial,
            "mmanufacturer": thing.vendor,
            "enclosureserial": thing.chassis_serial,
        },
        "hardware": {
            "name": thing.hostname,
            "uuid": thing.uuid,
            "chassis_type": CHASSIS.get(thing.kind, ("Other",))[0],
            "vmsystem": _vm_system(thing),
            "memory": 16384,
        },
    }
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
            for n, (port, mac, usb) in enumerate(ports_of(thing))
        ]
        content["virtualmachines"] = [
            {"name": g.hostname, "uuid": g.uuid, "vmtype": "kvm", "status": "running", **({"mac": g.macs[0]} if g.macs else {})}
            for g in guests
        ]
        content["monitors"] = [{"caption": m.model, "manufacturer": m.vendor, "serial": m.serial} for m in monitors]
    message = {"action": "inventory", "deviceid": thing.deviceid, "itemtype": "Computer", "partial": partial, "content": content}
    return Said(
        report_of(json.dumps(message).encode(), at, Headers("GLPI-Agent_v1.11", thing.agent_id)),
        {"endpoint": thing.truth, **_attached(guests, monitors)},
    )


def android(thing: Thing, at: datetime) -> Said:
    """A report of GLPI's agent for Android."""
    content = _tag(
        "CONTENT",
        _tag("HARDWARE", _tag("NAME", thing.hostname), _tag("OSNAME", "Android"), _tag("UUID", thing.uuid)),
        _tag("OPERATINGSYSTEM", _tag("FULL_NAME", "Android 14"), _tag("KERNEL_NAME", "linux")),
        _tag("BIOS", _tag("SMANUFACTURER", thing.vendor), _tag("SMODEL", thing.model), _tag("SSN", thing.serial)),
        *([_tag("MODEMS", _tag("IMEI", thing.imei))] if thing.imei else []),
        _tag("NETWORKS", _tag("DESCRIPTION", "wlan0"), _tag("MACADDR", thing.macs[0]), _tag("TYPE", "WIFI"), _tag("STATUS", "up")),
        _tag("VERSIONCLIENT", "Inventory Agent/1.1.0 (Linux; Android 14; GLPI Inventory Agent)"),
    )
    body = _tag("REQUEST", content, _tag("DEVICEID", thing.deviceid), _tag("QUERY", "INVENTORY"))
    return Said(report_of(body.encode(), at, Headers("Inventory Agent/1.1.0")), {"endpoint": thing.truth})
