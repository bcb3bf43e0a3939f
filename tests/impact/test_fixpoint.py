"""The pure engine: against a naive evaluator and naive path counting on random graphs, and the shapes that broke other products."""

from __future__ import annotations

import random
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.impact.cutsets import cut_sets
from cmdb.impact.evaluate import evaluate
from cmdb.impact.explain import Explainer
from cmdb.impact.network import Edge, Network, Node, threshold
from cmdb.impact.paths import Link, Paths
from cmdb.model.catalogue import Catalogue

RELATIONS = Catalogue.load().relations
_POINTS = [f"n{number}" for number in range(7)]
_EDGES = st.lists(
    st.builds(
        Edge,
        st.sampled_from(["depends_on", "member_of", "powered_by", "used_by"]),
        st.sampled_from(_POINTS),
        st.sampled_from(_POINTS),
        st.sampled_from(["", "g"]),
        st.sampled_from(["", "any", "2", "50%"]),
    ),
    max_size=20,
)
_LINKS = st.lists(st.builds(Link, st.sampled_from(_POINTS), st.sampled_from(_POINTS), st.just(())), max_size=12)
_DOWN = st.sets(st.sampled_from(_POINTS), max_size=3)


def net(*edges: Edge, more: tuple[Node, ...] = ()) -> Network:
    """A network of servers with these edges."""
    ids = {end for edge in edges for end in (edge.source, edge.target)} | set(_POINTS)
    return Network([*more, *(Node(ci, "server", ci) for ci in sorted(ids) if ci not in {n.id for n in more})], edges, RELATIONS)


def naive(network: Network, links: list[Link], anchors: set[str], chosen: set[str]) -> set[str]:
    """Round after round over everything until nothing changes."""
    start = _reached(links, anchors, set())
    down, before = set(chosen), None
    while down != before:
        before = set(down)
        for who, groups in network.groups.items():
            if any(sum(m not in down for m in group.members) < group.k for group in groups):
                down.add(who)
        if down == before:
            down |= start - _reached(links, anchors, down)
    return down


def _reached(links: list[Link], anchors: set[str], gone: set[str]) -> set[str]:
    found = anchors - gone
    while (
        more := {b for link in links for a, b in ((link.one, link.other), (link.other, link.one)) if a in found and b not in gone} - found
    ):
        found |= more
    return found


@settings(max_examples=300)
@given(_EDGES, _LINKS, _DOWN, st.sets(st.sampled_from(_POINTS), max_size=2), st.randoms(use_true_random=False))
def test_least_fixpoint_in_any_order(
    edges: list[Edge], links: list[Link], chosen: set[str], anchors: set[str], dice: random.Random
) -> None:
    """The same as the naive evaluator, whatever the order of what was loaded; every chain ends at a chosen CI."""
    network = net(*edges)
    states = evaluate(network, chosen, Paths(links, anchors))
    assert set(states.down) == naive(network, links, anchors, chosen)
    dice.shuffle(edges)
    dice.shuffle(links)
    again = evaluate(net(*edges), sorted(chosen, reverse=True), Paths([Link(link.other, link.one) for link in links], anchors))
    assert (again.down, again.thinned, again.degraded) == (states.down, states.thinned, states.degraded)
    explainer = Explainer(network, states)
    for ci in states.affected():
        assert explainer.chain(ci)[-1].ci in chosen
    for ci, cause in states.thinned.items():
        assert ci not in states.down
        assert cause.down


@settings(max_examples=300)
@given(_LINKS, st.sets(st.sampled_from(_POINTS), min_size=1, max_size=2), _DOWN)
def test_last_path_against_trying_every_single_failure(links: list[Link], anchors: set[str], down: set[str]) -> None:
    """Two ways: no single other device (but the core as a whole) and no single cable cuts it off."""
    paths = Paths(links, anchors)
    unique = {tuple(sorted((link.one, link.other))) for link in links if link.one != link.other}
    cables = [Link(pair[0], pair[1]) for pair in sorted(unique)]

    def doubly(gone: set[str]) -> set[str]:
        left = [c for c in cables if c.one not in gone and c.other not in gone]
        # The core is one end: with all core devices merged, a lost core device is no single failure of the way.
        found = _reached(left, anchors - gone, set()) - anchors
        for point in set(_POINTS) - anchors:
            found &= _reached(left, anchors - gone, {point}) | {point}
        for cable in left:
            found &= _reached([c for c in left if c != cable], anchors - gone, set())
        return found

    assert paths.last_path(down) == (doubly(set()) & _reached(cables, anchors - down, down)) - down - doubly(down)


