"""Windows, macOS, phones and hosts of guests: what their reports say, and what they cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from cmdb.model.catalogue import Catalogue
from discovery.reports.message import Headers
from tests.discovery.reports.made import AT, OCS, android_xml, endpoint, glpi, identified, look, observed, reason, windows_content, xml


def _windows(**changes: Any) -> dict[str, Any]:
    content = windows_content() | changes
    return {name: rows for name, rows in content.items() if rows is not None}


def test_a_windows_notebook() -> None:
    observation = observed(glpi(windows_content()))
    item = endpoint(observation)
    values = item.attributes
    assert item.cls == "laptop"
    assert identified(item) == {
        ("agent_id", "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3", ""),
        ("agent_id", "pc-2026-01-02-03-04-05", ""),
        ("serial", "7KX8D43", "Dell Inc."),
        ("uuid", "4C4C4544-0037-4B10-8058-B7C04F384433", ""),
        ("board_serial", "/7KX8D43/CNWS2003B1004A/", "Dell Inc."),
        ("hostname", "PC-4711", ""),
        ("fqdn", "pc-4711.corp.example", ""),
        ("mac", "a0:b3:39:10:20:30", ""),
    }, "the dock's address, the TAP adapter and the virtual switch do not tell this machine from others"
    assert (values["os_family"], values["os_name"], values["os_version"], values["os_build"], values["os_edition"]) == (
        "windows", "Windows 11", "23H2", "10.0.22631", "Pro",
    )  # fmt: skip
    assert (values["vendor"], values["model"], values["domain"], values["secure_boot"]) == (
        "Dell Inc.",
        "Latitude 7440",
        "corp.example",
        True,
    )
    assert values["cpu_count"] == 12
    assert values["last_boot_at"] == "2026-11-20T07:12:00.000Z", "08:12:29 at +0100, to the minute"
    assert values["primary_ip"] == "10.1.2.3"
    assert values["local_admins"] == ("Administrator", "CORP\\ada")
    assert "last_report_at" not in values, (
        "when a source was last heard is known of its record; a report that changes nothing must say the same"
    )
    assert look(observation, "security") == "complete"


def test_windows_security_facts() -> None:
    values = endpoint(observed(glpi(windows_content()))).attributes
    assert (values["disk_encrypted"], values["disk_encryption_method"]) == (True, "BitLocker XTS_AES_256")
    assert values["firewall_enabled"] is None, "group policies and a device management stand above what the agent reads"
    assert (values["antimalware_present"], values["antimalware_enabled"], values["antimalware_up_to_date"]) == (True, True, True)
    assert (values["antimalware_product"], values["antimalware_version"]) == ("Windows Defender", "4.18.24090.11")
    assert values["antimalware_signatures_at"] == "2026-11-21T00:00:00.000Z"


@pytest.mark.parametrize(("status", "expected"), [("Yes", True), ("No", False), ("Partially", False), ("Unknown", None)])
def test_windows_encryption_says_yes_no_and_unknown(status: str, expected: bool | None) -> None:
    drive = {"letter": "C:", "systemdrive": True, "encrypt_name": "BitLocker", "encrypt_status": status}
    values = endpoint(observed(glpi(_windows(drives=[drive])))).attributes
    assert "disk_encrypted" in values
    assert values["disk_encrypted"] is expected


def test_windows_without_bitlocker_rows_cannot_tell() -> None:
    values = endpoint(observed(glpi(_windows(drives=[{"letter": "C:", "systemdrive": True, "filesystem": "NTFS"}])))).attributes
    assert values["disk_encrypted"] is None, "it lists disks, and says it no more"
    assert endpoint(observed(glpi(_windows(drives=[{"letter": "D:", "encrypt_status": "No"}])))).attributes["disk_encrypted"] is None


@pytest.mark.parametrize("status", ["on", "off"])
def test_a_profile_of_windows_may_be_ruled_from_above(status: str) -> None:
    """Win32/Firewall.pm reads the machine's own setting alone; a group policy may say the other thing."""
    rows = [{"profile": f"{name}Profile", "status": status} for name in ("Domain", "Standard", "Public")]
    assert endpoint(observed(glpi(_windows(firewalls=rows)))).attributes["firewall_enabled"] is None


def test_two_products_that_are_on_contradict_each_other() -> None:
    rows = [
        {"name": "Windows Defender", "enabled": True, "uptodate": True},
        {"name": "Kaspersky Endpoint Security 10", "enabled": True, "uptodate": True},
    ]
    observation = observed(glpi(_windows(antivirus=rows)))
    values = endpoint(observation).attributes
    assert values["antimalware_present"] is True
    assert values["antimalware_enabled"] is None
    assert values["antimalware_product"] == "Kaspersky Endpoint Security 10 + Windows Defender"
    assert "contradict" in reason(observation, "security")


