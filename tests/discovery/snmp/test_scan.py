"""The door: `snmp_observe` on real and replayed agents, one failure per kind, many in one loop, secrets kept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.errors import AuthFailed, Invalid, Refused, Unreachable
from cmdb.model.observation import Observation
from discovery.snmp.build import gufo_is_here
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.scan import Options, snmp_observe, snmp_observe_async
from discovery.snmp.vlans import credential_for
from tests.discovery.snmp.agent import Quirks, Recording, ReplayAgent
from tests.discovery.snmp.conftest import Snmpd
from tests.discovery.snmp.devices import switch_rows
from tests.loops import run_apart

PUBLIC = SnmpCredential("2c", community="public")
QUICK = Options(timeout_s=0.3, retries=0)


def without_id(observation: Observation) -> Observation:
    device, *rest = observation.items
    volatile = ("uptime_since",)
    quiet = replace(device, attributes={name: value for name, value in device.attributes.items() if name not in volatile})
    return replace(observation, id="", items=(quiet, *rest))


def test_a_real_snmpd_by_v2c_and_v3_and_both_backends(snmpd: Snmpd) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    names = ("gufo", "pysnmp") if gufo_is_here() else ("pysnmp",)
    seen = [
        without_id(snmp_observe("127.0.0.1", snmpd.port, credential, options=Options(backend=name), clock=lambda: at))  # type: ignore[arg-type]
        for credential in (snmpd.v2c, snmpd.v3())
        for name in names
    ]
    device = seen[0].items[0]
    assert (device.cls, device.attributes["hostname"], device.attributes["fqdn"]) == ("server", "srv-7", "srv-7.example.net")
    assert device.attributes["os_family"] == "linux"
    assert any(one.kind == "snmp_engine_id" for one in device.identifiers)
    assert any(one.cls == "interface" and one.attributes["name"] == "lo" for one in seen[0].items)
    assert seen[0].observed_at == at
    assert all(one.items == seen[0].items for one in seen[1:])


def test_each_failure_has_its_own_kind(snmpd: Snmpd) -> None:
    with pytest.raises(AuthFailed):
        snmp_observe("127.0.0.1", snmpd.port, snmpd.v3(auth_password="wrong-pass-1"), options=QUICK)
    with pytest.raises(Unreachable):
        snmp_observe("127.0.0.1", snmpd.port, SnmpCredential("2c", community="wrong"), options=QUICK)
    with pytest.raises(Refused):
        snmp_observe("127.0.0.1", 1, PUBLIC, options=QUICK)
    with pytest.raises(Unreachable, match="cannot be resolved"):
        snmp_observe("no-such-host.invalid", 161, PUBLIC, options=QUICK)
    with pytest.raises(Invalid):
        snmp_observe("127.0.0.1", snmpd.port, snmpd.v3(context="x"), options=replace(QUICK, backend="gufo"))


def test_names_are_resolved(snmpd: Snmpd) -> None:
    assert (
        snmp_observe("localhost" if _localhost_is_v4() else "127.0.0.1", snmpd.port, snmpd.v2c).items[0].attributes["primary_ip"]
        == "127.0.0.1"
    )


def _localhost_is_v4() -> bool:
    import socket

    return socket.getaddrinfo("localhost", None, type=socket.SOCK_DGRAM)[0][4][0] == "127.0.0.1"


def test_the_deadline_gives_what_was_read_until_then() -> None:
    with ReplayAgent(Recording.of(switch_rows()), quirks=Quirks(delay_s=0.08, reply_limit=1_400)) as agent:
        started = time.monotonic()
        seen = snmp_observe("127.0.0.1", agent.port, PUBLIC, deadline_s=1.2)
        took = time.monotonic() - started
    assert took < 4
    assert seen.items[0].attributes["name"] == "sw-7.example.net"
    states = {one.part: (one.state, one.reason) for one in seen.coverage}
    assert any(state in ("partial", "failed") and "time for this device" in reason for state, reason in states.values()), states


def test_many_devices_in_one_loop() -> None:
    recording = Recording.of(switch_rows(8))

    async def run(ports: list[int]) -> list[Observation]:
        return list(await asyncio.gather(*(snmp_observe_async("127.0.0.1", port, PUBLIC) for port in ports)))

    with ReplayAgent(*[recording] * 12) as agent:
        seen = run_apart(run(agent.ports))
    assert len({len(one.items) for one in seen}) == 1
    assert len({one.id for one in seen}) == 12


def test_pacing_keeps_requests_apart() -> None:
    with ReplayAgent(Recording.of([("1.3.6.1.2.1.1.1.0", "4", "thing")])) as agent:
        started = time.monotonic()
        snmp_observe("127.0.0.1", agent.port, PUBLIC, options=Options(gap_s=0.05))
        assert time.monotonic() - started >= 0.05 * (agent.responder.requests - 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"version": "2c"}, "community"),
        ({"version": "4", "community": "x"}, "version"),
        ({"version": "3"}, "user"),
        ({"version": "3", "user": "ada", "auth_protocol": "rot13", "auth_password": "12345678"}, "auth_protocol"),
        ({"version": "3", "user": "ada", "auth_protocol": "sha", "auth_password": "short"}, "auth_password"),
        ({"version": "3", "user": "ada", "auth_protocol": "sha"}, "auth_password"),
        ({"version": "3", "user": "ada", "priv_protocol": "aes", "priv_password": "12345678"}, "auth_protocol"),
    ],
)
def test_a_wrong_credential_is_refused_by_field(fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        SnmpCredential(**fields)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_credentials_from_the_safe_and_no_secret_in_any_repr() -> None:
    secret = {
        "user": "ada",
        "auth_protocol": "SHA-256",
        "auth_password": "hush-hush-1",
        "priv_protocol": "AES128",
        "priv_password": "hush-hush-2",
    }
    credential = SnmpCredential.from_secret("snmp-v3", secret)
    assert (credential.version, credential.auth_protocol, credential.priv_protocol) == ("3", "sha256", "aes")
    assert "hush" not in repr(credential)
    assert "secret-word" not in repr(SnmpCredential.from_secret("snmp-v2c", {"community": "secret-word"}))
    with pytest.raises(Invalid, match="ssh-key"):
        SnmpCredential.from_secret("ssh-key", {})


def test_cisco_switches_that_show_one_vlan_at_a_time() -> None:
    """community@vlan: without it the forwarding table holds VLAN 1 only."""
    plain = [row for row in switch_rows(0) if not row[0].startswith(("1.3.6.1.2.1.17", "1.3.6.1.2.1.4.22"))]
    vtp = "1.3.6.1.4.1.9.9.46.1.3.1.1"
    for vlan, state, kind in ((1, 1, 1), (20, 1, 1), (30, 2, 1), (1002, 1, 2)):
        plain += [(f"{vtp}.2.1.{vlan}", "2", str(state)), (f"{vtp}.3.1.{vlan}", "2", str(kind))]
    views = {}
    for vlan, port in ((1, 4), (20, 7), (30, 8)):
        mac = f"0.80.182.0.0.{vlan}"
        rows = [("1.3.6.1.2.1.1.3.0", "67", "1"), ("1.3.6.1.2.1.17.1.4.1.2." + str(port), "2", str(10_100 + port))]
        views[f"public@{vlan}"] = Recording.of(
            [*rows, (f"1.3.6.1.2.1.17.4.3.1.2.{mac}", "2", str(port)), (f"1.3.6.1.2.1.17.4.3.1.3.{mac}", "2", "3")]
        )
    with ReplayAgent(Recording.of(plain)) as agent:
        agent.responder.others.update(views)
        seen = snmp_observe("127.0.0.1", agent.port, PUBLIC)
    hosts = {one.source: one.target for one in seen.relations if one.type == "connected_to" and one.part == "connections"}
    assert hosts == {"host:00:50:b6:00:00:01": "if:10104", "host:00:50:b6:00:00:14": "if:10107"}, (
        "VLAN 30 is suspended, 1002 is no Ethernet"
    )


def test_a_credential_narrowed_to_a_vlan() -> None:
    assert credential_for(PUBLIC, 20).community == "public@20"
    assert credential_for(SnmpCredential("3", user="ada"), 20).context == "vlan-20"
