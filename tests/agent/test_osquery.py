"""osquery's TLS API at the door: enrolment, what it is asked, what comes back, and what a failure means."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.model.observation import Observation
from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from discovery.reports.osquery.schedule import queries

INSTALLATION = "59b3fa62-c7e1-4b8f-badb-396ce28ae2df"
DEBS = [{"name": "bash", "version": "5.2", "arch": "amd64", "ecosystem": "deb"}, {"name": "zsh", "version": "5.9", "ecosystem": "deb"}]


class Osquery:
    """What osqueryd does, by its recorded messages."""

    def __init__(self, client: FlaskClient, secret: str, base: str = "/api/osquery") -> None:
        self.client, self.secret, self.base, self.key = client, secret, base, ""

    def post(self, call: str, message: dict[str, Any], *, packed: bool = False) -> dict[str, Any]:
        body = json.dumps(message).encode()
        reply = self.client.post(f"{self.base}/{call}", data=gzip.compress(body) if packed else body)
        assert reply.content_type == "application/json"
        answer = reply.get_json()
        assert isinstance(answer, dict)
        assert "error" not in answer
        assert reply.status_code == 200, answer
        return answer

    def enrol(self, platform: int = 9, installation: str = INSTALLATION, **system: str) -> dict[str, Any]:
        details = {
            "os_version": {"name": "Debian GNU/Linux", "version": "12 (bookworm)", "platform": "debian", "arch": "x86_64"},
            "osquery_info": {"version": "5.20.0", "instance_id": installation},
            "system_info": {"hostname": "vm", "uuid": "b9b24d0b-6a2f-49b7-9eb1-f7c9be7916d0", "cpu_brand": "AMD EPYC\x00\x00", **system},
        }
        message = {"enroll_secret": self.secret, "host_identifier": "vm", "platform_type": str(platform), "host_details": details}
        answer = self.post("enroll", message)
        self.key = answer.get("node_key", "")
        return answer

    def log(self, *lines: dict[str, Any], kind: str = "result") -> dict[str, Any]:
        return self.post("log", {"node_key": self.key, "log_type": kind, "data": list(lines)}, packed=True)


def snapshot(name: str, rows: list[dict[str, str]], time: int = 1) -> dict[str, Any]:
    return {"name": f"moorings_{name}", "action": "snapshot", "snapshot": rows, "unixTime": time, "epoch": 0, "counter": 0}


def changed(name: str, action: str, columns: dict[str, str], counter: int, time: int = 1) -> dict[str, Any]:
    return {"name": f"moorings_{name}", "action": action, "columns": columns, "unixTime": time, "epoch": 7, "counter": counter}


def taken(ledger: Ledger) -> list[Observation]:
    """What waits in the intake, as Observations; it is done afterwards."""
    found = []
    while (entry := ledger.intake.claim()) is not None:
        assert entry.body is not None
        found.append(observation_from_entry(entry.kind, entry.body, entry.meta))
        ledger.intake.done(entry)
    return found


def packages(observation: Observation) -> list[str] | None:
    software = observation.items[0].software
    return None if software is None else sorted(f"{s.name} {s.version}" for s in software)


@pytest.fixture
def agent(client: FlaskClient, ledger: Ledger) -> Osquery:
    """An agent with the secret of a corporate token; not enrolled."""
    return Osquery(client, ledger.agent_tokens.add("t", site="Berlin", ownership="corporate"))


def test_an_enrolment_is_the_first_report(agent: Osquery, ledger: Ledger, tmp_path: Path) -> None:
    answer = agent.enrol()
    assert answer["node_invalid"] is False
    (first,) = taken(ledger)
    item = first.items[0]
    assert first.source.key == "agent:osquery"
    assert {(i.kind, i.value) for i in item.identifiers} == {("agent_id", INSTALLATION), ("hostname", "vm")}, "a made-up UUID is none"
    assert item.attributes["os_version"] == "12"
    assert (item.attributes["cpu_model"], item.attributes["ownership"]) == ("AMD EPYC", "corporate")
    assert item.software is None
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        stored = repr(other.execute("SELECT * FROM agent_node").fetchall())
    assert answer["node_key"] not in stored
    assert agent.secret not in stored


def test_hardware_gives_the_uuid_its_worth(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol(hardware_vendor="LENOVO", hardware_model="21HM", hardware_serial="PF3XYZ12")
    kinds = {(i.kind, i.value) for i in taken(ledger)[0].items[0].identifiers}
    assert ("uuid", "b9b24d0b-6a2f-49b7-9eb1-f7c9be7916d0") in kinds
    assert ("serial", "PF3XYZ12") in kinds


def test_who_has_no_secret_gets_no_key(client: FlaskClient, agent: Osquery, ledger: Ledger) -> None:
    assert Osquery(client, "agt_wrong").enrol() == {"node_invalid": True}
    stranger = Osquery(client, agent.secret)
    stranger.key = "nod_nobody"
    assert stranger.log(snapshot("os", [])) == {"node_invalid": True}
    agent.enrol()
    ledger.agent_tokens.revoke(ledger.agent_tokens.list()[0].id)
    assert agent.log(snapshot("os", [])) == {"node_invalid": True}, "revoked at once"
    assert agent.enrol() == {"node_invalid": True}
    assert {r.kind for r in ledger.refusals.list()} == {"unknown-token", "unknown-node", "revoked-token"}


def test_below_an_agent_address_the_address_is_the_secret(client: FlaskClient, agent: Osquery, ledger: Ledger) -> None:
    below = Osquery(client, "anything", f"/agent/{agent.secret}/api/osquery")
    assert below.enrol()["node_invalid"] is False
    other = Osquery(client, "x", f"/agent/{ledger.agent_tokens.add('other')}/api/v1/osquery")
    other.key = below.key
    assert other.log(snapshot("os", [])) == {"node_invalid": True}, "a key of another token"
    assert Osquery(client, "x", "/agent/agt_nobody/api/osquery").enrol() == {"node_invalid": True}


@pytest.mark.parametrize(
    ("platform", "ownership", "has", "lacks"),
    [
        (9, "corporate", {"software_linux", "admins", "interfaces"}, {"drives_windows", "software_windows", "macs"}),
        (2, "loaned", {"drives_windows", "firewall_windows", "antimalware_windows"}, {"drives_linux"}),
        (21, "", {"drives_macos", "macs", "software_macos"}, {"admins", "interfaces"}),
    ],
)
def test_it_is_asked_by_platform_and_ownership(
    client: FlaskClient, ledger: Ledger, platform: int, ownership: str, has: set[str], lacks: set[str]
) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership=ownership))
    agent.enrol(platform)
    answer = agent.post("config", {"node_key": agent.key})
    names = {name.removeprefix("moorings_") for name in answer["schedule"]}
    assert has <= names
    assert not lacks & names
    assert all(query["snapshot"] is True for query in answer["schedule"].values())
    asked = agent.post("distributed/read", {"node_key": agent.key})["queries"]
    assert asked == {name: query["query"] for name, query in answer["schedule"].items()}


def test_a_snapshot_says_all_and_an_empty_one_that_packages_are_of_another_kind(agent: Osquery, ledger: Ledger) -> None:
    """The query answered, and no system is without software: Arch's packages are neither deb nor rpm."""
    agent.enrol()
    taken(ledger)
    agent.log(snapshot("software_linux", DEBS), snapshot("other", [{"secret": "canary"}]))
    agent.log(snapshot("software_linux", [], 2))
    both = taken(ledger)
    assert packages(both[0]) == ["bash 5.2", "zsh 5.9"]
    assert both[1].items[0].software is None
    assert [c.state for o in both for c in o.coverage if c.part == "software"] == ["complete", "partial"]


