# ruff: noqa: E501  # a row is a device
"""Devices that are well protected, in shapes that look odd: what their source may say passes. A pass that is lost costs trust, too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compliance.by_source.site import RECENT, Site
from tests.compliance.by_source.test_no_wrong_pass import C_ON, VOLUME, C, D, filters, guard, judged
from tests.compliance.by_source.test_no_wrong_pass_elsewhere import DATES, DISK, GOTO, IPV6, LISTS
from tests.compliance.by_source.unprotected import Device, native, ocs, osquery, ssh, unix, windows
from tests.discovery.linux.test_rule_sets import recorded
from tests.discovery.linux.test_security_and_guests import ESTABLISHED, ON_LO, REDHAT, REJECT, nft

GUARDED = {"antimalware-on": "pass", "signatures-fresh": "pass"}
ENCRYPTED, FILTERS = {"disk-encryption": "pass"}, {"firewall-on": "pass"}
ALL_DISKS = {**ENCRYPTED, "disk-encryption-all": "pass"}
YES = {"encrypt_status": "Yes"}
CRYPT = [{"type": "/", "encrypt_status": "Yes", "encrypt_name": "LUKS2", "encrypt_algo": "aes-xts-plain64"}]
FILEVAULT = [{"type": "/", "filesystem": "apfs", "encrypt_status": "Yes", "encrypt_name": "FileVault 2", "encrypt_algo": "XTS_AES_128"}]


def one(name: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "enabled": True, "uptodate": True} | said


GLPI = (
    windows("another guard beside a Defender that is off", GUARDED, antivirus=[one("Windows Defender", enabled=False, uptodate=False), one("Kaspersky Endpoint Security")]),
    windows("Defender beside one that was given up", GUARDED, antivirus=[one("McAfee", enabled=False, uptodate=False, expiration="01/02/2024"), one("Windows Defender")]),
    windows("Defender beside one whose licence has ended", GUARDED, antivirus=[one("Norton", expiration="01/02/2026"), one("Windows Defender")]),
    windows("one product listed twice", GUARDED, antivirus=[one("Windows Defender", version="4.18.1"), one("Windows Defender", version="4.18.2")]),
    windows("a licence that runs", GUARDED, antivirus=guard("ESET Security", expiration="31/12/2027", base_version="30251P (20261121)")),
    windows("a licence as the Americans write it", GUARDED, antivirus=guard("Avira", expiration="12/31/2027")),
    windows("Bitdefender", GUARDED, antivirus=[one("Bitdefender Endpoint Security Tools"), one("Windows Defender", enabled=False)]),
    windows("a stick that is not encrypted", ALL_DISKS, drives=[C | YES, D | YES, {"letter": "E:", "type": "Removable Disk", "encrypt_status": "No"}, {"letter": "F:", "type": "CD-Rom Disc"}]),
    windows("Windows on D:", ALL_DISKS, drives=[D | YES | {"systemdrive": True}]),
    windows("the last FusionInventory", GUARDED, fusion=True, antivirus=guard()),
    windows("FusionInventory 2.4.2, the first that reads states", GUARDED, fusion="FusionInventory-Agent_v2.4.2", antivirus=guard()),
    unix("LVM over LUKS", ENCRYPTED, drives=CRYPT, physical_volumes=[{"device": "/dev/mapper/sda3_crypt", "vg_uuid": "a"}]),
    unix("LVM over two of LUKS, and data of their own", ENCRYPTED, drives=CRYPT,
         physical_volumes=[{"device": "/dev/mapper/a_crypt", "vg_uuid": "a"}, {"device": "/dev/dm-1", "vg_uuid": "a"}, {"device": "/dev/sdc1", "vg_uuid": "data"}]),
    unix("LVM over LUKS", ENCRYPTED, fusion=True, drives=CRYPT, physical_volumes=[{"device": "/dev/mapper/sda3_crypt", "vg_uuid": "a"}]),
    unix("Bitdefender by the day of its signatures", GUARDED, antivirus=guard("Bitdefender Endpoint Security Tools (BEST) for Linux", base_creation=RECENT)),
    unix("ESET on a Mac, whose real-time protection is asked", GUARDED, mac="14.7", antivirus=guard("ESET Endpoint Security")),
    unix("a Mac with Apple silicon", ENCRYPTED, mac="14.7", drives=FILEVAULT),
    unix("a Mac with T2", ENCRYPTED, mac="15.1", bios={"ssn": "C02T2AA", "smodel": "MacBookAir9,1"}, drives=FILEVAULT),
    unix("a Mac Studio", ENCRYPTED, mac="15.1", fusion=True, bios={"ssn": "C02STU1", "smodel": "Mac14,13"}, drives=FILEVAULT),
)  # fmt: skip
DEFENDER = {"amrunningmode": "Normal", "amserviceenabled": "True", "antivirusenabled": "True", "realtimeprotectionenabled": "True",
            "antivirussignaturelastupdated": "11/20/2026 03:04:05"}  # fmt: skip
LISTED = {"category": "AntiVirus", "product": "Windows Defender", "enabled": "1", "uptodate": "1"}
OCS = (
    ocs("Defender by its details", GUARDED, winsecdetails=[DEFENDER]),
    ocs("Defender by the list", GUARDED, securitycenter=[LISTED]),
    ocs("Defender beside one that has expired", GUARDED, securitycenter=[LISTED, LISTED | {"product": "Norton"}]),
    ocs("another beside a Defender that is passive", GUARDED, winsecdetails=[DEFENDER | {"amrunningmode": "Passive Mode"}], securitycenter=[LISTED | {"product": "Bitdefender"}]),
    ocs("the system's volume among others", ENCRYPTED, bitlockerstatus=[{"drive": "E:", "volumetype": "Data", "protectionstatus": "Off"},
        {"drive": "C:", "volumetype": "OperatingSystem", "protectionstatus": "On", "conversionstatus": "FullyEncrypted"}]),
)  # fmt: skip
FALCON = [{"id": "falcon-sensor.service", "active_state": "active"}]
BELOW = VOLUME[-1]
OSQUERY = tuple(
    osquery(name, expected, platform, *looks)
    for platform, name, expected, looks in (
        (2, "Windows without its Security Center", FILTERS, [{"firewall_windows": filters(health="")}]),
        (2, "a group policy switches on what the machine has off", FILTERS, [{"firewall_windows": [
            *filters(), {"path": r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall\PublicProfile\EnableFirewall", "data": "1"},
            {"path": r"HKEY_LOCAL_MACHINE\SYSTEM\X\FirewallPolicy\PublicProfile\DefaultInboundAction", "data": "1"}]}]),
        (2, "only one guard need be live", GUARDED, [{"antimalware_windows": [{"name": "Windows Defender", "state": "Off", "signatures_up_to_date": "1"},
            {"name": "CrowdStrike Falcon Sensor", "state": "On", "signatures_up_to_date": "1"}]}]),
        (2, "an osquery that does not tell of conversion", ENCRYPTED, [{"drives_windows": [{k: v for k, v in C_ON.items() if k != "conversion_status"}]}]),
        (9, "LVM over LUKS", ENCRYPTED, [{"drives_linux": VOLUME}]),
        (9, "LVM over two of LUKS", ENCRYPTED, [{"drives_linux": [*VOLUME, BELOW | {"path": "/sys/block/dm-1/slaves/dm-2"}]}]),
        (9, "LUKS, known by one of its two names", ENCRYPTED, [{"drives_linux": [{"path": "/", "encrypted": "0"}, BELOW | {"path": "/"},
            {"path": "/sys/block/dm-0/slaves/nvme0n1p3", "encrypted": "0", "method": ""}]}]),
        (9, "the sensor runs, another product is stopped", {"antimalware-on": "pass"}, [{"antimalware_linux": [*FALCON, {"id": "clamav-clamonacc.service", "active_state": "inactive"}]}]),
        (21, "FileVault of a Mac with Apple silicon", ENCRYPTED, [{"drives_macos": [{"path": "/", "filevault_status": "on", "encrypted": "1", "method": "APFS Encryption"}]}]),
        (21, "the firewall that blocks all", FILTERS, [{"firewall_macos": [{"global_state": "2"}]}]),
    )
)  # fmt: skip
SERVICES = '[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}]'
LVM = (
    '{"blockdevices":[{"name":"sda","kname":"sda","type":"disk","size":512110190592,"rm":false,"children":[{"name":"sda3","kname":"sda3","pkname":"sda","type":"part","size":511000000000,"fstype":"crypto_LUKS",'
    '"fsver":"2","rm":false,"children":[{"name":"sda3_crypt","kname":"dm-0","pkname":"sda3","type":"crypt","size":510000000000,"fstype":"LVM2_member","rm":false,"children":[{"name":"vg-root","kname":"dm-1",'
    '"pkname":"dm-0","type":"lvm","size":500000000000,"fstype":"ext4","mountpoint":"/","rm":false}]}]}]}]}'
)
UFW6 = {
    "security__iptables": recorded("ufw-0.36.2.iptables.txt"),
    "security__ip6tables": recorded("ufw-0.36.2.ip6tables.txt"),
    "security__nft": recorded("ufw-0.36.2.nft.json"),
}
SSH = (
    ssh("Ubuntu: ufw by iptables' newer form, IPv6", FILTERS, **UFW6, security__ufw="Status: active", interfaces__addresses=IPV6),
    ssh("Fedora: firewalld, each interface with its zone", FILTERS, interfaces__addresses=IPV6, security__firewalld="running",
        security__nft=nft(ESTABLISHED, ON_LO, GOTO.replace("[{", '[{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"wlan0"}},{'), REJECT, zone=[SERVICES, REJECT])),
    ssh("RHEL: iptables' newer form that ends in REJECT", FILTERS, security__iptables=REDHAT,
        security__nft=nft('[{"xt":{"type":"match","name":"conntrack"}},{"accept":null}]', '[{"xt":{"type":"target","name":"REJECT"}}]', family="ip")),
    ssh("Debian: nftables' own example", FILTERS, security__nft=recorded("debian-workstation.nft.json"), interfaces__addresses=IPV6),
    ssh("no IPv6, so nobody filters it", FILTERS, security__nft=nft(REJECT, family="ip")),
    ssh("Debian: LVM over LUKS", ENCRYPTED, disks__lsblk=LVM),
    ssh("LUKS without LVM", ENCRYPTED, disks__lsblk=DISK.replace("FS", "crypto_LUKS")),
    ssh("lists of these days, nothing held", {"os-patched": "pass"}, updates__apt_dates=DATES, **LISTS),
)  # fmt: skip
NATIVE = (
    native("a guard that is passive beside one that is on", GUARDED, {"antimalware": [{"name": "Defender", "enabled": False}, {"name": "Falcon", "enabled": True, "up_to_date": True}]}),
    native("no word of signatures but their day", GUARDED, {"antimalware": [{"name": "Falcon", "enabled": True, "signatures_on": RECENT}]}),
    native("null, then known again", {**FILTERS, **ENCRYPTED}, {"firewall_enabled": None, "disk_encrypted": None}, {}),
)  # fmt: skip
GROUPS: dict[str, tuple[Device, ...]] = {"GLPI and FusionInventory": GLPI, "OCS": OCS, "osquery": OSQUERY, "native": NATIVE}


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_borne_out_passes(site: Site, group: str) -> None:
    told, expected = judged(site, GROUPS[group])
    assert told == expected


@pytest.mark.parametrize("device", SSH, ids=lambda device: device.name)
def test_what_a_scan_bears_out_passes(site: Site, device: Device) -> None:
    """One at a time: each is the same recorded laptop."""
    told, expected = judged(site, (device,))
    assert told == expected


def test_there_are_enough_of_them() -> None:
    assert sum(map(len, GROUPS.values())) + len(SSH) >= 45
