# ruff: noqa: E501
"""Operating systems in the agents' own words (FusionInventory's and GLPI's sources, OCS, GLPI's SCCM connector in inventory_format 18.xml):
one name for one distribution whichever agent says it, and a name that the table of support ends knows."""

from __future__ import annotations

from typing import Any

import pytest

from cmdb.compliance.reference import shipped
from discovery.reports.message import Headers
from tests.discovery.reports.made import OCS, endpoint, glpi, observed, xml


def system(**os: str) -> dict[str, Any]:
    """What stands of the system in the endpoint's attributes, and the last day of its support."""
    found = endpoint(observed(glpi({"hardware": {"name": "pc"}, "operatingsystem": os}))).attributes
    return {**found, "until": until(found)}


def until(found: Any) -> str | None:
    return shipped().supported_until(str(found["os_name"]), str(found.get("os_version", "")), str(found.get("os_edition", "")))


@pytest.mark.parametrize(
    ("name", "version", "full", "expected"),
    [
        ("CentOS", "7.9.2009", "CentOS Linux release 7.9.2009 (Core)", ("CentOS Linux", "7.9.2009", "2024-06-30")),
        ("CentOS", "9", "CentOS Stream release 9", ("CentOS Stream", "9", "2027-05-31")),
        ("RedHat", "8.6", "Red Hat Enterprise Linux release 8.6 (Ootpa)", ("Red Hat Enterprise Linux", "8.6", "2029-05-31")),
        ("SuSE", "15.4", "SUSE Linux Enterprise Server 15 SP4", ("SLES", "15.4", "2023-12-31")),
        ("SLES", "15-SP5", "SUSE Linux Enterprise Server 15 SP5", ("SLES", "15.5", "2024-12-31")),
        ("Oracle Linux Server", "8.7", "Oracle Linux Server 8.7", ("Oracle Linux Server", "8.7", "2029-07-31")),
        ("freebsd", "13.1-RELEASE", "FreeBSD 13.1-RELEASE", ("FreeBSD", "13.1-RELEASE", "2023-07-31")),
        ("Alpine Linux", "3.18.4", "Alpine Linux v3.18", ("Alpine Linux", "3.18.4", "2025-05-09")),
        ("Fedora Linux", "40 (Workstation Edition)", "Fedora Linux 40", ("Fedora Linux", "40 (Workstation Edition)", "2025-05-13")),
        ("SLES", "15.99", "SUSE Linux Enterprise Server 15 SP99", ("SLES", "15.99", None)),
    ],
)
def test_names_of_distributions(name: str, version: str, full: str, expected: tuple[str, str, str | None]) -> None:
    found = system(name=name, version=version, full_name=full, kernel_name="linux")
    assert (found["os_name"], found["os_version"], found["until"]) == expected


@pytest.mark.parametrize(
    ("name", "full", "family"),
    [
        ("Solaris", "Oracle Solaris 11.2 X86", "other"),
        ("Oracle Linux Server", "Oracle Linux Server 8.7", "linux"),
        ("AIX", "AIX 7.1", "other"),
    ],
)
def test_oracle_makes_two_systems(name: str, full: str, family: str) -> None:
    assert system(name=name, full_name=full)["os_family"] == family


def test_an_esx_host_is_a_hypervisor_with_an_end_of_support() -> None:
    content = {
        "hardware": {"name": "esx1.example.net"},
        "operatingsystem": {"name": "VMware ESX", "full_name": "VMware ESXi 6.7.0 build-8169922", "version": "6.7.0"},
    }
    device = endpoint(observed(glpi(content)))
    assert (device.cls, device.attributes["os_family"], until(device.attributes)) == ("hypervisor", "other", "2022-10-15")


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("Ubuntu 20.04.6 LTS", "5.4.0-150-generic", ("Ubuntu", "20.04.6", "5.4.0-150-generic")),
        ("Debian GNU/Linux 11", "11.6", ("Debian GNU/Linux", "11.6", None)),
        ("Red Hat Enterprise Linux release 8.6 (Ootpa)", "8.6", ("Red Hat Enterprise Linux", "8.6", None)),
        ("Debian GNU/Linux", "bookworm/sid", ("Debian GNU/Linux", "bookworm/sid", None)),
        ("FreeBSD", "12.2-RELEASE", ("FreeBSD", "12.2-RELEASE", None)),
    ],
)
def test_ocs_has_the_version_in_the_name_and_sometimes_the_kernel_in_the_version(
    name: str, version: str, expected: tuple[str, str, str | None]
) -> None:
    body = xml(f"<HARDWARE><NAME>pc</NAME><OSNAME>{name}</OSNAME><OSVERSION>{version}</OSVERSION></HARDWARE>", client="")
    found = endpoint(observed(body, headers=OCS)).attributes
    assert (found["os_name"], found["os_version"], found.get("kernel_version")) == expected


def test_inventory_format_18_sccm_has_the_build_in_the_version_and_names_that_are_none() -> None:
    body = xml(
        "<HARDWARE><NAME>PC1</NAME><OSNAME>Microsoft Windows 10 Pro</OSNAME><OSVERSION>10.0.18362</OSVERSION></HARDWARE>"
        "<OPERATINGSYSTEM><NAME>Microsoft Windows 10 Pro</NAME><FULL_NAME>Microsoft Windows 10 Pro</FULL_NAME><VERSION>10.0.18362</VERSION></OPERATINGSYSTEM>"
        "<BIOS><SMODEL>System Product Name</SMODEL><SMANUFACTURER>System manufacturer</SMANUFACTURER><SSN>T2351476</SSN></BIOS>"
        "<SOFTWARES><NAME><![CDATA[N/A]]></NAME><VERSION>1.01</VERSION></SOFTWARES><SOFTWARES><NAME><![CDATA[7-Zip 18.05 (x64)]]></NAME><VERSION>18.05</VERSION></SOFTWARES>",
        client="SCCM-v2.4.1",
    )
    device = endpoint(observed(body, headers=Headers()))
    assert (device.attributes["os_version"], device.attributes["os_build"], device.attributes["serial"]) == (
        "1903",
        "10.0.18362",
        "T2351476",
    )
    assert "vendor" not in device.attributes
    assert [one.name for one in device.software or ()] == ["7-Zip 18.05 (x64)"]
