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


def test_what_was_uninstalled_is_no_patch() -> None:
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("windows", "patches_windows"))
    rows = [
        (100, "2026-10 Cumulative Update (KB1)", "Installation", "Succeeded"),
        (200, "2026-11 Cumulative Update (KB2)", "Uninstallation", "Succeeded"),
        (300, "2026-11 Cumulative Update (KB2)", "Installation", "Failed"),
        (400, "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602", "Installation", "Succeeded"),
    ]
    with tables("windows") as made:
        made.executemany("INSERT INTO windows_update_history (date, title, operation, result_code) VALUES (?, ?, ?, ?)", rows)
        assert made.execute(sql).fetchall() == [(100,)]


@pytest.mark.parametrize(("status", "counted"), [("install ok installed", 1), ("hold ok installed", 1), ("deinstall ok config-files", 0)])
def test_packages_that_were_removed_are_not_installed(status: str, counted: int) -> None:
    sql = next(sql for platform, name, sql in ASKED if (platform, name) == ("linux", "software_linux"))
    with tables("linux") as made:
        made.execute("INSERT INTO deb_packages (name, version, arch, status) VALUES ('bash', '5.2', 'amd64', ?)", (status,))
        made.execute("INSERT INTO rpm_packages (name, version, release, arch, vendor) VALUES ('zsh', '5.9', '1.el9', 'x86_64', 'Rocky')")
        found = made.execute(sql).fetchall()
    assert len(found) == counted + 1
    assert found[-1] == ("zsh", "5.9-1.el9", "x86_64", "rpm", "Rocky")
