"""A policy that is switched is judged alone, by the job that its page or command orders."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cmdb.compliance import chosen
from cmdb.compliance.evaluate import evaluate
from cmdb.graph import compliance as store
from cmdb.model import times
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import job_turn
from tests.compliance.conftest import catalogue, reporter

__all__ = ["catalogue", "reporter"]


def test_off_ends_its_results_and_on_brings_them_back(house: House, reporter: Callable[..., str]) -> None:
    """No other policy's result is written; the others' last sweep stays what it was."""
    chores.install()
    graph = house.graph
    ci = reporter(graph, "SWITCH7Q", ownership="corporate", firewall_enabled=False)
    evaluate(graph, house.catalogue, chosen.active(graph), [ci], times.now())
    every = {row["policy"]: row["rev"] for row in store.current(graph, [ci])}
    rest = {name: rev for name, rev in every.items() if name != "firewall-on"}
    for on, wanted in ((False, rest), (True, every)):
        chosen.switch(graph, "firewall-on", on=on, by="ada")
        house.ledger.jobs.enqueue(chosen.JUDGE_BY, {"policies": ["firewall-on"]})
        assert job_turn(house, threading.Event())
        assert {row["policy"]: row["rev"] for row in store.current(graph, [ci])} == wanted
        standing = graph.read("MATCH (s:EndpointStanding) RETURN s.ci AS ci, s.worst AS worst")
        assert [(row["ci"], "firewall-on" in row["worst"]) for row in standing] == [(ci, on)]
    assert store.last_sweep(graph) == ""
