"""What Lynis proves and what it only says: read in its tests (3.0.8, tests_firewalls, tests_ports_packages, tests_malware), and in a
recording where a loaded module alone was an active firewall."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cmdb.model.observation import Value
from tests.discovery.reports.made import endpoint, observed


def told(*lines: str, system: str = "Linux") -> Mapping[str, Value]:
    head = ("# Lynis Report", "lynis_version=3.1.4", f"os={system}", "hostname=web1")
    return endpoint(observed("\n".join([*head, *lines, "finish=true"]).encode())).attributes


def firewall(software: str, executed: str, *more: str, system: str = "Linux") -> Value:
    return told("firewall_active=1", f"firewall_software[]={software}", f"tests_executed={executed}", *more, system=system).get(
        "firewall_enabled"
    )


@pytest.mark.parametrize("executed", ["FIRE-4502", "FIRE-4512|FIRE-4502", "FIRE-4540|FIRE-4536"])
@pytest.mark.parametrize(
    ("software", "system"), [("iptables", "Linux"), ("nftables", "Linux"), ("csf", "Linux"), ("pf", "FreeBSD"), ("ipfw", "FreeBSD")]
)
def test_rules_that_were_counted_are_no_firewall(software: str, system: str, executed: str) -> None:
    """Those that containers need are rules, too; nothing tells what comes in."""
    assert firewall(software, executed, "firewall_empty_ruleset=0", system=system) is None


def test_an_inactive_firewall_may_be_one_that_lynis_does_not_know() -> None:
    assert told("firewall_active=0", "tests_executed=FIRE-4512")["firewall_enabled"] is None


def test_what_was_there_and_is_not_any_more_ends() -> None:
    assert told("apparmor_enabled=0")["mandatory_access_control"] is None
    assert told("package_audit_tool=debsecan")["pending_security_updates"] is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["package_audit_tool=debsecan", "tests_executed=PKGS-7366|PKGS-7345"], None),
        (["package_audit_tool=apt-get", "tests_executed=PKGS-7392"], 0),
        (["package_audit_tool=dnf", "tests_executed=PKGS-7352", "vulnerable_packages_found=0"], 0),
        (["package_audit_tool=apt-check", "tests_executed=PKGS-7392", "vulnerable_packages_found=1"], 1),
        (
            [
                "package_audit_tool=zypper",
                "tests_executed=PKGS-7330",
                "warning[]=PKGS-7330|Found one or more vulnerable packages installed|-|-|",
            ],
            1,
        ),
        (["tests_executed=PKGS-7381", "vulnerable_package[]=curl", "vulnerable_package[]=curl", "vulnerable_package[]=git"], 2),
        (["tests_executed=PKGS-7392", "warning[]=PKGS-7388|Can't find any security repository in /etc/apt/sources.list|-|-|"], None),
    ],
)
def test_no_update_waits_only_where_a_test_looked_and_warned_of_none(lines: list[str], expected: int | None) -> None:
    assert told("package_audit_tool_found=1", *lines).get("pending_security_updates") == expected


@pytest.mark.parametrize(
    ("scanner", "expected"),
    [("rkhunter", None), ("chkrootkit", None), ("kaspersky", None), ("mcafee", None), ("clamav", True), ("falcon-sensor", True)],
)
def test_what_looks_for_rootkits_now_and_then_or_only_manages_is_no_antimalware(scanner: str, expected: bool | None) -> None:
    assert told(f"malware_scanner[]={scanner}", "malware_scanner_installed=1").get("antimalware_present") is expected


def test_packages_of_zypper_have_no_version() -> None:
    body = b"# Lynis Report\nos=Linux\nhostname=s\npackage_manager[]=zypper\ninstalled_packages_array=|bash,0,|zsh,5.9\nfinish=true\n"
    assert [(one.name, one.version) for one in endpoint(observed(body)).software or ()] == [("bash", ""), ("zsh", "5.9")]
