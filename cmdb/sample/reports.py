"""What is sent of the sample's endpoints: GLPI inventory JSON, as its agent writes it (inventory_format, MIT), and native reports. Pure."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from cmdb.model.times import to_text
from cmdb.sample.plan import Endpoint, Organisation
from cmdb.sample.plan import lines as _lines

SYSTEMS: dict[str, dict[str, str]] = {
    "windows": {
        "name": "Windows",
        "full_name": "Microsoft Windows 11 Enterprise",
        "version": "24H2",
        "kernel_version": "10.0.26100",
        "arch": "64-bit",
    },
    "macos": {"name": "macOS", "full_name": "macOS Tahoe 26.1", "version": "26.1", "kernel_version": "25.1.0", "arch": "arm64"},
    "linux": {
        "name": "Debian GNU/Linux",
        "full_name": "Debian GNU/Linux 13 (trixie)",
        "version": "13.2",
        "kernel_version": "6.12.57",
        "arch": "x86_64",
    },
}
OLD: dict[str, dict[str, str]] = {
    "windows": {
        "name": "Windows",
        "full_name": "Microsoft Windows 10 Pro",
        "version": "22H2",
        "kernel_version": "10.0.19045",
        "arch": "64-bit",
    },
    "macos": {"name": "macOS", "full_name": "macOS 12.7", "version": "12.7.6", "kernel_version": "21.6.0", "arch": "x86_64"},
    "linux": {"name": "Ubuntu", "full_name": "Ubuntu 18.04.6 LTS", "version": "18.04", "kernel_version": "4.15.0", "arch": "x86_64"},
}
PACKAGES = _lines("packages.txt")


def reports(made: Organisation) -> Iterator[tuple[Endpoint, bytes, timedelta]]:
    """(endpoint, report body, how long ago it came). Phones send nothing, and some computers never did."""
    for number, endpoint in enumerate(made.endpoints):
        if endpoint.cls == "phone" or endpoint.trouble == "never_reported":
            continue
        ago = timedelta(days=45 + number % 30) if endpoint.trouble == "silent" else timedelta(minutes=7 * (number % 400))
        yield endpoint, report(made, endpoint, number), ago


def report(made: Organisation, endpoint: Endpoint, number: int) -> bytes:
    """One full report."""
    content: dict[str, Any] = {
        "versionclient": "GLPI-Agent_v1.15",
        "bios": {"smanufacturer": endpoint.vendor, "smodel": endpoint.model, "ssn": _serial(endpoint, number), "bversion": "1.24"},
        "hardware": {
            "name": endpoint.hostname,
            "uuid": _uuid(endpoint),
            "chassis_type": "Desktop" if endpoint.cls == "desktop" else "Laptop",
            "memory": 16384,
            "vmsystem": "Physical",
        },
        "operatingsystem": dict((OLD if endpoint.trouble == "end_of_life" else SYSTEMS)[endpoint.system]),
        "cpus": [{"name": "Intel(R) Core(TM) Ultra 7" if endpoint.system != "macos" else "Apple M4", "core": 8, "thread": 16}],
        "networks": [_network(endpoint, number)],
        "storages": [{"name": "disk0", "disksize": 512110, "type": "disk", "model": "NVMe SSD", "serial": f"N{endpoint.serial}"}],
        "softwares": _software(endpoint, number),
    }
    if number % 2:
        content["monitors"] = [{"caption": "U2724D", "manufacturer": "Dell Inc.", "serial": f"CN0{number:05d}MON"}]
    if endpoint.trouble != "no_security_section":
        content |= _security(made, endpoint, number)
    body = {
        "action": "inventory",
        "deviceid": f"{endpoint.hostname}-2026-01-{number % 28 + 1:02d}-08-00-00",
        "itemtype": "Computer",
        "tag": "",
        "content": content,
    }
    return orjson.dumps(body)


def scripts(made: Organisation) -> Iterator[tuple[Endpoint, bytes, timedelta]]:
    """(endpoint, native report, how long ago it came): a management script tells of a third of the organisation's own computers what the
    inventory agent cannot, whether their firewall filters."""
    for number, endpoint in enumerate(made.endpoints):
        if endpoint.ownership == "personal" or endpoint.cls == "phone" or endpoint.trouble not in ("", "firewall_off"):
            continue
        if endpoint.trouble or number % 3 == 0:
            ago = timedelta(minutes=7 * (number % 400))
            yield endpoint, _script(endpoint, number, to_text(made.now - ago)), ago


def _script(endpoint: Endpoint, number: int, at: str) -> bytes:
    body = {
        "format": "moorings-endpoint-report",
        "version": 1,
        "tool": {"name": "harbour-management", "version": "3.2"},
        "observed_at": at,
        "device": {
            "id": endpoint.serial,
            "kind": "desktop" if endpoint.cls == "desktop" else "laptop",
            "hostname": endpoint.hostname,
            "serial": _serial(endpoint, number),
            "uuid": _uuid(endpoint),
            "vendor": endpoint.vendor,
        },
        "security": {"firewall_enabled": endpoint.trouble != "firewall_off"},
    }
    return orjson.dumps(body)


def _uuid(endpoint: Endpoint) -> str:
    return str(uuid.UUID(hashlib.md5(endpoint.serial.encode(), usedforsecurity=False).hexdigest())).upper()


def _serial(endpoint: Endpoint, number: int) -> str:
    """One in a hundred boards was never given its serial: the placeholder must identify nothing."""
    return "To Be Filled By O.E.M." if number % 100 == 77 else endpoint.serial


def _network(endpoint: Endpoint, number: int) -> dict[str, Any]:
    name = "Wi-Fi" if endpoint.system == "windows" else "en0" if endpoint.system == "macos" else "wlp0s20f3"
    address = f"10.{20 + number // 60000}.{number // 240 % 250}.{number % 240 + 10}"
    return {
        "description": name,
        "macaddr": endpoint.mac,
        "ipaddress": address,
        "ipmask": "255.255.255.0",
        "status": "up",
        "type": "wifi",
        "virtualdev": False,
    }


def _software(endpoint: Endpoint, number: int) -> list[dict[str, Any]]:
    """Mostly the same everywhere; every fifth endpoint lags a version behind, and each lacks a few."""
    minor = 0 if number % 5 == 0 else 1
    kept = [name for place, name in enumerate(PACKAGES) if (place + number) % 7]
    return [
        {
            "name": name,
            "version": f"{10 + len(name)}.{minor}",
            "publisher": f"{name} project",
            "from": "registry" if endpoint.system == "windows" else "deb",
        }
        for name in kept
    ]


def _security(made: Organisation, endpoint: Endpoint, number: int) -> dict[str, Any]:
    on, trouble = True, endpoint.trouble
    fresh = made.now - timedelta(days=60 if trouble == "old_signatures" else number % 3)
    encrypted = "No" if trouble == "not_encrypted" else "Yes"
    system = {"windows": "C:", "macos": "/", "linux": "/"}[endpoint.system]
    drive: dict[str, Any] = {
        "volumn": system,
        "type": system,
        "letter": system,
        "filesystem": "ntfs" if endpoint.system == "windows" else "ext4",
        "total": 486000,
        "free": 201000,
        "systemdrive": True,
    }
    if not (endpoint.system == "linux" and encrypted == "No"):
        drive |= {
            "encrypt_status": encrypted,
            "encrypt_name": "BitLocker" if endpoint.system == "windows" else "FileVault" if endpoint.system == "macos" else "LUKS",
        }
    firewalls = [{"profile": "public", "status": "off" if trouble == "firewall_off" else "on"}]
    antivirus = [
        {
            "name": "Harbour Endpoint Protection",
            "company": "Harbour",
            "enabled": on and trouble != "antivirus_off",
            "uptodate": trouble != "old_signatures",
            "version": "7.4.1",
            "base_creation": fresh.date().isoformat(),
        }
    ]
    found: dict[str, Any] = {"drives": [drive], "firewalls": firewalls}
    return found if endpoint.system == "linux" else found | {"antivirus": antivirus}
