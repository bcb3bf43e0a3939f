# ruff: noqa: E501  # a row is a device
"""Nothing passes that is not borne out: devices without protection whose rows look as if, through the real doors and by every policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.by_source.site import LONG_AGO, RECENT, Site, seconds
from tests.compliance.by_source.unprotected import ABSENT, CANNOT, Device, ocs, osquery, text, unix, windows

ON = [{"profile": f"{name}Profile", "status": "on"} for name in ("Domain", "Standard", "Public")]
C: dict[str, Any] = {"letter": "C:", "systemdrive": True, "type": "Local Disk", "encrypt_name": "BitLocker"}
D: dict[str, Any] = {"letter": "D:", "type": "Local Disk", "encrypt_name": "BitLocker"}
USB: dict[str, Any] = {"letter": "E:", "type": "Removable Disk", "encrypt_name": "BitLocker", "encrypt_status": "Yes"}
LUKS = {"encrypt_status": "Yes", "encrypt_name": "LUKS2", "encrypt_algo": "aes-xts-plain64"}
FILEVAULT = {"type": "/", "filesystem": "apfs", "encrypt_status": "Yes", "encrypt_name": "FileVault 2"}
MIXED = [{"device": "/dev/mapper/sda3_crypt", "vg_uuid": "a"}, {"device": "/dev/sdb1", "vg_uuid": "a"}]
STALE, EDITION = "unknown(stale)", "unknown(edition_unknown)"
FALSE_SIGNS: dict[str, str] = {"antimalware-on": CANNOT, "signatures-fresh": CANNOT}


def guard(name: str = "Windows Defender", **said: Any) -> list[dict[str, Any]]:
    """One row of antimalware that says that all is well, but for this."""
    return [{"name": name, "enabled": True, "uptodate": True} | said]


GLPI_WINDOWS = (
    windows("group policies switch the firewall off", {"firewall-on": CANNOT}, firewalls=ON),
    windows("group policies switch the firewall off", {"firewall-on": CANNOT}, fusion=True, firewalls=ON),
    windows("BitLocker is suspended", {"disk-encryption": "fail"}, drives=[C | {"encrypt_status": "No"}]),
    windows("only a stick is encrypted", {"disk-encryption": CANNOT, "disk-encryption-all": CANNOT}, drives=[C, USB]),
    windows(
        "only the data are encrypted", {"disk-encryption": "fail"}, drives=[C | {"encrypt_status": "No"}, D | {"encrypt_status": "Yes"}]
    ),
    windows("protection without a method", {"disk-encryption": CANNOT}, drives=[C | {"encrypt_status": "Yes", "encrypt_algo": "None"}]),
    windows("the word is another language's", {"disk-encryption": CANNOT}, drives=[C | {"encrypt_status": "Activé"}]),
    windows(
        "Windows is on D:, C: is encrypted",
        {"disk-encryption": "fail"},
        drives=[C | {"systemdrive": False, "encrypt_status": "Yes"}, D | {"systemdrive": True, "encrypt_status": "No"}],
    ),
    windows("the licence has ended", FALSE_SIGNS, antivirus=guard("Kaspersky", expiration="01/02/2026")),
    windows("the licence has ended", FALSE_SIGNS, fusion=True, antivirus=guard("Kaspersky", expiration="01/02/2026")),
    windows("all is enabled to this version", FALSE_SIGNS, fusion="FusionInventory-Agent_v2.4.1", antivirus=guard()),
    windows(
        "snoozed or expired, with current signatures",
        {"antimalware-on": "fail", "signatures-fresh": CANNOT},
        antivirus=guard(enabled=False),
    ),
    windows("real-time protection is off", {"antimalware-on": "fail"}, antivirus=guard(enabled=False)),
    windows("signatures of 1970", {"signatures-fresh": CANNOT}, antivirus=guard(base_creation="1970-01-01")),
    windows("signatures of 2099", {"signatures-fresh": "unknown(implausible)"}, antivirus=guard(base_creation="2099-01-01")),
    windows("two guards", {"antimalware-on": CANNOT}, antivirus=[*guard(), *guard("Kaspersky")]),
    windows(
        "a word that is no state", {"antimalware-on": CANNOT, "signatures-fresh": CANNOT}, antivirus=guard(enabled="Ein", uptodate="Ein")
    ),
    windows("no edition, editions differ", {"os-supported": EDITION}, os="Microsoft Windows 11", build="10.0.26100"),
    windows("no edition, editions differ", {"os-supported": EDITION}, fusion=True, os="Microsoft Windows 11", build="10.0.26100"),
    windows("no edition, all have ended", {"os-supported": "fail"}, os="Microsoft Windows 11", build="10.0.22631"),
    windows("no edition, all go on", {"os-supported": "pass"}, os="Microsoft Windows 11", build="10.0.26200"),
    windows("Pro Education is as Pro", {"os-supported": "fail"}, os="Microsoft Windows 11 Pro Education", build="10.0.26100"),
    windows("Education is as Enterprise", {"os-supported": "pass"}, os="Microsoft Windows 11 Education N", build="10.0.26100"),
    windows("an edition in another language", {"os-supported": EDITION}, os="Microsoft Windows 11 Vállalati", build="10.0.26100"),
    windows("an edition in French", {"os-supported": "pass"}, os="Microsoft Windows 11 Entreprise", build="10.0.26100"),
    windows(
        "no software at all", {"forbidden-software": CANNOT, "browser-supported": CANNOT, "remote-control-approved": CANNOT}, softwares=[]
    ),
    windows(
        "secure boot is not there",
        {"secure-boot": "fail"},
        bios={"smanufacturer": "Dell Inc.", "ssn": "NOSB123", "secure_boot": "Unsupported"},
    ),
)
GLPI_UNIX = (
    unix("firewalld runs, its zone trusts all", {"firewall-on": CANNOT}),
    unix("firewalld runs, its zone trusts all", {"firewall-on": CANNOT}, fusion=True),
    unix("ufw is active and lets all in", {"firewall-on": CANNOT}, firewalls=[{"status": "on", "description": "ufw"}]),
    unix("ClamAV's daemon only scans when asked", FALSE_SIGNS, antivirus=guard("ClamAV", base_version="27456")),
    unix("Wazuh is no antimalware", {"antimalware-present": CANNOT, "antimalware-on": CANNOT}, antivirus=guard("Wazuh Agent")),
    unix("the service runs, its task is stopped", {"antimalware-on": CANNOT}, antivirus=guard("Kaspersky Endpoint Security for Linux")),
    unix("the configuration daemon runs", {"antimalware-on": CANNOT}, antivirus=guard("Dr.Web")),
    unix("the service runs, real time is off", {"antimalware-on": CANNOT}, antivirus=guard("ESET Endpoint Antivirus")),
    unix("connected is not current", {"antimalware-on": "pass", "signatures-fresh": CANNOT}, antivirus=guard("SentinelAgent")),
    unix("the product has expired", FALSE_SIGNS, antivirus=guard("Microsoft Defender", expiration="2026-01-31")),
    unix("verified is not encrypted", {"disk-encryption": CANNOT}, drives=[{"type": "/", "encrypt_status": "Yes", "encrypt_name": "VERITY"}]),
    unix("verified is not encrypted", {"disk-encryption": CANNOT}, fusion=True,
         drives=[{"type": "/", "encrypt_status": "Yes", "encrypt_name": "INTEGRITY"}]),
    unix("the cipher that does nothing", {"disk-encryption": CANNOT}, drives=[{"type": "/"} | LUKS | {"encrypt_algo": "cipher_null-ecb"}]),
    unix("only /home is encrypted", {"disk-encryption": CANNOT}, drives=[{"type": "/"}, {"type": "/home"} | LUKS]),
    unix("the Mac's process runs", {"antimalware-on": CANNOT}, mac="14.7", antivirus=guard("WithSecure Client Security for Mac")),
    unix("a setting that macOS no longer reads", {"firewall-on": CANNOT}, mac="15.1", firewalls=[{"status": "on"}]),
    unix("the setting that macOS 14 reads", {"firewall-on": "pass"}, mac="14.7", firewalls=[{"status": "on"}]),
    unix("administrators of a file that macOS does not read", {"local-admins-limited": CANNOT}, mac="14.7", local_groups=[{"name": "admin", "members": ["root"]}]),
    unix("a plain disk beside an encrypted one", {"disk-encryption": CANNOT}, drives=[{"type": "/"} | LUKS], physical_volumes=MIXED),
    unix("a plain disk beside an encrypted one", {"disk-encryption": CANNOT}, fusion=True, drives=[{"type": "/"} | LUKS], physical_volumes=MIXED),
    unix("a Mac that takes hours to encrypt", {"disk-encryption": CANNOT}, mac="14.7", bios={"ssn": "C02OLD1", "smodel": "iMac19,1"}, drives=[FILEVAULT]),
    unix("a Mac of unknown model", {"disk-encryption": CANNOT}, mac="14.7", bios={"ssn": "C02OLD2"}, drives=[FILEVAULT]),
    unix("FileVault is deferred", {"disk-encryption": CANNOT}, mac="14.7", drives=[{"type": "/", "filesystem": "apfs"}]),
)  # fmt: skip
NOT_PATCHED = [
    {"title": "Intel - Display - 31.0.101.4502", "date": "11/20/2026 08:00:00", "operation": "Installation", "status": "Succeeded"},
    {"title": "9WZDNCRFJ3PT-Microsoft.ZuneMusic", "date": "11/20/2026 08:00:00", "operation": "Installation", "status": "Succeeded"},
    {"title": "2026-11 Cumulative Update for .NET Framework 3.5 and 4.8.1 for Windows 11 (KB5045993)", "date": "11/20/2026 08:00:00",
     "operation": "Installation", "status": "Succeeded"},
    {"title": "Update for Windows Security platform - KB5007651 (Version 10.0.27703.1006)", "date": "11/20/2026 08:00:00",
     "operation": "Installation", "status": "Succeeded"},
]  # fmt: skip
OCS_WINDOWS = (
    ocs("another volume is encrypted", {"disk-encryption": CANNOT}, bitlockerstatus=[{"drive": "D:", "protectionstatus": "On"}]),
    ocs("off or unknown alike", {"disk-encryption": CANNOT}, bitlockerstatus=[{"drive": "C:", "protectionstatus": "DISABLED"}]),
    ocs("encryption goes on", {"disk-encryption": CANNOT},
        bitlockerstatus=[{"drive": "C:", "protectionstatus": "On", "conversionstatus": "EncryptionInProgress"}]),
    ocs("Defender is passive", {"antimalware-on": CANNOT}, winsecdetails=[
        {"amrunningmode": "Passive Mode", "amserviceenabled": "True", "antivirusenabled": "True", "realtimeprotectionenabled": "True"}]),
    ocs("drivers and apps are no patches", {"os-patched": ABSENT}, winupdatestate=NOT_PATCHED),
    ocs("a patch", {"os-patched": "pass"}, winupdatestate=[*NOT_PATCHED, {"title": "2026-11 Kumulatives Update für Windows 11 Version 24H2 (KB5068861)",
        "date": "11/20/2026 08:00:00", "operation": "Installation", "status": "Succeeded"}]),
    ocs("on or expired alike", FALSE_SIGNS, securitycenter=[{"category": "AntiVirus", "product": "Norton", "enabled": "1", "uptodate": "1"}]),
    ocs("a firewall that is on or expired alike", {"firewall-on": CANNOT}, securitycenter=[{"category": "Firewall", "product": "Norton", "enabled": "1", "uptodate": "1"}]),
    ocs("the firewall is off", {"firewall-on": CANNOT}, securitycenter=[{"category": "Firewall", "product": "Other", "enabled": "0"}]),
    ocs("the guard is off", {"antimalware-on": "fail"}, securitycenter=[{"category": "AntiVirus", "product": "X", "enabled": "0", "uptodate": "1"}]),
)  # fmt: skip
KEY = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"


def filters(*more: dict[str, str], service: str = "RUNNING", health: str = "Good") -> list[dict[str, str]]:
    """All three profiles on, the service and what Windows' Security Center says, and these rows."""
    rows = [{"path": rf"{KEY}\{name}Profile\EnableFirewall", "data": "1"} for name in ("Domain", "Standard", "Public")]
    rows += [{"path": "service", "data": service}] if service else []
    return [*rows, *([{"path": "security_center", "data": health}] if health else []), *more]


