"""Every observation passes one door: kept before the answer, in its line, and read back as it was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.intake import (
    OBSERVATION,
    Cleaned,
    Retention,
    clean_up,
    observation_of,
    retention,
    set_retention,
    subject_of,
    submit_observation,
    summary,
)
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Software, Source
from cmdb.store import Ledger
from tests.store.fixtures import FakeClock

AT = datetime(2026, 11, 22, 9, 59, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.db", clock=clock) as opened:
        yield opened


def switch(serial: str = "FCW1929B68S", source: str = "core") -> Observation:
    device = Item(
        "sw1",
        "switch",
        (Identifier("serial", serial, "cisco"), Identifier("hostname", "sw1")),
        {"name": "sw1 „Kern“", "model": None, "tags": ("a", "b")},
        software=(Software("ios", "15.2"),),
    )
    port = Item("sw1/gi1", "interface", (Identifier("if_name", "Gi1/0/1"),), {"speed": 1000, "up": True}, parent="sw1")
    far = Item("far", "switch", (Identifier("hostname", "sw2"),))
    return Observation(
        *("0192", Source("snmp", source), AT, (device, port, far), (Relation("connected_to", "sw1/gi1", "far", {"via": "lldp"}),)),
        *((Coverage("sw1", "interfaces", "complete"), Coverage("sw1", "software", "refused", "no view")), "mallory", "weekly"),
    )


def test_what_goes_in_comes_out_with_the_actor_the_door_knows(ledger: Ledger) -> None:
    number = submit_observation(ledger, switch(), actor="otto")
    entry = ledger.intake.claim()
    assert entry is not None
    assert (entry.id, entry.kind) == (number, OBSERVATION)
    assert observation_of(entry) == replace(switch(), actor="otto")
    assert (entry.meta["actor"], entry.meta["source"], entry.meta["observation"], entry.meta["items"]) == ("otto", "snmp:core", "0192", 3)


def test_two_looks_at_one_device_keep_their_order_and_other_devices_go_on(ledger: Ledger) -> None:
    first, second, other = (submit_observation(ledger, each, actor="") for each in (switch(), switch(), switch("FCW0000X000")))
    assert [entry.id for entry in ledger.intake.claim_many(9)] == [first, other]
    ledger.intake.done(first)
    assert [entry.id for entry in ledger.intake.claim_many(9)] == [second]


def test_the_line_is_the_device_of_one_source_or_the_source() -> None:
    one = subject_of(switch())
    assert one == subject_of(replace(switch(), id="other", observed_at=AT + timedelta(days=1), note=""))
    assert one == subject_of(switch(" fcw1929b68s "))
    assert one != subject_of(switch("FCW0000X000"))
    assert one != subject_of(switch(source="edge"))
    two = replace(switch(), items=(*switch().items, replace(switch().items[0], ref="sw9")))
    assert subject_of(two) == subject_of(replace(switch(), items=())) == "source:snmp:core"


@given(st.permutations([Identifier("serial", "A", "x"), Identifier("hostname", "b"), Identifier("mac", "00:11")]))
def test_the_order_of_identifiers_does_not_matter(identifiers: list[Identifier]) -> None:
    item = replace(switch().items[0], identifiers=tuple(identifiers))
    assert subject_of(replace(switch(), items=(item,))) == subject_of(
        replace(switch(), items=(replace(item, identifiers=tuple(reversed(identifiers))),))
    )


def test_what_cannot_be_read_is_told(ledger: Ledger, clock: FakeClock) -> None:
    ledger.intake.accept("agent-report", b"<xml/>", meta={})
    for body in (b"", b"[]", b"{}", b"not json", b'{"id": "1", "source": 7}'):
        ledger.intake.accept(OBSERVATION, body, meta={})
    submit_observation(ledger, switch(), actor="")
    *wrong, good = ledger.intake.claim_many(20)
    assert len(wrong) == 6
    for entry in wrong:
        with pytest.raises(Invalid):
            observation_of(entry)
    ledger.intake.done(good)
    clock.forward(days=31)
    clean_up(ledger, clock.moment)
    with pytest.raises(Invalid, match="no longer kept"):
        observation_of(ledger.intake.get(good.id))


def test_the_summary_counts_the_line(ledger: Ledger, clock: FakeClock) -> None:
    empty = summary(ledger, clock.moment)
    assert (empty.backlog, empty.oldest_at, empty.behind_s, empty.accepted_hour) == (0, None, 0.0, 0)
    submit_observation(ledger, switch("old"), actor="")
    clock.forward(minutes=50)
    oldest_left = clock.moment
    for n in range(4):
        submit_observation(ledger, switch(f"S{n}"), actor="")
    old, parked, *_ = ledger.intake.claim_many(3)
    ledger.intake.done(old)
    ledger.intake.park(parked, "unreadable")
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        ledger.refusals.note("agent", "not XML", address=address)
    clock.forward(minutes=20)
    now = summary(ledger, clock.moment)
    assert (now.backlog, now.running, now.parked, now.done) == (3, 1, 1, 1)
    assert (now.accepted_hour, now.refused_day) == (4, 3)
    assert (now.oldest_at, now.behind_s) == (oldest_left, 1200.0)
    assert summary(ledger, clock.moment + timedelta(days=2)).refused_day == 0


def test_retention_is_a_setting_with_bounds(ledger: Ledger, clock: FakeClock) -> None:
    assert retention(ledger) == Retention(30, 90)
    set_retention(ledger, Retention(7, None))
    assert retention(ledger) == Retention(7, None)
    for wrong, field in [(Retention(0, 1), "bodies_days"), (Retention(1, 4000), "jobs_days")]:
        with pytest.raises(Invalid) as caught:
            set_retention(ledger, wrong)
        assert caught.value.field == field
    assert retention(ledger) == Retention(7, None)
    ledger.settings.put("intake.keep_bodies_days", "rubbish")
    assert retention(ledger) == Retention(30, None)


def test_clean_up_drops_what_is_older(ledger: Ledger, clock: FakeClock) -> None:
    for n in range(3):
        submit_observation(ledger, switch(f"S{n}"), actor="")
    for entry in ledger.intake.claim_many(2):
        ledger.intake.done(entry)
    ledger.jobs.enqueue("scan", {})
    job = ledger.jobs.claim(["scan"])
    assert job is not None
    ledger.jobs.finish(job)
    clock.forward(days=40)
    assert clean_up(ledger, clock.moment) == Cleaned(bodies=2, jobs=0)
    clock.forward(days=60)
    assert clean_up(ledger, clock.moment) == Cleaned(bodies=0, jobs=1)
    set_retention(ledger, Retention(None, None))
    clock.forward(days=4000)
    assert clean_up(ledger, clock.moment) == Cleaned(0, 0)
    assert ledger.intake.counts()["waiting"] == 1
