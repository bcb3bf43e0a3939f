"""Devices that are not protected although what their sources send looks as if: each with the outcomes that are borne out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from tests.compliance.by_source import inventories, tellers
from tests.compliance.by_source.site import NOW, Site
from tests.discovery.reports.made import glpi

CANNOT = "unknown(source_cannot_tell)"
ABSENT = "unknown(section_absent)"
FUSION, OCS = "FusionInventory-Agent_v2.6-3", "OCS-NG_WINDOWS_AGENT_v2.10.1.0"


def _number(name: str) -> int:
    """The same for the same name in every run."""
    return zlib.crc32(name.encode()) % 10**6


@dataclass(frozen=True, slots=True)
class Device:
    """`send` gives the id of the endpoint; `expected`: policy → outcome."""

    name: str
    send: Callable[[Site], str]
    expected: Mapping[str, str]


def windows(name: str, expected: Mapping[str, str], *, fusion: bool = False, os: str = "", build: str = "", **sections: Any) -> Device:
    """A Windows notebook where all is well but these sections, by GLPI's agent or FusionInventory."""

    def send(site: Site) -> str:
        tag = f"{'F' if fusion else 'G'}{_number(name):06d}"
        content = inventories._windows(tag, good=True)
        content["hardware"]["name"] = f"w{tag}".lower()
        content["operatingsystem"] |= {"full_name": os} if os else {}
        content["operatingsystem"] |= {"kernel_version": build} if build else {}
        content |= sections
        if fusion:
            return site.send(inventories.as_xml(content, FUSION, f"fw-{tag}"), **{"User-Agent": FUSION})
        return site.send(glpi(content, deviceid=f"w-{tag}"), **{"User-Agent": "GLPI-Agent_v1.11"})

    return Device(("Fusion: " if fusion else "GLPI: ") + name, send, expected)


def unix(name: str, expected: Mapping[str, str], *, mac: str = "", fusion: bool = False, **sections: Any) -> Device:
    """A Linux notebook (`mac`: a Mac with this macOS) where all is well but these sections; None takes one away."""

    def send(site: Site) -> str:
        tag = f"{'F' if fusion else 'G'}U{_number(name):06d}"
        content = inventories._unix(tag, good=True, mac=bool(mac))
        content["hardware"]["name"] = f"n{tag}".lower()
        content["operatingsystem"] |= {"full_name": f"macOS {mac}", "version": mac} if mac else {}
        content = {section: rows for section, rows in (content | sections).items() if rows is not None}
        if fusion:
            return site.send(inventories.as_xml(content, FUSION, f"fu-{tag}"), **{"User-Agent": FUSION})
        return site.send(glpi(content, deviceid=f"u-{tag}"), **{"User-Agent": "GLPI-Agent_v1.11"})

    return Device(("Fusion: " if fusion else "GLPI: ") + name, send, expected)


def ocs(name: str, expected: Mapping[str, str], **sections: Any) -> Device:
    """A Windows notebook by OCS with these sections of its plugins."""

    def send(site: Site) -> str:
        tag = f"{_number(name):06d}"
        content = {
            "hardware": {"name": f"o{tag}", "osname": "Microsoft Windows 11 Pro", "osversion": "10.0.26200"},
            "bios": {"smanufacturer": "Dell Inc.", "ssn": f"OCX{tag}", "smodel": "Latitude", "type": "Notebook"},
            "softwares": [{"name": "7-Zip", "version": "24.08"}],
            **sections,
        }
        return site.send(inventories.as_xml(content, OCS, f"oc-{tag}"), **{"User-Agent": OCS})

    return Device("OCS: " + name, send, expected)


Results = dict[str, list[dict[str, str]]]


def osquery(name: str, expected: Mapping[str, str], platform: int, *looks: Results) -> Device:
    """A computer by osquery; a second look is logged after the first was applied."""

    def send(site: Site) -> str:
        vendor, model = ("Apple Inc.", "MacBookPro18,3") if platform == 21 else ("Dell Inc.", "Latitude 7440")
        base: Results = {"system": [tellers._system(site, vendor, model)]}
        if platform == 2:
            base |= {
                "os": [{"name": "Microsoft Windows 11 Pro", "version": "10.0.26200"}],
                "chassis_windows": [{"chassis_types": "Notebook"}],
            }
        elif platform == 9:
            base |= {
                "os": [{"name": "Debian GNU/Linux", "version": "12 (bookworm)"}],
                "battery_linux": [{"path": "/sys/class/power_supply/BAT0"}],
            }
        else:
            base |= {"os": [{"name": "macOS", "version": "14.7"}]}
        ci = site.osquery(platform, base | looks[0])
        for minute, look in enumerate(looks[1:], start=1):
            lines = [
                {"name": f"moorings_{query}", "action": "snapshot", "snapshot": rows, "unixTime": 5 + minute, "epoch": 0, "counter": 0}
                for query, rows in look.items()
            ]
            with patch("web.agent.desk.now", lambda at=NOW + timedelta(minutes=minute): at):
                site.log(lines)
        return ci

    return Device(f"osquery: {name}", send, expected)


def text(name: str, expected: Mapping[str, str], body: str) -> Device:
    """A document as its tool writes it."""
    return Device(name, lambda site: site.send(body), expected)
