"""What osquery, the tools that write documents, scans and tables tell of a computer where all is well, and of one where nothing is."""

from __future__ import annotations

import dataclasses
from typing import Any

from discovery.linux.observe import observe
from discovery.linux.reading import Reader
from discovery.linux.transcript import parse_transcript
from discovery.tables import read_table
from tests.compliance.by_source.inventories import SERIALS
from tests.compliance.by_source.site import LONG_AGO, NOW, RECENT, Site, seconds, stamp
from tests.discovery.linux.recorded import LOOK, MARKER, output_of

_UNREADABLE = ("disks", "packages", "services", "processes", "firewall", "security", "updates", "users")
"""Sections that a host may keep from a scan."""
_FINE = [{"name": "Mozilla Firefox", "version": "160.0"}, {"name": "Notepad++", "version": "8"}]
_BAD = [
    {"name": "Google Chrome", "version": "100.0.4896.60"},
    {"name": "AnyDesk", "version": "8.0.9"},
    {"name": "uTorrent", "version": "3.6"},
    {"name": "Microsoft Silverlight", "version": "5.1"},
]
_FINE_DEB = [{"name": "firefox-esr", "version": "160.0esr-1", "ecosystem": "deb"}, {"name": "bash", "version": "5.2", "ecosystem": "deb"}]
_BAD_DEB = [
    {"name": name, "version": version, "ecosystem": "deb"}
    for name, version in (("chromium", "100.0.1-1"), ("tigervnc-standalone-server", "1"), ("xmrig", "6"), ("python2.7", "2.7.18-8"))
]


def _system(site: Site, vendor: str, model: str) -> dict[str, str]:
    return {
        "hostname": f"osq{site.nodes + 1}",
        "hardware_vendor": vendor,
        "hardware_model": model,
        "hardware_serial": f"OSQ{site.nodes}X{vendor[:2]}",
    }


def _members(*, good: bool) -> list[dict[str, str]]:
    return [{"username": one} for one in (("ada",) if good else ("a", "b", "c", "d"))]


def osquery_windows(site: Site, *, good: bool) -> str:
    """osquery on Windows."""
    yes = "1" if good else "0"
    os = {
        "name": f"Microsoft Windows {'11' if good else '10'} Pro",
        "version": "10.0.26200" if good else "10.0.19045",
        "boot_at": seconds(2 if good else 60),
    }
    results = {
        "system": [_system(site, "Dell Inc.", "Latitude 7440")],
        "os": [os],
        "chassis_windows": [{"chassis_types": "Notebook"}],
        "secureboot": [{"secure_boot": yes}],
        "software_windows": _FINE if good else _BAD,
        "drives_windows": [{"drive_letter": "C:", "protection_status": yes, "encryption_method": "XTS_AES_256"}],
        "firewall_windows": [
            {"path": "service", "data": "RUNNING"},
            {"path": r"HKLM\FirewallPolicy\DomainProfile\EnableFirewall", "data": "1"},
            {"path": r"HKLM\FirewallPolicy\StandardProfile\EnableFirewall", "data": "1"},
            {"path": r"HKLM\FirewallPolicy\PublicProfile\EnableFirewall", "data": yes},
        ],
        "antimalware_windows": [{"name": "Windows Defender", "state": "On" if good else "Snoozed", "signatures_up_to_date": yes}],
        "admins_windows": _members(good=good),
        "tpm_windows": [{"enabled": yes, "activated": yes}],
        "patches_windows": [{"at": seconds(2 if good else 60)}],
        "reboot_windows": [] if good else [{"needed": "1"}],
        "screenlock_windows": [{"data": "600" if good else "3600"}],
    }
    return site.osquery(2, results)


