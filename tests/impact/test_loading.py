"""What a question loads is enough: the same as evaluating the whole graph at once, on random graphs; and it reads each CI once."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from cmdb.graph.door import Graph
from cmdb.impact.answer import answer
from cmdb.impact.evaluate import States, evaluate
from cmdb.impact.network import Edge, Network, Node
from cmdb.impact.paths import Link, Paths
from cmdb.impact.question import ask
from cmdb.model.catalogue import Catalogue

CATALOGUE = Catalogue.load()
CLASSES = ("server", "switch", "router", "service", "cluster", "virtual_machine", "rack", "laptop", "ups")
TYPES = ("depends_on", "runs_on", "hosted_on", "powered_by", "member_of", "part_of", "connected_to", "used_by")
SEEN = "2026-11-{:02d}T10:00:00.000Z"


def sown(graph: Graph, seed: int) -> tuple[list[Node], list[Edge]]:
    """A random graph of up to 30 CIs, a few of them absent, with groups, thresholds, cycles, cables and the same edge twice."""
    dice = random.Random(seed)
    nodes = []
    for n in range(dice.randrange(6, 30)):
        words = {"presence": "absent" if dice.random() < 0.06 else "present", "role": dice.choice(["", "", "core"])}
        words |= {"min_up": dice.choice(["", "any", "2"]), "last_seen_at": SEEN.format(dice.randrange(1, 20))}
        nodes.append(Node(f"{seed}-{n}", dice.choice(CLASSES), f"{seed}-{n}", words))
    edges = []
    for _ in range(int(len(nodes) * dice.choice([0.8, 1.2, 2.0]))):
        one, other = dice.choice(nodes).id, dice.choice(nodes).id
        edges.append(Edge(dice.choice(TYPES), one, other, dice.choice(["", "", "g"]), dice.choice(["", "any", "60%"]), SEEN.format(1)))
    for label in {CATALOGUE.cls(cls).label for cls in CLASSES}:
        rows = [_properties(node) for node in nodes if CATALOGUE.cls(node.cls).label == label]
        graph.write(f"UNWIND $rows AS row CREATE (c:CI:{label}) SET c = row", rows=rows)
    for name in TYPES:
        rows = [_ends(edge) | {"own": _own(edge, place)} for place, edge in enumerate(edges) if edge.type == name]
        graph.write(
            "UNWIND $rows AS row MATCH (a:CI {id: row.source}) MATCH (b:CI {id: row.target}) "
            f"CREATE (a)-[r:{CATALOGUE.relations[name].label}]->(b) SET r = row.own",
            rows=rows,
        )
    return nodes, edges


def _properties(node: Node) -> dict[str, Any]:
    return {"id": node.id, "class": node.cls, "display_name": node.name, "display_lower": node.name, "rev": 1, **node.properties}


def _ends(edge: Edge) -> dict[str, Any]:
    return {"source": edge.source, "target": edge.target}


def _own(edge: Edge, place: int) -> dict[str, Any]:
    return {"key": f"{edge.source}>{place}", "group": edge.group or None, "need": edge.need or None, "last_seen_at": edge.seen}


def evaluated_whole(nodes: list[Node], edges: list[Edge], chosen: set[str]) -> States:
    """Everything that is there (and what is asked about), evaluated at once, without loading."""
    there = [node for node in nodes if node.properties["presence"] == "present" or node.id in chosen]
    ids = {node.id for node in there}
    kept = [edge for edge in edges if edge.source in ids and edge.target in ids]
    cables = [Link(edge.source, edge.target) for edge in kept if edge.type == "connected_to"]
    wired = {end for link in cables for end in (link.one, link.other)}
    core = {node.id for node in there if node.id in wired and node.properties["role"] == "core"}
    core = core or {node.id for node in there if node.id in wired and node.cls in ("router", "firewall")}
    return evaluate(Network(there, kept, CATALOGUE.relations), chosen, Paths(cables, core))


def _web(edges: list[Edge], ids: set[str]) -> set[str]:
    """Everything that any edge leads to from these."""
    found: set[str] = set()
    while ids - found:
        found |= ids
        ids = {end for edge in edges if {edge.source, edge.target} & found for end in (edge.source, edge.target)}
    return found


def test_as_if_all_had_been_loaded(graph: Graph) -> None:
    """Down, redundancy lost and degraded are those of the whole graph, whichever CIs are asked about."""
    sown_graphs = [sown(graph, seed) for seed in range(20)]
    for seed, (nodes, edges) in enumerate(sown_graphs):
        for chosen in ({node.id for node in random.Random(seed + n).sample(nodes, 1 + n % 2)} for n in range(3)):
            # The core that counts is the one the question's own cables lead to, so another web's core must not be there to be marked.
            reach = _web(edges, chosen)
            whole = evaluated_whole([node for node in nodes if node.id in reach], edges, chosen)
            told = answer(graph, CATALOGUE, ask(sorted(chosen)), now=datetime(2026, 11, 22, tzinfo=UTC))
            found = {state: {row["ci"] for row in told[state]} for state in ("down", "loses_redundancy", "degraded")}
            assert found == {"down": set(whole.down), "loses_redundancy": set(whole.thinned), "degraded": set(whole.degraded)}, seed


def test_each_ci_is_read_once(graph: Graph) -> None:
    """A tree of four levels: a statement a level and one for the end, however many are on it; each with where it stands in the chain."""
    graph.write(
        "UNWIND $rows AS row CREATE (c:CI:Server) SET c = row", rows=[_properties(Node(f"c{n}", "server", f"c{n}")) for n in range(156)]
    )
    graph.write(
        "UNWIND range(1, 155) AS n MATCH (a:CI {id: 'c' + toString(n)}) MATCH (b:CI {id: 'c' + toString((n - 1) / 5)}) "
        "CREATE (a)-[:DEPENDS_ON {key: toString(n)}]->(b)"
    )
    with graph.counting() as counter:
        told = answer(graph, CATALOGUE, ask(["c0"]))
    reading = [statement for statement in counter.statements if "collect(type(r))" in statement]
    assert (told["counts"]["down"], len(reading)) == (156, 4)
    assert [step["ci"] for step in told["down"][-1]["because"]] == ["c155", "c30", "c5", "c0"]
    assert {row["depth"] for row in told["down"]} == {0, 1, 2, 3}
