"""A storm of reports that say what they said before costs statements for all of them together, and loses and mistakes nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cmdb.errors import GraphConflict, GraphUnavailable
from cmdb.model.times import to_text
from cmdb.runtime import repeats_work
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.repeats_work import TOGETHER, remembered, work_off_repeats
from cmdb.runtime.together_work import work_off_together
from discovery.reports.intake import KIND
from discovery.reports.privacy import filter_body
from reconciliation.storm import Utterance
from tests.discovery.reports.made import GLPI, glpi

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
DEVICES = 12


def body(number: int, *, version: str = "1.0", serial: str = "", boot: str = "") -> bytes:
    content: dict[str, Any] = {
        "hardware": {"name": f"pc{number}"},
        "bios": {"ssn": serial or f"SER{number:06d}", "smanufacturer": "Dell Inc."},
        "softwares": [{"name": f"package{n}", "version": version} for n in range(40)],
        "operatingsystem": {"name": "Debian GNU/Linux", "kernel_name": "linux"},
    }
    if boot:
        content["operatingsystem"] |= {"boot_time": boot, "timezone": {"name": "UTC", "offset": "+0000"}}
    own = replace(GLPI, agent_id=f"00000000-0000-4000-8000-{number:012d}")
    return filter_body(glpi(content, deviceid=f"pc{number}"), "corporate", headers=own)[0]


def send(house: House, hour: int, number: int, **what: str) -> str:
    """One report of a device, at an hour."""
    given = {"subject": f"agent:{number}", "received_at": to_text(START + timedelta(hours=hour)), "ownership": "corporate"}
    meta = given | {name: what.pop(name) for name in ("site", "cls") if name in what}
    return house.ledger.intake.accept(KIND, body(number, **what), meta=meta)


def seen(house: House) -> list[str]:
    rows = house.graph.read(
        "MATCH (s:SourceRecord)-[:RECORD_OF]->(c:CI) WHERE c.serial IS NOT NULL RETURN c.last_seen_at AS at ORDER BY c.serial"
    )
    return [str(row["at"])[11:13] for row in rows]


def test_many_repeats_cost_few_statements_and_no_body(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [send(house, 0, number) for number in range(DEVICES)]
    assert work_off(house) == DEVICES
    again = [send(house, 1, number) for number in range(DEVICES)]
    monkeypatch.setattr("cmdb.runtime.intake_work.observation_of", lambda _: pytest.fail("a body was read"))
    monkeypatch.setattr("cmdb.runtime.news.KEPT_S", -1.0)
    with house.graph.counting() as counter:
        assert work_off_repeats(house) == DEVICES
    assert counter.queries == 5  # one of them asks what counts as fresh
    assert seen(house) == ["09"] * DEVICES
    for one, other in zip(first, again, strict=True):
        was, now = (house.ledger.intake.get(entry) for entry in (one, other))
        assert now.state == "done"
        assert was.result is not None
        assert now.result is not None
        assert [(i["ref"], i["ci"]) for i in now.result["items"]] == [(i["ref"], i["ci"]) for i in was.result["items"]]
        assert {i["rule"] for i in now.result["items"]} == {"the source said exactly this before"}
    assert house.graph.read("MATCH (e:Event) RETURN count(e) AS n") == [{"n": 0}]


def test_a_repeat_that_came_meanwhile_is_left_to_who_need_not_read_it(house: House) -> None:
    """Between two looks at the line others come: also a worker that reads bodies leaves those alone that need no reading."""
    for number in range(3):
        send(house, 0, number)
    work_off(house)
    known = remembered(house).knows
    again, other, failed = (send(house, 1, 0), send(house, 1, 1, version="1.1"), send(house, 1, 2))
    claimed = {entry.id: entry for entry in house.ledger.intake.claim_many(9)}
    house.ledger.intake.fail(claimed.pop(failed), "the graph did not like it")
    for entry in claimed.values():
        house.ledger.intake.release(entry, delay_s=0)
    assert work_off_together(house, threading.Event(), leave=known) == 1
    assert [house.ledger.intake.get(entry).state for entry in (again, other, failed)] == ["waiting", "done", "waiting"]
    assert work_off_repeats(house) == 1
    assert house.ledger.intake.get(again).state == "done"


def test_what_changed_among_them_is_thought_through(house: House) -> None:
    for number in range(DEVICES):
        send(house, 0, number)
    work_off(house)
    for number in range(DEVICES):
        send(house, 1, number, **({"version": "1.1"} if number == 5 else {}))
    assert work_off_repeats(house) == DEVICES - 1
    assert sorted(seen(house)) == ["08"] + ["09"] * (DEVICES - 1)
    work_off(house)
    assert seen(house) == ["09"] * DEVICES
    assert house.graph.read("MATCH (e:Event) RETURN e.kind AS kind") == [{"kind": "software"}]


def test_two_of_one_device_keep_their_order(house: House) -> None:
    for hour in (0, 1):
        send(house, hour, 1)
    work_off(house)
    entries = [send(house, hour, 1, **what) for hour, what in ((2, {}), (3, {"version": "2.0"}), (4, {}))]
    assert work_off_repeats(house) == 1
    assert [house.ledger.intake.get(entry).state for entry in entries] == ["done", "waiting", "waiting"]
    assert work_off_repeats(house) == 0, "the one before is not applied yet"
    work_off(house)
    assert seen(house) == ["12"]
    assert len(house.graph.read("MATCH (e:Event) RETURN e.id AS id")) == 2, "to 2.0, and back"


def test_a_crash_before_it_is_settled_applies_it_twice_which_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    send(house, 0, 1)
    work_off(house)
    entry = send(house, 1, 1)
    with monkeypatch.context() as patched:
        patched.setattr(repeats_work, "_settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            work_off_repeats(house)
    assert house.ledger.intake.get(entry).state == "running"
    house.ledger.intake.release(entry, delay_s=0)
    before = house.graph.read("MATCH (n) RETURN labels(n) AS labels, n AS node ORDER BY n.id, n.key")
    assert work_off_repeats(house) == 1
    assert house.graph.read("MATCH (n) RETURN labels(n) AS labels, n AS node ORDER BY n.id, n.key") == before
    assert house.ledger.intake.get(entry).state == "done"


@pytest.mark.parametrize("meta", [{"site": "Paris"}, {"cls": "server"}])
def test_the_same_body_under_other_circumstances_is_read(house: House, meta: dict[str, str]) -> None:
    send(house, 0, 1)
    work_off(house)
    entry = send(house, 1, 1, **meta)
    assert work_off_repeats(house) == 0
    work_off(house)
    assert house.ledger.intake.get(entry).state == "done"


def test_what_it_stands_on_was_changed_meanwhile(house: House) -> None:
    for number in (1, 2):
        send(house, 0, number)
    work_off(house)
    house.graph.write("MATCH (s:SourceRecord)-[:RECORD_OF]->(:CI {serial: 'SER000001'}) SET s.observed_at = '2026-11-20T08:30:00.000Z'")
    entries = [send(house, 1, number) for number in (1, 2)]
    assert work_off_repeats(house) == 1
    assert [house.ledger.intake.get(entry).state for entry in entries] == ["waiting", "done"]
    assert not remembered(house).knows(house.ledger.intake.get(entries[0]).sha256)
    work_off(house)
    assert seen(house) == ["09", "09"]


def test_another_that_shows_its_serial_since_lets_it_be_thought_through(house: House) -> None:
    send(house, 0, 1)
    work_off(house)
    house.graph.write(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(:CI {serial: 'SER000001'}) WHERE i.kind = 'serial' "
        "CREATE (i)-[:IDENTIFIES {grade: 'strong', scope: ''}]->(:CI {id: 'z', class: 'laptop', presence: 'present', last_seen_at: ''})"
    )
    send(house, 1, 1)
    assert work_off_repeats(house) == 0


def test_while_the_graph_is_away_they_wait_untried(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    send(house, 0, 1)
    work_off(house)
    entry = send(house, 1, 1)

    def away(*_: object) -> None:
        raise GraphUnavailable("The graph is away.")

    monkeypatch.setattr(repeats_work, "all_said_before", away)
    assert work_off_repeats(house) == 0
    waiting = house.ledger.intake.get(entry)
    assert (waiting.state, waiting.attempts, waiting.reason) == ("waiting", 0, "The graph is away.")


def test_lost_races_leave_them_to_be_taken_up_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    send(house, 0, 1)
    work_off(house)
    entry = send(house, 1, 1)

    def lost(*_: object) -> None:
        raise GraphConflict("Others were faster.")

    monkeypatch.setattr(repeats_work, "all_said_before", lost)
    assert work_off(house) == 1
    assert house.ledger.intake.get(entry).state == "done"


def test_a_boot_time_in_the_future_is_looked_at_again(house: House) -> None:
    send(house, 0, 1, boot="2026-11-22 08:00:00")
    work_off(house)
    send(house, 1, 1, boot="2026-11-22 08:00:00")
    assert work_off_repeats(house) == 0
    work_off(house)
    send(house, 60, 1, boot="2026-11-22 08:00:00")
    work_off(house)
    assert house.graph.read("MATCH (c:CI) WHERE c.serial IS NOT NULL RETURN c.last_boot_at AS at") == [{"at": "2026-11-22T08:00:00.000Z"}]


def test_more_than_fit_one_transaction(house: House) -> None:
    for hour in (0, 1):
        for number in range(TOGETHER + 3):
            send(house, hour, number)
        if not hour:
            work_off(house)
    assert [work_off_repeats(house), work_off_repeats(house), work_off_repeats(house)] == [TOGETHER, 3, 0]


def test_memory_is_bounded_and_doubts_what_was_none(house: House) -> None:
    memory = repeats_work.Remembered(most=2)
    entries = [replace(house.ledger.intake.get(send(house, 0, number)), sha256=f"{number}") for number in range(3)]
    said = Utterance("v", "d", "r")
    for entry in entries:
        memory.keep(entry, said, sure=False)
    assert [memory.knows(entry.sha256) for entry in entries] == [False, True, True]
    memory.doubt("1")
    memory.keep(entries[1], said, sure=False)
    assert memory.get(entries[1]) is None
    memory.keep(entries[1], said, sure=True)
    assert memory.get(entries[1]) == said
