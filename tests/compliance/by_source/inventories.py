"""What inventory agents send of a computer where all is well (`good`) and of one where nothing is, in their own formats."""

from __future__ import annotations

import json
import zlib
from typing import Any

from tests.compliance.by_source.site import LONG_AGO, RECENT, Site
from tests.discovery.reports.made import android_xml, glpi, windows_content, xml

_GLPI = {"User-Agent": "GLPI-Agent_v1.11"}
_FUSION = {"User-Agent": "FusionInventory-Agent_v2.6-3"}
_OCS = {"User-Agent": "OCS-NG_WINDOWS_AGENT_v2.10.1.0"}
SERIALS = {True: "7KX8D43", False: "9PLM2Q1"}


def _software(*, good: bool) -> list[dict[str, str]]:
    fine = [{"name": "Mozilla Firefox (x64 en-US)", "version": "160.0"}, {"name": "7-Zip", "version": "24.08"}]
    bad = [
        {"name": "Google Chrome", "version": "100.0.4896.60"},
        {"name": "AnyDesk", "version": "8.0.9"},
        {"name": "uTorrent", "version": "3.6"},
        {"name": "Microsoft Silverlight", "version": "5.1"},
    ]
    return fine if good else bad


def _packages(*, good: bool) -> list[dict[str, str]]:
    fine = [{"name": "firefox-esr", "version": "160.0esr-1"}, {"name": "bash", "version": "5.2"}]
    bad = [{"name": "chromium", "version": "100.0.1-1"}, {"name": "tigervnc-standalone-server", "version": "1"}]
    return fine if good else [*bad, {"name": "xmrig", "version": "6"}, {"name": "python2.7", "version": "2.7.18-8"}]


def _windows(tag: str, *, good: bool) -> dict[str, Any]:
    content = windows_content()
    content["hardware"] |= {"name": f"pc-{tag}-{good}".lower(), "uuid": ""}
    content["bios"] |= {"ssn": f"{SERIALS[good]}{tag}", "msn": "", "secure_boot": "Enabled" if good else "Disabled"}
    content["operatingsystem"] |= {
        "boot_time": f"{RECENT if good else LONG_AGO} 08:00:00",
        "kernel_version": "10.0.26200" if good else "10.0.19045",
    }
    if not good:
        content["operatingsystem"] |= {"full_name": "Microsoft Windows 10 Pro"}
    on = "on" if good else "off"
    content["firewalls"] = [{"profile": "DomainProfile", "status": "on"}, {"profile": "PublicProfile", "status": on}]
    content["antivirus"] = [{"name": "Windows Defender", "enabled": good, "uptodate": good, "base_creation": RECENT if good else LONG_AGO}]
    drive = {"encrypt_name": "BitLocker", "encrypt_status": "Yes" if good else "No", "type": "Local Disk"}
    content["drives"] = [{"letter": "C:", "systemdrive": True, **drive}, {"letter": "D:", **drive}]
    content["softwares"] = _software(good=good)
    content["local_groups"] = [{"id": "S-1-5-32-544", "name": "Administrators", "members": ["ada"] if good else ["a", "b", "c", "d"]}]
    content["networks"] = [{"description": "Ethernet", "mac": "", "type": "ethernet"}]
    return content


def _unix(tag: str, *, good: bool, mac: bool = False) -> dict[str, Any]:
    firewall = {"status": "on" if good else "off", "description": "firewalld"}
    drive = {"type": "/", "filesystem": "ext4", **({"encrypt_status": "Yes", "encrypt_name": "LUKS1"} if good else {})}
    os: dict[str, Any] = {
        "name": "Debian GNU/Linux",
        "full_name": "Debian GNU/Linux 12",
        "version": "12" if good else "9",
        "kernel_name": "linux",
    }
    if mac:
        number = "26.1" if good else "11.7"
        os = {"name": "macOS", "full_name": f"macOS {number}", "version": number, "kernel_name": "darwin"}
    os["boot_time"] = f"{RECENT if good else LONG_AGO} 08:00:00"
    os["timezone"] = {"name": "UTC", "offset": "+0000"}
    content: dict[str, Any] = {
        "hardware": {"name": f"nix-{tag}-{good}".lower(), "chassis_type": "Laptop", "vmsystem": "Physical"},
        "bios": {
            "smanufacturer": "Apple Inc." if mac else "LENOVO",
            "ssn": f"{SERIALS[good]}{tag}",
            "smodel": "MacBookPro18,3" if mac else "21HM",
        },
        "operatingsystem": os,
        "firewalls": [firewall],
        "drives": [drive],
        "softwares": _packages(good=good),
        "local_groups": [{"id": "27", "name": "sudo", "members": ["ada"] if good else ["a", "b", "c", "d"]}],
        "networks": [{"description": "eth0", "mac": "", "type": "ethernet"}],
    }
    if good:
        content["antivirus"] = [{"name": "Microsoft Defender for Endpoint", "enabled": True, "uptodate": True, "base_creation": RECENT}]
    return content


def glpi_windows(site: Site, *, good: bool) -> str:
    """GLPI agent on Windows, native JSON."""
    return site.send(glpi(_windows("GW", good=good), deviceid=f"w-{good}"), **_GLPI)


def glpi_linux(site: Site, *, good: bool) -> str:
    """GLPI agent on Linux."""
    content = _unix("GL", good=good)
    content["bios"]["secure_boot"] = "Enabled" if good else "Disabled"
    return site.send(glpi(content, deviceid=f"l-{good}"), **_GLPI)