def test_defender_off_beside_another_product_that_is_on() -> None:
    rows = [
        {"name": "Windows Defender", "enabled": False, "uptodate": True},
        {"name": "ESET", "enabled": True, "uptodate": False, "base_version": "20261119"},
    ]
    values = endpoint(observed(glpi(_windows(antivirus=rows)))).attributes
    assert (values["antimalware_product"], values["antimalware_enabled"], values["antimalware_up_to_date"]) == ("ESET", True, False)
    assert values["antimalware_signatures_at"] == "2026-11-19T00:00:00.000Z"


def test_an_uninstalled_antivirus_does_not_stay_active() -> None:
    """GLPI's own server keeps it (glpi#15390). A full report without a row ends what was said; it does not say that there is none."""
    values = endpoint(observed(glpi(_windows(antivirus=None)))).attributes
    assert {name: values[name] for name in values if name.startswith("antimalware")} == dict.fromkeys(
        [
            "antimalware_present",
            "antimalware_product",
            "antimalware_version",
            "antimalware_enabled",
            "antimalware_up_to_date",
            "antimalware_signatures_at",
        ]
    )
    partial = endpoint(observed(glpi(_windows(antivirus=None), partial=True))).attributes
    assert not [name for name in partial if name.startswith("antimalware")]


def test_a_windows_server_without_rows_cannot_tell() -> None:
    system = windows_content()["operatingsystem"] | {"full_name": "Microsoft Windows Server 2022 Standard", "kernel_version": "10.0.20348"}
    content = _windows(
        operatingsystem=system, antivirus=None, hardware=windows_content()["hardware"] | {"chassis_type": "Rack Mount Chassis"}
    )
    item = endpoint(observed(glpi(content)))
    assert item.cls == "server"
    assert (item.attributes["os_name"], item.attributes["os_version"], item.attributes["os_edition"]) == (
        "Windows Server 2022",
        "2022",
        "Standard",
    )
    assert not [name for name in item.attributes if name.startswith("antimalware")]


def test_a_sick_defender_on_linux_looks_like_none_and_is_not_none() -> None:
    system = {"kernel_name": "linux", "name": "Ubuntu", "version": "24.04"}
    healthy = {
        "antivirus": [
            {"name": "Microsoft Defender", "company": "Microsoft", "enabled": True, "uptodate": True, "base_creation": "2026-11-21"}
        ]
    }
    values = endpoint(observed(glpi({"operatingsystem": system, "hardware": {"name": "a"}, **healthy}))).attributes
    assert (values["antimalware_present"], values["antimalware_enabled"]) == (True, True)
    gone = endpoint(observed(glpi({"operatingsystem": system, "hardware": {"name": "a"}}))).attributes
    assert gone["antimalware_enabled"] is None, "nobody says any more that it is on"
    assert "antimalware_present" not in gone, "it may still be installed"


def test_linux_and_mac_say_yes_only() -> None:
    linux = {"operatingsystem": {"kernel_name": "linux", "name": "Fedora"}, "hardware": {"name": "a"}}
    for status, said in (("Yes", True), ("No", None)):
        drives = [{"type": "/boot"}, {"type": "/", "encrypt_status": status, "encrypt_name": "LUKS2", "encrypt_algo": "aes-xts-plain64"}]
        assert endpoint(observed(glpi({**linux, "drives": drives}))).attributes.get("disk_encrypted") is said
    for number, status, said in (("14.7", "on", True), ("14.7", "off", None), ("15.0", "on", None), ("", "on", None)):
        mac = {"operatingsystem": {"kernel_name": "darwin", "name": "macOS", "version": number}, "hardware": {"name": "a"}}
        assert endpoint(observed(glpi({**mac, "firewalls": [{"status": status}]}))).attributes["firewall_enabled"] is said


def test_a_program_that_runs_on_linux_is_no_filter() -> None:
    linux = {"operatingsystem": {"kernel_name": "linux", "name": "Fedora"}, "hardware": {"name": "a"}}
    for name, status in (("ufw", "on"), ("firewalld", "on"), ("firewalld", "off")):
        rows = [{"description": name, "status": status}]
        assert endpoint(observed(glpi({**linux, "firewalls": rows}))).attributes["firewall_enabled"] is None


