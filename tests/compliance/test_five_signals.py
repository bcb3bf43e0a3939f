"""Security software disabled, told by five independent signals (state, disappearance, transition, contradiction, silence), each on reports
as agents send them; several endpoints of one group at about the same time are one incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cmdb.compliance import protection
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.report import of_endpoint
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from reconciliation import reconcile
from tests.discovery.reports.made import AT, GLPI, glpi, observed, windows_content

Reporter = Callable[..., str]
DEFENDER = {"name": "Windows Defender", "enabled": "1", "uptodate": "1", "version": "4.18"}
MDATP = {"name": "mdatp", "version": "101.24", "from": "deb", "arch": "x86_64"}
TAMPER, ON, DARK = "security-software-not-tampered", "antimalware-on", "dark-endpoint"
LINUX = {
    "bios": {"ssn": "LNX7XK2M1", "smanufacturer": "Dell"},
    "hardware": {"name": "lnx-1", "chassis_type": "Laptop", "vmsystem": "Physical"},
    "operatingsystem": {"name": "Debian GNU/Linux", "kernel_name": "linux", "version": "12"},
}


class Fleet:
    """Reports that come in hour after hour, each applied and judged at once."""

    def __init__(self, graph: Graph, catalogue: Catalogue) -> None:
        self.graph, self.catalogue = graph, catalogue

    def say(self, content: dict[str, Any], hours: float, *, machine: str = "pc", **envelope: Any) -> str:
        """One report at that hour; the endpoint it was about."""
        at = (AT + timedelta(hours=hours)).isoformat()
        envelope.setdefault("deviceid", f"{machine}-2026-01-02-03-04-05")
        changes = reconcile(self.graph, self.catalogue, observed(glpi(content, **envelope), "corporate", GLPI, received_at=at))
        ci = str(changes.resolved[0].ci)
        self.judge(ci, hours)
        return ci

    def judge(self, ci: str, hours: float) -> None:
        """Judge it at that hour."""
        evaluate(self.graph, self.catalogue, shipped(), [ci], AT + timedelta(hours=hours))

    def told(self, ci: str, policy: str = TAMPER) -> str:
        """`fail`, `pass` or `unknown(why)`."""
        found = of_endpoint(self.graph, ci)
        assert found is not None
        one = next(result for result in found.results if result.policy.id == policy)
        return f"{one.state}({one.reason})" if one.reason else one.state

    def states(self, ci: str) -> list[str]:
        """The timeline, the oldest first."""
        return [one.state for one in protection.timeline(self.graph, ci)][::-1]


@pytest.fixture
def fleet(graph: Graph, catalogue: Catalogue) -> Fleet:
    return Fleet(graph, catalogue)


def windows(antivirus: list[dict[str, str]], number: str = "7XK2M13", softwares: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """A whole report of a notebook with this protection."""
    content = windows_content() | {"antivirus": antivirus}
    content["bios"] = {**content["bios"], "ssn": number}
    content["hardware"] = {**content["hardware"], "name": f"pc-{number}", "uuid": ""}
    content["networks"] = []
    return content | ({"softwares": softwares} if softwares is not None else {})


def test_state_and_transition_two_of_one_group_are_one_incident(fleet: Fleet) -> None:
    ids = [fleet.say(windows([DEFENDER], number), 0, machine=number) for number in ("7XK2M13", "7XK2M14", "7XK2M15")]
    assert [fleet.told(ci) for ci in ids] == ["pass"] * 3
    off = {**DEFENDER, "enabled": "0"}
    for number, hours in (("7XK2M13", 5.0), ("7XK2M14", 5.3), ("7XK2M15", 9.0)):
        fleet.say(windows([off], number), hours, machine=number)
    assert [fleet.told(ci) for ci in ids] == ["fail"] * 3
    fleet.say(windows([DEFENDER], "7XK2M13"), 29, machine="7XK2M13")
    assert fleet.states(ids[0]) == ["protected", "disabled", "protected"]
    assert fleet.states(ids[1]) == ["protected", "disabled"]
    found = protection.incidents(fleet.graph, AT + timedelta(hours=30))
    assert [(len(one.endpoints), one.open) for one in found] == [(1, 1), (2, 1)]
    (back,) = protection.restored(fleet.graph, AT + timedelta(hours=30))
    assert (back.count, round(back.mean_h)) == (1, 24)


def test_two_that_say_they_are_on_are_no_double_protection(fleet: Fleet) -> None:
    """Defender keeps its switches on while it is passive beside another product."""
    other = {"name": "Kaspersky Endpoint Security", "enabled": "1", "uptodate": "1", "version": "12"}
    ci = fleet.say(windows([DEFENDER, other]), 0)
    assert fleet.told(ci).startswith("unknown")
    assert fleet.say(windows([{**DEFENDER, "enabled": "0"}, other]), 1) == ci
    assert fleet.told(ci) == "pass"


def test_disappearance_counts_in_a_whole_report_only(fleet: Fleet) -> None:
    """A sick mdatp has no row at all: installed and missing from a whole report is off; a partial report says nothing."""
    sound = {"name": "Microsoft Defender", "enabled": "1", "uptodate": "1", "version": "101.24"}
    whole = LINUX | {"softwares": [MDATP], "antivirus": [sound]}
    ci = fleet.say(whole, 0, machine="lnx")
    assert fleet.told(ci) == "pass"
    fleet.say(LINUX, 1, machine="lnx", partial=True)
    assert fleet.told(ci) == "pass", "a partial report without the section changes nothing"
    fleet.say(LINUX | {"softwares": [MDATP]}, 2, machine="lnx")
    assert fleet.told(ci) == "fail"
    fleet.say(whole, 3, machine="lnx")
    assert fleet.states(ci) == ["protected", "disabled", "protected"]


def test_contradiction_is_said_and_not_averaged(fleet: Fleet, reporter: Reporter) -> None:
    ci = fleet.say(windows([DEFENDER]), 0)
    seen = reporter(fleet.graph, "7XK2M13", "ssh:scan", days=-0.25, antimalware_present=True, antimalware_enabled=False)
    assert seen == ci
    fleet.judge(ci, 1)
    assert fleet.told(ci) == "unknown(conflict)"
    assert fleet.states(ci)[-1] == "unknown"


def test_silence_of_a_device_that_the_network_sees(fleet: Fleet, reporter: Reporter) -> None:
    ci = fleet.say(windows([DEFENDER]), 0)
    assert (fleet.told(ci), fleet.told(ci, DARK)) == ("pass", "pass")
    assert reporter(fleet.graph, "7XK2M13", "snmp:scan", days=-20, mac_addresses=["3c:52:82:11:22:33"]) == ci
    fleet.judge(ci, 20 * 24)
    assert fleet.told(ci) == "unknown(stale)", "what it said of itself is too old"
    assert fleet.told(ci, DARK) == "fail", "and it is there"