def osquery_macos(site: Site, *, good: bool) -> str:
    """osquery on macOS."""
    yes, number = "1" if good else "0", "26.1" if good else "11.7"
    results = {
        "system": [_system(site, "Apple Inc.", "MacBookPro18,3")],
        "os": [{"name": "macOS", "version": number, "boot_at": seconds(2 if good else 60)}],
        "software_macos": _FINE if good else _BAD,
        "drives_macos": [{"path": "/", "filevault_status": "on" if good else "off", "method": "AES"}],
        "firewall_macos": [{"global_state": yes}],
        "admins": _members(good=good),
        "sip_macos": [{"enabled": yes}],
        "gatekeeper_macos": [{"assessments_enabled": yes}],
    }
    return site.osquery(21, results)


def osquery_linux(site: Site, *, good: bool) -> str:
    """osquery on Linux."""
    state = "active" if good else "inactive"
    results = {
        "system": [_system(site, "LENOVO", "21HM")],
        "os": [{"name": "Debian GNU/Linux", "version": "12 (bookworm)" if good else "9 (stretch)", "boot_at": seconds(2 if good else 60)}],
        "battery_linux": [{"path": "/sys/class/power_supply/BAT0"}],
        "secureboot": [{"secure_boot": "1" if good else "0"}],
        "software_linux": _FINE_DEB if good else _BAD_DEB,
        "drives_linux": [{"path": "/", "encrypted": "1" if good else "0", "method": "luks2"}],
        "firewall_linux": [{"id": "nftables.service", "active_state": state}],
        "antimalware_linux": [{"id": "falcon-sensor.service", "active_state": state}],
        "admins": _members(good=good),
        "auditd_linux": [{"active_state": state}],
        "access_control_linux": [{"module": "selinux", "value": "1" if good else "0"}],
        "reboot_linux": [] if good else [{"needed": "1"}],
    }
    return site.osquery(9, results)


def lynis(site: Site, *, good: bool) -> str:
    """A report of Lynis."""
    lines = [
        *("# Lynis Report", "lynis_version=3.0.8", "os=Linux", "os_name=Debian", f"hostname=lyn-{good}".lower(), "vm=0"),
        *(
            ("os_fullname=Debian GNU/Linux 12 (bookworm)", "os_version=12")
            if good
            else ("os_fullname=Debian GNU/Linux 9 (stretch)", "os_version=9")
        ),
        *(f"network_mac_address[]=3c:52:82:11:66:0{int(good)}", "package_manager[]=dpkg", "package_audit_tool_found=1"),
        *(f"linux_auditd_running={int(good)}", f"firewall_active={int(good)}", f"apparmor_enabled={int(good)}"),
        *("firewall_software[]=nftables", "tests_executed=PKGS-7392|FIRE-4540|FIRE-4536"),
        *(
            ["malware_scanner[]=clamav"]
            if good
            else ["vulnerable_package[]=openssl", "warning[]=KRNL-5830|Reboot of system is most likely needed|"]
        ),
        "installed_packages_array=|" + "|".join(f"{one['name']},{one['version']}" for one in (_FINE_DEB if good else _BAD_DEB)),
        "finish=true",
    ]
    return site.send("\n".join(lines) + "\n")


def xccdf(site: Site, *, good: bool) -> str:
    """Results of a benchmark."""
    rule = '<rule-result severity="high"><result>{}</result></rule-result>'
    facts = f'<fact name="urn:xccdf:fact:asset:identifier:mac">3c:52:82:11:77:0{int(good)}</fact>'
    return site.send(
        f'<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"><benchmark id="b"/><target>scap-{good}</target>'
        f"<target-facts>{facts}</target-facts>{rule.format('pass')}{rule.format('pass' if good else 'fail')}</TestResult>"
    )


