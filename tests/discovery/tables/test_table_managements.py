# ruff: noqa: E501 - rows as products write them
"""Exports of device managements and registers by other makers: Jamf, Kandji, Workspace ONE, Intune, Configuration Manager, Active Directory,
iTop, ServiceNow, RVTools, GLPI in French, Snipe-IT's own sample. What they say of protection is as old as the device's last check-in."""

from __future__ import annotations

from typing import Any

import pytest

from cmdb.compliance.reference import shipped
from cmdb.model.observation import Item
from discovery.tables.as_of import with_zone
from tests.discovery.tables.reading import identifiers, read, relations, rows

JAMF = "Computer Name,Serial Number,Model,Operating System,Operating System Version,Username,UDID,FileVault 2 Status,Last Check-in\n"


def mac(status: str, last: str, model: str = '"MacBook Pro (14-inch, 2021)"') -> str:
    return f"{JAMF}ada-mbp,C02XK1ABJG5H,{model},macOS 14.5.0,14.5.0,ada,12345678-1111-4222-8333-123456789ABC,{status},{last}\n"


def device(result: Any) -> Item:
    """The one row's thing."""
    (item,) = [one for one in rows(result) if one.cls != "person"]
    return item


def until(item: Item) -> str | None:
    said = item.attributes
    return shipped().supported_until(str(said.get("os_name", "")), str(said.get("os_version", "")), str(said.get("os_edition", "")))


@pytest.mark.parametrize(
    ("status", "last", "expected"),
    [
        ("All Partitions Encrypted", "2026-11-20T08:00:00Z", True),
        ("Boot Partitions Encrypted", "2026-11-20 at 8:00 AM", True),
        ("No Partitions Encrypted", "2026-11-20", False),
        ("Some Partitions Encrypted", "2026-11-20", None),
        ("All Partitions Encrypted", "2026-11-14 09:00:00", None),
        ("All Partitions Encrypted", "2026-11-29", None),
        ("All Partitions Encrypted", "", None),
        ("All Partitions Encrypted", "last Tuesday", None),
        ("No Partitions Encrypted", "2026-03-01", None),
    ],
)
def test_jamf_counts_where_the_mac_was_heard_in_the_last_week(status: str, last: str, expected: bool | None) -> None:
    result = read(mac(status, last))
    item = device(result)
    assert (result.mapping, result.errors, item.cls) == ("jamf", (), "laptop")
    assert item.attributes.get("disk_encrypted") is expected
    assert (item.attributes["os_family"], item.attributes["os_version"], item.attributes["vendor"]) == ("macos", "14.5.0", "Apple")
    assert relations(result) == {("used_by", "ada-mbp", "ada")}


def test_what_is_left_out_is_told() -> None:
    (warning,) = read(mac("All Partitions Encrypted", "2026-03-01T08:00:00Z")).warnings
    assert str(warning) == (
        "row 2, column Last Check-in: the device was last heard more than 7 days ago: what the row says of its protection is left out "
        "(Disk encrypted)"
    )


def test_an_export_without_its_column_of_check_ins_tells_nothing_of_protection() -> None:
    result = read("Device name,Serial number,Ownership,Compliance,OS,OS version,Encrypted\nPC,5CG1,Corporate,Compliant,Windows,10.0,True\n")
    assert result.mapping == "intune"
    assert "disk_encrypted" not in device(result).attributes


def test_our_own_tables_count_as_of_now_unless_they_say_when() -> None:
    head = "class,name,serial,disk_encrypted"
    assert device(read(f"{head}\nlaptop,a,S-1234,yes\n")).attributes["disk_encrypted"] is True
    old = read(f"{head},last_report_at\nlaptop,a,S-1234,yes,2026-10-01T00:00:00Z\n")
    assert "disk_encrypted" not in device(old).attributes


@pytest.mark.parametrize(
    ("model", "cls"), [("iMac (24-inch)", "desktop"), ("Mac mini", "desktop"), ("MacBookAir", "workstation"), ("MacBook Air", "laptop")]
)
def test_models_of_apple_tell_the_class(model: str, cls: str) -> None:
    assert device(read(mac("", "", model))).cls == cls


