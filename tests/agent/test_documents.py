"""Documents that other tools write, at the agent address: Lynis, benchmarks, bills of material, and the native report."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.store import Ledger
from tests.agent.test_osquery import packages, taken
from web.agent.native import schema

LYNIS = """# Lynis Report
lynis_version=3.0.8
os=Linux
os_fullname=Debian GNU/Linux 12 (bookworm)
os_version=12
hostname=vm
vm=1
vmtype=kvm
network_mac_address[]=3c:52:82:11:22:33
package_manager[]=dpkg
vulnerable_package[]=apt
vulnerable_package[]=openssl
vulnerable_package[]=apt
linux_auditd_running=0
firewall_active=1
firewall_software[]=iptables
installed_packages_array=|bash,5.2|zsh,5.9
package_audit_tool_found=1
tests_executed=FIRE-4502|FIRE-4512|PKGS-7392
selinux_status=1
selinux_mode=enforcing
finish=true
"""
RESULT = (
    '<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"><benchmark id="b"/><target>vm</target><target-facts>'
    '<fact name="urn:xccdf:fact:asset:identifier:mac">3c:52:82:11:22:33</fact></target-facts>{}</TestResult>'
)
RULE = '<rule-result severity="{}"><result>{}</result></rule-result>'
NATIVE: dict[str, Any] = {
    "format": "moorings-endpoint-report",
    "version": 1,
    "tool": {"name": "mdm", "version": "7"},
    "device": {"id": "42", "kind": "laptop", "hostname": "pc-1", "serial": "7KX8D43", "vendor": "Dell Inc."},
    "os": {"family": "windows", "name": "Microsoft Windows 11", "edition": "Pro", "build": "10.0.22631"},
    "interfaces": [{"name": "eth0", "mac": "3c:52:82:11:22:33", "addresses": ["10.1.2.3", "fe80::1"]}],
    "software": [{"name": "Firefox", "version": "140", "ecosystem": "windows"}],
    "administrators": ["ada"],
    "security": {
        "disk_encrypted": False,
        "firewall_enabled": True,
        "antimalware": [{"name": "Defender", "enabled": True, "up_to_date": False, "signatures_on": "2026-11-20"}],
        "screen_lock": True,
        "screen_lock_timeout_s": 600,
        "pending_security_updates": 0,
        "last_patched_at": "2026-11-10T08:00:00Z",
    },
}


class Sender:
    """Sends documents to one agent address and reads what came of them."""

    def __init__(self, client: FlaskClient, ledger: Ledger, ownership: str = "corporate") -> None:
        self.client, self.ledger = client, ledger
        self.token = ledger.agent_tokens.add("t", site="Berlin", ownership=ownership)

    def send(self, body: bytes | str | dict[str, Any]) -> Observation:
        data = json.dumps(body) if isinstance(body, dict) else body
        reply = self.client.post(f"/agent/{self.token}", data=data)
        assert reply.status_code == 200, reply.text
        assert reply.get_json()["status"] == "ok"
        (told,) = taken(self.ledger)
        for item in told.items:
            Catalogue.load().check_attributes(item.cls, item.attributes)
        return told

    def refused(self, body: bytes | str | dict[str, Any]) -> str:
        data = json.dumps(body) if isinstance(body, dict) else body
        reply = self.client.post(f"/agent/{self.token}", data=data)
        assert reply.status_code == 400, reply.text
        assert self.ledger.refusals.list(1)[0].reason == reply.text.strip()
        assert not self.ledger.intake.list("waiting")
        return reply.text


@pytest.fixture
def sender(client: FlaskClient, ledger: Ledger) -> Sender:
    """A corporate token."""
    return Sender(client, ledger)


def _evidence(told: Observation) -> set[tuple[str, str]]:
    return {(i.kind, i.value) for i in told.items[0].identifiers}


def test_lynis(sender: Sender) -> None:
    told = sender.send(LYNIS)
    values = told.items[0].attributes
    assert told.source.key == "agent:lynis"
    assert _evidence(told) == {("hostname", "vm"), ("mac", "3c:52:82:11:22:33")}
    assert (values["os_name"], values["os_version"], told.items[0].cls) == ("Debian GNU/Linux", "12", "virtual_machine")
    assert (values["pending_security_updates"], values["auditd_running"]) == (2, False)
    assert values.get("firewall_enabled") is None, "rules were counted, and not read"
    assert values["mandatory_access_control"] == "selinux:enforcing"
    assert packages(told) == ["bash 5.2", "zsh 5.9"]
    assert not {"antimalware_present", "disk_encrypted"} & values.keys(), "not looked at"


def test_lynis_says_nothing_of_what_it_could_not_do(sender: Sender) -> None:
    report = "".join(line for line in LYNIS.splitlines(keepends=True) if not line.startswith("vulnerable_package"))
    told = sender.send(report.replace("|PKGS-7392", "").replace("firewall_active=1", "firewall_active=0"))
    assert [told.items[0].attributes.get(name) for name in ("pending_security_updates", "firewall_enabled")] == [None, None]
    assert "cut off" in sender.refused(LYNIS.replace("finish=true\n", ""))


def test_nothing_that_is_not_asked_for_is_kept(sender: Sender, ledger: Ledger) -> None:
    """User names, certificates, addresses and listening programs of a Lynis report; who ran a benchmark; comments of a bill."""
    lines = (
        "real_user[]=canary,1000\ncertificate[]=/canary\nnetwork_listen[]=tcp|1.2.3.4:22|canary|\ndefault_gateway[]=9.9.9.9\nfinish=true"
    )
    sender.send(LYNIS.replace("finish=true", lines))
    sender.send(RESULT.format('<identity authenticated="true">canary</identity><target-address>9.9.9.9</target-address>'))
    sender.send({**CYCLONE, "metadata": {**CYCLONE["metadata"], "authors": [{"name": "canary"}]}, "annotations": ["canary"]})
    for entry in ledger.intake.list():
        kept = (ledger.intake.get(entry.id).body or b"") + repr(entry.meta).encode()
        assert b"canary" not in kept
        assert b"9.9.9.9" not in kept


def test_lynis_uploads_by_its_own_calls(client: FlaskClient, sender: Sender, ledger: Ledger) -> None:
    address = f"/agent/{sender.token}"
    form = {"licensekey": "1111-2222", "hostid": "x", "hostid2": "y"}
    assert client.post(f"{address}/license/", data=form).data == b"Response 100\n"
    assert client.post(f"{address}/upload/", data={**form, "data": LYNIS}).data == b"Response 100\n"
    assert [o.source.name for o in taken(ledger)] == ["lynis"]
    contact = {"data": '{"action": "contact"}'}
    for wrong, words in (
        ({}, "no field data"),
        (contact, "no Lynis report"),
        ({"data": "{}"}, "neither an action"),
        ({"data": "x"}, "neither XML"),
    ):
        reply = client.post(f"{address}/upload/", data={**form, **wrong})
        assert reply.status_code == 400
        assert words in reply.text
    assert client.post("/agent/agt_x/license/", data=form).status_code == 404


def test_the_recorded_lynis_report(sender: Sender, recording: Callable[[str], bytes]) -> None:
    told = sender.send(recording("lynis-3.0.8/lynis-report.dat"))
    values = told.items[0].attributes
    assert (values["pending_security_updates"], values["auditd_running"]) == (75, False)
    assert values.get("firewall_enabled") is None, "a module is loaded, and nothing looked whether there are rules"
    assert len(told.items[0].software or ()) == 780


def test_a_benchmark(sender: Sender) -> None:
    rules = [RULE.format("high", "fail"), RULE.format("high", "pass"), RULE.format("low", "fail"), RULE.format("high", "notapplicable")]
    told = sender.send(RESULT.format("".join(rules)))
    values = told.items[0].attributes
    assert (values["benchmark_rules_run"], values["benchmark_high_failures"]) == (3, 1)
    assert _evidence(told) == {("hostname", "vm"), ("mac", "3c:52:82:11:22:33")}
    assert told.items[0].software is None


@pytest.mark.parametrize("word", ["notapplicable", "notchecked", "notselected", "unknown", "informational"])
def test_content_for_another_system_proves_nothing(sender: Sender, word: str) -> None:
    """OpenSCAP ends with exit code 0 then, and with a perfect score (measured)."""
    told = sender.send(RESULT.format(RULE.format("high", word) * 44 + "<score>100</score>"))
    values = told.items[0].attributes
    assert (values["benchmark_rules_run"], values["benchmark_high_failures"]) == (0, None)
    assert [(c.state, "another system" in c.reason) for c in told.coverage if c.part == "security"] == [("partial", True)]


def test_recorded_benchmarks(sender: Sender, recording: Callable[[str], bytes]) -> None:
    found = {}
    for name in ("xccdf-testresult-17pass-1fail-26na.rc2", "xccdf-testresult-all-notapplicable.rc0", "arf-skeleton"):
        told = sender.send(recording(f"openscap-1.3.7/{name}.xml"))
        found[name.split(".")[0]] = told.items[0].attributes["benchmark_rules_run"]
        assert ("hostname", "vm") in _evidence(told)
    assert (found["xccdf-testresult-17pass-1fail-26na"], found["xccdf-testresult-all-notapplicable"]) == (18, 0)


def test_what_is_no_result(sender: Sender) -> None:
    assert "no TestResult" in sender.refused('<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2"/>')
    assert "names no target" in sender.refused('<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"/>')
    two = RESULT.format("") + RESULT.format("").replace("<target>vm", "<target>pc")
    assert "several machines" in sender.refused(f'<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2">{two}</Benchmark>')


CYCLONE: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"component": {"name": "pc-1"}, "tools": {"components": [{"name": "syft", "version": "1.2"}]}},
    "components": [
        {"type": "library", "name": "apt", "version": "2.6", "purl": "pkg:deb/debian/apt@2.6?arch=amd64&distro=debian-12"},
        {
            "type": "library",
            "group": "@types",
            "name": "node",
            "version": "20",
            "purl": "pkg:npm/%40types/node@20",
            "components": [{"name": "inner"}],
        },
        {"type": "file", "name": "/etc/passwd"},
    ],
}


def test_cyclonedx(sender: Sender) -> None:
    told = sender.send(CYCLONE)
    software = {s.name: s for s in told.items[0].software or ()}
    assert set(software) == {"apt", "@types/node", "inner"}
    assert (software["apt"].ecosystem, software["apt"].arch, software["@types/node"].ecosystem) == ("deb", "amd64", "npm")
    assert _evidence(told) == {("hostname", "pc-1")}
    assert told.items[0].attributes["agent_version"] == "syft 1.2"
    assert [c.state for c in told.coverage if c.part == "software"] == ["partial"], "a bill is no list of a whole machine"


def test_cyclonedx_in_xml(sender: Sender) -> None:
    told = sender.send(
        '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><component type="device"><name>pc-1</name>'
        '</component></metadata><components><component type="library"><name>apt</name><version>2.6</version>'
        "<purl>pkg:deb/debian/apt@2.6</purl></component></components></bom>"
    )
    assert packages(told) == ["apt 2.6"]


def test_spdx(sender: Sender) -> None:
    told = sender.send(
        {
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": "pc-1",
            "creationInfo": {"creators": ["Organization: x", "Tool: syft-1.2"]},
            "documentDescribes": ["SPDXRef-root"],
            "packages": [
                {"SPDXID": "SPDXRef-root", "name": "pc-1"},
                {
                    "SPDXID": "SPDXRef-1",
                    "name": "bash",
                    "versionInfo": "5.2",
                    "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:rpm/fedora/bash@5.2?arch=x86_64"}],
                },
            ],
        }
    )
    assert packages(told) == ["bash 5.2"]
    assert (told.items[0].software or ())[0].ecosystem == "rpm"
    assert "does not say of which machine" in sender.refused({"spdxVersion": "SPDX-2.3", "packages": []})


def test_dependency_track(client: FlaskClient, sender: Sender, ledger: Ledger) -> None:
    packed = base64.b64encode(json.dumps(CYCLONE).encode()).decode()
    key = {"X-Api-Key": sender.token}
    body = {"autoCreate": "true", "projectName": "endpoint-42", "projectVersion": "1", "bom": packed}
    reply = client.put("/api/v1/bom", json=body, headers=key)
    number = reply.get_json()["token"]
    assert client.get(f"/api/v1/bom/token/{number}", headers=key).get_json() == {"processing": True}
    assert [_evidence(o) for o in taken(ledger)] == [{("hostname", "endpoint-42")}]
    assert client.get(f"/api/v1/bom/token/{number}", headers=key).get_json() == {"processing": False}
    other = {"X-Api-Key": ledger.agent_tokens.add("other")}
    assert client.get(f"/api/v1/bom/token/{number}", headers=other).status_code == 404
    form = {"projectName": "endpoint-43", "bom": (io.BytesIO(json.dumps(CYCLONE).encode()), "bom.json")}
    assert client.post(f"/agent/{sender.token}/api/v1/bom", data=form).status_code == 200
    assert (
        client.post("/api/v1/bom", data=json.dumps(CYCLONE), headers={**key, "Content-Type": "application/vnd.cyclonedx+json"}).status_code
        == 200
    )
    assert [_evidence(o) for o in taken(ledger)] == [{("hostname", "endpoint-43")}, {("hostname", "pc-1")}]
    assert client.put("/api/v1/bom", json=body, headers={"X-Api-Key": "agt_x"}).status_code == 404
    for wrong in (
        {**body, "bom": "e30="},
        {**body, "bom": "%%%"},
        {**body, "bom": base64.b64encode(zlib.compress(b"A" * (50 << 20))).decode()},
    ):
        assert client.put("/api/v1/bom", json=wrong, headers=key).status_code == 400


def test_the_recorded_bill(sender: Sender, recording: Callable[[str], bytes]) -> None:
    bill = json.loads(recording("cyclonedx-1.6/python-environment.first-12.cdx.json"))
    bill["metadata"] = {"component": {"name": "pc-1"}}
    told = sender.send(bill | {"bomFormat": "CycloneDX"})
    assert "Flask 3.1.3" in (packages(told) or [])
    assert {s.ecosystem for s in told.items[0].software or ()} == {"pypi"}


def test_the_native_report(sender: Sender) -> None:
    told = sender.send(NATIVE)
    values = told.items[0].attributes
    assert told.items[0].cls == "laptop"
    assert {("agent_id", "mdm:42"), ("serial", "7KX8D43"), ("mac", "3c:52:82:11:22:33")} <= _evidence(told)
    assert (values["os_name"], values["os_version"], values["os_edition"]) == ("Windows 11", "23H2", "Pro")
    assert (values["disk_encrypted"], values["firewall_enabled"], values["antimalware_up_to_date"]) == (False, True, False)
    assert (values["screen_lock_enabled"], values["screen_lock_timeout_s"], values["pending_security_updates"]) == (True, 600, 0)
    assert str(values["last_patched_at"]).startswith("2026-11-10T08:00:00")
    assert values["local_admins"] == ("ada",)
    assert packages(told) == ["Firefox 140"]


def test_null_is_not_false_and_an_empty_list_is_a_statement(sender: Sender) -> None:
    bare = {key: NATIVE[key] for key in ("format", "version", "tool", "device", "os")}
    names = ("disk_encrypted", "firewall_enabled", "secure_boot", "screen_lock", "screen_lock_timeout_s", "last_patched_at")
    silent = sender.send({**bare, "security": {"antimalware": None}}).items[0]
    assert not {"disk_encrypted", "firewall_enabled", "antimalware_present", "screen_lock_enabled"} & silent.attributes.keys()
    ended = sender.send({**bare, "security": dict.fromkeys(names)}).items[0].attributes
    kept = ("disk_encrypted", "firewall_enabled", "secure_boot", "screen_lock_enabled", "screen_lock_timeout_s", "last_patched_at")
    assert {name: ended[name] for name in kept} == dict.fromkeys(kept), "nobody can tell any more"
    assert silent.software is None
    said = sender.send({**bare, "software": [], "security": {"antimalware": []}}).items[0]
    assert (said.attributes["antimalware_present"], said.software) == (False, ())


def test_an_export_of_today_of_a_device_that_was_silent_is_no_report_of_today(sender: Sender) -> None:
    told = sender.send({**NATIVE, "observed_at": "2026-01-02T03:04:05+01:00"})
    assert told.observed_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    future = sender.send({**NATIVE, "observed_at": "2099-01-01T00:00:00Z"})
    assert abs(future.observed_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version: "),
        ({"device": {}}, "device.id: "),
        ({"device": {"id": "x", "colour": "red"}}, "device.colour: "),
        ({"security": {"firewall_enabled": "perhaps"}}, "security.firewall_enabled: "),
        ({"observed_at": "2026-01-01T00:00:00"}, "observed_at: "),
        ({"software": [{"name": ""}]}, "software.0.name: "),
    ],
)
def test_a_native_report_that_does_not_fit_its_schema(sender: Sender, change: dict[str, Any], words: str) -> None:
    said = sender.refused({**NATIVE, **change})
    assert said.startswith(words)
    assert "/api/v1/schemas/endpoint-report.json" in said


def test_a_personal_device_keeps_less(client: FlaskClient, ledger: Ledger) -> None:
    told = Sender(client, ledger, "personal").send({**NATIVE, "tag": "ownership=corporate"})
    assert "7KX8D43" not in repr(told)
    assert "10.1.2.3" not in repr(told)
    assert "local_admins" not in told.items[0].attributes
    assert told.items[0].attributes["ownership"] == "personal"


def test_the_schema_says_what_everything_is() -> None:
    made = schema()
    assert made["$id"] == "/api/v1/schemas/endpoint-report.json"
    assert set(made["required"]) == {"format", "version", "tool", "device"}
    for part in made["$defs"].values():
        assert all("description" in field or "$ref" in field for field in part["properties"].values()), part["title"]
