"""Compliance as it was: an endpoint, a policy, the whole; trends; since when; how long repairs took."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cmdb.compliance import kept_days, past
from cmdb.compliance.evaluate import evaluate
from cmdb.errors import Invalid
from cmdb.graph import compliance as store
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, few

Reporter = Callable[..., str]


def test_a_month_of_two_laptops(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """One is repaired after six days, the other fails to the end; each day and moment is told as it was."""

    def day(number: int, **facts: bool) -> None:
        for serial, disk in facts.items():
            reporter(graph, serial, days=-number, ownership="corporate", hostname=serial.lower(), disk_encrypted=disk)
        evaluate(graph, catalogue, few(), None, NOW + timedelta(days=number))

    day(0, LAP001X=False, LAP002X=False)
    one = next(row["ci"] for row in store.listed(graph, ["disk-encryption|fail"], {}, after=("", ""), limit=9) if row["name"] == "lap001x")
    day(6, LAP001X=True, LAP002X=False)
    day(12, LAP001X=True, LAP002X=False)
    policy, later = "disk-encryption", NOW + timedelta(days=12)

    def said(days: int, **where: str) -> dict[str, str]:
        return {row["name"]: row["state"] for row in past.every_at(graph, policy, NOW + timedelta(days=days), where)}

    assert said(-1) == {}
    assert said(3) == {"lap001x": "fail", "lap002x": "fail"}
    assert said(7) == {"lap001x": "pass", "lap002x": "fail"}
    assert said(7, state="fail") == {"lap002x": "fail"}
    first = past.policy_at(graph, policy, NOW + timedelta(days=3), {}, limit=1)
    rest = past.policy_at(graph, policy, NOW + timedelta(days=3), {}, after=(first[-1]["name"], first[-1]["ci"]))
    assert [row["name"] for row in (*first, *rest)] == ["lap001x", "lap002x"]
    then = {row["policy"]: row for row in past.endpoint_at(graph, one, NOW + timedelta(days=3))}
    assert (then[policy]["state"], json.loads(then[policy]["evidence"])[1]["value"]) == ("fail", False)
    assert [(d.day[8:], d.states["pass"], d.states["fail"], d.share) for d in kept_days.trend(graph, later, policy=policy)] == [
        ("22", 0, 2, 0.0),
        ("28", 1, 1, 0.5),
        ("04", 1, 1, 0.5),
    ]
    assert kept_days.trend(graph, later, policy=policy, where={"ownership": "personal"})[0].share is None
    found, at = kept_days.overview_at(graph, NOW + timedelta(days=7), {"ownership": "corporate"})
    assert (at[:10], next(t for t in found.tallies if t.policy.id == policy).states["fail"]) == ("2026-11-28", 1)
    with pytest.raises(Invalid, match="Nothing was kept"):
        kept_days.overview_at(graph, NOW - timedelta(days=7), {})
    mended = past.repairs(graph, policy, later)
    assert (mended.count, mended.mean_h) == (1, 144.0)
    assert past.repairs(graph, "owner-known", later).count == 0
    assert past.repairs_of(graph, policy, later) == mended
    assert past.keep_repairs(graph, [policy, "owner-known"], later) == 2
    assert past.keep_repairs(graph, [policy, "owner-known"], later + timedelta(hours=2)) == 0
    graph.write("MATCH (p:PastEvaluation) DETACH DELETE p")
    assert past.repairs_of(graph, policy, later + timedelta(hours=2)) == mended
    assert past.repairs_of(graph, policy, later - timedelta(hours=1)).count == 0
    assert past.repairs_of(graph, policy, later + timedelta(days=3)).count == 0


def test_failing_since_spans_editions() -> None:
    rows = [
        {"policy": "p", "state": "fail", "since": "2026-11-03", "until": "2026-11-05"},
        {"policy": "p", "state": "fail", "since": "2026-11-01", "until": "2026-11-03"},
        {"policy": "p", "state": "pass", "since": "2026-10-01", "until": "2026-11-01"},
        {"policy": "p", "state": "fail", "since": "2026-09-01", "until": "2026-10-01"},
    ]
    assert past.failing_since({"policy": "p", "state": "fail", "since": "2026-11-05"}, rows) == "2026-11-01"
    assert past.failing_since({"policy": "p", "state": "pass", "since": "2026-11-05"}, rows) == ""


def test_what_was_known_then_stays_told(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """A report of yesterday that arrives today, and says otherwise, changes no result of yesterday."""
    then, today = NOW - timedelta(hours=20), NOW
    ci = reporter(graph, "LATE01X", "agent:glpi", days=2, ownership="corporate", disk_encrypted=False)
    evaluate(graph, catalogue, few(), None, then)
    before = past.endpoint_at(graph, ci, then + timedelta(hours=1))
    reporter(graph, "LATE01X", "agent:glpi", days=1, disk_encrypted=True)
    evaluate(graph, catalogue, few(), None, today)

    def disk(rows: list[dict[str, Any]]) -> tuple[str, str]:
        return next((row["state"], row["since"]) for row in rows if row["policy"] == "disk-encryption")

    after = past.endpoint_at(graph, ci, then + timedelta(hours=1))
    assert disk(after) == disk(before) == ("fail", "2026-11-21T16:00:00.000Z")
    assert disk(past.endpoint_at(graph, ci, today)) == ("pass", "2026-11-22T12:00:00.000Z")
    listed = past.policy_at(graph, "disk-encryption", then + timedelta(hours=1), {})
    assert [(row["ci"], row["state"]) for row in listed] == [(ci, "fail")]
