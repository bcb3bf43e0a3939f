"""Compliance after a join and its undoing: judged at once, nothing counted twice, exceptions keep what they are about."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from cmdb.cli.applying import ordered
from cmdb.compliance import waivers
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.report import of_endpoint
from cmdb.compliance.waivers import Draft
from cmdb.graph import compliance as store
from cmdb.graph.door import Graph
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import job_turn
from tests.compliance.conftest import NOW, catalogue, few, reporter

__all__ = ["catalogue", "reporter"]
Reporter = Callable[..., str]
BY = {"by": "ada", "reason": "one laptop, registered twice"}


def _counts(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter({json.dumps([row[k] for k in sorted(row) if k != "n"]): row["n"] for row in rows})


def _judged(graph: Graph) -> dict[str, int]:
    rows = graph.read("MATCH (e:Evaluation) RETURN e.ci AS ci, count(*) AS n")
    return {str(row["ci"]): int(row["n"]) for row in rows}


def _work(house: House) -> int:
    done = 0
    while job_turn(house, threading.Event()):
        done += 1
    return done


def test_a_join_and_its_undoing_are_judged_at_once(house: House, reporter: Reporter, monkeypatch: Any) -> None:
    """One set of results after the join; an exception of the one that went covers the one that stays; the undoing gives all of it back."""
    graph = house.graph
    monkeypatch.setattr("cmdb.compliance.basis.active", lambda _graph: few())
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW)
    chores.install()
    one, two = sorted(reporter(graph, f"TWIN{n}7Q", ownership="corporate", disk_encrypted=False) for n in (1, 2))
    evaluate(graph, house.catalogue, few(), [one, two], NOW)
    draft = Draft("disk-encryption", until="2027-03-01", ci=two, reason="The driver does not work.", control="Never leaves the lab.")
    asked = waivers.request(graph, draft, by="otto", now=NOW)
    waivers.decide(graph, asked.id, by="ada", approve=True, now=NOW)
    assert _judged(graph) == {one: 8, two: 8}
    ordered(house, "join", {"ci": one, "other": two, **BY}, apply=True)
    assert _work(house) == 1
    assert _judged(graph) == {one: 8}
    assert graph.read("MATCH (s:EndpointStanding) RETURN s.ci AS ci") == [{"ci": one}]
    assert _counts(store.counts(graph)) == _counts(store.recount(graph))
    assert len(store.past(graph, one)) == 8
    found = of_endpoint(graph, one)
    assert found is not None
    disk = next(row for row in found.results if row.policy.id == "disk-encryption")
    assert (disk.state, disk.waiver.id if disk.waiver else "") == ("fail", asked.id)
    assert [w.ci for w in waivers.listed(graph, ci=one)] == [one]
    ordered(house, "undo_join", {"gone": two, **BY}, apply=True)
    assert _work(house) == 1
    assert _judged(graph) == {one: 8, two: 8}
    assert (waivers.listed(graph, ci=one), [w.id for w in waivers.listed(graph, ci=two)]) == ([], [asked.id])
    assert (store.past(graph, one), len(store.past(graph, two))) == ([], 8)
    assert _counts(store.counts(graph)) == _counts(store.recount(graph))


def test_what_is_only_edited_orders_nothing(house: House, reporter: Reporter) -> None:
    """A dry run neither."""
    one, two = sorted(reporter(house.graph, f"TWIN{n}7Q") for n in (1, 2))
    ordered(house, "join", {"ci": one, "other": two, **BY}, apply=False)
    assert list(house.ledger.jobs.list("judge")) == []
