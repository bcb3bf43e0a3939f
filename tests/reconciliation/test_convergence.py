"""Whatever the order, and however often: the same observations end in the same graph."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import preview, reconcile
from tests.conftest import empty
from tests.reconciliation.dump import dump

Maker = Callable[..., Observation]
SOURCES = ("agent:ocs", "agent:glpi", "ssh:scan", "snmp:scan", "import:list", "person:edit")


@pytest.fixture(scope="module")
def machines() -> list[dict[str, Any]]:
    """Six machines that differ in every strong identifier."""
    return [{"serial": f"SER10{n}A", "mac": f"00:1b:21:00:00:0{n}", "hostname": f"host{n}", "machine_id": f"{n}" * 32} for n in range(1, 7)]


@st.composite
def sightings(draw: st.DrawFn) -> list[tuple[int, str, int, list[str], dict[str, str], tuple[str, ...]]]:
    """(machine, source, minute, identifier kinds shown, attributes, interfaces listed)."""
    rows = []
    for minute in range(draw(st.integers(2, 7))):
        kinds = ["serial", *draw(st.lists(st.sampled_from(["mac", "hostname", "machine_id"]), unique=True))]
        attributes = {"model": draw(st.sampled_from(["A", "B"])), "os_version": draw(st.sampled_from(["11", "12"]))}
        ports = tuple(draw(st.lists(st.sampled_from(["eth0", "eth1", "wlan0"]), unique=True)))
        rows.append((draw(st.integers(0, 2)), draw(st.sampled_from(SOURCES)), minute, kinds, attributes, ports))
    return rows


def _observations(observed: Maker, machines: list[dict[str, Any]], rows: list[Any]) -> list[Observation]:
    made = []
    for machine, source, minute, kinds, attributes, ports in rows:
        known = machines[machine]
        items: list[tuple[Any, ...]] = [("pc", "server", {k: known[k] for k in kinds}, attributes)]
        items += [(port, "interface", {"if_name": port}, {"mtu": 1500}, "pc") for port in ports]
        made.append(observed(items, coverage=[("pc", "interfaces", "complete")], source=source, minute=minute))
    return made


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=sightings(), seed=st.integers(0, 1000))
def test_order_and_repetition_do_not_matter(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, machines: list[dict[str, Any]], rows: list[Any], seed: int
) -> None:
    """In order once; shuffled and twice: one canonical dump. And a preview afterwards promises nothing."""
    made = _observations(observed, machines, rows)
    empty(embedded_graph)
    for one in made:
        reconcile(embedded_graph, catalogue, one)
    expected = dump(embedded_graph)
    empty(embedded_graph)
    shuffled = [*made, *made]
    random.Random(seed).shuffle(shuffled)
    for one in shuffled:
        reconcile(embedded_graph, catalogue, one)
    assert dump(embedded_graph) == expected
    assert all(preview(embedded_graph, catalogue, one).changes == () for one in made)


def test_the_order_of_items_does_not_matter(graph: Graph, catalogue: Catalogue, observed: Maker, machines: list[dict[str, Any]]) -> None:
    """Reversed items and relations make the same graph."""
    items: list[tuple[Any, ...]] = [(f"m{n}", "server", known, {"model": "A"}) for n, known in enumerate(machines)]
    relations = [("depends_on", f"m{n}", f"m{n + 1}") for n in range(5)]
    reconcile(graph, catalogue, observed(items, relations))
    expected = dump(graph)
    empty(graph)
    reconcile(graph, catalogue, observed(items[::-1], relations[::-1]))
    assert dump(graph) == expected