def test_a_failed_query_is_not_none(agent: Osquery, ledger: Ledger) -> None:
    """It leaves no result, only a line in the status log."""
    agent.enrol()
    taken(ledger)
    line = {"message": "Error executing scheduled query moorings_software_linux: no such table: deb_packages", "unixTime": 5, "severity": 2}
    agent.log(line, line, {"message": "Executing scheduled query", "unixTime": 5}, kind="status")
    (told,) = taken(ledger)
    assert told.items[0].software is None
    assert [(c.state, c.reason) for c in told.coverage if c.part == "software"] == [("failed", "the query for it failed on the endpoint")]
    agent.log(line, kind="status")
    assert not taken(ledger), "sent again"


@pytest.mark.parametrize("status", [1, "1", "", None, 2])
def test_a_failed_distributed_query_is_not_none(agent: Osquery, ledger: Ledger, status: object) -> None:
    agent.enrol()
    taken(ledger)
    name, other = "moorings_software_linux", "moorings_drives_linux"
    message = {"node_key": agent.key, "queries": {name: [], other: ""}, "statuses": {name: status, other: "0"}, "messages": {name: "no"}}
    agent.post("distributed/write", message)
    (told,) = taken(ledger)
    assert told.items[0].software is None
    assert [c.state for c in told.coverage if c.part == "software"] == ["failed"]
    assert told.items[0].attributes["disk_encrypted"] is None, "the other query answered with no row: nobody vouches for it any more"