C_ON = {"drive_letter": "C:", "protection_status": "1", "conversion_status": "1", "encryption_method": "XTS_AES_256"}
OSQUERY_WINDOWS = tuple(
    osquery(name, expected, 2, *looks)
    for name, expected, looks in (
        ("all is well", {"firewall-on": "pass", "disk-encryption": "pass"}, [{"firewall_windows": filters(), "drives_windows": [C_ON]}]),
        ("the firewall's service is stopped", {"firewall-on": "fail"}, [{"firewall_windows": filters(service="STOPPED")}]),
        ("nobody knows of the service", {"firewall-on": CANNOT}, [{"firewall_windows": filters(service="")}]),
        ("all comes in", {"firewall-on": "fail"},
         [{"firewall_windows": filters({"path": rf"{KEY}\PublicProfile\DefaultInboundAction", "data": "0"})}]),
        ("the management switches it off", {"firewall-on": "fail"},
         [{"firewall_windows": filters({"path": rf"{KEY}\Mdm\PublicProfile\EnableFirewall", "data": "0"})}]),
        ("Windows itself says that it is poor", {"firewall-on": "fail"}, [{"firewall_windows": filters(health="Poor")}]),
        ("encryption goes on", {"disk-encryption": CANNOT}, [{"drives_windows": [C_ON | {"conversion_status": "2"}]}]),
        ("another volume is encrypted", {"disk-encryption": CANNOT}, [{"drives_windows": [C_ON | {"drive_letter": "D:"}]}]),
        ("a state nobody knows", {"antimalware-on": CANNOT},
         [{"antimalware_windows": [{"name": "Defender", "state": "Unknown", "signatures_up_to_date": "1"}]}]),
        ("snoozed", {"antimalware-on": "fail"}, [{"antimalware_windows": [{"name": "Defender", "state": "Snoozed", "signatures_up_to_date": "1"}]}]),
        ("expired, with current signatures", {"antimalware-on": "fail", "signatures-fresh": CANNOT},
         [{"antimalware_windows": [{"name": "McAfee", "state": "Expired", "signatures_up_to_date": "1"}]}]),
        ("two, one expired, one off", {"antimalware-on": "fail"},
         [{"antimalware_windows": [{"name": "McAfee", "state": "Expired", "signatures_up_to_date": "1"},
                                   {"name": "Defender", "state": "Off", "signatures_up_to_date": "1"}]}]),
        ("on with old signatures", {"antimalware-on": "pass", "signatures-fresh": "fail"},
         [{"antimalware_windows": [{"name": "Defender", "state": "On", "signatures_up_to_date": "0"}]}]),
        ("the lock was taken away", {"screen-lock": CANNOT}, [{"screenlock_windows": [{"data": "600"}]}, {"screenlock_windows": []}]),
        ("setup mode", {"secure-boot": CANNOT}, [{"secureboot": [{"secure_boot": "1", "setup_mode": "1"}]}]),
        ("patched in the future", {"os-patched": "unknown(implausible)"}, [{"patches_windows": [{"at": seconds(-400)}]}]),
        ("patched long ago", {"os-patched": "fail"}, [{"patches_windows": [{"at": seconds(60)}]}]),
        ("administrators of a domain are not listed", {"local-admins-limited": CANNOT}, [{"admins_windows": [{"username": "ada"}]}, {"admins_windows": []}]),
        ("no programs", {"forbidden-software": CANNOT, "browser-supported": CANNOT}, [{"software_windows": []}]),
    )
)  # fmt: skip
SLAVE = {"path": "/sys/block/dm-1/slaves/dm-0", "filesystem": "", "size": "", "encrypted": "1", "method": "LUKS2-aes-xts-plain64"}
VOLUME = [{"path": "/", "filesystem": "ext4", "encrypted": "0"}, {"path": "/", "filesystem": "ext4", "encrypted": "0"}, SLAVE]
"""LVM over LUKS: osquery answers for both names of the volume, and for what lies below it."""
FALCON = "falcon-sensor.service"
OSQUERY_UNIX = tuple(
    osquery(name, expected, platform, *looks)
    for platform, name, expected, looks in (
        (9, "nftables runs with an empty set", {"firewall-on": CANNOT}, [{"firewall_linux": [{"id": "nftables.service", "active_state": "active"}]}]),
        (9, "firewalld runs", {"firewall-on": CANNOT}, [{"firewall_linux": [{"id": "firewalld.service", "active_state": "active"}]}]),
        (9, "verified is not encrypted", {"disk-encryption": CANNOT}, [{"drives_linux": [{"path": "/", "encrypted": "1", "method": "VERITY"}]}]),
        (9, "of no kind", {"disk-encryption": CANNOT}, [{"drives_linux": [{"path": "/", "encrypted": "1", "method": ""}]}]),
        (9, "the cipher that does nothing", {"disk-encryption": CANNOT},
         [{"drives_linux": [{"path": "/", "encrypted": "1", "method": "LUKS2-cipher_null-ecb"}]}]),
        (9, "not encrypted any more", {"disk-encryption": CANNOT},
         [{"drives_linux": [{"path": "/", "encrypted": "1", "method": "LUKS2-aes"}]}, {"drives_linux": [{"path": "/", "encrypted": "0"}]}]),
        (9, "a plain disk beside an encrypted one", {"disk-encryption": CANNOT},
         [{"drives_linux": [*VOLUME, SLAVE | {"path": "/sys/block/dm-1/slaves/sdb1", "encrypted": "0", "method": ""}]}]),
        (9, "below it is only verified", {"disk-encryption": CANNOT}, [{"drives_linux": [VOLUME[0], SLAVE | {"method": "INTEGRITY"}]}]),
        (9, "packages of another kind", {"forbidden-software": CANNOT, "remote-control-approved": CANNOT, "unsupported-software": CANNOT},
         [{"software_linux": []}]),
        (9, "the service runs, real time is off", {"antimalware-on": CANNOT}, [{"antimalware_linux": [{"id": "eea.service", "active_state": "active"}]}]),
        (9, "the agent runs, its module may be off", {"antimalware-on": CANNOT},
         [{"antimalware_linux": [{"id": "ds_agent.service", "active_state": "active"}]}]),
        (9, "the guard was stopped", {"antimalware-on": CANNOT},
         [{"antimalware_linux": [{"id": FALCON, "active_state": "active"}]}, {"antimalware_linux": [{"id": FALCON, "active_state": "inactive"}]}]),
        (9, "access control was switched off", {"linux-hardening": CANNOT},
         [{"auditd_linux": [{"active_state": "active"}], "access_control_linux": [{"module": "selinux", "value": "1"}]},
          {"access_control_linux": []}]),
        (9, "an audit daemon that is stopped", {"linux-hardening": "fail"},
         [{"auditd_linux": [{"active_state": "failed"}], "access_control_linux": [{"module": "selinux", "value": "1"}]}]),
        (21, "FileVault is on its way", {"disk-encryption": CANNOT}, [{"drives_macos": [{"path": "/", "filevault_status": "on", "encrypted": "0"}]}]),
        (21, "FileVault is unknown", {"disk-encryption": CANNOT}, [{"drives_macos": [{"path": "/", "filevault_status": "unknown"}]}]),
        (21, "the firewall was switched off", {"firewall-on": CANNOT},
         [{"firewall_macos": [{"global_state": "1"}]}, {"firewall_macos": [{"global_state": "0"}]}]),
        (21, "Gatekeeper is off", {"macos-protections": "fail"}, [{"sip_macos": [{"enabled": "1"}], "gatekeeper_macos": [{"assessments_enabled": "0"}]}]),
    )
)  # fmt: skip


