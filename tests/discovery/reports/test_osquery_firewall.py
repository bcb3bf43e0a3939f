"""Windows' firewall by osquery: three profiles, each by the machine's own setting or by a group policy above it."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.reports.osquery.rows import sections

OWN = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\{}\EnableFirewall"
POLICY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall\{}\EnableFirewall"


def profiles(own: str, **policies: str) -> dict[str, str]:
    """Status by profile; `own` has a figure each for domain, standard and public (a blank: no row)."""
    names = ("DomainProfile", "StandardProfile", "PublicProfile")
    rows: list[dict[str, Any]] = [{"path": OWN.format(name), "data": data} for name, data in zip(names, own, strict=True) if data != " "]
    rows += [{"path": POLICY.format(name), "data": data} for name, data in policies.items()]
    found = sections("firewall_windows", rows, "windows")["firewalls"]
    return {row["profile"].removesuffix("Profile"): row["status"] for row in found}


@pytest.mark.parametrize(
    ("own", "policies", "expected"),
    [
        ("111", {}, ("on", "on", "on")),
        ("101", {}, ("on", "off", "on")),
        ("11 ", {}, ("on", "on", "")),
        ("111", {"DomainProfile": "0"}, ("off", "on", "on")),
        ("000", {"DomainProfile": "1", "PrivateProfile": "1", "PublicProfile": "1"}, ("on", "on", "on")),
        ("111", {"PrivateProfile": "0", "StandardProfile": "1"}, ("on", "off", "on")),
        ("111", {"StandardProfile": "1", "PrivateProfile": "0"}, ("on", "off", "on")),
        ("11x", {"PublicProfile": "?"}, ("on", "on", "")),
    ],
)
def test_a_group_policy_stands_above_the_machines_own_setting(own: str, policies: dict[str, str], expected: tuple[str, str, str]) -> None:
    assert tuple(profiles(own, **policies)[name] for name in ("Domain", "Standard", "Public")) == expected


def test_no_rows_are_no_profiles() -> None:
    assert sections("firewall_windows", [], "windows") == {"firewalls": []}
