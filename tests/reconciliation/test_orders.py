"""Splits, joins and distrust as orders: kept by name, carried out again in another graph; loans go along and are never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import Invalid
from cmdb.graph import loans, reviews
from cmdb.graph.door import Graph
from cmdb.loans.desk import Desk, Terms
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.joining import join
from reconciliation.orders import carry_out, left_for
from reconciliation.replay import Replayer
from reconciliation.splitting import split, undo_join
from tests.conftest import empty
from tests.reconciliation.dump import dump
from tests.reconciliation.test_splitting import TOLD, machine

Maker = Callable[..., Observation]


def _laptops(graph: Graph, catalogue: Catalogue, observed: Maker) -> dict[str, str]:
    """Two laptops and two people."""
    items = [
        ("a", "laptop", {"serial": "SER101A"}, {"name": "one"}),
        ("b", "laptop", {"serial": "SER102A"}, {"name": "two"}),
        ("p", "person", {"email": "ada@example.org"}, {"name": "Ada"}),
        ("q", "person", {"email": "bob@example.org"}, {"name": "Bob"}),
    ]
    return {r.ref: r.ci for r in reconcile(graph, catalogue, observed(items, source="import:list")).resolved}


def test_a_device_lent_twice_through_a_join_is_a_question(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Both loans stay; taking one back settles it, and the other still holds the device. Undone, each has its own."""
    ids = _laptops(graph, catalogue, observed)
    desk = Desk(graph, catalogue)
    first = desk.check_out(ids["a"], ids["p"], Terms("2030-01-01"), actor="otto")
    second = desk.check_out(ids["b"], ids["q"], Terms("2030-01-01"), actor="otto")
    keep, gone = sorted((ids["a"], ids["b"]))
    join(graph, catalogue, keep, gone, reason="a slip")
    assert [row["state"] for row in loans.of_device(graph, keep)] == ["open", "open"]
    asked = [row for row in reviews.listed(graph) if row["kind"] == "two-loans"]
    assert [row["candidates"] for row in asked] == [[keep]]
    undo_join(graph, catalogue, gone, **TOLD)
    held = {device: loans.holder(graph, device) for device in (ids["a"], ids["b"])}
    assert {d: row["id"] if row else None for d, row in held.items()} == {ids["a"]: first.id, ids["b"]: second.id}
    assert [row for row in reviews.listed(graph) if row["kind"] == "two-loans"] == []


@pytest.mark.parametrize("ends", [0, 1])
def test_of_two_loans_one_ends(graph: Graph, catalogue: Catalogue, observed: Maker, ends: int) -> None:
    """Whichever comes back, the other holds the device, and the question is settled; nothing is left behind by the undo."""
    ids = _laptops(graph, catalogue, observed)
    desk = Desk(graph, catalogue)
    lent = [desk.check_out(ids[d], ids[p], Terms("2030-01-01"), actor="otto") for d, p in (("a", "p"), ("b", "q"))]
    keep, gone = sorted((ids["a"], ids["b"]))
    join(graph, catalogue, keep, gone, reason="a slip")
    loans.close_loan(graph, lent[ends].id, keep, {"state": "returned"})
    held = loans.holder(graph, keep)
    assert held is not None
    assert held["id"] == lent[1 - ends].id
    assert [row for row in reviews.listed(graph) if row["kind"] == "two-loans"] == []
    undo_join(graph, catalogue, gone, **TOLD)
    now = {device: (loans.holder(graph, device) or {}).get("id") for device in (ids["a"], ids["b"])}
    assert now == {ids["a"]: None if ends == 0 else lent[0].id, ids["b"]: None if ends == 1 else lent[1].id}


def test_the_loan_of_the_one_that_goes_holds_the_one_that_stays(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """And by choice it leaves again with a split."""
    ids = _laptops(graph, catalogue, observed)
    keep, gone = sorted((ids["a"], ids["b"]))
    loan = Desk(graph, catalogue).check_out(gone, ids["p"], Terms("2030-01-01"), actor="otto")
    join(graph, catalogue, keep, gone, reason="a slip")
    held = loans.holder(graph, keep)
    assert held is not None
    assert held["id"] == loan.id
    rows = graph.read("MATCH (s:SourceRecord {ci: $ci}) RETURN s.subject AS s, s.data AS data", ci=keep)
    leaves = next(str(r["s"]) for r in rows if '"SER102A"' in r["data"])
    new = left_for(split(graph, catalogue, keep, [leaves], loans=[loan.id], **TOLD))
    assert (loans.holder(graph, keep), (loans.holder(graph, new) or {})["id"]) == (None, loan.id)


def test_orders_are_carried_out_again_elsewhere(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """In another graph the CIs have other ids; a join, its undo, a split and distrust end in the same graph."""
    seen = [observed(machine(n), [], [("pc", "interfaces", "complete")], minute=n) for n in (1, 2)]
    told = [reconcile(graph, catalogue, one) for one in seen]
    one, two = (next(r.ci for r in t.resolved if r.ref == "pc") for t in told)
    done: list[tuple[str, dict[str, Any], str]] = []

    def order(name: str, **args: Any) -> str:
        made = left_for(carry_out(graph, catalogue, name, {**args, **TOLD}))
        done.append((name, {**args, **TOLD}, made))
        return made

    order("join", ci=one, other=two)
    order("undo_join", gone=two)
    order("join", ci=one, other=two)
    subjects = [
        r["s"] for r in graph.read("MATCH (s:SourceRecord {ci: $ci}) WHERE s.data CONTAINS 'SER102A' RETURN s.subject AS s", ci=one)
    ]
    order("split", ci=one, subjects=subjects)
    order("distrust", source="agent:ocs", subject=subjects[0])
    expected = dump(graph)
    empty(graph)
    again = Replayer(graph, catalogue)
    for observation, changes in zip(seen, told, strict=True):
        again.observe(observation, {r.ref: r.ci for r in changes.resolved}, {})
    for name, args, made in done:
        again.act(name, args, {}, {"decided": made})
    assert dump(graph) == expected


def test_an_unknown_order_is_refused(graph: Graph, catalogue: Catalogue) -> None:
    with pytest.raises(Invalid, match="There is no order 'sell'"):
        carry_out(graph, catalogue, "sell", {})