def test_one_failed_query_of_several_is_named(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol()
    taken(ledger)
    drives, firewall = "moorings_drives_linux", "moorings_firewall_linux"
    rows = [{"path": "/", "encrypted": "1", "method": "luks2"}]
    agent.post("distributed/write", {"node_key": agent.key, "queries": {drives: rows, firewall: []}, "statuses": {drives: 0, firewall: 1}})
    (told,) = taken(ledger)
    assert told.items[0].attributes["disk_encrypted"] is True
    assert "firewall_enabled" not in told.items[0].attributes
    assert [(c.state, c.reason) for c in told.coverage if c.part == "security"] == [
        ("partial", "nothing about antimalware; the query for firewall failed on the endpoint")
    ]


def test_lines_that_come_again_are_taken_once(agent: Osquery, ledger: Ledger) -> None:
    """After an answer that was lost osquery sends the same lines again, in growing batches (measured)."""
    agent.enrol()
    taken(ledger)
    first, second = snapshot("software_linux", DEBS, 1), snapshot("software_linux", DEBS[:1], 2)
    agent.log(first)
    agent.log(first, second)
    agent.log(first, second)
    assert [packages(o) for o in taken(ledger)] == [["bash 5.2", "zsh 5.9"], ["bash 5.2"]]


def test_a_differential_query_is_followed(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol()
    taken(ledger)
    agent.log(*(changed("software_linux", "added", row, 0) for row in DEBS))
    agent.log(changed("software_linux", "removed", DEBS[1], 1, 2), changed("software_linux", "added", {**DEBS[1], "version": "6"}, 1, 2))
    assert [packages(o) for o in taken(ledger)] == [["bash 5.2", "zsh 5.9"], ["bash 5.2", "zsh 6"]]
    agent.log(changed("software_linux", "added", {"name": "fish"}, 3, 3))
    (gap,) = taken(ledger)
    assert packages(gap) is None
    assert [(c.state, c.reason) for c in gap.coverage if c.part == "software"] == [("failed", "a result in between is missing")]
    agent.log({"name": "moorings_software_linux", "diffResults": {"added": DEBS, "removed": []}, "unixTime": 9, "epoch": 8, "counter": 0})
    assert [packages(o) for o in taken(ledger)] == [["bash 5.2", "zsh 5.9"]]


def test_windows_security_facts(client: FlaskClient, ledger: Ledger) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))
    agent.enrol(2, hardware_vendor="Dell Inc.", hardware_model="Latitude", hardware_serial="7KX8D43")
    taken(ledger)
    profile = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\{}\\EnableFirewall"
    results = {
        "os": [
            {"name": "Microsoft Windows 11 Pro", "version": "10.0.22631", "build": "22631", "platform": "windows", "boot_at": "1795370370"}
        ],
        "chassis_windows": [{"chassis_types": "Laptop"}],
        "drives_windows": [{"drive_letter": "C:", "protection_status": "0", "encryption_method": "XTS-AES 128"}],
        "firewall_windows": [
            {"path": profile.format(name), "data": data} for name, data in (("DomainProfile", "1"), ("PublicProfile", "0"))
        ],
        "antimalware_windows": [{"name": "Windows Defender", "state": "Snoozed", "signatures_up_to_date": "1"}],
        "admins_windows": [{"username": "ada", "group_sid": "S-1-5-32-544"}],
    }
    names = {f"moorings_{name}": rows for name, rows in results.items()}
    agent.post("distributed/write", {"node_key": agent.key, "queries": names, "statuses": dict.fromkeys(names, 0)})
    (told,) = taken(ledger)
    values = told.items[0].attributes
    assert told.items[0].cls == "laptop"
    assert (values["os_name"], values["os_version"], values["os_build"]) == ("Windows 11", "23H2", "10.0.22631")
    assert (values["disk_encrypted"], values["firewall_enabled"]) == (False, False)
    assert (values["antimalware_present"], values["antimalware_enabled"], values["antimalware_up_to_date"]) == (True, False, None)
    assert values["local_admins"] == ("ada",)
    assert [c.state for c in told.coverage if c.part == "security"] == ["complete"]


