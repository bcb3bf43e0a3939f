"""Lynis' report.dat: lines `key=value`, lists `key[]=value`, fields apart by `|`.

Its suggestions and its index are opinions and are not read. What it looked at itself counts: updates that wait (the endpoint's own package
manager said so), the firewall, the audit daemon, SELinux and AppArmor, packages.
"""

from __future__ import annotations

from typing import Any

from cmdb.errors import Invalid
from discovery.reports.message import Message
from discovery.reports.text import tidy

MAX_LINES = 200_000
MAX_PACKAGES = 50_000
_START = b"# Lynis Report"
_FROM = {"dpkg": "deb", "rpm": "rpm", "apk": "apk", "pacman": "pacman", "zypper": "rpm", "dnf": "rpm", "yum": "rpm", "pkg": "pkg"}


def is_report(body: bytes) -> bool:
    """Whether the text begins as Lynis' reports do."""
    return body.lstrip()[: len(_START)] == _START


def read(body: bytes) -> Message:
    """The message of a report. Raises Invalid for one that is cut off: Lynis writes `finish=true` as its last line."""
    one, many = _lines(body)
    if one.get("finish") != "true":
        raise Invalid("The Lynis report has no finish=true: the audit was stopped, or the file is cut off.", field="body")
    content: dict[str, Any] = {
        "hardware": [_hardware(one)],
        "operatingsystem": [_os(one)],
        "macs": [{"mac": mac} for mac in many.get("network_mac_address[]", [])[:500]],
        "posture": [_posture(one, many)],
    }
    if one.get("firewall_active") in ("0", "1"):
        product = ", ".join(dict.fromkeys(many.get("firewall_software[]", [])))
        content["firewalls"] = [{"status": "on" if one["firewall_active"] == "1" else "off", "description": product}]
    packages = one.get("installed_packages_array", "")
    if packages:
        content["softwares"] = _packages(packages, many.get("package_manager[]", []))
    scanners = many.get("malware_scanner[]", [])
    if scanners:
        content["antivirus"] = [{"name": name} for name in scanners[:50]]
    host = one.get("hostname", "")
    return Message(
        kind="inventory",
        wire="document",
        compression="plain",
        product="lynis",
        agent=f"Lynis {one.get('lynis_version', '')}".strip(),
        deviceid=f"lynis:{host}"[:200] if host else "",
        query="inventory",
        partial=True,
        tree=content,
    )


def _lines(body: bytes) -> tuple[dict[str, str], dict[str, list[str]]]:
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    lines = body.split(b"\n")
    if len(lines) > MAX_LINES:
        raise Invalid(f"The Lynis report has more than {MAX_LINES:,} lines.", field="body")
    for line in lines:
        key, sign, value = line.rstrip(b"\r").partition(b"=")
        if not sign or line.startswith(b"#"):
            continue
        name = key.decode("utf-8", "replace").strip()
        if name == "installed_packages_array":  # all packages in one value
            one[name] = value.decode("utf-8", "replace")
        elif name.endswith("[]"):
            many.setdefault(name, []).append(tidy(value.decode("utf-8", "replace")))
        else:
            one[name] = tidy(value.decode("utf-8", "replace"))
    return one, many


def _hardware(one: dict[str, str]) -> dict[str, str]:
    return {"name": one.get("hostname", ""), "vmsystem": one.get("vmtype", "") if one.get("vm") == "1" else ""}


def _os(one: dict[str, str]) -> dict[str, str]:
    full, version = one.get("os_fullname", ""), one.get("os_version", "")
    base = full.partition(f" {version}")[0] if version else ""
    return {
        "kernel_name": one.get("os", "").lower(),
        "name": base or one.get("os_name", ""),
        "version": version,
        "kernel_version": one.get("os_kernel_version_full", ""),
    }


def _posture(one: dict[str, str], many: dict[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if one.get("package_audit_tool_found") == "1":
        found["pending_security_updates"] = len(set(many.get("vulnerable_package[]", [])))
    if one.get("linux_auditd_running") in ("0", "1"):
        found["auditd"] = one["linux_auditd_running"] == "1"
    if any(line.startswith("KRNL-5830|") for line in many.get("warning[]", [])):
        found["reboot_required"] = True
    mode = one.get("selinux_mode", "").lower()
    if one.get("selinux_status") == "1" and mode:
        found["mandatory_access_control"] = f"selinux:{mode}"
    elif one.get("apparmor_enabled") == "1":
        found["mandatory_access_control"] = "apparmor:enabled"
    return found


def _packages(value: str, managers: list[str]) -> list[dict[str, str]]:
    source = next((_FROM[name] for name in managers if name in _FROM), "")
    found = []
    for part in value.split("|")[: MAX_PACKAGES + 1]:
        name, _, version = part.partition(",")
        if name:
            found.append({"name": name, "version": version, "from": source})
    return found