def test_a_macbook() -> None:
    content = {
        "hardware": {"name": "ada-mbp", "uuid": "564D0E4C-1F0B-5A7C-9B7E-000C29B3C5A1", "memory": 16384, "vmsystem": "Physical"},
        "bios": {"smanufacturer": "Apple Inc", "smodel": "MacBookPro18,3", "ssn": "C02XK0AAJG5J"},
        "operatingsystem": {
            "name": "macOS",
            "full_name": "macOS 15.1.1",
            "version": "15.1.1",
            "kernel_name": "darwin",
            "kernel_version": "24.1.0",
            "arch": "arm64",
        },
        "drives": [
            {"type": "/", "filesystem": "apfs", "encrypt_status": "Yes", "encrypt_name": "FileVault 2", "encrypt_algo": "XTS_AES_128"}
        ],
        "firewalls": [{"status": "off"}],
        "softwares": [{"name": "Safari", "version": "18.1.1"}],
    }
    item = endpoint(observed(glpi(content)))
    assert item.cls == "laptop"
    assert (item.attributes["os_family"], item.attributes["os_name"], item.attributes["os_version"]) == ("macos", "macOS", "15.1.1")
    assert item.attributes["disk_encrypted"] is True
    assert item.attributes["firewall_enabled"] is None, "globalstate 2, block everything, is reported as off too"
    assert item.software is not None
    assert item.software[0].ecosystem == "macos"


def test_a_phone() -> None:
    observation = observed(android_xml(), headers=Headers())
    item = endpoint(observation)
    assert (item.cls, observation.source.key) == ("phone", "agent:glpi-android")
    assert (item.attributes["os_family"], item.attributes["os_name"], item.attributes["os_version"]) == ("android", "Android", "12.0")
    assert item.attributes["kernel_version"] == "4.14.190-23682023"
    assert "last_boot_at" not in item.attributes
    assert "boot_time" in reason(observation, "os")
    assert ("imei", "356938035643809", "") in identified(item)
    assert ("agent_id", "android:5a30d8711bbadc9d", "") in identified(item), "Android's id is no serial and no UUID"
    assert not {kind for kind, _, _ in identified(item)} & {"serial", "uuid"}
    assert "addresses" not in next(i for i in observation.items if i.cls == "interface").attributes


def test_a_tablet_and_a_printer() -> None:
    tablet = {"hardware": {"name": "t"}, "bios": {"smodel": "SM-X510"}, "operatingsystem": {"full_name": "Android 14"}}
    assert endpoint(observed(glpi(tablet, itemtype="Phone"))).cls == "tablet"
    printer = {
        "network_device": {
            "name": "prn1",
            "manufacturer": "HP",
            "model": "M476",
            "serial": "CNB7G4",
            "mac": "3C:D9:2B:01:02:03",
            "ips": {"ip": "10.0.0.9"},
        }
    }
    item = endpoint(observed(glpi(printer, itemtype="Printer")))
    assert (item.cls, item.attributes["model"]) == ("printer", "M476")
    assert ("serial", "CNB7G4", "HP") in identified(item)


def test_processor_ids_are_no_serial_numbers() -> None:
    """OCS writes the processor's id where the machine has no serial: every machine of the kind would be one."""
    body = xml("<HARDWARE><NAME>a</NAME></HARDWARE><BIOS><SSN>55 06 02 00 FF FB EB BF</SSN></BIOS>", client="")
    observation = observed(body, headers=OCS)
    assert not [i for i in endpoint(observation).identifiers if i.kind == "serial"]
    assert "processor" in reason(observation, "identity")


def test_a_partial_report_leaves_volume_groups_out_that_stayed_as_they_were() -> None:
    """Then its yes proves nothing of what lies below, and takes nothing back either."""
    drive = {"type": "/", "filesystem": "ext4", "encrypt_status": "Yes", "encrypt_name": "LUKS2"}
    linux = {"operatingsystem": {"kernel_name": "linux", "name": "Debian"}, "drives": [drive]}
    assert endpoint(observed(glpi(linux))).attributes["disk_encrypted"] is True
    assert "disk_encrypted" not in endpoint(observed(glpi(linux, partial=True))).attributes
    groups = [{"device": "/dev/mapper/a_crypt", "vg_uuid": "g"}]
    assert endpoint(observed(glpi({**linux, "physical_volumes": groups}, partial=True))).attributes["disk_encrypted"] is True
    mixed = [*groups, {"device": "/dev/sdb", "vg_uuid": "g"}]
    assert endpoint(observed(glpi({**linux, "physical_volumes": mixed}))).attributes["disk_encrypted"] is None


