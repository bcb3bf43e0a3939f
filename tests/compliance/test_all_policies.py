"""Each of the shipped policies on endpoints in the graph: what fails, what passes, what stays unknown and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cmdb.compliance.browsers import shipped_browsers
from cmdb.compliance.evaluate import evaluate, outcome
from cmdb.compliance.policy import shipped
from cmdb.compliance.report import of_endpoint
from cmdb.compliance.software import Findings, look, read_lists, shipped_lists
from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.loans.desk import Desk, Terms
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from reconciliation import reconcile
from tests.compliance.conftest import NOW
from tests.discovery.reports.made import AT, GLPI, endpoint, glpi, observed, windows_content

Reporter = Callable[..., str]
TODAY = date(2026, 11, 22)


def _said(graph: Graph, catalogue: Catalogue, ci: str, days: float = 0) -> dict[str, str]:
    evaluate(graph, catalogue, shipped(), [ci], NOW + timedelta(days=days))
    found = of_endpoint(graph, ci)
    assert found is not None
    return {one.policy.id: f"{one.state}({one.reason})" if one.reason else one.state for one in found.results}


def test_a_laptop_of_which_everything_is_known(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    ci = reporter(
        graph,
        "7XK2M13",
        "ssh:scan",
        relations=[("owned_by", "person", "Ada")],
        os_family="linux",
        ownership="corporate",
        acceptable_use_on="2026-05-01",
        all_disks_encrypted=False,
        pending_security_updates=4,
        reboot_required=True,
        last_boot_at="2026-10-01T00:00:00Z",
        secure_boot=True,
        tpm_present=True,
        screen_lock_enabled=True,
        screen_lock_timeout_s=600,
        local_admins=["root", "ada"],
        mandatory_access_control="apparmor:enabled",
        auditd_running=False,
        benchmark_rules_run=0,
        benchmark_high_failures=0,
        antimalware_present=True,
        antimalware_enabled=False,
    )
    said = _said(graph, catalogue, ci)
    assert {name: said[name] for name in sorted(said) if said[name] == "fail"}.keys() == {
        "antimalware-on",
        "disk-encryption-all",
        "linux-hardening",
        "os-patched",
        "reboot-pending",
        "security-software-not-tampered",
    }
    assert said["benchmark-result"] == "unknown(wrong_content)"
    assert said["macos-protections"] == "not_applicable"
    assert said["required-software"] == "not_applicable"
    assert said["browser-supported"] == "unknown(section_absent)"
    passed = {"acceptable-use-signed", "identity-not-cloned", "leaver-holds-nothing", "local-admins-limited", "ownership-known"}
    assert {name for name in passed if said[name] == "pass"} == passed
    assert {said[name] for name in ("screen-lock", "secure-boot", "dark-endpoint")} == {"pass"}
    assert _said(graph, catalogue, ci, days=200)["acceptable-use-signed"] == "fail"


def test_seen_by_a_switch_and_silent_is_dark(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """A switch's word is no report; a report ends the darkness; who is seen nowhere is unknown."""
    dark = reporter(graph, "DARK123", "snmp:scan", days=1, mac_addresses=["00:1b:21:3c:4d:5e"])
    mention = reporter(graph, "MENTION1", "ssh:scan", days=1, primary_ip="10.0.0.7")
    nowhere = reporter(graph, "NOWHERE1", "import:list")
    for ci in (dark, mention):
        said = _said(graph, catalogue, ci)
        assert (said["dark-endpoint"], said["reported-recently"]) == ("fail", "unknown(never_reported)")
    assert _said(graph, catalogue, nowhere)["dark-endpoint"] == "unknown(never_reported)"
    reporter(graph, "DARK123", "agent:glpi", firewall_enabled=True)
    assert _said(graph, catalogue, dark)["dark-endpoint"] == "pass"


