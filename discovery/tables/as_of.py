"""When a row's words were true, and which system they mean. An export of a device management is of today; what it says of a device is
as old as the device's last check-in: old words of protection would pass as said now, so they are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cmdb.errors import Invalid
from cmdb.model.observation import Value
from cmdb.model.times import from_text
from discovery.reports.platform import family_of
from discovery.reports.sections.system import linux, windows
from discovery.tables.columns import Columns
from discovery.tables.mapping import TableMapping, plain
from discovery.tables.result import RowError
from discovery.tables.text import Sheet

if TYPE_CHECKING:
    from discovery.tables.rows import RowSeen

LAST = "last_report_at"
OLD = timedelta(days=7)
"""Policies believe a word for 14 days from when it came; with these before it, a device's own word counts for three weeks at most."""
STATES = frozenset(
    (
        *(
            "disk_encrypted",
            "all_disks_encrypted",
            "disk_encryption_method",
            "firewall_enabled",
            "antimalware_present",
            "antimalware_enabled",
        ),
        *(
            "antimalware_up_to_date",
            "antimalware_signatures_at",
            "secure_boot",
            "tpm_present",
            "screen_lock_enabled",
            "screen_lock_timeout_s",
        ),
        *("sip_enabled", "gatekeeper_enabled", "auditd_running", "reboot_required", "pending_security_updates", "mandatory_access_control"),
    )
)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:(?:[T ]| at )(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d{1,9})?\s?([AP]M)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_MACOS = re.compile(r"(?:macos|mac os x|os x)\D*(\d+(?:\.\d+)*)?.*", re.IGNORECASE)
_BUILD = re.compile(r"10\.0(?:\.| \()(\d{5})(?:\.\d+|\))?", re.ASCII)
"""Intune's `10.0.22631.4460`, Active Directory's `10.0 (22631)`."""
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}\b", re.ASCII)
_WINDOWS_11 = 22000


def with_zone(text: str) -> str:
    """A time as exports write it, in ISO 8601; UTC where it names no zone. Other texts stay as they are."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return text
    day, hour, minute, second, half, zone = found.groups()
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            return text
        hours = hours % 12 + (12 if half.upper() == "PM" else 0)
    known = zone.upper() if zone else "Z"
    return f"{day}T{hours:02d}:{minute or '00'}:{second or '00'}{'Z' if known in ('UTC', 'GMT') else known}"


def in_order(sheet: Sheet, mapping: TableMapping) -> TableMapping:
    """The mapping with the order of days like 11/20/2026, where the column of last check-ins shows it: no month is above 12."""
    places = [place for place, title in enumerate(sheet.header) if mapping.columns.get(plain(title)) == LAST]
    if mapping.strict or mapping.dates or not places:
        return mapping
    days = [found for _, cells in sheet.rows() for cell in cells[places[0] : places[0] + 1] if (found := _SLASHED.match(cell.strip()))]
    first, second = (any(int(found[part]) > 12 for found in days) for part in (1, 2))
    return mapping if first == second else replace(mapping, dates="dmy" if first else "mdy")


def as_told(seen: RowSeen, columns: Columns, mapping: TableMapping, now: datetime) -> list[RowError]:
    """Complete a row of another product's table, and take out what it says of the device's protection where that is too old or of a day
    nobody knows. Gives the warnings."""
    if not mapping.strict:
        for name, value in mapping.always.items():
            if name in seen.cls.attributes:
                seen.attributes.setdefault(name, seen.cls.attributes[name].parse(value))
        _name_system(seen.attributes, seen.cls.attributes.keys())
    titles = [title for title, one in zip(columns.header, columns.of(seen.cls), strict=True) if one and one.name == LAST]
    states = [name for name, value in seen.attributes.items() if name in STATES and value is not None]
    if not states or not (titles or LAST in mapping.columns.values()):
        return []
    why = _too_old(seen.attributes.get(LAST), now)
    if not why:
        return []
    for name in states:
        del seen.attributes[name]
    said = ", ".join(sorted(seen.cls.attributes[name].title for name in states))
    return [RowError(seen.row, titles[0] if titles else "", f"{why}: what the row says of its protection is left out ({said})")]


def _too_old(last: Value, now: datetime) -> str:
    try:
        age = now - from_text(str(last or ""))
    except Invalid:
        return "nothing says when the device was last heard"
    if age < -timedelta(days=1):
        return "the device was last heard in the future"
    return f"the device was last heard more than {OLD.days} days ago" if age > OLD else ""


def _name_system(attributes: dict[str, Value], known: Collection[str]) -> None:
    """`Microsoft Windows 11 Pro` with a build, `macOS 14.5.0`, `Ubuntu 22.04.4 LTS`: as agents' reports have it."""
    name, version = str(attributes.get("os_name") or ""), str(attributes.get("os_version") or "")
    family = str(attributes.get("os_family") or "") or family_of(name.lower())
    if not family or "os_family" not in known:
        return
    attributes["os_family"] = family
    found: dict[str, Value] = {}
    if family == "windows":
        found = _windows(attributes, name, version)
    elif family == "macos" and (said := _MACOS.fullmatch(name)):
        found = {"os_name": "macOS", "os_version": version or said[1]}
    elif family == "linux" and name:
        found = linux(name, version)
    attributes.update({key: value for key, value in found.items() if value})


def _windows(attributes: dict[str, Value], name: str, version: str) -> dict[str, Value]:
    """Without the edition the version stays the build: for how long a version is supported depends on the edition."""
    build = str(attributes.get("os_build") or "") or version
    number = _BUILD.fullmatch(build)
    edition = str(attributes.get("os_edition") or "")
    full = name if re.search(r"\d", name) else f"Windows {'11' if int(number[1]) >= _WINDOWS_11 else '10'}" if number else name
    found = windows(full, f"10.0.{number[1]}" if number else "", version, edition)
    if "Server" not in str(found["os_name"]) and not (number and found["os_edition"]):
        found["os_version"] = version
    return {key: value for key, value in found.items() if key != "kernel_version"} if found["os_name"] != "Windows" else {}
