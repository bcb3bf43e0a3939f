"""Lynis' report.dat: lines `key=value`, lists `key[]=value`, fields apart by `|`.

Its suggestions and its index are opinions and are not read. What it looked at itself counts: updates that wait (the endpoint's own package
manager said so), the audit daemon, SELinux and AppArmor, packages. Of the firewall it knows that something is there, not what that lets in.
"""

from __future__ import annotations

from typing import Any

from cmdb.errors import Invalid
from discovery.reports.message import Message
from discovery.reports.text import tidy
from discovery.reports.values import UNKNOWN

MAX_LINES = 200_000
MAX_PACKAGES = 50_000
_START = b"# Lynis Report"
_LOOK_FOR_UPDATES = frozenset(f"PKGS-{number}" for number in ("7322", "7330", "7352", "7380", "7381", "7382", "7386", "7392", "7393"))
"""Tests that ask a package manager for security updates. `package_audit_tool_found` is also said where a tool is only installed."""
_NO_SOURCE = "PKGS-7388"
"""No repository of security updates is configured: then none is ever found."""
_NO_GUARD = frozenset({"chkrootkit", "rkhunter", "kaspersky", "mcafee"})
"""What looks for rootkits when it is run is no protection against malware, nor are agents of a management: by `kaspersky` Lynis means
klnagent, by `mcafee` cma (MALW-3280)."""
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
        content["firewalls"] = [_firewall(one, many)]
    packages = one.get("installed_packages_array", "")
    if packages:
        content["softwares"] = _packages(packages, many.get("package_manager[]", []))
    scanners = [name for name in many.get("malware_scanner[]", []) if name not in _NO_GUARD]
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


def _firewall(one: dict[str, str], many: dict[str, list[str]]) -> dict[str, str]:
    return {
        "status": "on" if one["firewall_active"] == "1" else "off",
        "description": ", ".join(dict.fromkeys(many.get("firewall_software[]", []))),
    }


def _executed(one: dict[str, str]) -> frozenset[str]:
    return frozenset(one.get("tests_executed", "").split("|"))


def _updates(one: dict[str, str], many: dict[str, list[str]]) -> int | None:
    """How many security updates wait, at least. None said is none only where a test looked and found nothing to warn of."""
    listed = len(set(many.get("vulnerable_package[]", [])))
    warnings = {line.partition("|")[0] for line in many.get("warning[]", [])}
    if listed or warnings & _LOOK_FOR_UPDATES or one.get("vulnerable_packages_found") == "1":
        return max(listed, 1)
    looked = one.get("package_audit_tool_found") == "1" and _executed(one) & _LOOK_FOR_UPDATES
    return 0 if looked and _NO_SOURCE not in warnings else None


def _posture(one: dict[str, str], many: dict[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"mandatory_access_control": UNKNOWN}
    found["looked_at"] = one.get("report_datetime_end") or one.get("report_datetime_start", "")
    waiting = _updates(one, many)
    found["pending_security_updates"] = UNKNOWN if waiting is None else waiting
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
        name, _, rest = part.partition(",")
        version = rest.partition(",")[0]
        if name:  # of zypper's packages it has no version, and writes 0
            found.append({"name": name, "version": "" if version == "0" else version, "from": source})
    return found