def test_jamf_mobile_devices() -> None:
    result = read(
        "Display Name,Serial Number,Model,iOS Version,Wi-Fi MAC Address,IMEI,Device Ownership Level\n"
        "Pad,DMPABC123456,iPad Air,17.5,A4:83:E7:00:00:12,,Personally Owned\nPhone,F2LABC123456,iPhone 13,17.6.1,,356938035643809,Institutional\n"
    )
    tablet, phone = sorted(rows(result), key=lambda item: item.cls, reverse=True)
    assert (result.mapping, tablet.cls, tablet.attributes["ownership"]) == ("jamf-mobile", "tablet", "personal")
    assert (phone.cls, phone.attributes["os_family"], identifiers(phone)["imei"]) == ("phone", "ios", "356938035643809")


WS1 = (
    "Last Seen,Friendly Name,Ownership,Username,Display Name,Email,Platform,OS Version,Model,Serial Number,Enrollment Status,Is Encrypted\n"
)


@pytest.mark.parametrize(
    ("last", "other", "expected"),
    [
        ("11/20/2026 8:00:00 AM", "11/05/2026", True),
        ("20/11/2026 08:00:00", "11/05/2026", True),
        ("11/05/2026 8:00:00 AM", "20/04/2026", None),
        ("11/12/2026", "10/12/2026", None),
        ("11/20/2026", "20/11/2026", None),
    ],
)
def test_workspace_one_writes_days_in_the_order_of_its_language(last: str, other: str, expected: bool | None) -> None:
    """No month is above 12: one row of the table shows the order for all; where none does, or both, nobody knows."""
    result = read(
        f"{WS1}{last},ada iPhone,Corporate - Dedicated,ada,Ada,ada@example.net,Apple iOS,17.6.1,iPhone 13,F2LABC123456,Enrolled,True\n"
        f"{other},bob iPad,Employee Owned,bob,Bob,,Apple iOS,17.6,iPad Air,DMPABC123456,Enrolled,False\n"
    )
    phone, tablet = sorted((item for item in rows(result) if item.cls != "person"), key=lambda item: item.cls)
    assert (result.mapping, result.errors, phone.cls, tablet.cls) == ("workspace-one", (), "phone", "tablet")
    assert phone.attributes.get("disk_encrypted") is expected
    assert (phone.attributes["ownership"], tablet.attributes["ownership"]) == ("corporate", "personal")
    assert "disk_encrypted" not in tablet.attributes, "its no may be that it cannot tell"


@pytest.mark.parametrize(
    ("edition", "version", "last_day"),
    [("Enterprise", "23H2", "2026-11-10"), ("Pro", "23H2", "2025-11-11"), ("", "10.0.22631.4460", None)],
)
def test_a_build_of_windows_tells_its_version_where_the_edition_is_known(edition: str, version: str, last_day: str | None) -> None:
    """Enterprise is supported longer: without the edition nobody knows until when."""
    result = read(
        "id,deviceName,managedDeviceOwnerType,operatingSystem,osVersion,serialNumber,isEncrypted,lastSyncDateTime,skuFamily\n"
        f"5f0c,LT-1,company,Windows,10.0.22631.4460,5CG1234XYZ,True,2026-11-20 07:08:09.0000000,{edition}\n"
    )
    item = device(result)
    assert (result.mapping, item.attributes["os_name"], item.attributes["os_version"]) == ("intune-graph", "Windows 11", version)
    assert (item.attributes["os_build"], item.attributes["disk_encrypted"], until(item)) == ("10.0.22631", True, last_day)


