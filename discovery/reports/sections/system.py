"""The operating system. `HARDWARE/OSVERSION` is the kernel for FusionInventory and the distribution's version for OCS (measured)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from cmdb.model.observation import Value
from cmdb.model.times import from_text
from discovery.reports.platform import family
from discovery.reports.report import Row
from discovery.reports.sight import Sight
from discovery.reports.tables import table
from discovery.reports.values import minute, moment, text

_WINDOWS = re.compile(r"windows\s+(server\s+)?(\d{4}(?: r2)?|\d{1,2}(?:\.\d)?|xp|vista)\b[\s,]*(.*)", re.IGNORECASE)
_ANDROID = re.compile(r"android\s+(\d{1,3}(?:\.\d{1,3}){0,2})", re.IGNORECASE)
_BUILD = re.compile(r"\d{1,2}\.\d{1,2}\.(\d{3,6})")
_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)


_NAME_AND_VERSION = re.compile(r"(.*?\D)(?: release)? (\d+(?:\.\d+)*)\b.*", re.IGNORECASE)
_SERVICE_PACK = re.compile(r"(\d+)[- ]SP(\d+)", re.IGNORECASE)


NO_BOOT_TIME = "boot_time is not a time, or has no zone, and was not used"
"""The note on a boot time that was not used; one in the future may be used later."""


def read(sight: Sight) -> None:
    """Family, name, version, build, edition, architecture, kernel, last start."""
    os, hardware = sight.report.one("operatingsystem"), sight.report.one("hardware")
    kin = family(sight.report)
    if not os and not text(hardware.get("osname")):
        sight.look_by("os", "operatingsystem")
        return
    sight.say(os_family=kin or "other")
    readers = {"windows": _windows, "android": _android, "macos": _macos}
    sight.say(**readers.get(kin, _other)(sight, os, hardware))
    sight.say(os_arch=text(os.get("arch")).split(",")[0] or _ocs_arch(sight))
    sight.look("os", "complete", _boot(sight, os))


def _windows(_: Sight, os: Row, hardware: Row) -> dict[str, Value]:
    full = text(os.get("full_name") or hardware.get("osname") or os.get("name"))
    build = text(os.get("kernel_version") or hardware.get("osversion"))
    return windows(full, build, text(os.get("version")), text(os.get("edition")))


def windows(full: str, build: str, said: str, edition: str) -> dict[str, Value]:
    """Name, version, build and edition of a Windows, from its full name and its build; `said` is its version as told."""
    full = _MARKS.sub("", full)
    number = _BUILD.match(build)
    found = _WINDOWS.search(full)
    server = bool(found and found[1])
    released = table("windows")["server" if server else "client"].get(int(number[1])) if number else None
    product = found[2] if found else ""
    return {
        "os_name": f"Windows {'Server ' if server else ''}{product.upper() if 'r2' in product.lower() else product}".strip(),
        "os_version": str(released) if released else said or product,
        "os_build": build if number else "",
        "os_edition": (found[3].strip() if found else "") or edition,
        "kernel_version": build if number else "",
    }


def _android(_: Sight, os: Row, hardware: Row) -> dict[str, Value]:
    """The version field holds the API level (31), the full name the version (12.0)."""
    found = _ANDROID.search(f"{text(os.get('full_name'))} {text(os.get('name'))}")
    return {"os_name": "Android", "os_version": found[1] if found else text(hardware.get("osversion")), "kernel_version": _kernel(os)}


def _kernel(os: Row) -> str:
    """`Linux localhost 4.14.190-x #1 SMP …` (uname -a) or the version alone."""
    words = text(os.get("kernel_version")).split()
    return words[2] if len(words) > 3 else " ".join(words)


def _macos(_: Sight, os: Row, hardware: Row) -> dict[str, Value]:
    return {
        "os_name": "macOS",
        "os_version": text(os.get("version")) or text(hardware.get("osversion")),
        "kernel_version": text(os.get("kernel_version")),
    }


def _other(sight: Sight, os: Row, hardware: Row) -> dict[str, Value]:
    if os:
        name, version = _distribution(text(os.get("name") or os.get("full_name")), text(os.get("version")), text(os.get("full_name")))
        return {
            "os_name": name,
            "os_version": version,
            "kernel_version": _kernel(os),
            "os_edition": text(os.get("edition")),
        }
    name, version = text(hardware.get("osname")), text(hardware.get("osversion"))
    if sight.report.product == "fusioninventory":
        return {"os_name": name, "kernel_version": version}
    return _of_ocs(name, version, linux=family(sight.report) == "linux")


def linux(name: str, version: str) -> dict[str, Value]:
    """Name and version of a distribution, from a name that may hold its version."""
    found = _of_ocs(name, version, linux=True)
    return {"os_name": found["os_name"], "os_version": found["os_version"]}


def _of_ocs(name: str, version: str, *, linux: bool) -> dict[str, Value]:
    """OCS writes `Debian GNU/Linux 12` with the distribution's version or, in older agents, with the kernel's beside it."""
    found = _NAME_AND_VERSION.fullmatch(name) if linux else None
    if found is None:
        return {"os_name": name.removesuffix(version).strip() or name, "os_version": version}
    kernel = "" if version.startswith(found[2].split(".")[0]) else version
    said, version = _distribution(found[1], found[2] if kernel or not version else version, name)
    return {"os_name": said, "os_version": version, "kernel_version": kernel}


def _distribution(name: str, version: str, full: str) -> tuple[str, str]:
    """The distribution as its os-release names it: agents have short words of their own (`RedHat`, `SuSE`, `freebsd`)."""
    words = table("distributions")
    known = next((one for one in words["names"] if re.search(one["full"], f"{name} | {full}", re.IGNORECASE)), None)
    pack = _SERVICE_PACK.fullmatch(version)
    return (str(known["name"]) if known else name), f"{pack[1]}.{pack[2]}" if pack else version


def _ocs_arch(sight: Sight) -> str:
    """OCS has it in its processors. FusionInventory's say i386 on every PC."""
    hardware = sight.report.one("hardware")
    cpus = sight.report.rows("cpus")
    return text(hardware.get("osarch")) or (text(cpus[0].get("arch")) if cpus and sight.report.product == "ocs" else "")


def _boot(sight: Sight, os: Row) -> str:
    """Sets the last start; gives a note when what was sent is no time."""
    zone = os.get("timezone")
    sent = os.get("boot_time")
    if not sent:
        return ""
    when: datetime | None = moment(sent, zone.get("offset") if isinstance(zone, dict) else "")
    if when is None or when > from_text(sight.reported_at) + timedelta(days=1):
        return NO_BOOT_TIME
    sight.say(last_boot_at=minute(when))
    return ""
