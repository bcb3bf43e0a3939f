"""OCS's Windows agent with plugins, as their scripts write (PluginsOCSInventory-NG: bitlockerstatus, security, winsecdetails,
pendingreboot, winupdate)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cmdb.model.observation import Value
from tests.compliance.by_source.inventories import as_xml
from tests.discovery.reports.made import OCS, endpoint, observed

CLIENT = "OCS-NG_WINDOWS_AGENT_v2.11.0.1"


def told(ownership: str = "corporate", system: str = "Microsoft Windows 11 Pro", **sections: Any) -> Mapping[str, Value]:
    """The endpoint's attributes after a report with these sections."""
    content = {"hardware": {"name": "pc", "osname": system, "osversion": "10.0.22631"}, **sections}
    return endpoint(observed(as_xml(content, CLIENT, "pc-1"), ownership, OCS)).attributes


def volume(drive: str, kind: str, status: str) -> dict[str, str]:
    return {
        "drive": drive,
        "volumetype": kind,
        "protectionstatus": status,
        "encrypmethod": "XtsAes128",
        "recoverypassword": "111111-222222",
    }


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ([volume("C:", "OperatingSystem", "On"), volume("E:", "Data", "Off")], True),
        ([volume("C:", "OperatingSystem", "Off")], False),
        ([volume("C:", "OperatingSystem", "Unknown")], None),
        ([volume("D:", "OperatingSystem", "On"), volume("C:", "Data", "Off")], True),
        ([volume("C:", "Data", "On"), volume("D:", "OperatingSystem", "Off")], False),
        ([volume("C:", "OperatingSystem", "Locked")], True),
        ([volume("C:", "OperatingSystem", "Unlocked")], False),
        ([volume("C:", "", "ENABLED")], True),
        ([volume("C:", "", "DISABLED")], None),
        ([volume("E:", "Data", "On")], None),
    ],
)
def test_bitlocker_of_the_volume_that_holds_the_system(volumes: list[dict[str, str]], expected: bool | None) -> None:
    assert told(bitlockerstatus=volumes).get("disk_encrypted") is expected


def product(name: str, enabled: str, category: str = "AntiVirus") -> dict[str, str]:
    return {"category": category, "product": name, "version": "1", "enabled": enabled, "uptodate": "1"}


def test_one_product_that_both_namespaces_list_is_no_contradiction() -> None:
    rows = [product("Windows Defender", "1"), product("Windows Defender", "1", "AntiSpyware"), product("Windows Defender", "1")]
    assert told(securitycenter=rows)["antimalware_enabled"] is True


def test_a_product_that_may_have_expired_guards_nothing() -> None:
    """security.vbs calls enabled what is on (0x1000) and what has expired (0x3000)."""
    alone = told(securitycenter=[product("Kaspersky", "1")])
    assert (alone["antimalware_present"], alone["antimalware_enabled"], alone["antimalware_up_to_date"]) == (True, None, None)
    beside = told(securitycenter=[product("Kaspersky", "1"), product("Windows Defender", "1")])
    assert (beside["antimalware_product"], beside["antimalware_enabled"]) == ("Windows Defender", True)
    assert told(securitycenter=[product("Kaspersky", "0"), product("Windows Defender", "0")])["antimalware_enabled"] is False


def test_the_mark_of_windows_is_no_old_signature() -> None:
    """0x61100, on and current: some versions of security.vbs read its 0x100 as out of date."""
    found = told(securitycenter=[product("Windows Defender", "1") | {"uptodate": "0"}])
    assert (found["antimalware_enabled"], found["antimalware_up_to_date"]) == (True, None)
    assert told(securitycenter=[product("Sophos", "0") | {"uptodate": "0"}])["antimalware_up_to_date"] is False


def defender(
    mode: str, *, service: str = "True", on: str = "True", watching: str = "True", at: str = "11/20/2026 03:04:05"
) -> dict[str, str]:
    return {
        "amrunningmode": mode,
        "amproductversion": "4.18.24090.11" if service else "",
        "amserviceenabled": service,
        "antivirusenabled": on,
        "realtimeprotectionenabled": watching,
        "antivirussignaturelastupdated": at,
    }