def test_active_directory_by_powershell() -> None:
    """Export-Csv of PowerShell 5 writes the type of its objects before the header."""
    result = read(
        "#TYPE Selected.Microsoft.ActiveDirectory.Management.ADComputer\r\n"
        '"Name","DNSHostName","OperatingSystem","OperatingSystemVersion","IPv4Address","LastLogonDate"\r\n'
        '"PC-1","pc-1.corp.example","Windows 11 Pro","10.0 (22631)","10.1.1.5","20/11/2026 08:00:00"\r\n'
        '"SRV-1","srv-1.corp.example","Windows Server 2019 Standard","10.0 (17763)","",""\r\n'
        '"mac-1","mac-1.corp.example","macOS","14.5","",""\r\n'.encode("utf-16")
    )
    known = {item.attributes["name"]: item for item in rows(result)}
    assert (result.mapping, result.errors) == ("active-directory", ())
    assert {name: item.cls for name, item in known.items()} == {"PC-1": "workstation", "SRV-1": "server", "mac-1": "workstation"}
    assert [until(known[name]) for name in ("PC-1", "SRV-1")] == ["2025-11-11", "2029-01-09"]
    assert (known["mac-1"].attributes["os_family"], known["mac-1"].attributes["os_version"]) == ("macos", "14.5")
    assert "last_report_at" not in known["PC-1"].attributes, "a log-on is no report of the device"


def test_configuration_manager() -> None:
    result = read(
        "Computer Name,Domain,Operating System,Manufacturer,Model,Serial Number,MAC Address,Last Hardware Scan\n"
        'PC-1,CORP,Microsoft Windows 10 Enterprise,Dell Inc.,Latitude 5420,7XK2M13,"A4:BB:6D:00:00:01, A4:BB:6D:00:00:02",11/20/2026 3:04:05 AM\n'
        "SRV-1,CORP,Microsoft Windows Server 2019 Standard,VMware Inc.,VMware Virtual Platform,,00:50:56:00:00:01,\n"
    )
    known = {item.attributes["name"]: item for item in rows(result)}
    assert (result.mapping, result.errors) == ("configmgr", ())
    assert {name: item.cls for name, item in known.items()} == {"PC-1": "laptop", "SRV-1": "virtual_machine"}
    assert (known["PC-1"].attributes["last_report_at"], known["PC-1"].attributes["os_edition"]) == (
        "2026-11-20T03:04:05.000Z",
        "Enterprise",
    )
    assert "os_version" not in known["PC-1"].attributes, "no build, no version"
    assert {one.value for one in known["PC-1"].identifiers if one.kind == "mac"} == {"A4:BB:6D:00:00:01", "A4:BB:6D:00:00:02"}


def test_kandji() -> None:
    result = read(
        "device_name,serial_number,model,os_version,platform,last_check_in,asset_tag,blueprint\n"
        "mbp,C02X,MacBook Pro (14-inch),14.5,Mac,2026-11-20T08:00:00.123456Z,A-1,Standard\npad,DMPA,iPad,17.5,iPad,,,Standard\n"
    )
    known = {item.attributes["name"]: item for item in rows(result)}
    assert (result.mapping, known["mbp"].cls, known["pad"].cls, known["pad"].attributes["os_family"]) == (
        "kandji",
        "laptop",
        "tablet",
        "ios",
    )


def test_the_report_of_kandjis_own_script() -> None:
    """FileVault counts by a check-in of the last days, in English alone."""
    head = "general.device_id,general.device_name,general.platform,general.model,general.os_version,hardware_overview.serial_number,mdm.last_check_in"
    result = read(
        f"{head},filevault.filevault_enabled\n"
        "1,on,Mac,MacBook Air,14.5,C02A,2026-11-20T08:00:00Z,True\n2,off,Mac,MacBook Air,14.5,C02B,2026-11-20T08:00:00Z,False\n"
        "3,old,Mac,MacBook Air,14.5,C02C,2026-08-20T08:00:00Z,True\n4,other,Mac,MacBook Air,14.5,C02D,2026-11-20T08:00:00Z,Activé\n"
        "5,never,Mac,MacBook Air,14.5,C02E,,True\n6,pad,iPad,iPad,17.5,DMPA,2026-11-20T08:00:00Z,\n"
    )
    found = {str(item.attributes["name"]): item for item in rows(result)}
    assert (result.mapping, found["on"].cls, found["pad"].cls) == ("kandji-details", "laptop", "tablet")
    assert {name: item.attributes.get("disk_encrypted") for name, item in found.items()} == {
        "on": True,
        "off": False,
        "old": None,
        "other": None,
        "never": None,
        "pad": None,
    }


