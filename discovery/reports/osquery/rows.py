"""Rows of osquery's tables as sections of the one vocabulary. Each reader takes the rows of one query; nothing here raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from discovery.linux.antimalware_products import PRODUCTS
from discovery.reports.osquery import firewall, posture
from discovery.reports.values import UNKNOWN, number

Columns: TypeAlias = Mapping[str, str]
Sections: TypeAlias = dict[str, list[dict[str, Any]]]

_KERNELS = {"windows": "MSWin32", "macos": "darwin", "linux": "linux", "bsd": "freebsd"}
_NONE = ("", "-1")
"""What osquery writes where the firmware shows nothing."""
_FLEETS = {
    "deb_packages": "deb",
    "rpm_packages": "rpm",
    "pacman_packages": "pacman",
    "portage_packages": "portage",
    "programs": "registry",
    "apps": "application",
    "homebrew_packages": "brew",
    "npm_packages": "npm",
    "python_packages": "pypi",
    "chocolatey_packages": "chocolatey",
    **dict.fromkeys(("chrome_extensions", "firefox_addons", "safari_extensions", "ie_extensions", "vscode_extensions"), ""),
    **dict.fromkeys(("jetbrains_plugins", "atom_packages", "go_binaries"), ""),
}
"""Where Fleet found a product; extensions of browsers and editors are left out."""
_OF_THE_SYSTEM = ("deb", "rpm", "pacman", "portage", "registry", "application")
_WHOLE = "1"
"""bitlocker_info.conversion_status: all is encrypted. The others are not, on the way there, or on the way back."""
_BELOW = "/sys/block/"
"""Where the kernel lists the devices below a volume."""
_LOOPBACK = {"4", "24", "772"}
"""Type of a loopback interface: osquery's own number on Linux, IFT_SOFTWARE_LOOPBACK, ARPHRD_LOOPBACK."""


def columns_of(value: object) -> list[Columns]:
    """The rows of a result: a list of objects of texts or numbers (`numerics`), or "" for none. NUL padding is taken out."""
    rows = value if isinstance(value, list) else []
    return [{str(k): _text(v) for k, v in row.items()} for row in rows if isinstance(row, dict)]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\x00", "").strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def sections(name: str, rows: Iterable[Columns], platform: str) -> Sections:
    """The sections that the rows of a query hold. A query that lists things gives its section also when it lists none."""
    short = name.removesuffix("_windows").removesuffix("_macos").removesuffix("_linux")
    return posture.settings(short, list(rows)) if short in posture.READERS else _READERS[short](list(rows), platform)