def cyclonedx(site: Site, *, good: bool) -> str:
    """A CycloneDX bill of material."""
    parts = [{"type": "application", "name": one["name"], "version": one["version"]} for one in (_FINE if good else _BAD)]
    about = {"component": {"name": f"cdx-{good}".lower()}, "tools": [{"name": "syft"}]}
    return site.send({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": about, "components": parts})


def spdx(site: Site, *, good: bool) -> str:
    """An SPDX bill of material."""
    parts = [
        {"SPDXID": f"SPDXRef-{n}", "name": one["name"], "versionInfo": one["version"]} for n, one in enumerate(_FINE if good else _BAD)
    ]
    return site.send({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": f"spdx-{good}".lower(), "packages": parts})


def native(site: Site, *, good: bool) -> str:
    """The native report of a management system, of a Windows laptop."""
    return site.send(native_report(good=good))


def native_report(*, good: bool, family: str = "windows", kind: str = "laptop") -> dict[str, Any]:
    """It as a document."""
    os = {
        "family": family,
        "name": f"Microsoft Windows {'11' if good else '10'}",
        "build": "10.0.26200" if good else "10.0.19045",
        "edition": "Pro",
    }
    if family == "linux":
        os = {"family": "linux", "name": "Debian GNU/Linux", "version": "12" if good else "9"}
    if family == "macos":
        os = {"family": "macos", "name": "macOS", "version": "26.1" if good else "11.7"}
    if family == "ios":
        os = {"family": "ios", "name": "iOS", "version": "26.1" if good else "14.2"}
    guard = {"name": "Defender", "enabled": good, "up_to_date": good, "signatures_on": RECENT if good else LONG_AGO}
    security: dict[str, Any] = {
        **dict.fromkeys(("disk_encrypted", "all_disks_encrypted", "firewall_enabled", "screen_lock", "secure_boot", "tpm"), good),
        **dict.fromkeys(("sip", "gatekeeper", "auditd"), good),
        "mandatory_access_control": "selinux:enforcing" if good else "none",
        "antimalware": [guard],
        "screen_lock_timeout_s": 300 if good else 3600,
        "pending_security_updates": 0 if good else 7,
        "last_patched_at": stamp(2 if good else 60),
        "reboot_required": not good,
    }
    return {
        "format": "moorings-endpoint-report",
        "version": 1,
        "tool": {"name": "mdm", "version": "7"},
        "device": {
            "id": f"{family}-{kind}-{good}",
            "kind": kind,
            "hostname": f"{family}-{good}".lower(),
            "serial": f"N{SERIALS[good]}{family[:3].upper()}",
            "vendor": "Dell Inc.",
        },
        "os": {**os, "booted_at": stamp(2 if good else 60)},
        "interfaces": [],
        "software": [{**one, "ecosystem": family} for one in (_FINE if good else _BAD)],
        "administrators": ["ada"] if good else ["a", "b", "c", "d"],
        "security": security,
    }


def native_linux(site: Site, *, good: bool) -> str:
    """The native report of a Linux laptop."""
    return site.send(native_report(good=good, family="linux"))


def native_macos(site: Site, *, good: bool) -> str:
    """The native report of a Mac."""
    return site.send(native_report(good=good, family="macos"))


def native_phone(site: Site, *, good: bool) -> str:
    """The native report of a phone, as an MDM exports it."""
    return site.send(native_report(good=good, family="ios", kind="phone"))


def ssh(site: Site, *, good: bool) -> str:
    """A scan by SSH: the recorded laptop, as it was (its disk is encrypted, nothing guards it); the other could not be looked into."""
    look = dataclasses.replace(LOOK, observed_at=NOW)
    seen = observe(Reader(parse_transcript(output_of("arch-laptop", () if good else _UNREADABLE), MARKER)), look)
    return site.observe(seen, "host")


def csv(site: Site, *, good: bool) -> str:
    """A table of phones that no agent can see; `disk_encrypted` is what the register was told."""
    word, version = ("yes", "26.1") if good else ("no", "14.2")
    table = (
        "class,serial,ownership,name,vendor,os_family,os_name,os_version,disk_encrypted,screen_lock_enabled,screen_lock_timeout_s\n"
        f"phone,CSV{SERIALS[good]},corporate,phone-{good},Apple,ios,iOS,{version},{word},{word},300\n"
    )
    result = read_table(table.encode(), site.house.catalogue, source_name="phones.csv", now=NOW)
    assert not result.errors, result.errors
    return site.observe(result.observation, result.observation.items[0].ref)