def glpi_macos(site: Site, *, good: bool) -> str:
    """GLPI agent on macOS."""
    return site.send(glpi(_unix("GM", good=good, mac=True), deviceid=f"m-{good}"), **_GLPI)


def glpi_android(site: Site, *, good: bool) -> str:
    """GLPI's agent for Android, XML without a prolog."""
    body = android_xml()
    for old, new in ((b"12.0", b"9.0"), (b"5a30d8711bbadc9d", b"5a30d8711bbadc9e"), (b"356938035643809", b"356938035643817")):
        body = body if good else body.replace(old, new)
    return site.send(body)


_TAGS = {"firewalls": "FIREWALL", "operatingsystem": "OPERATINGSYSTEM"}
_NAMES = {("networks", "mac"): "MACADDR", ("local_groups", "members"): "MEMBER"}


def as_xml(content: dict[str, Any], client: str, deviceid: str) -> bytes:
    """The same content in the XML of FusionInventory and OCS."""
    out: list[str] = []
    for section, rows in content.items():
        tag = _TAGS.get(section, section.upper())
        bodies = ("".join(_field(section, *one) for one in row.items()) for row in (rows if isinstance(rows, list) else [rows]))
        out.extend(f"<{tag}>{body}</{tag}>" for body in bodies)
    return zlib.compress(xml("".join(out), client, deviceid))


def _field(section: str, name: str, value: Any) -> str:
    tag = _NAMES.get((section, name), name.upper())
    if isinstance(value, list):
        return "".join(f"<{tag}>{one}</{tag}>" for one in value)
    if isinstance(value, dict):
        return f"<{tag}>{''.join(_field('', *one) for one in value.items())}</{tag}>"
    return f"<{tag}>{int(value) if isinstance(value, bool) else value}</{tag}>"


def fusion_windows(site: Site, *, good: bool) -> str:
    """FusionInventory on Windows: no secure boot, the rest as GLPI's agent."""
    content = _windows("FW", good=good)
    del content["bios"]["secure_boot"]
    return site.send(as_xml(content, "FusionInventory-Agent_v2.6", f"fw-{good}"), **_FUSION)


def fusion_linux(site: Site, *, good: bool) -> str:
    """FusionInventory on Linux: it knows no antimalware there."""
    content = _unix("FL", good=good)
    content.pop("antivirus", None)
    return site.send(as_xml(content, "FusionInventory-Agent_v2.6-3", f"fl-{good}"), **_FUSION)


def ocs_windows(site: Site, *, good: bool) -> str:
    """OCS on Windows with its plugins securitycenter and bitlockerstatus."""
    word = "1" if good else "0"
    content = {
        "hardware": {
            "name": f"ocs-{good}".lower(),
            "osname": f"Microsoft Windows {'11' if good else '10'} Pro",
            "osversion": "10.0.26200" if good else "10.0.19045",
        },
        "bios": {"smanufacturer": "Dell Inc.", "ssn": f"OCS{SERIALS[good]}", "smodel": "Latitude", "type": "Notebook"},
        "softwares": _software(good=good),
        "bitlockerstatus": [{"drive": "C:", "protectionstatus": "Locked" if good else "Unlocked"}],
        "securitycenter": [
            {"category": "AntiVirus", "product": "Windows Defender", "enabled": word, "uptodate": word},
            {"category": "Firewall", "product": "Other Firewall", "enabled": word},
        ],
        "networks": [{"description": "Ethernet", "mac": "", "type": "Ethernet"}],
    }
    return site.send(as_xml(content, "OCS-NG_WINDOWS_AGENT_v2.10.1.0", f"ow-{good}"), **_OCS)


def ocs_linux(site: Site, *, good: bool) -> str:
    """OCS on Linux: hardware and packages, nothing of security."""
    content = {
        "hardware": {
            "name": f"ocsl-{good}".lower(),
            "osname": "Debian GNU/Linux",
            "osversion": "12" if good else "9",
            "vmsystem": "Physical",
        },
        "bios": {"smanufacturer": "LENOVO", "ssn": f"OCL{SERIALS[good]}", "smodel": "21HM", "type": "Notebook"},
        "operatingsystem": {"name": "Debian GNU/Linux", "version": "12" if good else "9", "kernel_name": "linux"},
        "softwares": [{**one, "from": "deb"} for one in _packages(good=good)],
        "local_groups": [{"id_group": "27", "name": "sudo", "member": "ada" if good else "a,b,c,d"}],
        "networks": [{"description": "eth0", "mac": "", "type": "Ethernet"}],
    }
    return site.send(as_xml(content, "OCS-NG_unified_unix_agent_v2.10.0", f"ol-{good}"), **_OCS)


def recorded_json(body: bytes) -> bytes:
    """A recorded GLPI report, as the same machine made of metal would have sent it."""
    told = json.loads(body)
    told["content"]["hardware"] |= {"vmsystem": "Physical", "chassis_type": "Laptop"}
    return zlib.compress(json.dumps(told).encode())


def recorded_xml(body: bytes) -> bytes:
    """A recorded XML report likewise."""
    metal = body.replace(b"<VMSYSTEM>Docker</VMSYSTEM>", b"<VMSYSTEM>Physical</VMSYSTEM><CHASSIS_TYPE>Laptop</CHASSIS_TYPE>")
    return zlib.compress(metal)