def test_asked_once_a_round(agent: Osquery, ledger: Ledger) -> None:
    agent.enrol()
    assert agent.post("distributed/read", {"node_key": agent.key})["queries"]
    assert not agent.post("distributed_read", {"node_key": agent.key})["queries"], "it was asked a moment ago"
    agent.post("distributed_write", {"node_key": agent.key, "queries": {"moorings_os": []}, "statuses": {"moorings_os": 0}})
    assert not agent.post("distributed/read", {"node_key": agent.key})["queries"], "it answered"


def test_a_personal_device_keeps_pseudonyms_and_the_watch_list(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t"))
    agent.enrol(hardware_vendor="Dell Inc.", hardware_serial="7KX8D43")
    agent.log(
        snapshot("software_linux", [{"name": "private-diary"}, {"name": "firefox-esr", "version": "140"}]),
        snapshot("admins", [{"username": "canary-user"}]),
        snapshot("interfaces", [{"interface": "eth0", "mac": "3c:52:82:11:22:33", "address": "10.1.2.3"}]),
    )
    disk = (tmp_path / "ledger.db").read_bytes() + b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db-*"))
    bodies = b"".join(ledger.intake.get(e.id).body or b"" for e in ledger.intake.list())
    for secret in (b"7KX8D43", b"private-diary", b"canary-user", b"10.1.2.3", b"3c:52:82"):
        assert secret not in disk + bodies, secret
    assert b"firefox-esr" in bodies


def test_the_recorded_messages(client: FlaskClient, ledger: Ledger, recording: Callable[[str], bytes]) -> None:
    """The real agent's own lines, under the names that its queries have here: 904 packages."""
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))
    enrolment = json.loads(recording("osquery-5.20.0/01-enroll.request.json"))
    agent.key = agent.post("enroll", enrolment | {"enroll_secret": agent.secret})["node_key"]
    names = {"assets_deb": "software_linux", "assets_os": "os", "assets_system": "system", "assets_net": "interfaces"}
    log = json.loads(recording("osquery-5.20.0/05-log-result.request.json"))
    for line in log["data"]:
        line["name"] = f"moorings_{names.get(line['name'], line['name'])}"
    agent.post("log", log | {"node_key": agent.key}, packed=True)
    for name in ("06-log-status-query-error", "07-log-empty-snapshot"):
        agent.post("log", json.loads(recording(f"osquery-5.20.0/{name}.request.json")) | {"node_key": agent.key})
    agent.post("distributed/write", json.loads(recording("osquery-5.20.0/04-distributed_write.request.json")) | {"node_key": agent.key})
    enrolled, told = taken(ledger)
    assert len(told.items[0].software or ()) == 904
    assert told.items[0].attributes["cpu_model"] == enrolled.items[0].attributes["cpu_model"] == "AMD EPYC"
    assert {i.attributes["name"] for i in told.items if i.cls == "interface"} >= {"lo", "eth0"}
    assert ("agent_id", "59b3fa62-c7e1-4b8f-badb-396ce28ae2df") in {(i.kind, i.value) for i in told.items[0].identifiers}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "snapshot", "x"]), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["node_key", "enroll_secret", "host_identifier", "host_details", "platform_type", "log_type", "data", "queries", "statuses", "error"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["enroll", "config", "log", "distributed/read", "distributed/write"]),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6) | VALUES,
    st.booleans(),
)
def test_no_answer_holds_a_key_error(client: FlaskClient, agent: Osquery, call: str, message: Any, known: bool) -> None:
    if known and isinstance(message, dict):
        if not agent.key:
            agent.enrol()
        message |= {"node_key": agent.key, "enroll_secret": agent.secret}
    reply = client.post(f"/api/osquery/{call}", data=json.dumps(message).encode())
    assert reply.status_code in (200, 400)
    assert "error" not in reply.get_json()