def lynis(name: str, expected: dict[str, str], *lines: str, system: str = "Linux") -> Device:
    """A whole report of Lynis with these lines."""
    head = ("# Lynis Report", "lynis_version=3.1.4", f"os={system}", f"hostname=l{len(name)}{len(lines)}", "os_name=Debian", "vm=0")
    return text(f"Lynis: {name}", expected, "\n".join([*head, *lines, "finish=true"]) + "\n")


_RULE = '<rule-result severity="high"><result>{}</result></rule-result>'


def xccdf(name: str, expected: dict[str, str], *results: str, ended: str = "") -> Device:
    """A benchmark with these results of grave rules."""
    rules = "".join(_RULE.format(word) for word in results)
    at = f' end-time="{ended}"' if ended else ""
    body = f'<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"{at}><benchmark id="b"/><target>scap-{len(name)}</target>{rules}</TestResult>'
    return text(f"XCCDF: {name}", expected, body)


DOCUMENTS = (
    lynis("rules that containers made", {"firewall-on": CANNOT}, "firewall_active=1", "firewall_software[]=nftables", "tests_executed=FIRE-4540",
          "firewall_empty_ruleset=0"),
    lynis("iptables with rules", {"firewall-on": CANNOT}, "firewall_active=1", "firewall_software[]=iptables", "tests_executed=FIRE-4512"),
    lynis("pf that passes all in", {"firewall-on": CANNOT}, "firewall_active=1", "firewall_software[]=pf", system="FreeBSD"),
    lynis("an agent of management", {"antimalware-present": CANNOT}, "malware_scanner[]=kaspersky", "malware_scanner[]=mcafee"),
    lynis("looked at long ago", {"os-patched": CANNOT, "linux-hardening": STALE}, "report_datetime_end=2024-01-02 10:00:00", "linux_auditd_running=1",
          "apparmor_enabled=1", "package_audit_tool_found=1", "tests_executed=PKGS-7392"),
    xccdf("one rule ran, the others could not", {"benchmark-result": CANNOT}, "pass", *["unknown"] * 20),
    xccdf("an error is no pass", {"benchmark-result": "fail"}, "pass", "error"),
    xccdf("made for another system", {"benchmark-result": "unknown(wrong_content)"}, *["notapplicable"] * 9),
    xccdf("from two years ago", {"benchmark-result": STALE}, "pass", ended="2024-11-02T10:00:00+00:00"),
    xccdf("from last week", {"benchmark-result": "pass"}, "pass", ended=f"{RECENT}T10:00:00"),
)  # fmt: skip
GROUPS = {
    "GLPI and FusionInventory, Windows": GLPI_WINDOWS,
    "GLPI and FusionInventory, Unix": GLPI_UNIX,
    "OCS, Windows": OCS_WINDOWS,
    "osquery, Windows": OSQUERY_WINDOWS,
    "osquery, Unix": OSQUERY_UNIX,
    "documents": DOCUMENTS,
}


def judged(site: Site, devices: tuple[Device, ...]) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """What the policies say of each device, and what is borne out."""
    sent = {one.name: one.send(site) for one in devices}
    assert len(set(sent.values())) == len(devices), "two devices became one"
    found = {name: site.judged(ci) for name, ci in sent.items()}
    told = {one.name: {policy: found[one.name].get(policy, "") for policy in one.expected} for one in devices}
    return told, {one.name: dict(one.expected) for one in devices}


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_passes_that_is_not_borne_out(site: Site, group: str) -> None:
    told, expected = judged(site, GROUPS[group])
    assert told == expected


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, GROUPS.values())) >= 80
    assert LONG_AGO < RECENT
