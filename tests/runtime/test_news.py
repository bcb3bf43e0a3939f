"""A repeat is news for compliance only where something could have gone stale before it came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.compliance.chosen import active
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.runtime import news as room
from cmdb.runtime import touched
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.news import news
from tests.runtime.test_repeats_work import send

HOURS = 24 * 14
"""The shortest time that a shipped policy calls fresh."""


def test_the_shortest_time_is_that_of_the_policies(house: House) -> None:
    assert min(policy.fresh for policy in active(house.graph) if policy.fresh) == timedelta(hours=HOURS)


@pytest.mark.parametrize(("hour", "heard"), [(1, 0), (HOURS - 1, 0), (HOURS, 1), (HOURS + 500, 1)])
def test_a_repeat_is_judged_after_a_silence_only(house: House, monkeypatch: pytest.MonkeyPatch, hour: int, heard: int) -> None:
    monkeypatch.setattr(room, "_FRESH", {})
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
    monkeypatch.setattr(room, "_FRESH", {})
    monkeypatch.setattr(room, "active", lambda _: ())
    now = times.now()
    said = Changes("x", (), (), applied=True, before=times.to_text(now))
    send(house, 0, 1)
    work_off(house)
    assert news(house, said, now) == said.touched()
    assert room._FRESH[house.graph][1] == timedelta()