def test_bodies_that_cannot_be_read(client: FlaskClient, agent: Osquery, ledger: Ledger) -> None:
    for body, status in ((b"", 400), (b"hello", 400), (gzip.compress(b"A" * (50 << 20)), 400), (b"x" * (17 << 20), 413), (b"[" * 90, 400)):
        reply = client.post("/api/osquery/log", data=body)
        assert (reply.status_code, "error" in reply.get_json()) == (status, False)
    ledger.close()
    reply = client.post("/api/osquery/enroll", data=json.dumps({"host_identifier": "x", "enroll_secret": agent.secret}))
    assert (reply.status_code, reply.headers["Retry-After"], "error" in reply.get_json()) == (503, "600", False)


def test_every_query_is_one_select() -> None:
    for platform in ("windows", "macos", "linux", "bsd"):
        for ownership in ("corporate", "personal"):
            for query in queries(platform, ownership):
                assert query.sql.startswith("SELECT ")
                assert ";" not in query.sql
                assert "{" not in query.sql


def test_secure_boot_is_not_repeated_from_memory(agent: Osquery, ledger: Ledger) -> None:
    """What is known of the hardware travels with every report; secure boot must be said anew, and ends where the firmware is silent."""
    agent.enrol(hardware_vendor="Dell Inc.", hardware_model="Latitude", hardware_serial="7KX8D43")
    agent.log(snapshot("secureboot", [{"secure_boot": "1", "setup_mode": "0"}]))
    agent.log(snapshot("software_linux", DEBS, 2))
    agent.log(snapshot("secureboot", [], 3))
    _, said, later, gone = taken(ledger)
    assert said.items[0].attributes["secure_boot"] is True
    assert "secure_boot" not in later.items[0].attributes
    assert later.items[0].attributes["serial"] == "7KX8D43"
    assert gone.items[0].attributes["secure_boot"] is None


def test_a_setting_that_was_taken_away_ends(client: FlaskClient, ledger: Ledger) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))
    agent.enrol(2)
    agent.log(snapshot("screenlock_windows", [{"data": "600"}]))
    agent.log(snapshot("screenlock_windows", [], 2))
    _, locked, open_ = taken(ledger)
    assert (locked.items[0].attributes["screen_lock_enabled"], locked.items[0].attributes["screen_lock_timeout_s"]) == (True, 600)
    assert (open_.items[0].attributes["screen_lock_enabled"], open_.items[0].attributes["screen_lock_timeout_s"]) == (None, None)