def _system(rows: list[Columns], _: str) -> Sections:
    if not rows:
        return {}
    row = rows[0]
    memory = number(row.get("physical_memory"))
    real = any(row.get(name, "") not in _NONE for name in ("hardware_vendor", "hardware_model", "hardware_serial"))
    hardware: dict[str, Any] = {"name": row.get("hostname", ""), "memory": str(int(memory // 1048576)) if memory else ""}
    if real:  # without SMBIOS osquery makes a UUID up, anew for each of its folders (measured)
        hardware["uuid"] = row.get("uuid", "")
    bios = {
        "smanufacturer": row.get("hardware_vendor", ""),
        "smodel": row.get("hardware_model", ""),
        "ssn": row.get("hardware_serial", ""),
        "msn": row.get("board_serial", ""),
        "mmanufacturer": row.get("board_vendor", ""),
    }
    cpu = {
        "name": row.get("cpu_brand", ""),
        "arch": row.get("cpu_type", ""),
        "core": row.get("cpu_physical_cores", ""),
        "logical_cpus": row.get("cpu_logical_cores", ""),
    }
    return {"hardware": [hardware], "bios": [bios], "cpus": [cpu]}


def _os(rows: list[Columns], platform: str) -> Sections:
    if not rows:
        return {}
    row = rows[0]
    name, version = row.get("name", ""), row.get("version", "")
    numbers = [row.get(part, "") for part in ("major", "minor", "patch")]
    os: dict[str, Any] = {"kernel_name": _KERNELS.get(platform, platform), "name": name, "arch": row.get("arch", "")}
    if platform == "windows":
        build = version if version.count(".") >= 2 else f"10.0.{row.get('build', '')}"
        os |= {"full_name": name, "kernel_version": build}
    else:
        os |= {"version": _number(version, numbers), "kernel_version": row.get("kernel") or row.get("kernel_version", "")}
    booted = number(row.get("boot_at"))
    if booted and 0 < booted < 2**33:
        os["boot_time"] = datetime.fromtimestamp(booted, UTC).strftime("%Y-%m-%d %H:%M:%S")
        os["timezone"] = {"name": "UTC", "offset": "+0000"}
    return {"operatingsystem": [os]}


def _number(version: str, parts: list[str]) -> str:
    """`12 (bookworm)` is 12, as other agents say."""
    word = version.split(" ", maxsplit=1)[0]
    return word if word[:1].isdigit() else ".".join(part for part in parts if part)


def _secureboot(rows: list[Columns], _: str) -> Sections:
    """Nothing is enforced while the firmware is in setup mode."""
    row = rows[0] if rows else {}
    word = {"1": "Enabled", "0": "Disabled"}.get(row.get("secure_boot", ""), "")
    return {"bios": [{"secure_boot": UNKNOWN if not word or (word == "Enabled" and row.get("setup_mode") == "1") else word}]}


def _chassis(rows: list[Columns], _: str) -> Sections:
    word = rows[0].get("chassis_types", "").split(",")[0] if rows else ""
    return {"hardware": [{"chassis_type": word}]} if word else {}


def _battery(rows: list[Columns], _: str) -> Sections:
    return {"batteries": [{"chemistry": "unknown"} for _ in rows]}


def _interfaces(rows: list[Columns], platform: str) -> Sections:
    found = []
    for row in rows:
        inet6 = ":" in row.get("address", "")
        port = {
            "description": row.get("friendly_name") or row.get("interface", ""),
            "mac": row.get("mac", ""),
            "mtu": row.get("mtu", ""),
            "type": "loopback" if row.get("type") in _LOOPBACK else "",
            "ipaddress6" if inet6 else "ipaddress": row.get("address", "").split("%")[0],
            "ipmask6" if inet6 else "ipmask": row.get("mask", ""),
        }
        if platform == "windows" and row.get("physical_adapter") == "0":
            port["virtualdev"] = "1"
        found.append(port)
    return {"networks": found}


def _software(rows: list[Columns], _: str) -> Sections:
    """By our own queries, or by Fleet's, which list packages of languages and extensions as well: without a package of the system those are
    not all that is installed."""
    if any(row.get("source") in _FLEETS and "ecosystem" not in row for row in rows):
        rows = _of_fleet(rows)
    names = {"name": "name", "version": "version", "arch": "arch", "publisher": "publisher", "ecosystem": "from"}
    return {"softwares": [{ours: row[theirs] for theirs, ours in names.items() if row.get(theirs)} for row in rows if row.get("name")]}


def _of_fleet(rows: list[Columns]) -> list[Columns]:
    found: list[Columns] = []
    for row in rows:
        kind = _FLEETS.get(row.get("source", ""), "")
        version = "-".join(filter(None, (row.get("version", ""), row.get("release", "") if kind == "rpm" else "")))
        if kind:
            found.append({**row, "version": version, "ecosystem": kind, "publisher": row.get("vendor", "")})
    return found if any(row["ecosystem"] in _OF_THE_SYSTEM for row in found) else []


def _drives(rows: list[Columns], platform: str) -> Sections:
    found = []
    for row in _over_its_disks(rows) if platform == "linux" else rows:
        if platform == "windows":
            word = {"1": "Yes", "0": "No"}.get(row.get("protection_status", ""), "Unknown")
            word = "Unknown" if word == "Yes" and row.get("conversion_status") not in (None, "", _WHOLE) else word
            drive = {"letter": row.get("drive_letter", ""), "encrypt_name": "BitLocker", "encrypt_algo": row.get("encryption_method", "")}
        elif platform == "macos":
            word = {"on": "Yes", "off": "No"}.get(row.get("filevault_status", "").lower(), "Unknown")
            word = "Unknown" if word == "Yes" and row.get("encrypted") == "0" else word
            drive = {"type": row.get("path", ""), "encrypt_name": "FileVault", "encrypt_algo": row.get("method", "")}
        else:
            word = "Yes" if row.get("encrypted") == "1" and row.get("method") else "Unknown"
            drive = {"type": row.get("path", ""), "encrypt_name": row.get("method", ""), "encrypt_algo": ""}
        size = number(row.get("size"))
        shape = {"filesystem": row.get("filesystem", ""), "total": str(int(size // 1048576)) if size else ""}
        found.append({**drive, **shape, "encrypt_status": word} if word != "Unknown" else {**_bare(drive), **shape, "encrypt_status": word})
    return {"drives": found}


def _over_its_disks(rows: list[Columns]) -> list[Columns]:
    """The system's volume, which is asked for by two names; where it is over others, it is encrypted as those are, all in one way."""
    below = [row for row in rows if row.get("path", "").startswith(_BELOW)]
    own = [row for row in rows if row not in below]
    encrypted = [row for row in own if row.get("encrypted") == "1"]
    ways = {row.get("method", "") if row.get("encrypted") == "1" else "" for row in below}
    if encrypted or len(ways) != 1 or ways == {""}:
        return (encrypted or own)[:1]
    return [{**row, "encrypted": "1", "method": max(ways)} for row in own[:1]]


def _bare(drive: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in drive.items() if name in ("letter", "type")}


def _antimalware(rows: list[Columns], platform: str) -> Sections:
    if platform == "windows":
        states = {"on": "1", "off": "0", "snoozed": "0", "expired": "0"}
        return {
            "antivirus": [
                {
                    "name": row.get("name", ""),
                    "enabled": states.get(row.get("state", "").lower(), ""),
                    "uptodate": row.get("signatures_up_to_date", ""),
                }
                for row in rows
            ]
        }
    units = {row.get("id", "").removesuffix(".service"): row.get("active_state", "") == "active" for row in rows}
    there = [product for product in PRODUCTS if any(name in units for name in (*product.services, *product.guards))]
    return {"antivirus": [{"name": p.name, "enabled": "1" if any(units.get(name) for name in p.guards) else ""} for p in there]}


def _admins(rows: list[Columns], platform: str) -> Sections:
    members = list(dict.fromkeys(row.get("username", "") for row in rows if row.get("username")))
    group = {"id": "S-1-5-32-544", "name": "Administrators"} if platform == "windows" else {"name": "admin"}
    return {"local_groups": [{**group, "members": members}]}


_READERS: dict[str, Callable[[list[Columns], str], Sections]] = {
    "system": _system,
    "os": _os,
    "secureboot": _secureboot,
    "chassis": _chassis,
    "battery": _battery,
    "interfaces": _interfaces,
    "macs": _interfaces,
    "software": _software,
    "drives": _drives,
    "firewall": firewall.rules,
    "antimalware": _antimalware,
    "admins": _admins,
}
