"""The graph made again from the ledger: the same CIs, identifiers, relations, values, history and answers; only ids differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.errors import Conflict, Invalid
from cmdb.graph import reviews
from cmdb.intake import submit_observation
from cmdb.intake.acts import answer_now, apply_now
from cmdb.inventory import edit
from cmdb.inventory.look_back import ci_at
from cmdb.inventory.moment import Moment
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.replay import Replayed, replay
from reconciliation import answer, reconcile, take_back
from tests.conftest import empty
from tests.reconciliation.conftest import START, catalogue, observed
from tests.reconciliation.dump import dump, history

__all__ = ["catalogue", "observed"]
Maker = Callable[..., Observation]
MACS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")
LAPTOPS = [{"hostname": f"desk-{7 + n}", "mac": mac, "machine_id": str(n + 1) * 32} for n, mac in enumerate(MACS)]
MIXED = {"mac": MACS[0], "machine_id": "2" * 32}
"""The network card of the one and the installation of the other: a person must say which it is."""


def _now(house: House, seen: Observation) -> Changes:
    return apply_now(house.ledger, house.graph, seen, lambda said: reconcile(house.graph, house.catalogue, said))


def _answer(house: House, choice: str, pick: int = 0) -> str:
    row = reviews.listed(house.graph)[0]
    review, ci = str(row["id"]), str(row["candidates"][pick])
    said = {"choice": choice, "ci": ci, "by": "otto", "reason": "the label"}
    work = lambda: answer(house.graph, house.catalogue, review, choice, ci, by="otto", reason="the label")  # noqa: E731
    answer_now(house.ledger, house.graph, review, said, work)
    return review


def _told(house: House, observed: Maker) -> None:
    """Scans, agents, a late look, ports that go, edits, relations, questions and their answers."""
    ports = [("e0", "interface", {"if_name": "eth0"}, {"mtu": 1500}, "s"), ("e1", "interface", {"if_name": "eth1"}, {}, "s")]
    server = ("s", "server", {"serial": "SRV10001", "hostname": "web1"}, {"os_version": "11"})
    cover = [("s", "interfaces", "complete")]
    made = [
        observed([server, *ports], coverage=cover, source="ssh:scan", software={"s": [("nginx", "1.24"), ("curl", "8")]}),
        observed([server, ports[0]], coverage=cover, source="ssh:scan", minute=20, software={"s": [("nginx", "1.26")]}),
        observed([("s", "server", {"serial": "SRV10001"}, {"os_version": "10"})], source="ssh:scan", minute=10),
        observed([("pay", "service", {"name": "Payroll"}, {"name": "Payroll"})], source="import:list", minute=3),
        observed([("a", "laptop", LAPTOPS[0], {"name": "desk-7"})], source="ssh:a", minute=4),
        observed([("b", "laptop", LAPTOPS[1], {"name": "desk-8"})], source="ssh:b", minute=4),
        observed([("x", "laptop", MIXED, {"name": "desk-9", "model": "M5"})], minute=5),
    ]
    for one in made:
        submit_observation(house.ledger, one, actor="scan")
    work_off(house)
    ids = {str(r["name"]): str(r["id"]) for r in house.graph.read("MATCH (c:CI) RETURN c.id AS id, c.display_name AS name")}
    rows = {str(r["id"]): r for r in (dict(row["c"]) for row in house.graph.read("MATCH (c:CI) RETURN c"))}
    graph, words = house.graph, {"actor": "vera", "reason": "so it is"}
    _now(house, edit.changed(house.catalogue, rows[ids["web1"]], {"criticality": "high"}, **words, rev=None))
    _now(house, edit.related(graph, house.catalogue, "depends_on", ids["Payroll"], ids["web1"], attributes={"need": "1"}, **words))
    _now(house, edit.changed(house.catalogue, rows[ids["eth0"]], {"description": "uplink"}, **words, rev=None))
    review = _answer(house, "different")
    said = {"by": "otto", "reason": "no"}
    answer_now(house.ledger, graph, review, said, lambda: take_back(graph, house.catalogue, review, by="otto", reason="no"))
    _answer(house, "retired-replaced")
    more = observed([("x", "laptop", MIXED, {"model": "M6"})], minute=30)
    submit_observation(house.ledger, more, actor="scan")
    work_off(house)


def _again(house: House) -> Replayed:
    empty(house.graph)
    return replay(house.ledger, house.graph, house.catalogue)


def test_the_same_graph_again(house: House, observed: Maker) -> None:
    """Canonical dump and history of the first graph and of the replayed one are equal; so is what a look back tells."""
    _told(house, observed)
    expected, happened = dump(house.graph), history(house.graph)
    (old,) = (str(r["id"]) for r in house.graph.read("MATCH (c:CI {display_lower: 'web1'}) RETURN c.id AS id"))
    done = _again(house)
    assert done.failed == []
    assert (done.lost, done.acts) == (0, 3)
    assert dump(house.graph) == expected
    assert history(house.graph) == happened
    (new,) = done.pairs[old]
    assert new != old
    then = Moment(times.to_text(START + timedelta(minutes=12)))
    assert ci_at(house.graph, new, then)["os_version"] == "10"
    with pytest.raises(Conflict):
        replay(house.ledger, house.graph, house.catalogue)


def test_what_was_refused_is_not_said_again(house: House, observed: Maker) -> None:
    """A person's edit that failed, told to the person, leaves no trace in the replayed graph; a body that was dropped is counted."""
    submit_observation(house.ledger, observed([("s", "server", {"serial": "SRV10001"}, {"name": "web1"})]), actor="scan")
    work_off(house)

    def refuse(_: Observation) -> Changes:
        raise Invalid("No.")

    with pytest.raises(Invalid):
        apply_now(house.ledger, house.graph, observed([("s", "server", {"serial": "SRV10002"}, {"name": "web2"})]), refuse)
    assert house.ledger.intake.counts()["parked"] == 0
    _again(house)
    assert [r["n"] for r in house.graph.read("MATCH (c:CI) RETURN c.display_name AS n")] == ["web1"]
    house.ledger.intake.forget(times.now() + timedelta(days=1))
    assert _again(house).lost == 1