@pytest.mark.parametrize(
    "head",
    [
        "Name,Organization->Name,Status,Brand->Name,Model->Name,Type,Serial number,Asset number,Location->Name",
        "name,org_id->name,status,brand_id->name,model_id->name,type,serialnumber,asset_number,location_id->name",
    ],
)
def test_itop(head: str) -> None:
    result = read(f"{head}\nPC-1,Demo,production,Dell,Latitude 5420,laptop,7XK2M13,A-1,Grenoble\n")
    item = device(result)
    assert (result.mapping, result.errors, item.cls, item.attributes["status"]) == ("itop", (), "laptop", "in_use")
    assert identifiers(item) == {"name": "PC-1", "serial": "7XK2M13", "asset_tag": "A-1"}
    assert relations(result) == {("owned_by", "PC-1", "Demo"), ("located_in", "PC-1", "Grenoble")}


def test_servicenow() -> None:
    item = device(
        read(
            "name,asset_tag,serial_number,manufacturer,model_id,install_status,location,sys_class_name,os\n"
            "srv,P1,7XK2M13,Dell Inc.,Dell PowerEdge R640,Installed,Berlin,Linux Server,Ubuntu 22.04.4 LTS\n"
        )
    )
    assert (item.cls, item.attributes["status"], item.attributes["os_name"], item.attributes["os_version"]) == (
        "server", "in_use", "Ubuntu", "22.04.4",
    )  # fmt: skip
    assert until(item) is not None


def test_rvtools() -> None:
    result = read(
        "VM,Powerstate,Template,DNS Name,CPUs,Memory,Primary IP Address,Host,OS according to the VMware Tools,VM UUID\n"
        "web1,poweredOn,False,web1.example.net,2,4096,10.0.0.5,esx1.example.net,Debian GNU/Linux 12 (bookworm),421f0011-2233-4455-6677-8899aabbccdd\n"
    )
    item = device(result)
    assert (result.mapping, item.cls, item.attributes["os_name"], item.attributes["os_version"]) == (
        "rvtools", "virtual_machine", "Debian GNU/Linux", "12",
    )  # fmt: skip
    assert [one.type for one in result.observation.relations] == ["runs_on"]


def test_glpi_in_french_with_its_semicolon_at_the_end() -> None:
    result = read(
        '"Nom";"Entité";"Statut";"Fabricant";"Numéro de série";"Type";"Modèle";"Système d\'exploitation - Nom";"Lieu";\n'
        '"PC-1";"Entité racine";"En production";"Dell Inc.";"7XK2M13";"Ordinateur portable";"Latitude 5420";"Microsoft Windows 11 Pro";"Paris";\n'.encode(
            "utf-8-sig"
        )
    )
    item = device(result)
    assert (result.mapping, result.errors, item.cls, item.attributes["status"]) == ("glpi", (), "laptop", "in_use")
    assert (item.attributes["os_family"], item.attributes["os_name"], item.attributes["os_edition"]) == ("windows", "Windows 11", "Pro")


def test_the_sample_file_of_snipe_it() -> None:
    item = device(
        read(
            "Company,Name,Asset Tag,Category,Model name,Model Number,Manufacturer,Serial,Purchase Date,Status,Username,Email\n"
            "Acme,eget,970882174-8,Laptops,massa,6377,Link,27aa8378,2016-04-05,Undeployable,,\n"
        )
    )
    assert (item.cls, item.attributes["model"], item.attributes["status"]) == ("laptop", "massa", "in_repair")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 07:08:09.0000000", "2026-11-20T07:08:09Z"),
        ("2026-11-20T07:08:09+0100", "2026-11-20T07:08:09+0100"),
        ("2026-11-20 at 12:30 PM", "2026-11-20T12:30:00Z"),
        ("2026-11-20 12:05 AM", "2026-11-20T00:05:00Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026-11-20 13:00 PM", "2026-11-20 13:00 PM"),
        ("never", "never"),
    ],
)
def test_times_of_exports(text: str, expected: str) -> None:
    assert with_zone(text) == expected
