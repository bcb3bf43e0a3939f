"""Another people's world: stories thought up before ours were read, and other habits of speaking. Nothing is merged wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import normalise, reconcile
from tests.population.deciding import decide
from tests.population.foreign import FOREIGN
from tests.population.habits import HABITS
from tests.population.running import run
from tests.population.said import Said
from tests.population.telling import Tale, tell
from tests.population.things import World
from tests.population.troubles import Life
from tests.population.voices import catalogue

_HARD = frozenset({"twin_cards_bare", "agents_in_containers", "made_again", "typed_wrong"})
"""What nobody can know from what was said so far: a person is asked until more is said. Nothing is split by it."""


def _tale(lives: tuple[Life, ...], seed: int, times: int = 1) -> Tale:
    world, said, trouble = World(seed), list[Said](), dict[str, str]()
    for life in lives * times:
        for one in life(world):
            said.append(one)
            trouble |= dict.fromkeys((truth for truth in one.truth.values() if truth not in trouble), life.__name__)
    return Tale(tuple(sorted(said, key=lambda one: one.observation.observed_at)), trouble)


def test_there_are_many_stories() -> None:
    assert len(FOREIGN) >= 60
    assert len({life.__name__ for life in FOREIGN}) == len(FOREIGN)


@pytest.mark.parametrize("life", FOREIGN, ids=lambda life: life.__name__)
def test_a_foreign_story_merges_and_splits_nothing(life: Life) -> None:
    """Each story three times in one world."""
    found = decide(catalogue(), _tale((life,), 41, 3))
    total = found.total
    assert (total.merged, total.split) == (0, 0), found.examples
    if life.__name__ not in _HARD:
        assert total.asked == 0, found.table()


@pytest.mark.parametrize("habit", sorted(HABITS))
def test_other_habits_of_speaking_merge_nothing(habit: str) -> None:
    """All in a minute, over two years, late, twice, in batches: what is one thing does not hang on it."""
    found = decide(catalogue(), HABITS[habit](tell(250, 7, FOREIGN), 7))
    total = found.total
    assert total.merged == 0, found.examples
    assert total.split <= 0.02 * total.things, found.examples


def test_one_observation_may_prove_two_things_that_it_made_itself_to_be_one(graph: Graph) -> None:
    """An export lists one box three times: by serial, by UUID and card, and by both numbers. Nothing of it is in the graph yet."""
    serial, unique, card = Identifier("serial", "7XK2M13", "Dell"), Identifier("uuid", str(uuid4())), Identifier("mac", "00:1b:21:00:00:01")
    rows = [("a", (serial,)), ("b", (unique, card)), ("c", (serial, unique, card))]
    items = tuple(Item(ref, "server", known, {"description": ref}) for ref, known in rows)
    for _ in range(2):
        told = Observation(uuid7(), Source("api", "export"), datetime(2026, 3, 1, tzinfo=UTC), items)
        changes = reconcile(graph, catalogue(), told)
        assert len({resolved.ci for resolved in changes.resolved}) == 1
    assert [row["n"] for row in graph.read("MATCH (c:Server) RETURN count(c) AS n")] == [1]


def test_foreign_stories_on_a_real_graph_go_as_in_memory(embedded_graph: Graph) -> None:
    tale = _tale(FOREIGN[::4], 9)
    found, thought = run(embedded_graph, Catalogue.load(), tale), decide(catalogue(), tale)
    assert found.total.merged == 0, found.examples
    assert [(r.kind, r.things, r.split) for r in found.rows] == [(r.kind, r.things, r.split) for r in thought.rows]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("0:1b:21:a:b:c", "001b210a0b0c"),
        ("0x001B210A0B0C", "001b210a0b0c"),
        ("001b.210a.0b0c", "001b210a0b0c"),
        ("00-1B-21-0A-0B-0C", "001b210a0b0c"),
        ("1:2:3:4:5", None),
        ("100:1b:21:a:b:c", None),
    ],
)
def test_addresses_of_cards_in_all_spellings(written: str, means: str | None) -> None:
    assert normalise.mac(written) == means


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("35-209900-176148-1", "35209900176148"),
        ("35209900176148", "35209900176148"),
        ("3520990017614823", "35209900176148"),
        ("352099001761481, 352099001761499", "35209900176148"),
        ("3520990017614", None),
        ("35209900176148123", None),
    ],
)
def test_an_imei_is_its_fourteen_digits(written: str, means: str | None) -> None:
    """The check digit and the version of the software are no part of it (3GPP TS 23.003)."""
    assert normalise.imei(written) == means


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("SN 5CG1234ABC", "5cg1234abc"),
        ("S/N5CG1234ABC", "5cg1234abc"),
        ("(S) 5CG1234ABC", "5cg1234abc"),
        ("Serial Number 5CG1234ABC", "5cg1234abc"),
        ("SN5CG1234", "sn5cg1234"),
        ("Dell 7XK2M13", "7xk2m13"),
        ("HP-5CG1234ABC", "5cg1234abc"),
        ("HP-1234", "hp1234"),
        ("Dell tag", "delltag"),
        ("VMware-56 4d 11 22", "vmware564d1122"),
        ("Serial Number", "serialnumber"),
        ("System Serial Number", "systemserialnumber"),
    ],
)
def test_labels_before_a_serial_go_and_what_looks_like_one_stays(written: str, means: str) -> None:
    assert normalise.serial(written) == means
