"""The contract of a backend, kept by gufo and by pysnmp, against the replay agent and against a real snmpd."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from cmdb.errors import AuthFailed, DiscoveryError, Invalid, Refused, Unreachable
from discovery.snmp.backend import Endpoint, NoAccess, NoAnswer, SnmpBackend, Timing, TooBig
from discovery.snmp.build import gufo_is_here, make_backend, make_session
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.values import Value
from tests.discovery.snmp.agent import Quirks, Recording, ReplayAgent
from tests.discovery.snmp.conftest import CONTEXT, Snmpd
from tests.loops import run_apart

T = TypeVar("T")
BACKENDS = ["gufo", "pysnmp"]
SYS_DESCR, SYS_OBJECT_ID, SYS_NAME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0"

TYPES = Recording.of(
    [
        (SYS_DESCR, "4", "a device"),
        (SYS_OBJECT_ID, "6", "1.3.6.1.4.1.8072.3.2.10"),
        ("1.3.6.1.2.1.1.3.0", "67", "4294967295"),
        ("1.3.6.1.4.1.9.1.0", "2", "-5"),
        ("1.3.6.1.4.1.9.2.0", "65", "4294967295"),
        ("1.3.6.1.4.1.9.3.0", "66", "7"),
        ("1.3.6.1.4.1.9.4.0", "70", "18446744073709551615"),
        ("1.3.6.1.4.1.9.5.0", "64", "10.1.2.3"),
        ("1.3.6.1.4.1.9.6.0", "4x", "00ff80feff0a"),
        ("1.3.6.1.4.1.9.7.0", "4", ""),
    ]
)
EXPECTED: dict[str, Value] = {
    SYS_DESCR: b"a device",
    SYS_OBJECT_ID: "1.3.6.1.4.1.8072.3.2.10",
    "1.3.6.1.2.1.1.3.0": 4294967295,
    "1.3.6.1.4.1.9.1.0": -5,
    "1.3.6.1.4.1.9.2.0": 4294967295,
    "1.3.6.1.4.1.9.3.0": 7,
    "1.3.6.1.4.1.9.4.0": 18446744073709551615,
    "1.3.6.1.4.1.9.5.0": "10.1.2.3",
    "1.3.6.1.4.1.9.6.0": b"\x00\xff\x80\xfe\xff\x0a",
    "1.3.6.1.4.1.9.7.0": b"",
}


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "gufo" and not gufo_is_here():
        pytest.skip("gufo-snmp has no wheel here")
    return str(request.param)


def ask(name: str, port: int, credential: SnmpCredential, work: Callable[[SnmpBackend], Awaitable[T]], timeout_s: float = 1.0) -> T:
    """Open a backend, do the work, close it."""

    async def run() -> T:
        backend = make_backend(name, Endpoint("127.0.0.1", port), credential, Timing(timeout_s, retries=0))  # type: ignore[arg-type]
        try:
            await backend.open()
            return await work(backend)
        finally:
            await backend.close()

    return run_apart(run())


async def walked(backend: SnmpBackend, root: str, repetitions: int = 25) -> dict[str, Value]:
    found: dict[str, Value] = {}
    ended = False
    async for chunk in backend.walk([root], repetitions=repetitions):
        found.update(chunk.binds)
        ended = chunk.done
    assert ended
    return found


@pytest.mark.parametrize("version", ["1", "2c"])
def test_get_keeps_every_type_and_leaves_out_what_is_not_there(name: str, version: str) -> None:
    wanted = {oid: value for oid, value in EXPECTED.items() if version == "2c" or oid != "1.3.6.1.4.1.9.4.0"}
    with ReplayAgent(TYPES) as agent:
        found = ask(name, agent.port, SnmpCredential(version, community="public"), lambda b: b.get([*wanted, "1.3.6.1.4.1.9.99.0"]))  # type: ignore[arg-type]
    assert found == wanted
    assert all(type(found[oid]) is type(value) for oid, value in wanted.items())


@pytest.mark.parametrize("version", ["1", "2c"])
def test_walk_gives_all_below_the_root_and_nothing_else(name: str, version: str) -> None:
    with ReplayAgent(TYPES) as agent:
        credential = SnmpCredential(version, community="public")  # type: ignore[arg-type]
        found = ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.4.1.9"))
        unknown_to_v1 = {"1.3.6.1.4.1.9.4.0"} if version == "1" else set()
        assert found == {oid: value for oid, value in EXPECTED.items() if oid.startswith("1.3.6.1.4.1.9.") and oid not in unknown_to_v1}
        assert ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.4.1.8")) == {}
        assert ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.5")) == {}  # behind the last object


@pytest.mark.parametrize("version", ["1", "2c"])
def test_next_of_finds_what_follows_each_root_in_one_request(name: str, version: str) -> None:
    with ReplayAgent(TYPES) as agent:
        roots = ["1.3.6.1.2.1.1", "1.3.6.1.3", "1.3.6.1.4.1.9.7.0", "1.3.6.1.6"]
        found = ask(name, agent.port, SnmpCredential(version, community="public"), lambda b: b.next_of(roots))  # type: ignore[arg-type]
        asked = [entry for entry in agent.responder.seen if len(entry[1]) == len(roots)]
    assert [bind and bind[0] for bind in found] == [SYS_DESCR, "1.3.6.1.4.1.9.1.0", None, None]
    assert len(asked) == 1


def test_error_statuses_are_told_apart_from_the_end(name: str) -> None:
    credential = SnmpCredential("2c", community="public")
    nine = ((1, 3, 6, 1, 4, 1, 9),)
    with ReplayAgent(TYPES, quirks=Quirks(refuse_below=nine)) as agent, pytest.raises(NoAccess):
        ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.4.1.9", 1))
    with ReplayAgent(TYPES, quirks=Quirks(too_big_above=2)) as agent, pytest.raises(TooBig):
        ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.4.1.9"))
    with ReplayAgent(TYPES, quirks=Quirks(silent_below=nine)) as agent, pytest.raises(NoAnswer):
        ask(name, agent.port, credential, lambda b: walked(b, "1.3.6.1.4.1.9"), timeout_s=0.2)


def test_real_snmpd_with_v2c_and_v3(name: str, snmpd: Snmpd) -> None:
    wanted = [SYS_NAME, SYS_OBJECT_ID, "1.3.6.1.2.1.1.99.0"]
    for credential in (snmpd.v2c, snmpd.v3()):
        values = ask(name, snmpd.port, credential, lambda b: b.get(wanted))
        assert values == {SYS_NAME: b"srv-7.example.net", SYS_OBJECT_ID: "1.3.6.1.4.1.8072.3.2.10"}
        names = ask(name, snmpd.port, credential, lambda b: walked(b, "1.3.6.1.2.1.2.2.1.2"))
        assert b"lo" in names.values()
        assert {type(value) for value in names.values()} == {bytes}


@pytest.mark.parametrize("change", [{"auth_password": "wrong-pass-1"}, {"user": "nobody"}, {"auth_protocol": "md5"}])
def test_a_refused_user_is_an_answer_of_its_own(name: str, snmpd: Snmpd, change: dict[str, str]) -> None:
    with pytest.raises(AuthFailed) as refused:
        ask(name, snmpd.port, snmpd.v3(**change), lambda b: b.get([SYS_NAME]))
    assert "pass" not in str(refused.value).replace("passwords", "")


def test_a_wrong_privacy_password_is_no_success(name: str, snmpd: Snmpd) -> None:
    with pytest.raises(DiscoveryError):
        ask(name, snmpd.port, snmpd.v3(priv_password="wrong-pass-1"), lambda b: b.get([SYS_NAME]), timeout_s=0.3)


def test_snmpv3_contexts_go_to_pysnmp(snmpd: Snmpd) -> None:
    credential = snmpd.v3(context=CONTEXT)
    assert make_backend("auto", Endpoint("127.0.0.1", snmpd.port), credential, Timing()).name == "pysnmp"
    with pytest.raises(Invalid, match="context"):
        make_backend("gufo", Endpoint("127.0.0.1", snmpd.port), credential, Timing())
    found = ask("pysnmp", snmpd.port, credential, lambda b: b.get([SYS_NAME, SYS_DESCR]), timeout_s=2.0)
    assert found == {SYS_NAME: b"srv-7.example.net"}, "only what lives in that context"


def test_a_closed_port_is_refused(name: str) -> None:
    for credential in (SnmpCredential("2c", community="public"), SnmpCredential("3", user="ada")):
        with pytest.raises((Refused, Unreachable, NoAnswer)):
            ask(name, 1, credential, lambda b: b.get([SYS_NAME]), timeout_s=0.3)


def test_many_targets_in_one_loop_do_not_disturb_each_other(name: str) -> None:
    recordings = [Recording.of([(SYS_DESCR, "4", f"device {number}")]) for number in range(8)]

    async def run(ports: list[int]) -> list[str]:
        async def one(port: int) -> str:
            session = make_session(Endpoint("127.0.0.1", port), SnmpCredential("2c", community="public"), Timing(2.0), backend=name)  # type: ignore[arg-type]
            await session.open()
            try:
                return str((await session.get([SYS_DESCR]))[SYS_DESCR])
            finally:
                await session.close()

        return list(await asyncio.gather(*map(one, ports)))

    with ReplayAgent(*recordings) as agent:
        assert run_apart(run(agent.ports)) == [f"b'device {number}'" for number in range(8)]