def test_loans_and_leavers(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    device = reporter(graph, "LOAN12Q", relations=[("owned_by", "person", "Bo")], asset_tag="T-1", status="in_stock")
    other = {"class": "person", "identifiers": [{"kind": "email", "value": "cy@example.com"}], "attributes": {"name": "Cy"}}
    body = {"source": {"kind": "import", "name": "hr"}, "observed_at": NOW.isoformat(), "items": [{"ref": "p", **other}]}
    changes = reconcile(graph, catalogue, from_json(body, catalogue, now=NOW + timedelta(days=1)))
    person = next(str(one.ci) for one in changes.resolved)
    desk = Desk(graph, catalogue, lambda: NOW)
    loan = desk.check_out(device, person, Terms(due_on="2026-11-25"), actor="otto")
    assert _said(graph, catalogue, device)["loan-not-overdue"] == "pass"
    assert _said(graph, catalogue, device, days=9)["loan-not-overdue"] == "fail"
    desk.check_in(loan.id, actor="otto")
    assert _said(graph, catalogue, device)["returned-and-wiped"] == "fail"
    reporter(graph, "LOAN12Q", "person:edit", wiped_on="2026-11-23")
    said = _said(graph, catalogue, device)
    assert (said["returned-and-wiped"], said["loan-not-overdue"], said["leaver-holds-nothing"]) == ("pass", "not_applicable", "pass")


def test_software_of_a_windows_report(graph: Graph, catalogue: Catalogue) -> None:
    """Names as Windows reports them; what a personal device leaves out is not known to be missing; nothing is said without a list."""
    content = windows_content()
    content["softwares"] = [
        {"name": "Google Chrome", "version": "120.0.6099.130"},
        {"name": "AnyDesk", "version": "8.0.9"},
        {"name": "Microsoft Office Professional Plus 2016", "version": "16.0"},
        {"name": "7-Zip", "version": "24.08"},
    ]
    expected = {"browser-supported": "fail", "remote-control-approved": "fail", "forbidden-software": "pass"}
    for ownership, unsupported in (("corporate", "fail"), ("personal", "unknown(dropped_by_privacy)")):
        at = AT + timedelta(hours=ownership == "personal")
        observation = observed(glpi(content), ownership, GLPI, received_at=at.isoformat())
        ci = next(str(o.ci) for o in reconcile(graph, catalogue, observation).resolved if o.ref == endpoint(observation).ref)
        said = _said(graph, catalogue, ci, days=(at - NOW).total_seconds() / 86400)
        assert said["unsupported-software"] == unsupported
        if ownership == "corporate":
            assert {name: said[name] for name in expected} == expected
        found = of_endpoint(graph, ci)
        assert found is not None
        browser = next(one for one in found.results if one.policy.id == "browser-supported")
        assert browser.evidence[1]["value"] == ["Google Chrome 120.0.6099.130"]


@pytest.mark.parametrize(
    ("product", "found"),
    [
        (("firefox-esr", "1:115.6.0esr-1~deb12u1"), "outdated_browsers"),
        (("Mozilla Firefox (x64 en-US)", "160.0"), ""),
        (("chromium", "157.0.1-1"), ""),
        (("µTorrent", "3.6"), "forbidden"),
        (("python2.7", "2.7.18-8"), "unsupported"),
        (("nodejs", "22.1.0"), ""),
        (("nodejs", "18.19.0+dfsg-6"), "unsupported"),
        (("mdatp", "101.24"), "security"),
        (("RustDesk", "1.3"), "remote_control"),
        (("libfirefox", "1"), ""),
        (("", ""), ""),
    ],
)
def test_products(product: tuple[str, str], found: str) -> None:
    said = look([product], shipped_lists(), TODAY)
    assert [name for name in Findings.__slots__ if getattr(said, name)] == ([found] if found else [])


def test_a_sites_own_lists() -> None:
    text = """
dated: 2026-11-01
source: ours
required: [{product: Backup, match: [restic*]}]
remote_control: [{product: AnyDesk, match: [anydesk*]}]
approved: [AnyDesk]
"""
    said = look([("restic", "0.17"), ("AnyDesk", "8")], read_lists(text, "ours.yaml"), TODAY)
    assert (sorted(said.seen), sorted(said.remote_control)) == (["Backup"], [])
    with pytest.raises(Invalid, match=r"ours\.yaml: entry 1 of required needs"):
        read_lists("dated: 2026-11-01\nrequired:\n  - {product: Backup}\n", "ours.yaml")
    assert shipped_browsers().dated == "2026-11-22"


def test_a_policy_that_breaks_is_an_error_and_no_pass() -> None:
    policy = shipped()[0]

    def broken(_facts: Any) -> Any:
        raise ValueError("x")

    assert outcome(policy, broken, {}).state == "error"  # type: ignore[arg-type]
