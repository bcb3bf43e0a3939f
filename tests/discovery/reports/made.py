"""Reports of systems that no recording exists of, written after the agents' own source and GLPI's inventory format."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from typing import Any

from cmdb.model.observation import Item, Observation
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.message import Headers
from discovery.reports.privacy import filter_body

AT = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
KEY = b"k" * 32
GLPI = Headers("GLPI-Agent_v1.11", "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3")
OCS = Headers("OCS-NG_unified_unix_agent_v2.10.0")


def glpi(content: dict[str, Any], **envelope: Any) -> bytes:
    """A GLPI agent's inventory on the wire."""
    message = {
        "action": "inventory",
        "deviceid": "pc-2026-01-02-03-04-05",
        "itemtype": "Computer",
        **envelope,
        "content": {"versionclient": "GLPI-Agent_v1.11", **content},
    }
    return zlib.compress(json.dumps(message).encode())


def xml(content: str, client: str = "FusionInventory-Agent_v2.6-3", deviceid: str = "pc-2026-01-02-03-04-05") -> bytes:
    """An XML inventory, plain."""
    version = f"<VERSIONCLIENT>{client}</VERSIONCLIENT>" if client else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<REQUEST><CONTENT>{content}{version}</CONTENT>'
        f"<DEVICEID>{deviceid}</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"
    ).encode()


def observed(body: bytes, ownership: str = "corporate", headers: Headers = GLPI, **meta: str) -> Observation:
    """A body all the way: filtered, stored, read back, observed."""
    stored, _ = filter_body(body, ownership, key=KEY, headers=headers)
    return observation_from_entry(KIND, stored, {"received_at": AT.isoformat(), "ownership": ownership, **meta})


def endpoint(observation: Observation) -> Item:
    """The reporting thing itself."""
    return observation.items[0]


def identified(item: Item) -> set[tuple[str, str, str]]:
    """Its identity evidence."""
    return {(i.kind, i.value, i.scope) for i in item.identifiers}


def look(observation: Observation, part: str) -> str | None:
    """How a part was looked at; None where nothing was said of it."""
    return next((c.state for c in observation.coverage if c.part == part), None)


def reason(observation: Observation, part: str) -> str:
    """Why."""
    return next((c.reason for c in observation.coverage if c.part == part), "")


