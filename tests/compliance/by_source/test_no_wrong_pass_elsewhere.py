# ruff: noqa: E501  # a row is a device
"""The same (test_no_wrong_pass) by native reports, tables of device managements and scans by SSH."""

from __future__ import annotations

import pytest

from tests.compliance.by_source.site import Site
from tests.compliance.by_source.test_no_wrong_pass import judged
from tests.compliance.by_source.unprotected import CANNOT, Device, native, ssh, table
from tests.discovery.linux.test_security_and_guests import ALL, DOCKER, REJECT, UFW, nft

NEVER = "unknown(never_reported)"
NATIVE = (
    native("nobody can tell any more", {"screen-lock": CANNOT, "disk-encryption": CANNOT, "firewall-on": CANNOT, "secure-boot": CANNOT},
           {}, {"screen_lock": None, "disk_encrypted": None, "firewall_enabled": None, "secure_boot": None}),
    native("two guards", {"antimalware-on": CANNOT}, {"antimalware": [{"name": "Defender", "enabled": True}, {"name": "Kaspersky", "enabled": True}]}),
    native("a lock without a time", {"screen-lock": "fail"}, {"screen_lock_timeout_s": 86_400}),
    native("signatures of 1970", {"signatures-fresh": CANNOT}, {"antimalware": [{"name": "X", "enabled": True, "up_to_date": True, "signatures_on": "1970-01-01"}]}),
    native("no guard", {"antimalware-present": "fail", "antimalware-on": "fail"}, {"antimalware": []}),
)  # fmt: skip
JAMF = "Computer Name,Serial Number,Model,Operating System Version,FileVault 2 Status,Firewall Enabled,Last Check-in"
INTUNE = "Device ID,Device name,Serial number,Ownership,Compliance,OS,OS version,Encrypted,Last check-in"
KANDJI = "general.device_name,general.platform,general.model,hardware_overview.serial_number,mdm.last_check_in,filevault.filevault_enabled"
TABLES = (
    table("some partitions", {"disk-encryption": NEVER}, JAMF, "m1,C02A1,MacBook Pro,14.5,Some Partitions Encrypted,Yes,2026-11-22 10:00:00"),
    table("on its way", {"disk-encryption": NEVER}, JAMF, "m2,C02A2,MacBook Pro,14.5,Boot Partitions Encrypting,Yes,2026-11-22 10:00:00"),
    table("another language", {"disk-encryption": NEVER, "firewall-on": NEVER}, JAMF, "m3,C02A3,MacBook Pro,14.5,Activé,Ein,2026-11-22 10:00:00"),
    table("heard in summer", {"disk-encryption": NEVER, "firewall-on": NEVER}, JAMF, "m4,C02A4,MacBook Pro,14.5,All Partitions Encrypted,Yes,2026-07-22 10:00:00"),
    table("never heard", {"disk-encryption": NEVER}, JAMF, "m5,C02A5,MacBook Pro,14.5,All Partitions Encrypted,Yes,"),
    table("not encrypted", {"disk-encryption": NEVER}, INTUNE, "9b1c2d,w1,7KX8D99,Corporate,Compliant,Windows,10.0.26100.1,No,2026-11-22 10:00:00"),
    table("compliant and no edition", {"os-supported": "unknown(not_in_reference)"}, INTUNE, "9b1c2e,w2,7KX8D98,Corporate,Compliant,Windows,10.0.26100.1,Yes,2026-11-22 10:00:00"),
    table("heard in the future", {"disk-encryption": NEVER}, KANDJI, "k1,Mac,MacBook Air,C02K1,2027-11-22T10:00:00Z,True"),
)  # fmt: skip
DISK = (
    '{"blockdevices":[{"name":"nvme0n1","kname":"nvme0n1","type":"disk","size":1024209543168,"rm":false,"children":[{"name":"nvme0n1p2","kname":"nvme0n1p2","pkname":"nvme0n1","type":"part",'
    '"size":1023671672320,"fstype":"FS","rm":false,"children":[{"name":"root","kname":"dm-0","pkname":"nvme0n1p2","type":"crypt","size":1023654895104,"fstype":"ext4","mountpoint":"/","rm":false}]}]}]}'
)
IPV6 = '[{"ifname":"wlan0","link_type":"ether","addr_info":[{"local":"192.168.178.30","prefixlen":24},{"local":"2001:db8::30","prefixlen":64}]}]'
TRUSTED = '[{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"wlan0"}},{"accept":null}]'
ROOT = '{"name":"vg-root","kname":"dm-1","pkname":"PARENT","type":"lvm","size":900000000000,"fstype":"ext4","mountpoint":"/","rm":false}'
MIXED = (  # as lsblk -J has it: the volume below each of its disks
    '{"blockdevices":[{"name":"sda","kname":"sda","type":"disk","size":512110190592,"rm":false,"children":[{"name":"sda3","kname":"sda3","pkname":"sda","type":"part","fstype":"crypto_LUKS","rm":false,'
    '"children":[{"name":"a_crypt","kname":"dm-0","pkname":"sda3","type":"crypt","fstype":"LVM2_member","rm":false,"children":['
    + ROOT.replace("PARENT", "dm-0")
    + "]}]}]},"
    '{"name":"sdb","kname":"sdb","type":"disk","size":512110190592,"rm":false,"fstype":"LVM2_member","children":['
    + ROOT.replace("PARENT", "sdb")
    + "]}]}"
)
GOTO = '[{"goto":{"target":"zone"}}]'
DATES = "Date: Sat, 21 Nov 2026 20:14:05 UTC"
LISTS = {"updates__apt_lists": "deb.debian.org_debian-security_dists_bookworm-security_InRelease", "updates__apt": "0 upgraded"}
SSH = (
    ssh("all is well", {"firewall-on": "pass", "disk-encryption": "pass", "os-patched": "pass"}, security__nft=nft(GOTO, zone=[REJECT]),
        disks__lsblk=DISK.replace("FS", "crypto_LUKS"), updates__apt_dates=DATES, **LISTS),
    ssh("firewalld trusts all", {"firewall-on": "fail"}, security__nft=nft(GOTO, zone=[ALL]), security__firewalld="running"),
    ssh("ufw lets all in", {"firewall-on": "fail"}, security__nft='{"nftables":[]}', security__ufw="Status: active", security__iptables=UFW.format(policy="ACCEPT")),
    ssh("rules of containers", {"firewall-on": "fail"}, security__nft='{"nftables":[]}', security__iptables=DOCKER),
    ssh("IPv6 is open", {"firewall-on": CANNOT}, security__nft=nft(REJECT, family="ip"), interfaces__addresses=IPV6),
    ssh("IPv6 could not be read", {"firewall-on": CANNOT}, security__nft='{"nftables":[]}', security__iptables=UFW.format(policy="DROP"), interfaces__addresses=IPV6),
    ssh("its only interface is let in", {"firewall-on": "fail"}, security__nft=nft(TRUSTED, REJECT)),
    ssh("iptables lets all in, with a remark", {"firewall-on": "fail"}, security__nft=nft('[{"xt":{"type":"match","name":"comment"}},{"accept":null}]', policy="drop")),
    ssh("verified is not encrypted", {"disk-encryption": CANNOT}, disks__lsblk=DISK.replace("FS", "DM_verity_hash")),
    ssh("a volume over a plain and an encrypted disk", {"disk-encryption": "fail"}, disks__lsblk=MIXED),
    ssh("lists of summer", {"os-patched": CANNOT}, updates__apt_dates="Date: Sat, 04 Jul 2026 20:14:05 UTC", **LISTS),
    ssh("held back", {"os-patched": CANNOT}, updates__apt_dates=DATES, **LISTS | {"updates__apt": "The following packages have been kept back:\n  openssl"}),
)  # fmt: skip
GROUPS: dict[str, tuple[Device, ...]] = {"native": NATIVE, "tables": TABLES, "SSH": SSH}


@pytest.mark.parametrize("group", [name for name in GROUPS if name != "SSH"])
def test_nothing_passes_that_is_not_borne_out(site: Site, group: str) -> None:
    told, expected = judged(site, GROUPS[group])
    assert told == expected


@pytest.mark.parametrize("device", SSH, ids=lambda one: one.name)
def test_no_scan_passes_what_is_not_borne_out(site: Site, device: Device) -> None:
    """One at a time: each is the same recorded laptop."""
    told, expected = judged(site, (device,))
    assert told == expected
