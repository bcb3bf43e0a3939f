"""A third people's world: who speaks first, chains, numbers that come late or change their form. And what was learned from it."""

from __future__ import annotations

import pytest

from cmdb.model.observation import Identifier
from reconciliation import normalise
from reconciliation.evidence import evidence_of
from tests.population.deciding import decide
from tests.population.habits import HABITS
from tests.population.telling import Tale, tell
from tests.population.things import World
from tests.population.third import THIRD
from tests.population.troubles import Life
from tests.population.voices import catalogue

_ASKED = frozenset({"name_given_on", "four_links", "card_of_ten", "words_of_small_boards", "without_cards_and_numbers",
    "numbers_one_by_one",
                    "one_box_two_orders", "phones_of_one_owner"})  # fmt: skip
"""What nobody can know from what was said so far: a person is asked until more is said. (In memory no question closes by later words.)"""


def _tale(life: Life, seed: int) -> Tale:
    said = sorted(life(World(seed)), key=lambda one: one.observation.observed_at)
    return Tale(tuple(said), {truth: life.__name__ for one in said for truth in one.truth.values()})


def test_there_are_many_stories() -> None:
    assert len(THIRD) >= 80
    assert len({life.__name__ for life in THIRD}) == len(THIRD)


@pytest.mark.parametrize("life", THIRD, ids=lambda life: life.__name__)
def test_a_story_of_the_third_merges_and_splits_nothing(life: Life) -> None:
    found = decide(catalogue(), _tale(life, 43))
    total = found.total
    assert (total.merged, total.split, total.unseen) == (0, 0, 0), found.examples
    if life.__name__ not in _ASKED:
        assert total.asked == 0, found.table()


@pytest.mark.parametrize("habit", ["late", "in_batches"])
def test_other_habits_of_speaking_merge_nothing(habit: str) -> None:
    found = decide(catalogue(), HABITS[habit](tell(90, 7, THIRD), 7))
    assert found.total.merged == 0, found.examples
    assert found.total.split <= 0.02 * found.total.things, found.examples


@pytest.mark.parametrize(
    ("vendor", "written", "means"),
    [
        ("dell", "25326086259", "bmuhx83"),
        ("dell", "bmuhx83", "bmuhx83"),
        ("dell", "123456789", "123456789"),
        ("acer", "25326086259", "25326086259"),
    ],
)
def test_an_express_service_code_is_the_service_tag(vendor: str, written: str, means: str) -> None:
    """Dell's labels bear both. What would be no tag of seven characters stays as it is."""
    assert normalise.serial_of(vendor, written) == means


@pytest.mark.parametrize(
    ("serial", "shows"),
    [
        ("VMware-56 4d 11 22 33 44 55 66-77 88 99 aa bb cc dd ee", True),
        ("564d1122-3344-5566-7788-99aabbccddee", True),
        ("FCW1929B68S", False),
        ("VMware-56 4d 11 22", False),
    ],
)
def test_a_guest_that_shows_no_uuid_may_have_it_in_its_serial(serial: str, shows: bool) -> None:
    """An appliance over SNMP shows the serial only; the manager knows the guest by its UUID."""
    found = evidence_of((Identifier("serial", serial, "VMware"),), catalogue().cls("virtual_machine"))
    assert [e.value for e in found if e.kind == "uuid"] == ([normalise.uuid("564d112233445566778899aabbccddee")] if shows else [])
