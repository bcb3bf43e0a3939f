"""Counts are kept three ways – cells, sums of the fleet, what can be chosen – and every way tells the same."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cmdb.compliance import kept_days, report
from cmdb.compliance.policy import shipped
from cmdb.graph import compliance as results
from cmdb.graph import compliance_counts as counts
from cmdb.graph import compliance_past, waivers
from cmdb.graph.compliance import Writes
from cmdb.graph.door import Graph

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICIES = tuple(one for one in shipped() if one.id in ("disk-encryption", "firewall-on"))
CELLS = (
    ("disk-encryption", "pass", "", "corporate", "Lyon", "Red", "laptop", 40),
    ("disk-encryption", "fail", "", "corporate", "Lyon", "Red", "laptop", 3),
    ("disk-encryption", "fail", "", "personal", "Lyon", "Blue", "phone", 2),
    ("disk-encryption", "unknown", "stale", "personal", "Bonn", "", "phone", 5),
    ("firewall-on", "fail", "", "corporate", "Bonn", "Red", "desktop", 7),
)


def add(graph: Graph, *cells: tuple[Any, ...]) -> None:
    """Write these differences as judging would."""
    names = ("policy", "state", "reason", "ownership", "site", "team", "cls", "delta")
    rows = {json.dumps(cell[:7]): {"key": json.dumps(cell[:7]), **dict(zip(names, cell, strict=True))} for cell in cells}
    results.write(graph, Writes(counts=rows))


def table(found: report.Overview) -> dict[str, dict[str, int]]:
    """Policy → state → number, without zeros."""
    return {one.policy.id: {state: n for state, n in one.states.items() if n} for one in found.tallies}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ({}, {"disk-encryption": {"pass": 40, "fail": 5, "unknown": 5}, "firewall-on": {"fail": 7}}),
        ({"ownership": "personal"}, {"disk-encryption": {"fail": 2, "unknown": 5}, "firewall-on": {}}),
        ({"site": "Lyon"}, {"disk-encryption": {"pass": 40, "fail": 5}, "firewall-on": {}}),
        ({"site": "Lyon", "cls": "phone"}, {"disk-encryption": {"fail": 2}, "firewall-on": {}}),
        ({"team": "Red"}, {"disk-encryption": {"pass": 40, "fail": 3}, "firewall-on": {"fail": 7}}),
        ({"severity": "high"}, {"disk-encryption": {"pass": 40, "fail": 3}, "firewall-on": {"fail": 7}}),
        ({"severity": "medium", "site": "Lyon"}, {"disk-encryption": {"fail": 2}, "firewall-on": {}}),
        ({"severity": "low"}, {}),
        ({"team": "Red", "site": "Bonn"}, {"disk-encryption": {}, "firewall-on": {"fail": 7}}),
    ],
)
def test_every_filter_tells_what_the_cells_tell(graph: Graph, where: dict[str, str], wanted: dict[str, dict[str, int]]) -> None:
    """The overview and the trend of today, narrowed by whatever."""
    add(graph, *CELLS)
    assert table(report.overview(graph, where, POLICIES)) == wanted
    kept_days.keep_today(graph, NOW)
    assert table(kept_days.overview_at(graph, NOW, where, POLICIES)[0]) == wanted
    states = Counter[str]()
    for tally in wanted.values():
        states.update(tally)
    assert [{state: n for state, n in day.states.items() if n} for day in kept_days.trend(graph, NOW, where=where)] == [dict(states)]


def test_what_is_gone_is_no_choice_any_more(graph: Graph) -> None:
    """Sums and choices follow every change; made anew from the cells they are the same."""
    add(graph, *CELLS)
    add(graph, ("firewall-on", "fail", "", "corporate", "Bonn", "Red", "desktop", -7))
    kept = (counts.sums(graph), counts.choices(graph))
    assert kept[1] == {
        "ownership": ("corporate", "personal"),
        "site": ("Bonn", "Lyon"),
        "team": ("Blue", "Red"),
        "cls": ("laptop", "phone"),
    }
    assert table(report.overview(graph, {}, POLICIES))["firewall-on"] == {}
    counts.rebuild(graph)
    again = (counts.sums(graph), counts.choices(graph))
    assert (sorted(map(str, again[0])), again[1]) == (sorted(map(str, kept[0])), kept[1])


def test_an_exception_of_a_site_counts_its_failures(graph: Graph) -> None:
    """Sums know no sites: the cells of that policy are read for it."""
    add(graph, *CELLS)
    words = {"policy": "disk-encryption", "site": "Lyon", "ownership": "personal", "team": "", "cls": "", "ci": "", "name": ""}
    about = {"kind": "exception", "state": "in_force", "until": "2999-01-01", "reason": "r", "requested_by": "a", "requested_at": "2026"}
    waivers.add(graph, {"id": "w1", **words, **about})
    found = {one.policy.id: one.excepted for one in report.overview(graph, {}, POLICIES).tallies}
    assert found == {"disk-encryption": 2, "firewall-on": 0}
    narrowed = report.overview(graph, {"ownership": "corporate"}, POLICIES)
    assert [one.excepted for one in narrowed.tallies] == [0, 0]


@pytest.mark.parametrize(
    ("scope", "where", "wanted"),
    [
        ({"site": "Lyon", "ownership": "personal"}, {}, 2),
        ({"team": "Red"}, {"site": "Lyon"}, 3),
        ({"team": "Blue"}, {"team": "Blue"}, 2),
        ({"cls": "phone"}, {}, 2),
        ({"cls": "phone"}, {"cls": "laptop"}, 0),
        ({"ownership": "corporate"}, {"cls": "laptop"}, 3),
        ({"site": "Bonn"}, {}, 0),
    ],
)
def test_an_exception_of_a_group_counts_then_as_now(graph: Graph, scope: dict[str, str], where: dict[str, str], wanted: int) -> None:
    """Whatever the group is by, and whatever the page is narrowed by."""
    add(graph, *CELLS)
    words = {"policy": "disk-encryption", "ci": "", "name": "", "ownership": "", "site": "", "team": "", "cls": "", **scope}
    about = {"kind": "exception", "state": "in_force", "until": "2999-01-01", "reason": "r", "requested_by": "a", "requested_at": "2026"}
    waivers.add(graph, {"id": "w1", **words, **about, "decided_at": "2026-01-01", "ended_at": ""})
    assert {one.policy.id: one.excepted for one in report.overview(graph, where, POLICIES).tallies}["disk-encryption"] == wanted
    kept_days.keep_today(graph, NOW)
    then = kept_days.overview_at(graph, NOW, where, POLICIES)[0]
    assert {one.policy.id: one.excepted for one in then.tallies}["disk-encryption"] == wanted


def test_a_day_packed_in_base_85_is_read(graph: Graph) -> None:
    """As the release before kept it, in overview and trend."""
    rows = base64.b85encode(zlib.compress(json.dumps([list(cell) for cell in CELLS[:3]]).encode())).decode()
    graph.write("CREATE (d:ComplianceDay {day: '2026-11-20', at: '2026-11-20T12:00:00.000Z', counts: $rows})", rows=rows)
    found = kept_days.overview_at(graph, NOW, {"ownership": "corporate"}, POLICIES)[0]
    assert table(found)["disk-encryption"] == {"pass": 40, "fail": 3}
    assert [day.states["fail"] for day in kept_days.trend(graph, NOW, where={"team": "Blue"})] == [2]


def test_days_of_earlier_releases_are_read(graph: Graph) -> None:
    """A day that was kept as plain cells counts in overview and trend, beside one that was summed."""
    yesterday = NOW - timedelta(days=1)
    graph.write(
        "CREATE (d:ComplianceDay {day: $day, at: $at, counts: $counts})",
        day=yesterday.date().isoformat(),
        at="2026-11-19T12:00:00.000Z",
        counts=json.dumps([list(cell) for cell in CELLS[:2]]),
    )
    add(graph, *CELLS)
    kept_days.keep_today(graph, NOW)
    kept_days.keep_today(graph, NOW)
    assert [(day.day, day.states["fail"]) for day in kept_days.trend(graph, NOW, where={"site": "Lyon"})] == [
        ("2026-11-19", 3),
        ("2026-11-20", 5),
    ]
    assert [day.states["fail"] for day in kept_days.trend(graph, NOW, policy="firewall-on")] == [0, 7]
    assert [day.states["fail"] for day in kept_days.trend(graph, NOW, where={"team": "Nobody"})] == [0, 0]
    assert table(kept_days.overview_at(graph, yesterday, {}, POLICIES)[0])["disk-encryption"] == {"pass": 40, "fail": 3}
    assert compliance_past.last_day(graph, "2026-11-01T00:00:00.000Z") is None
