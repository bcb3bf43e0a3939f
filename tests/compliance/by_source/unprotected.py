"""Devices that are not protected although what their sources send looks as if: each with the outcomes that are borne out."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from discovery.linux.observe import observe
from discovery.linux.reading import Reader
from discovery.linux.transcript import parse_transcript
from discovery.tables import read_table
from tests.compliance.by_source import inventories, tellers
from tests.compliance.by_source.site import NOW, Site
from tests.discovery.linux.recorded import HOSTS, LOOK, MARKER, framed
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


def windows(
    name: str, expected: Mapping[str, str], *, fusion: bool | str = False, os: str = "", build: str = "", **sections: Any
) -> Device:
    """A Windows notebook where all is well but these sections, by GLPI's agent or FusionInventory (or another version of that)."""
    version = fusion if isinstance(fusion, str) else FUSION

    def send(site: Site) -> str:
        tag = f"{'F' if fusion else 'G'}{_number(name):06d}"
        content = inventories._windows(tag, good=True)
        content["hardware"]["name"] = f"w{tag}".lower()
        content["operatingsystem"] |= {"full_name": os} if os else {}
        content["operatingsystem"] |= {"kernel_version": build} if build else {}
        content |= sections
        if fusion:
            return site.send(inventories.as_xml(content, version, f"fw-{tag}"), **{"User-Agent": version})
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


def native(name: str, expected: Mapping[str, str], *looks: Mapping[str, Any]) -> Device:
    """A laptop by a management system's native report where all is well but these settings; a second look is of a minute later."""

    def send(site: Site) -> str:
        ci = ""
        for minute, security in enumerate(looks):
            report = tellers.native_report(good=True)
            report["device"] |= {"id": f"n{_number(name)}", "hostname": f"n{_number(name)}", "serial": f"NTV{_number(name)}"}
            report["security"] |= security
            with patch("web.agent.desk.now", lambda at=NOW + timedelta(minutes=minute): at):
                ci = site.send(report)
        return ci

    return Device(f"native: {name}", send, expected)


def table(name: str, expected: Mapping[str, str], head: str, row: str) -> Device:
    """One row of a table as another product exports it."""

    def send(site: Site) -> str:
        result = read_table(f"{head}\n{row}\n".encode(), site.house.catalogue, source_name=f"{_number(name)}.csv", now=NOW)
        assert not result.errors, result.errors
        return site.observe(result.observation, result.observation.items[0].ref)

    return Device(f"table: {name}", send, expected)


def ssh(name: str, expected: Mapping[str, str], **commands: str) -> Device:
    """The recorded laptop by SSH, as root, with these commands' output instead of its own (`section__command`)."""

    def send(site: Site) -> str:
        told = (
            (HOSTS / "arch-laptop.txt")
            .read_text(encoding="utf-8")
            .replace(" user\n", " root\n")
            .replace("21A1B2C3D4E5", f"D{_number(name)}")
        )
        for place, output in {"platform__uid": "0", **commands}.items():
            section, _, command = place.partition("__")
            start, end = told.index(f"@@ section {section}\n"), told.find("\n@@ section ", told.index(f"@@ section {section}\n"))
            body = re.sub(rf"@@ > {command} root\n.*?@@ < \d[^\n]*\n?", "", told[start : end if end > 0 else None], flags=re.DOTALL)
            said = f"@@ > {command} root\n{output}\n@@ < 0 \n"
            head, _, rest = body.partition("\n")
            told = told[:start] + f"{head}\n{said}{rest}" + (told[end:] if end > 0 else "")
        look = dataclasses.replace(LOOK, observed_at=NOW)
        return site.observe(observe(Reader(parse_transcript(framed(told), MARKER)), look), "host")

    return Device(f"SSH: {name}", send, expected)
