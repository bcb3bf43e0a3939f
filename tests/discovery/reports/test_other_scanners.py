# ruff: noqa: E501  # documents as tools write them
"""Results of scanners other than those that were recorded here: SCC and CIS-CAT (facts named as in NIST SP 800-126), Lynis files that went
through Windows, ESX hosts that GLPI's agent asks from elsewhere (its ESX task)."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.reports.message import read_message
from tests.discovery.reports.made import GLPI, endpoint, glpi, identified, look, observed

RESULT = """<?xml version="1.0"?><cdf:Benchmark xmlns:cdf="http://checklists.nist.gov/xccdf/{version}" id="b"><cdf:TestResult id="t" test-system="cpe:/a:example:scc:5.8">
<cdf:profile idref="MAC-2_Public"/><cdf:target>WIN10-07</cdf:target><cdf:target-facts>
<cdf:fact name="urn:{urn}:fact:asset:identifier:mac" type="string">00:15:5D:AA:BB:01</cdf:fact>
<cdf:fact name="urn:{urn}:fact:asset:identifier:host_name" type="string">WIN10-07</cdf:fact>
<cdf:fact name="urn:{urn}:fact:asset:identifier:fqdn" type="string">WIN10-07.example.net</cdf:fact></cdf:target-facts>
<cdf:rule-result idref="r1" severity="high"><cdf:result>fail</cdf:result></cdf:rule-result>
<cdf:rule-result idref="r2" severity="medium"><cdf:result>pass</cdf:result></cdf:rule-result></cdf:TestResult></cdf:Benchmark>"""


@pytest.mark.parametrize("urn", ["scap", "xccdf"])
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_facts_of_scc_and_cis_cat_identify_the_target(urn: str, version: str) -> None:
    device = endpoint(observed(RESULT.format(urn=urn, version=version).encode()))
    assert identified(device) == {("hostname", "WIN10-07", ""), ("fqdn", "WIN10-07.example.net", ""), ("mac", "00:15:5d:aa:bb:01", "")}
    assert (device.attributes["benchmark_rules_run"], device.attributes["benchmark_high_failures"]) == (2, 1)
    assert device.attributes["agent_version"] == "cpe:/a:example:scc:5.8"


def test_a_lynis_report_with_windows_line_ends_says_nothing_of_software_that_it_did_not_list() -> None:
    body = b"# Lynis Report\r\nlynis_version=3.0.9\r\nos=macOS\r\nos_fullname=macOS 13.4.1 (22F82)\r\nos_version=13.4.1\r\nhostname=mac-1\r\ninstalled_packages_array=\r\nfinish=true\r\n"
    observation = observed(body)
    assert endpoint(observation).software is None
    assert look(observation, "software") is None
    assert (endpoint(observation).attributes["os_name"], endpoint(observation).attributes["os_version"]) == ("macOS", "13.4.1")


def esx(name: str, serial: str, uuid: str) -> bytes:
    """The report of an ESX host, sent by the agent that asked it."""
    content: dict[str, Any] = {
        "hardware": {"name": name, "uuid": uuid},
        "bios": {"smanufacturer": "Dell Inc.", "smodel": "PowerEdge R640", "ssn": serial},
        "operatingsystem": {"full_name": "VMware ESXi 6.7.0 build-8169922", "name": "VMware ESX", "version": "6.7.0"},
        "virtualmachines": [{"name": "vm1", "status": "running", "vmtype": "VMware", "mac": "00:50:56:aa:bb:01/00:50:56:aa:bb:02"}],
    }
    return glpi(content, deviceid=f"{name}-2026-01-02-03-04-05")


def test_esx_hosts_do_not_share_the_id_of_the_agent_that_asks_them() -> None:
    one = observed(esx("esx1", "AAA1111", "4c4c4544-0052-4a10-8046-b2c04f313533"))
    two = observed(esx("esx2", "BBB2222", "4c4c4544-0053-4a10-8046-b2c04f313533"))
    assert not identified(endpoint(one)) & identified(endpoint(two))
    assert endpoint(one).cls == "hypervisor"
    guests = [{i for i in item.identifiers if i.kind == "external_id"} for item in (one.items[1], two.items[1])]
    assert guests[0]
    assert not guests[0] & guests[1]
    assert read_message(esx("esx1", "AAA1111", ""), GLPI).agent_id == ""  # what is remembered of the agent stays its own
    assert read_message(glpi({"operatingsystem": {"name": "Debian GNU/Linux"}}), GLPI).agent_id == GLPI.agent_id


GRADED = """<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="b"><Group id="g"><Rule id="r1" severity="{rule}"/><Rule id="r2" severity="low"/></Group>
<TestResult id="t"><target>pc</target><rule-result idref="r1"{own}><result>{result}</result></rule-result>
<rule-result idref="r2"><result>fail</result></rule-result></TestResult></Benchmark>"""


@pytest.mark.parametrize(
    ("own", "rule", "result", "expected"),
    [
        (' severity="high"', "low", "fail", 1),
        ("", "high", "fail", 1),
        (' severity="unknown"', "high", "error", 1),
        ("", "medium", "fail", 0),
        ("", "unknown", "fail", None),
        (' severity="unknown"', "", "fail", None),
        ("", "unknown", "pass", 0),
    ],
)
def test_how_grave_a_failure_is_stands_at_its_result_or_its_rule(own: str, rule: str, result: str, expected: int | None) -> None:
    """CIS-CAT's benchmarks grade no rule: with failures nobody knows whether a grave one is among them."""
    found = endpoint(observed(GRADED.format(own=own, rule=rule, result=result).encode())).attributes
    assert (found["benchmark_rules_run"], found["benchmark_high_failures"]) == (2, expected)