def test_ocs_plugins_are_read() -> None:
    body = xml(
        "<HARDWARE><NAME>w</NAME><OSNAME>Microsoft Windows 10 Enterprise</OSNAME><OSVERSION>10.0.19045</OSVERSION></HARDWARE>"
        "<SECURITYCENTER><SCV>2</SCV><CATEGORY>AntiVirus</CATEGORY><PRODUCT>Sophos</PRODUCT><ENABLED>1</ENABLED><UPTODATE>0</UPTODATE></SECURITYCENTER>"
        "<BITLOCKERSTATUS><DRIVE>C:</DRIVE><PROTECTIONSTATUS>Unlocked</PROTECTIONSTATUS></BITLOCKERSTATUS>",
        client="",
    )
    values = endpoint(observed(body, headers=OCS)).attributes
    assert (values["os_name"], values["os_version"], values["os_edition"]) == ("Windows 10", "22H2", "Enterprise")
    assert (values["antimalware_product"], values["antimalware_enabled"], values["antimalware_up_to_date"]) == ("Sophos", None, False)
    assert values["disk_encrypted"] is False
    unsure = body.replace(b"Unlocked", b"DISABLED")
    assert endpoint(observed(unsure, headers=OCS)).attributes["disk_encrypted"] is None, "its first version wrote DISABLED for unknown too"


def test_guests_and_containers() -> None:
    content = {
        "hardware": {"name": "host", "chassis_type": "Rack Mount Chassis"},
        "operatingsystem": {"kernel_name": "linux", "name": "Debian"},
        "virtualmachines": [
            {
                "name": "db1",
                "uuid": "c37f7ce8-af95-4676-b454-0959f2c5e162",
                "mac": "52:54:00:aa:bb:cc/52:54:00:aa:bb:cd",
                "vmtype": "kvm",
                "vcpu": 4,
                "memory": 4096,
                "status": "running",
            },
            {"name": "web", "uuid": "9f1c2d3e4b5a", "vmtype": "docker", "image": "nginx:1.27", "status": "running"},
            {"name": "jail", "vmtype": "lxc"},
        ],
    }
    observation = observed(glpi(content))
    assert endpoint(observation).cls == "server"
    machine, container, jail = (next(i for i in observation.items if i.attributes.get("name") == name) for name in ("db1", "web", "jail"))
    assert (machine.cls, machine.attributes["memory_bytes"], machine.attributes["cpu_count"]) == ("virtual_machine", 4096 * 1024 * 1024, 4)
    assert {
        ("uuid", "c37f7ce8-af95-4676-b454-0959f2c5e162", ""),
        ("mac", "52:54:00:aa:bb:cc", ""),
        ("mac", "52:54:00:aa:bb:cd", ""),
    } <= identified(machine)
    assert (container.cls, container.parent, container.attributes["image"]) == ("container", "endpoint", "nginx:1.27")
    assert jail.cls == "virtual_machine"
    assert {(r.type, r.source, r.target) for r in observation.relations} == {
        ("hosted_on", machine.ref, "endpoint"),
        ("hosted_on", jail.ref, "endpoint"),
    }
    assert look(observation, "vms") == look(observation, "containers") == "complete"


def test_attached_things_have_serial_numbers() -> None:
    observation = observed(glpi(windows_content()))
    things = {i.attributes["serial"]: i for i in observation.items if i.cls == "peripheral"}
    assert set(things) == {"5XKX9P3", "70BF924EF1D9"}, "no hub, no controller, no panel whose serial is zeros"
    assert things["5XKX9P3"].attributes["kind"] == "monitor"
    assert {r.source for r in observation.relations if r.type == "goes_with"} == {i.ref for i in things.values()}
    assert look(observation, "modules") == "complete"
    without = observed(glpi(_windows(printers=None)))
    assert look(without, "modules") == "partial"


def test_disks_are_those_inside() -> None:
    disks = [i for i in observed(glpi(windows_content())).items if i.cls == "disk"]
    assert [d.attributes["disk_name"] for d in disks] == ["PHYSICALDRIVE0"]
    assert (disks[0].attributes["medium"], disks[0].attributes["size_bytes"]) == ("ssd", 512_110_000_000)


def test_site_comes_from_the_token_and_ownership_is_said() -> None:
    observation = observed(glpi(windows_content()), "loaned", site="Paris")
    assert endpoint(observation).attributes["ownership"] == "loaned"
    site = next(i for i in observation.items if i.cls == "site")
    assert identified(site) == {("name", "Paris", "")}
    assert not site.attributes
    assert [(r.type, r.target) for r in observation.relations if r.type == "located_in"] == [("located_in", site.ref)]
    assert observation.observed_at == AT


def test_made_reports_fit_the_catalogue() -> None:
    catalogue = Catalogue.load()
    for body, headers in ((glpi(windows_content()), Headers()), (android_xml(), Headers())):
        for ownership in ("corporate", "loaned", "personal", ""):
            for item in observed(body, ownership, headers).items:
                catalogue.check_attributes(item.cls, item.attributes)
