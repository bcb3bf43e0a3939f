"""Windows' firewall by osquery: three profiles, each by the machine's own setting, by a management and by group policies above it; what
comes in by default, the service, and the Security Center."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.reports.osquery.rows import sections

OWN = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\{}\{}"
MANAGED = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm\{}\{}"
POLICY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall\{}\{}"
RUNS = {"path": "service", "data": "RUNNING"}
RULED = [{"path": POLICY.format(f"{name}Profile", "DefaultInboundAction"), "data": "1"} for name in ("Domain", "Private", "Public")]
ALL_ON = ("on", "on", "on")


def own(figures: str, value: str = "EnableFirewall") -> list[dict[str, Any]]:
    """A figure each for domain, standard and public (a blank: no row)."""
    names = ("DomainProfile", "StandardProfile", "PublicProfile")
    return [{"path": OWN.format(name, value), "data": data} for name, data in zip(names, figures, strict=True) if data != " "]


def above(place: str, name: str, data: str, value: str = "EnableFirewall") -> dict[str, Any]:
    """A setting above the machine's own."""
    return {"path": place.format(name, value), "data": data}


def profiles(*rows: dict[str, Any]) -> tuple[str, ...]:
    """Status of domain, standard and public."""
    found = {
        row["profile"].removesuffix("Profile"): row["status"] for row in sections("firewall_windows", list(rows), "windows")["firewalls"]
    }
    return tuple(found[name] for name in ("Domain", "Standard", "Public"))


@pytest.mark.parametrize(
    ("figures", "policies", "expected"),
    [
        ("111", [], ALL_ON),
        ("101", [], ("on", "off", "on")),
        ("11 ", [], ("on", "on", "")),
        ("111", [(POLICY, "DomainProfile", "0")], ("off", "on", "on")),
        ("000", [(POLICY, "DomainProfile", "1"), (POLICY, "PrivateProfile", "1"), (POLICY, "PublicProfile", "1")], ALL_ON),
        ("111", [(POLICY, "PrivateProfile", "0"), (POLICY, "StandardProfile", "1")], ("on", "off", "on")),
        ("111", [(POLICY, "StandardProfile", "1"), (POLICY, "PrivateProfile", "0")], ("on", "off", "on")),
        ("11x", [(POLICY, "PublicProfile", "?")], ("on", "on", "")),
        ("111", [(MANAGED, "PublicProfile", "0")], ("on", "on", "off")),
        ("110", [(MANAGED, "PublicProfile", "1")], ALL_ON),
        ("111", [(MANAGED, "PublicProfile", "0"), (POLICY, "PublicProfile", "1")], ("on", "on", "off")),
    ],
)
def test_policies_and_a_management_stand_above_the_machines_own_setting(
    figures: str, policies: list[tuple[str, str, str]], expected: tuple[str, str, str]
) -> None:
    assert profiles(RUNS, *own(figures), *(above(*one) for one in policies)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (own("111", "DefaultInboundAction"), ALL_ON),
        (own("110", "DefaultInboundAction"), ("on", "on", "off")),
        ([*own("000", "DefaultInboundAction"), *RULED], ALL_ON),
        ([above(MANAGED, "DomainProfile", "0", "DefaultInboundAction")], ("off", "on", "on")),
    ],
)  # fmt: skip
def test_a_profile_that_lets_all_in_does_not_filter(rows: list[dict[str, Any]], expected: tuple[str, str, str]) -> None:
    assert profiles(RUNS, *own("111"), *rows) == expected


def test_without_its_service_nothing_filters() -> None:
    assert profiles({"path": "service", "data": "STOPPED"}, *own("111")) == ("off", "off", "off")
    assert profiles(*own("110")) == ("", "", "off"), "nobody knows whether it runs"


@pytest.mark.parametrize(
    ("health", "expected"), [("Good", "on"), ("Error", "on"), ("Not Monitored", "on"), ("Poor", "off"), ("Snoozed", "off")]
)
def test_windows_itself_can_say_that_it_is_poor(health: str, expected: str) -> None:
    assert profiles(RUNS, *own("111"), {"path": "security_center", "data": health}) == (expected,) * 3


def test_no_rows_are_no_profiles() -> None:
    assert sections("firewall_windows", [], "windows") == {"firewalls": []}
