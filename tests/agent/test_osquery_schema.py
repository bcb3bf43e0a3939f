"""Every query we give to osquery fits the tables and columns that osquery has on that platform (osquery_schema.yaml), by SQLite itself.

osquery is SQLite with virtual tables: a query that names a table or column the platform lacks gives no row and no answer at all there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml

from discovery.reports.osquery.schedule import queries
from discovery.reports.sections import ocs_plugins

SCHEMA: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "osquery_schema.yaml").read_text(encoding="utf-8"))
PLATFORMS = ("windows", "macos", "linux", "bsd")
ASKED = sorted(
    {(platform, one.name, one.sql) for platform in PLATFORMS for who in ("corporate", "personal") for one in queries(platform, who)}
)


def tables(platform: str) -> sqlite3.Connection:
    """An empty endpoint of that platform: its tables and no others."""
    made = sqlite3.connect(":memory:")
    for name, table in SCHEMA.items():
        if platform in table["platforms"]:
            columns = [*table["columns"], *table.get("also", {}).get(platform, ())]
            made.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
    return made


@pytest.mark.parametrize(("platform", "name", "sql"), ASKED, ids=[f"{platform}-{name}" for platform, name, _ in ASKED])
def test_the_platform_has_what_is_asked(platform: str, name: str, sql: str) -> None:
    with tables(platform) as made:
        made.execute(sql).fetchall()


@pytest.mark.parametrize("sql", ["SELECT x FROM uptime", "SELECT 1 FROM bitlocker_info", "SELECT filevault_status FROM disk_encryption"])
def test_what_the_platform_lacks_is_noticed(sql: str) -> None:
    with tables("linux") as made, pytest.raises(sqlite3.OperationalError):
        made.execute(sql)


def test_every_platform_is_asked_what_it_is_and_what_is_installed() -> None:
    for platform in ("windows", "macos", "linux"):
        names = {name for where, name, _ in ASKED if where == platform}
        assert {"system", "os", f"software_{platform}", f"drives_{platform}", f"firewall_{platform}"} <= names


OCTOBER = "2026-10 Cumulative Update for Windows 11 Version 25H2 for x64-based Systems (KB5066835)"
NOVEMBER = "2026-11 Cumulative Update for Windows 11 Version 25H2 for x64-based Systems (KB5068861)"


def test_what_was_uninstalled_is_no_patch() -> None:
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("windows", "patches_windows"))
    rows = [
        (100, OCTOBER, "Installation", "Succeeded"),
        (200, NOVEMBER, "Uninstallation", "Succeeded"),
        (300, NOVEMBER, "Installation", "Failed"),
    ]
    with tables("windows") as made:
        made.executemany("INSERT INTO windows_update_history (date, title, operation, result_code) VALUES (?, ?, ?, ?)", rows)
        assert made.execute(sql).fetchall() == [(100,)]


@pytest.mark.parametrize(
    ("title", "counted"),
    [
        (OCTOBER, True),
        ("2024-11 Kumulatives Update für Windows 11 Version 24H2 für x64-basierte Systeme (KB5046617)", True),
        ("2024-11 Mise à jour cumulative pour Windows 10 Version 22H2 pour les systèmes x64 (KB5046613)", True),
        ("Sicherheitsupdate (KB5068861) (26200.7171)", True),
        ("Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.421.0.0)", False),
        ("Windows Malicious Software Removal Tool x64 - v5.130 (KB890830)", False),
        ("2026-11 Cumulative Update for .NET Framework 3.5 and 4.8.1 for Windows 11 (KB5045993)", False),
        ("2021-05 Servicing Stack Update for Windows 10 Version 20H2 for x64-based Systems (KB5003173)", False),
        ("2026-11 Update for Windows 11 Version 25H2 for x64-based Systems (KB4023057)", False),
        ("2026-11 Update for Windows 10 Version 22H2 for x64-based Systems (KB5001716)", False),
        ("Update for Windows Security platform - KB5007651 (Version 10.0.27703.1006)", False),
        ("Intel Corporation - Display - 31.0.101.4502", False),
        ("9WZDNCRFJ3PT-Microsoft.ZuneMusic", False),
    ],
)
def test_only_monthly_updates_of_windows_are_patches(title: str, counted: bool) -> None:
    """By osquery and by OCS's plugin alike."""
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("windows", "patches_windows"))
    with tables("windows") as made:
        made.execute(
            "INSERT INTO windows_update_history (date, title, operation, result_code) VALUES (7, ?, 'Installation', 'Succeeded')", (title,)
        )
        assert made.execute(sql).fetchall() == [(7 if counted else None,)]
    assert ocs_plugins.is_patch({"title": title, "operation": "Installation", "status": "Succeeded"}) is counted


@pytest.mark.parametrize(("status", "counted"), [("install ok installed", 1), ("hold ok installed", 1), ("deinstall ok config-files", 0)])
def test_packages_that_were_removed_are_not_installed(status: str, counted: int) -> None:
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("linux", "software_linux"))
    with tables("linux") as made:
        made.execute("INSERT INTO deb_packages (name, version, arch, status) VALUES ('bash', '5.2', 'amd64', ?)", (status,))
        made.execute("INSERT INTO rpm_packages (name, version, release, arch, vendor) VALUES ('zsh', '5.9', '1.el9', 'x86_64', 'Rocky')")
        found = made.execute(sql).fetchall()
    assert len(found) == counted + 1
    assert found[-1] == ("zsh", "5.9-1.el9", "x86_64", "rpm", "Rocky")


@pytest.mark.parametrize(
    ("table", "row", "told"),
    [("", "", 1), ("ntdomains", "domain_controller_name) VALUES ('dc1'", 0), ("registry", "key) VALUES ('{}'", 0)],
)
def test_administrators_of_a_joined_windows_are_not_all(table: str, row: str, told: int) -> None:
    """Accounts and groups of a domain or of Entra administer it, too, and osquery lists none of them."""
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("windows", "admins_windows"))
    joined = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo\5A1B"
    with tables("windows") as made:
        made.execute("INSERT INTO groups (gid, group_sid) VALUES ('544', 'S-1-5-32-544')")
        made.execute("INSERT INTO user_groups (uid, gid) VALUES ('1', '544')")
        made.execute("INSERT INTO users (uid, username) VALUES ('1', 'ada')")
        if table:
            made.execute(f"INSERT INTO {table} ({row.format(joined)})")
        assert len(made.execute(sql).fetchall()) == told
