"""A repeat is news for compliance only where something could have gone stale before it came."""

from __future__ import annotations

from datetime import timedelta
from weakref import WeakKeyDictionary

import pytest

from cmdb.compliance.chosen import active
from cmdb.model import times
from cmdb.model.change import Changes, Resolved
from cmdb.runtime import news as room
from cmdb.runtime import touched
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.news import freshest, freshest_lately, news
from tests.runtime.test_repeats_work import send

HOURS = 24 * 14
"""The shortest time that a shipped policy calls fresh."""


def test_the_shortest_time_is_that_of_the_policies(house: House) -> None:
    assert min(policy.fresh for policy in active(house.graph) if policy.fresh) == timedelta(hours=HOURS)


@pytest.mark.parametrize(("hour", "heard"), [(1, 0), (HOURS - 1, 0), (HOURS, 1), (HOURS + 500, 1)])
def test_a_repeat_is_judged_after_a_silence_only(house: House, monkeypatch: pytest.MonkeyPatch, hour: int, heard: int) -> None:
    told: list[str] = []
    send(house, 0, 1)
    work_off(house)
    monkeypatch.setattr(touched, "AFTER", [lambda _house, ids: told.extend(ids)])
    send(house, hour, 1)
    work_off(house)
    assert bool(told) == bool(heard)


def test_a_changed_report_is_judged_whenever_it_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    send(house, 0, 1)
    work_off(house)
    monkeypatch.setattr(touched, "AFTER", [lambda _house, ids: told.extend(ids)])
    send(house, 1, 1, version="2.0")
    work_off(house)
    assert told


def test_where_no_policy_asks_for_freshness_every_repeat_is_news(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert freshest(house.graph) == timedelta(hours=HOURS)
    monkeypatch.setattr(room, "active", lambda _: ())
    assert freshest(house.graph) == timedelta()
    now, seen = times.now(), (Resolved("a", "match", "ci-1", ""),)
    said = Changes("x", (), seen, applied=True, before=times.to_text(now))
    assert news(said, now, freshest(house.graph)) == {"ci-1"}
    assert news(said, now, timedelta(days=1)) == set()
    assert news(Changes("x", (), seen, applied=True), now, timedelta(days=1)) == {"ci-1"}


def test_reports_that_trickle_in_ask_for_it_once_a_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT_S", 600.0)
    monkeypatch.setattr(room, "_kept", WeakKeyDictionary())
    with house.graph.counting() as counter:
        assert {freshest_lately(house.graph) for _ in range(5)} == {timedelta(hours=HOURS)}
    assert counter.queries == 1
    monkeypatch.setattr(room, "KEPT_S", -1.0)
    monkeypatch.setattr(room, "active", lambda _: ())
    assert freshest_lately(house.graph) == timedelta(), "asked anew when the second is over"