def windows_content() -> dict[str, Any]:
    """A notebook with Windows 11, BitLocker, Defender, a dock and a monitor."""
    return {
        "hardware": {
            "name": "PC-4711",
            "uuid": "4C4C4544-0037-4B10-8058-B7C04F384433",
            "chassis_type": "Notebook",
            "memory": 16106,
            "vmsystem": "Physical",
            "workgroup": "corp.example",
            "lastloggeduser": "ada",
            "winprodkey": "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",
            "defaultgateway": "10.1.0.1",
        },
        "bios": {
            "smanufacturer": "Dell Inc.",
            "smodel": "Latitude 7440",
            "ssn": "7KX8D43",
            "msn": "/7KX8D43/CNWS2003B1004A/",
            "mmanufacturer": "Dell Inc.",
            "bversion": "1.19.0",
            "skunumber": "0C04",
            "assettag": "No Asset Tag",
            "secure_boot": "enabled",
        },
        "operatingsystem": {
            "name": "Windows",
            "full_name": "Microsoft Windows 11 Pro",
            "version": "2009",
            "kernel_name": "MSWin32",
            "kernel_version": "10.0.22631",
            "arch": "64-bit",
            "fqdn": "pc-4711.corp.example",
            "dns_domain": "corp.example",
            "boot_time": "2026-11-20 08:12:29",
            "timezone": {"name": "Romance Standard Time", "offset": "+0100"},
            "ssh_key": "ssh-rsa AAAAB3Nza",
        },
        "cpus": [{"name": "13th Gen Intel(R) Core(TM) i7-1365U", "core": 10, "thread": 12, "arch": "i386"}],
        "antivirus": [
            {
                "name": "Windows Defender",
                "company": "Microsoft Corporation",
                "enabled": True,
                "uptodate": True,
                "version": "4.18.24090.11",
                "base_version": "1.419.441.0",
                "base_creation": "2026-11-21",
                "guid": "{D68DDC3A-831F-4fae-9E44-DA132C1ACF46}",
            }
        ],
        "firewalls": [{"profile": f"{name}Profile", "status": "on"} for name in ("Domain", "Public", "Standard")],
        "drives": [
            {
                "letter": "C:",
                "systemdrive": True,
                "filesystem": "NTFS",
                "total": 486000,
                "free": 12,
                "label": "Windows",
                "encrypt_name": "BitLocker",
                "encrypt_algo": "XTS_AES_256",
                "encrypt_status": "Yes",
            },
            {"letter": "D:", "systemdrive": False, "filesystem": "NTFS", "encrypt_name": "BitLocker", "encrypt_status": "No"},
        ],
        "storages": [
            {
                "name": "\\\\.\\PHYSICALDRIVE0",
                "model": "KIOXIA KXG80 NVMe",
                "serial": "24FA21X5K9",
                "disksize": 512110,
                "type": "Fixed hard disk media",
                "interface": "SCSI",
            },
            {"name": "\\\\.\\PHYSICALDRIVE1", "model": "SanDisk Ultra", "interface": "USB", "type": "Removable Media", "disksize": 64000},
            {"name": "CdRom0", "type": "CD-ROM drive"},
        ],
        "networks": [
            {
                "description": "Intel(R) Wi-Fi 6E AX211 160MHz",
                "mac": "A0:B3:39:10:20:30",
                "ipaddress": "10.1.2.3",
                "ipmask": "255.255.0.0",
                "ipgateway": "10.1.0.1",
                "status": "up",
                "type": "wifi",
                "speed": "1201",
                "virtualdev": False,
                "pnpdeviceid": "PCI\\VEN_8086&DEV_51F0",
                "wifi_ssid": "corp-wifi",
            },
            {
                "description": "Intel(R) Wi-Fi 6E AX211 160MHz",
                "mac": "A0:B3:39:10:20:30",
                "ipaddress6": "2001:db8::17",
                "ipmask6": "ffff:ffff:ffff:ffff::",
                "status": "up",
                "type": "wifi",
            },
            {
                "description": "Realtek USB GbE Family Controller",
                "mac": "00:E0:4C:68:01:02",
                "status": "down",
                "type": "ethernet",
                "virtualdev": False,
                "pnpdeviceid": "USB\\VID_0BDA&PID_8153",
            },
            {
                "description": "TAP-Windows Adapter V9",
                "mac": "00:FF:3A:68:62:80",
                "status": "down",
                "type": "ethernet",
                "virtualdev": False,
                "pnpdeviceid": "ROOT\\NET\\0000",
                "speed": "9223372036854.78",
            },
            {
                "description": "Hyper-V Virtual Ethernet Adapter",
                "mac": "00:15:5D:01:02:03",
                "status": "up",
                "type": "ethernet",
                "virtualdev": True,
            },
        ],
        "softwares": [
            {
                "name": "Mozilla Firefox (x64 en-US)",
                "version": "132.0.2",
                "publisher": "Mozilla",
                "from": "registry",
                "arch": "x86_64",
                "guid": "Mozilla Firefox 132.0.2",
                "uninstall_string": "C:\\x.exe /secret",
            },
            {"name": "KB5046633", "from": "WMI", "comments": "Security Update"},
            {"name": "Private Diary", "version": "1.0", "from": "registry"},
        ],
        "local_groups": [
            {"id": "S-1-5-32-544", "name": "Administrateurs", "members": ["Administrator", "CORP\\ada"]},
            {"id": "S-1-5-32-545", "name": "Utilisateurs", "members": ["CORP\\bob"]},
        ],
        "local_users": [
            {"id": "S-1-5-21-1991532173-3840140016-515664010-500", "name": "Administrator"},
            {"id": "S-1-5-21-1991532173-3840140016-515664010-1001", "name": "bob"},
        ],
        "users": [{"login": "ada", "domain": "CORP"}],
        "envs": [{"key": "TOKEN", "val": "canary"}],
        "processes": [{"cmd": "C:\\app.exe --password=canary", "pid": 7, "user": "ada"}],
        "licenseinfos": [{"name": "Office", "key": "V33KV-CMD8V-6JXQ9-YJP62-7FTGD"}],
        "monitors": [
            {"caption": "DELL U2723QE", "manufacturer": "Dell Inc.", "serial": "5XKX9P3", "base64": "AP///////wA="},
            {"caption": "Internal", "manufacturer": "LG", "serial": "0000"},
        ],
        "usbdevices": [
            {"caption": "Jabra Evolve2 65", "manufacturer": "GN Netcom", "serial": "70BF924EF1D9", "class": "3"},
            {"caption": "USB Root Hub", "serial": "0000:00:14.0", "class": "9"},
        ],
        "printers": [{"name": "Microsoft Print to PDF", "driver": "Microsoft Print To PDF"}],
    }


