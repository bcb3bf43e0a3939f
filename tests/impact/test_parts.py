"""Ports and disks do not drown the answer: they are told under their device, in the answer, the table, the picture and the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from cmdb.graph.door import Graph
from cmdb.impact.answer import answer
from cmdb.impact.network import Edge, Network, Node
from cmdb.impact.parts import folded, wholes
from cmdb.impact.picture import draw
from cmdb.impact.question import ask
from cmdb.impact.report import as_text, rows_of
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile
from tests.impact.test_answer import MONDAY, firm
from tests.web.conftest import app, cast, catalogue, ledger, services, visit
from tests.web.visitor import Visitor
from web import Services

__all__ = ["app", "cast", "catalogue", "ledger", "services", "visit"]
CATALOGUE = Catalogue.load()


def ports(graph: Graph) -> dict[str, str]:
    """The firm; its database server has twelve ports."""
    ids = firm(graph)
    items = [Item("db", "server", (Identifier("ci", ids["db1"]),), {})]
    items += [Item(f"p{n}", "interface", (Identifier("if_name", f"eth{n}"),), {"name": f"eth{n}"}, parent="db") for n in range(12)]
    reconcile(graph, CATALOGUE, Observation("ports", Source("import", "p"), datetime(2026, 11, 2, tzinfo=UTC), tuple(items)))
    return ids


def test_parts_are_told_apart_and_under_their_device(graph: Graph) -> None:
    """Fifteen are down; the headline is one service and two devices, the twelve ports stand under the server."""
    ids = ports(graph)
    told = answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY))
    assert told["counts"]["down"] == 15
    assert {kind: states["down"] for kind, states in told["kinds"].items()} == {"services": 1, "devices": 2, "others": 0, "parts": 12}
    assert [row["part_of"] for row in told["down"] if row["class"] == "interface"] == [
        {"ci": ids["db1"], "name": "db1", "class": "server"}
    ] * 12
    heads = folded(rows_of(told), CATALOGUE)
    assert [(row["name"], len(row["parts"])) for row in heads] == [("shop", 0), ("sw1", 0), ("db1", 12)]
    assert [part["name"] for part in heads[2]["parts"]][:4] == ["eth0", "eth1", "eth2", "eth3"]
    assert heads[2]["parts"][-1]["name"] == "eth11"
    text = as_text(told)
    assert "    devices   2 down\n" in text
    assert "and 12 parts of devices" in text
    assert "eth3" not in text


def test_the_picture_leaves_parts_out(graph: Graph) -> None:
    """No box for a port; its device says how many go with it, and lines go from device to device."""
    ids = ports(graph)
    drawn = draw(answer(graph, CATALOGUE, ask([ids["sw1"]], window=MONDAY)))
    assert drawn is not None
    assert {box.name: box.parts for box in drawn.boxes} == {"sw1": 0, "db1": 12, "shop": 0}
    assert len(drawn.lines) == 2


def test_a_device_that_only_loses_a_port_says_so(graph: Graph) -> None:
    """The port is chosen: its server goes on and heads it."""
    ids = ports(graph)
    port = graph.read("MATCH (c:CI {display_name: 'eth3'}) RETURN c.id AS id")[0]["id"]
    heads = folded(rows_of(answer(graph, CATALOGUE, ask([port], window=MONDAY))), CATALOGUE)
    assert [(row["ci"], row["state"], [part["name"] for part in row["parts"]]) for row in heads] == [(ids["db1"], "only parts", ["eth3"])]


def test_wholes() -> None:
    """Parts of parts belong to the outermost device; devices and services stand for themselves; a ring ends."""
    classes = {"sw": "switch", "mod": "module", "port": "interface", "app": "application", "blade": "server", "box": "appliance"}
    nodes = [Node(ci, cls, ci) for ci, cls in classes.items()] + [Node("x", "module", "x"), Node("y", "module", "y")]
    pairs = (("mod", "sw"), ("port", "mod"), ("app", "sw"), ("blade", "box"), ("x", "y"), ("y", "x"))
    edges = [Edge("part_of", one, other) for one, other in pairs]
    assert wholes(Network(nodes, edges, CATALOGUE.relations), CATALOGUE) == {"mod": "sw", "port": "sw", "x": "x", "y": "y"}


@pytest.mark.parametrize("address", ["", "&direction=up"])
def test_the_page_folds_parts(services: Services, visit: Callable[[str], Visitor], address: str) -> None:
    """Counts by kind first; the ports behind a disclosure; the file has the device beside each."""
    ids = ports(services.graph)
    page = visit("vera").get(f"/impact?ci={ids['sw1']}&from=2026-11-23T09:00&to=2026-11-23T10:00{address}")
    assert page.status_code == 200
    if not address:
        assert "services: 1 down" in page.text
        assert "devices: 2 down" in page.text
        assert "And 12 parts of devices" in page.text
        assert '12 interfaces <span class="visually-hidden">of db1</span>' in page.text
        assert 'aria-label="db1, Server: down, with 12 parts"' in page.text
        file = visit("vera").get(f"/impact?ci={ids['sw1']}&from=2026-11-23T09:00&to=2026-11-23T10:00&format=csv").text
        assert file.count("eth3,interface,db1") == 1
