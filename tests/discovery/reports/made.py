"""Reports of systems that no recording exists of, written after the agents' own source and GLPI's inventory format."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
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
    """A notebook with Windows 11, BitLocker, Defender, a dock and a monitor (a fresh copy: tests change it)."""
    content: dict[str, Any] = json.loads(Path(__file__).with_name("windows_notebook.json").read_text(encoding="utf-8"))
    return content


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
