"""A small world of troubles through the real reconciliation: nothing is merged wrongly, and nearly nothing is split or asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.population.deciding import decide
from tests.population.measuring import Measure, measure
from tests.population.network_troubles import several_cards
from tests.population.running import run
from tests.population.said import Said
from tests.population.telling import HEALTHY, TROUBLES, Tale, tell
from tests.population.things import World
from tests.population.troubles import Life
from tests.population.voices import catalogue

_STRANGE = ("copied_troubles", "lent_troubles", "moved_network")
_HARD = frozenset(
    {
        "board_and_serial_lost", "dock_only_bare", "two_adapters", "exchanged", "registers_disagree", "printers_own_names",
        "serial_of_two_makers", "blade_moved", "installed_anew_with_card",
    }
)  # fmt: skip
"""What nobody can know from what was said: a person is asked, or it stays apart until then."""


def small(seed: int) -> Tale:
    """A world in which each kind of trouble happens once."""
    return tell(120, seed)


def _check(found: Measure) -> None:
    total = found.total
    assert total.merged == 0, found.examples
    assert total.split <= 0.02 * total.things, found.examples
    assert total.asked <= 0.03 * total.things, found.table()


def test_a_small_world_on_each_engine(graph: Graph) -> None:
    """Real graph, real formats. (The large worlds run by `python -m tests.population`.)"""
    _check(run(graph, Catalogue.load(), small(seed=1)))


def test_a_server_seen_card_by_card_behind_one_port_becomes_one(embedded_graph: Graph) -> None:
    """The switch claims the links of all three; joining the first two must not touch the third's."""
    said = sorted(several_cards(World(3)), key=lambda one: one.observation.observed_at)
    tale = Tale(tuple(said), dict.fromkeys((truth for one in said for truth in one.truth.values()), "cards"))
    found = run(embedded_graph, Catalogue.load(), tale).total
    assert (found.things, found.merged, found.split, found.asked, found.unseen) == (2, 0, 0, 0, 0)


def test_a_larger_world_decided_in_memory() -> None:
    """Every kind of trouble at least once, on another seed than the one that was looked at while the rules were made."""
    tale = tell(800, 1001)
    assert set(tale.trouble.values()) >= {life.__name__ for life in (*TROUBLES, *HEALTHY)}
    _check(decide(catalogue(), tale))


STRANGE: tuple[Life, ...] = tuple(life for life in TROUBLES if life.__module__.rpartition(".")[2] in _STRANGE)


def _tale(lives: Sequence[Life], seed: int) -> Tale:
    world, said, trouble = World(seed), list[Said](), dict[str, str]()
    for life in lives:
        for one in life(world):
            said.append(one)
            trouble |= dict.fromkeys((truth for truth in one.truth.values() if truth not in trouble), life.__name__)
    return Tale(tuple(sorted(said, key=lambda one: one.observation.observed_at)), trouble)


@pytest.mark.parametrize("life", STRANGE, ids=lambda life: life.__name__)
def test_strange_stories_merge_nothing(life: Life) -> None:
    """Each of the stories that were thought up against the rules, several times in one world."""
    found = decide(catalogue(), _tale([life] * 4, 77))
    total = found.total
    assert total.merged == 0, found.examples
    assert total.unseen == 0
    if life.__name__ not in _HARD:
        assert (total.split, total.asked) == (0, 0), found.examples


def test_strange_stories_on_a_real_graph_go_as_in_memory(embedded_graph: Graph) -> None:
    """All of them in one world: what the graph forgets and remembers beside makes no difference."""
    tale = _tale(STRANGE, 5)
    found, thought = run(embedded_graph, Catalogue.load(), tale), decide(catalogue(), tale)
    assert found.total.merged == 0, found.examples
    assert [(r.kind, r.things, r.merged, r.split, r.unseen) for r in found.rows] == [
        (r.kind, r.things, r.merged, r.split, r.unseen) for r in thought.rows
    ]


def test_the_same_seed_tells_the_same_tale() -> None:
    one, two = tell(60, 5), tell(60, 5)
    assert one.trouble == two.trouble
    assert [s.observation.observed_at for s in one.said] == [s.observation.observed_at for s in two.said]
    assert [[(i.cls, i.identifiers) for i in s.observation.items] for s in one.said] == [
        [(i.cls, i.identifiers) for i in s.observation.items] for s in two.said
    ]


def test_the_measure_counts_what_is_wrong() -> None:
    tale = Tale((), {"a": "x", "b": "x", "c": "y", "d": "y"})
    found = measure(tale, {"a": {"1"}, "b": {"1"}, "c": {"2", "3"}, "d": set()}, {"y": 1})
    assert (found.total.merged, found.total.split, found.total.asked, found.total.unseen) == (2, 1, 1, 1)
    assert "false merges 50.00 %, false splits 25.00 %, in the review queue 25.00 %" in found.table()