def test_web1_or_web2_and_db1() -> None:
    """The sentence every tool should be able to say."""
    web = [Edge("depends_on", "shop", ci, "web", "any") for ci in ("web1", "web2")]
    network = net(*web, Edge("depends_on", "shop", "db1"))
    cases = {("web1",): "degraded", ("web1", "web2"): "down", ("db1",): "down", (): "up"}
    assert {chosen: evaluate(network, chosen).of("shop") for chosen in cases} == cases
    found = cut_sets(network, "shop", ["web1", "web2", "db1"])
    assert (found.sets, found.complete_up_to) == ((("db1",), ("web1", "web2")), 3)
    assert cut_sets(network, "shop", ["web1", "web2", "db1"], work=30).complete_up_to == 0


def test_direction_percent_and_count() -> None:
    """A member's loss does not travel to the host it runs on; 2 of 3, half of five, a cluster's own need."""
    cluster = Node("c", "cluster", "c", {"min_up": "2"})
    network = net(*(Edge("member_of", f"m{n}", "c") for n in range(3)), Edge("runs_on", "app", "c"), more=(cluster,))
    assert evaluate(network, ["app"]).affected() == {"app"}
    assert evaluate(network, ["m0"]).of("c") == "degraded"
    assert evaluate(network, ["m0"]).degraded == {"app": "c"}
    assert set(evaluate(network, ["m0", "m1"]).down) == {"m0", "m1", "c", "app"}
    assert set(evaluate(network, ["m0", "m1"], exclude=["c"]).down) == {"m0", "m1"}
    half = net(*(Edge("depends_on", "s", f"m{n}", "half", "50%") for n in range(5)))
    assert (evaluate(half, ["m0", "m1"]).of("s"), evaluate(half, ["m0", "m1", "m2"]).of("s")) == ("degraded", "down")


def test_depth_order_and_cycles() -> None:
    """A long way and a short way to the same CI, both counted; mutual need pulls nothing down by itself."""
    long = net(
        Edge("depends_on", "z", "a", "r", "any"),
        Edge("depends_on", "z", "c", "r", "any"),
        Edge("depends_on", "c", "b"),
        Edge("depends_on", "b", "a"),
    )
    assert set(evaluate(long, ["a"]).down) == {"a", "b", "c", "z"}
    ring = net(Edge("depends_on", "a", "b"), Edge("depends_on", "b", "a"))
    assert evaluate(ring, []).affected() == set()
    assert set(evaluate(ring, ["b"]).down) == {"a", "b"}


def test_chained_diamonds_are_linear() -> None:
    """2^n ways through n diamonds; 5,000 of them in well under the time that ways would take."""
    edges = [
        e for n in range(5000) for s in "lr" for e in (Edge("depends_on", f"{s}{n}", f"d{n}"), Edge("depends_on", f"d{n + 1}", f"{s}{n}"))
    ]
    network, started = net(*edges), time.perf_counter()
    states = evaluate(network, ["d0"])
    assert len(states.down) == 15_001
    assert Explainer(network, states).depth["d5000"] == 10_000
    assert time.perf_counter() - started < 5


def test_cables_seen_twice_are_one_and_ports_fall_with_them() -> None:
    """LLDP at both ends, and a table without ports: one cable. A second cable is a second way."""
    seen = [Link("sw", "core", ("p1", "q1")), Link("core", "sw", ("q1", "p1")), Link("sw", "core")]
    assert Paths(seen, {"core"}).last_path({"p1"}) == set()
    assert Paths(seen, {"core"}).cut_off({"p1"}) == {"sw"}
    assert Paths([*seen, Link("sw", "core", ("p2", "q2"))], {"core"}).last_path({"p1"}) == {"sw"}


@pytest.mark.parametrize(
    ("need", "members", "k"),
    [("all", 3, 3), ("any", 3, 1), ("2", 3, 2), ("9", 3, 3), ("0", 3, 1), ("50%", 5, 3), ("0%", 5, 1), ("²", 3, 3), ("most", 3, 3)],
)
def test_threshold(need: str, members: int, k: int) -> None:
    """Counts, percentages rounded up, and the cautious reading of what cannot be read."""
    assert threshold(need, members) == k


def test_smallest_cuts_against_all_sets() -> None:
    """Random series-parallel nets: the minimal sets are exactly those that brute force finds."""
    dice = random.Random(7)
    for _ in range(30):
        edges = [Edge("depends_on", "s", f"n{n}", dice.choice("xy"), dice.choice(["any", "2"])) for n in range(5)]
        network = net(*edges)
        fatal = [set(c) for size in (1, 2, 3) for c in combinations(_POINTS[:5], size) if "s" in evaluate(network, c).down]
        minimal = {tuple(sorted(c)) for c in fatal if not any(other < c for other in fatal)}
        assert set(cut_sets(network, "s", _POINTS[:5]).sets) == minimal
