"""Bad manners of real agents, and what a session makes of them (the limits of docs: halve, fall back, stop, never pretend)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cmdb.errors import AuthFailed, DiscoveryError, Refused, Unreachable
from discovery.snmp.backend import Endpoint, Timing
from discovery.snmp.build import gufo_is_here, make_session
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.session import Session
from discovery.snmp.tables import Table
from tests.discovery.snmp.agent import GETBULK, Quirks, Recording, ReplayAgent
from tests.loops import run_apart

BASE = "1.3.6.1.2.1.2.2.1"
COLUMNS = {name: f"{BASE}.{number}" for name, number in {"descr": 2, "type": 3, "mtu": 4, "mac": 6, "oper": 8}.items()}
ROWS = 30


def rows(wide: int = 0) -> list[tuple[str, str, str]]:
    """Five columns of 30 rows; with `wide` the MAC column holds that many bytes (as VLAN bit maps do)."""
    found = []
    for row in range(1, ROWS + 1):
        found += [(f"{BASE}.2.{row}", "4", f"port {row}"), (f"{BASE}.3.{row}", "2", "6"), (f"{BASE}.4.{row}", "2", "1500")]
        found += [(f"{BASE}.6.{row}", "4x", "ab" * (wide or 6)), (f"{BASE}.8.{row}", "2", "1")]
    found += [("1.3.6.1.2.1.1.1.0", "4", "device"), ("1.3.6.1.2.1.1.3.0", "67", "100"), ("1.3.6.1.2.1.99.1.0", "2", "1")]
    return found


SIMPLE = Recording.of(rows())
MTU = (1, 3, 6, 1, 2, 1, 2, 2, 1, 4)


@pytest.fixture(params=["gufo", "pysnmp"])
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "gufo" and not gufo_is_here():
        pytest.skip("gufo-snmp has no wheel here")
    return str(request.param)


class Run:
    """A table read from an agent with quirks, and what it took."""

    def __init__(
        self,
        name: str,
        quirks: Quirks,
        recording: Recording = SIMPLE,
        version: str = "2c",
        columns: Mapping[str, str] = COLUMNS,
        **session: float,
    ) -> None:
        with ReplayAgent(recording, quirks=quirks) as agent:
            self.agent = agent
            run_apart(self._read(name, agent.port, version, columns, **session))

    async def _read(
        self, name: str, port: int, version: str, columns: Mapping[str, str], timeout_s: float = 0.25, rows: float = 1e5
    ) -> None:
        timing = Timing(timeout_s, retries=1)
        credential = SnmpCredential(version, community="public")  # type: ignore[arg-type]
        self.session: Session = make_session(Endpoint("127.0.0.1", port), credential, timing, backend=name, max_rows=int(rows))  # type: ignore[arg-type]
        await self.session.open()
        try:
            self.table: Table = await self.session.table(columns)
            self.again: Table = await self.session.table({"descr": COLUMNS["descr"]})
        finally:
            await self.session.close()

    @property
    def sizes(self) -> dict[str, int]:
        return {column: len(values) for column, values in self.table.columns.items()}

    @property
    def repetitions(self) -> set[int]:
        return {count for kind, _, count in self.agent.responder.seen if kind == GETBULK}


ALL = dict.fromkeys(COLUMNS, ROWS)


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(reply_limit=1_400),
        Quirks(reply_limit=200),
        Quirks(too_big_above=4),
        Quirks(one_varbind=True),
        Quirks(drop_every=5),
        Quirks(delay_s=0.02),
        Quirks(silent_bulk_above=4),
    ],
    ids=["well", "1400 bytes", "200 bytes", "tooBig", "one varbind", "drops", "slow", "silent above 4"],
)
def test_everything_arrives_in_spite_of(name: str, quirks: Quirks) -> None:
    run = Run(name, quirks)
    assert (run.table.state, run.sizes) == ("complete", ALL), run.table.reason
    assert run.table["descr"]["7"] == b"port 7"
    assert run.table["mac"]["30"] == b"\xab" * 6


@pytest.mark.parametrize("quirks", [Quirks(v1_only=True), Quirks(v1_only=True, too_big_above=2), Quirks(v1_only=True, drop_every=9)])
def test_an_agent_that_knows_only_v1_is_read_by_v1(name: str, quirks: Quirks) -> None:
    run = Run(name, quirks, version="1")
    assert (run.table.state, run.sizes) == ("complete", ALL)
    assert run.repetitions == set()


def test_wide_values_halve_the_repetitions_and_end_on_pysnmp(name: str) -> None:
    """gufo cannot decode a reply above some 4 KiB: 400 bytes a row are too many at 25, 5,000 at 1."""
    for wide in (400, 5_000):
        run = Run(name, Quirks(), Recording.of(rows(wide)))
        assert (run.table.state, run.sizes) == ("complete", ALL), run.table.reason
        assert run.table["mac"]["1"] == b"\xab" * wide
        if name == "gufo":
            assert {25, 12, 6} <= run.repetitions
        if name == "gufo" and wide == 5_000:
            assert {3, 1, 10} <= run.repetitions, "down to 1, then pysnmp with 10"


def test_one_wide_column_does_not_slow_down_the_rest() -> None:
    if not gufo_is_here():
        pytest.skip("gufo-snmp has no wheel here")
    run = Run("gufo", Quirks(), Recording.of(rows(400)))
    bulks = [entry for entry in run.agent.responder.seen if entry[0] == GETBULK]
    assert bulks[-1][2] == 25, "the next table starts at full size again"


def test_an_agent_that_repeats_itself_is_left_at_once(name: str) -> None:
    run = Run(name, Quirks(loop_at=MTU))
    assert run.table.state == "partial"
    assert "repeats itself" in run.table.reason
    assert run.sizes == {**ALL, "mtu": 1}
    assert run.agent.responder.requests < 60


def test_one_silent_column_costs_its_own_rows_only(name: str) -> None:
    run = Run(name, Quirks(silent_below=(MTU,)))
    assert run.table.state == "partial"
    assert run.sizes == {**ALL, "mtu": 0, "type": ROWS}
    assert not run.session.dead
    assert len(run.again["descr"]) == ROWS


def test_a_forbidden_column_is_refused_not_empty(name: str) -> None:
    run = Run(name, Quirks(refuse_below=(MTU,)), columns={"mtu": COLUMNS["mtu"]})
    assert (run.table.state, run.sizes) == ("refused", {"mtu": 0})
    assert "credential" in run.table.reason or "error" in run.table.reason


def test_a_device_that_dies_does_not_time_out_column_by_column(name: str) -> None:
    run = Run(name, Quirks(dead_after=2))
    assert run.table.state in ("failed", "partial")
    assert run.table.reason == "the device stopped answering"
    assert run.session.dead
    assert run.again.state == "failed"
    assert run.agent.responder.requests < 12


def test_the_row_limit_ends_a_column_as_partial(name: str) -> None:
    run = Run(name, Quirks(), rows=10)
    assert run.table.state == "partial"
    assert "more than 10 rows" in run.table.reason
    assert all(10 <= size <= 10 + 25 for size in run.sizes.values())


def test_the_deadline_ends_a_column_as_partial(name: str) -> None:
    async def read(port: int) -> Table:
        now = [0.0]

        def clock() -> float:
            now[0] += 0.25
            return now[0]

        timing = Timing(0.5, deadline=6.0, clock=clock)
        session = make_session(Endpoint("127.0.0.1", port), SnmpCredential("2c", community="public"), timing, backend=name)  # type: ignore[arg-type]
        await session.open()
        try:
            return await session.table(COLUMNS)
        finally:
            await session.close()

    with ReplayAgent(SIMPLE, quirks=Quirks(reply_limit=200)) as agent:
        table = run_apart(read(agent.port))
    assert table.state == "partial"
    assert "time for this device was over" in table.reason
    assert table["descr"]


def first_contact(name: str, port: int, credential: SnmpCredential) -> dict[str, object]:
    async def run() -> dict[str, object]:
        session = make_session(Endpoint("127.0.0.1", port), credential, Timing(0.15, retries=0), backend=name)  # type: ignore[arg-type]
        try:
            await session.open()
            return dict(await session.first_contact(["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0"]))
        finally:
            await session.close()

    return run_apart(run())


def test_a_wrong_community_is_unreachable_and_says_what_may_be_wrong(name: str) -> None:
    with ReplayAgent(SIMPLE) as agent, pytest.raises(Unreachable, match="community"):
        first_contact(name, agent.port, SnmpCredential("2c", community="not-it"))


def test_v2c_to_an_agent_that_knows_only_v1_is_unreachable(name: str) -> None:
    with ReplayAgent(SIMPLE, quirks=Quirks(v1_only=True)) as agent, pytest.raises(Unreachable):
        first_contact(name, agent.port, SnmpCredential("2c", community="public"))


def test_an_unanswered_v3_discovery_is_an_answer_not_a_crash(name: str) -> None:
    with ReplayAgent(SIMPLE) as agent, pytest.raises((Unreachable, AuthFailed)):
        first_contact(name, agent.port, SnmpCredential("3", user="ada"))


def test_get_of_several_splits_for_agents_that_answer_one_at_a_time(name: str) -> None:
    with ReplayAgent(SIMPLE, quirks=Quirks(one_varbind=True)) as agent:
        assert first_contact(name, agent.port, SnmpCredential("2c", community="public")) == {"1.3.6.1.2.1.1.1.0": b"device"}


@pytest.mark.parametrize("reply", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x00" * 40, b"\x30\x03\x02\x01\x01", bytes(range(256)) * 20])
def test_garbage_on_the_wire_is_a_failure_of_that_device(name: str, reply: bytes) -> None:
    with ReplayAgent(SIMPLE, answer=lambda _: reply) as agent, pytest.raises(DiscoveryError) as failure:
        first_contact(name, agent.port, SnmpCredential("2c", community="public"))
    assert not isinstance(failure.value, Refused)