def android_xml() -> bytes:
    """A phone by GLPI's agent for Android: no prolog, a boot time with the minutes in the month's place, an id instead of a serial."""
    return xml(
        "<HARDWARE><NAME>android-5a30d8711bbadc9d</NAME><OSNAME>Android</OSNAME><OSVERSION>12</OSVERSION><UUID>5a30d8711bbadc9d</UUID>"
        "<MEMORY>5524</MEMORY></HARDWARE>"
        "<OPERATINGSYSTEM><ARCH>arm64-v8a,armeabi-v7a,armeabi</ARCH><BOOT_TIME>2022-21-09 05:21:23</BOOT_TIME>"
        "<FULL_NAME>Snow Cone Android 12.0 api 31</FULL_NAME><KERNEL_NAME>linux</KERNEL_NAME>"
        "<KERNEL_VERSION>Linux localhost 4.14.190-23682023 #1 SMP PREEMPT Tue Apr 5 22:31:19 KST 2022 aarch64</KERNEL_VERSION>"
        "<NAME>Snow Cone Android 12.0</NAME><SSH_KEY>ssh-rsa canary</SSH_KEY><VERSION>31</VERSION>"
        "<TIMEZONE><NAME>UTC</NAME><OFFSET>+20</OFFSET></TIMEZONE></OPERATINGSYSTEM>"
        "<BIOS><ASSETTAG>release-keys</ASSETTAG><SMANUFACTURER>samsung</SMANUFACTURER><SMODEL>SM-A715F</SMODEL><SSN>5a30d8711bbadc9d</SSN></BIOS>"
        "<MODEMS><IMEI>356938035643809</IMEI></MODEMS>"
        "<SIMCARDS><LINE_NUMBER>+33632331095</LINE_NUMBER><SUBSCRIBER_ID>208100000000001</SUBSCRIBER_ID></SIMCARDS>"
        "<NETWORKS><DESCRIPTION>wlan0</DESCRIPTION><MACADDR>02:00:00:00:00:00</MACADDR><IPADDRESS>0.0.0.0</IPADDRESS><IPMASK>0.0.0.0</IPMASK><SPEED>-1</SPEED><STATUS>down</STATUS><TYPE>WIFI</TYPE>"
        "<WIFI_SSID>home</WIFI_SSID></NETWORKS>"
        "<SOFTWARES><NAME>Firefox</NAME><VERSION>119.1.1</VERSION><FROM>Android</FROM><INSTALLDATE>01/01/1970</INSTALLDATE></SOFTWARES>"
        "<SOFTWARES><NAME>Dating</NAME><VERSION>1</VERSION><FROM>Android</FROM></SOFTWARES><ENVS><KEY>PATH</KEY><VAL>canary</VAL></ENVS>",
        client="Inventory Agent/1.1.0 (Linux; Android 12; GLPI Inventory Agent)",
        deviceid="android-5a30d8711bbadc9d-2022-10-19-08-08-46",
    )