@pytest.mark.parametrize(
    ("row", "enabled"),
    [
        (defender("Normal"), True),
        (defender("Normal", watching="False"), False),
        (defender("Not running", service="False"), False),
        (defender("Passive Mode"), None),
        (defender("EDR Block Mode"), None),
        (defender("Passive Mode", watching="False"), None),
        (defender(""), None),
        (defender("", on="False"), False),
    ],
)
@pytest.mark.parametrize("system", ["Microsoft Windows 11 Pro", "Microsoft Windows Server 2022 Standard"])
def test_defender_counts_as_on_only_in_its_normal_mode(row: dict[str, str], enabled: bool | None, system: str) -> None:
    found = told(system=system, winsecdetails=[row])
    assert found.get("antimalware_enabled") is enabled
    assert (found["antimalware_present"], found["antimalware_signatures_at"]) == (True, "2026-11-20T00:00:00.000Z")


def test_a_passive_defender_beside_the_product_that_guards() -> None:
    found = told(winsecdetails=[defender("Passive Mode")], securitycenter=[product("Sophos", "1"), product("Windows Defender", "1")])
    assert (found["antimalware_product"], found["antimalware_enabled"]) == ("Sophos", True)


def test_bitdefender_is_not_defender() -> None:
    rows = [product("Bitdefender Endpoint Security Tools", "1"), product("Windows Defender", "0")]
    found = told(winsecdetails=[defender("Passive Mode")], securitycenter=rows)
    assert (found["antimalware_product"], found["antimalware_enabled"]) == ("Bitdefender Endpoint Security Tools", True)
    assert told(winsecdetails=[defender("Normal")], securitycenter=rows)["antimalware_product"] == "Microsoft Defender Antivirus"


def test_a_failed_query_for_defender_says_nothing() -> None:
    assert "antimalware_present" not in told(winsecdetails=[defender("", service="", on="", watching="", at="")])


UPDATES = [
    {
        "title": "2026-10 Cumulative Update for Windows 11 Version 25H2 (KB5066835)",
        "date": "10/12/2026 03:00:00",
        "operation": "Installation",
        "status": "Succeeded",
    },
    {
        "title": "2026-11 Cumulative Update for Windows 11 Version 25H2 (KB5068861)",
        "date": "11/12/2026 03:00:00",
        "operation": "Installation",
        "status": "Succeeded",
    },
    {
        "title": "2026-11 Cumulative Update for Windows 11 Version 25H2 (KB5068867)",
        "date": "11/19/2026 03:00:00",
        "operation": "Installation",
        "status": "Failed",
    },
    {
        "title": "2026-11 Cumulative Update for Windows 11 Version 25H2 (KB5068868)",
        "date": "11/18/2026 03:00:00",
        "operation": "Uninstallation",
        "status": "Succeeded",
    },
    {
        "title": "Security Update (KB5068869) (26200.7171)",
        "date": "19/11/2026 03:00:00",
        "operation": "Installation",
        "status": "Succeeded",
    },
    {"title": "Security Intelligence (KB2267602)", "date": "11/20/2026 03:00:00", "operation": "Installation", "status": "Succeeded"},
]


def test_the_newest_update_that_succeeded_and_is_no_signature() -> None:
    assert told(winupdatestate=UPDATES)["last_patched_at"] == "2026-11-12T03:00:00.000Z"
    assert "last_patched_at" not in told("personal", winupdatestate=UPDATES), "titles name what is installed"
    assert "last_patched_at" not in told(winupdatestate=[{"auoptions": "4", "lastsuccesstime": "Auto"}])


@pytest.mark.parametrize(("word", "expected"), [("True", True), ("False", None), ("", None)])
def test_a_restart_that_waits(word: str, expected: bool | None) -> None:
    """False says little: an agent of 32 bits does not see the marks."""
    assert told(pendingreboot=[{"pending_reboot": word}]).get("reboot_required") is expected


def _known(attributes: Mapping[str, Value]) -> set[str]:
    return {name for name, value in attributes.items() if value is not None}
