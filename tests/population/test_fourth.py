"""A fourth people's world: copies in one answer, parts that are exchanged, lists of two companies. And what was learned from it."""

from __future__ import annotations

import pytest

from reconciliation import normalise
from tests.population.deciding import decide
from tests.population.fourth import FOURTH
from tests.population.habits import HABITS
from tests.population.telling import Tale, tell
from tests.population.things import World
from tests.population.troubles import Life
from tests.population.voices import catalogue

_ASKED = frozenset({"portal_and_guest", "imaged_by_one_adapter", "renamed_and_repaired", "cut_serials", "laptops_with_a_radio"})
"""What nobody can know from what was said so far: a person is asked. (In memory no question closes by later words.)"""
_HARD = frozenset({"renamed_and_repaired", "guest_comes_from_another_platform", "cut_serials"})
"""Nothing but one number of a whole machine is the same, or everything but its one number: two by what was said, and it was one."""


def _tale(life: Life, seed: int) -> Tale:
    said = sorted(life(World(seed)), key=lambda one: one.observation.observed_at)
    return Tale(tuple(said), {truth: life.__name__ for one in said for truth in one.truth.values()})


def test_there_are_many_stories() -> None:
    assert len(FOURTH) >= 100
    assert len({life.__name__ for life in FOURTH}) == len(FOURTH)
    assert all(life.__doc__ for life in FOURTH)


@pytest.mark.parametrize("life", FOURTH, ids=lambda life: life.__name__)
def test_a_story_of_the_fourth_merges_and_splits_nothing(life: Life) -> None:
    found = decide(catalogue(), _tale(life, 43))
    total = found.total
    assert (total.merged, total.unseen) == (0, 0), found.examples
    assert total.split == 0 or life.__name__ in _HARD, found.examples
    assert total.asked == 0 or life.__name__ in _ASKED, found.table()


@pytest.mark.parametrize("habit", ["late", "in_batches", "over_two_years"])
def test_other_habits_of_speaking_merge_nothing(habit: str) -> None:
    found = decide(catalogue(), HABITS[habit](tell(300, 7, FOURTH), 7))
    assert found.total.merged == 0, found.examples
    assert found.total.split <= 0.02 * found.total.things, found.examples


@pytest.mark.parametrize(
    ("vendor", "written", "means"),
    [
        ("lenovo", "1S20XW004MGEPF2ABCDE", "pf2abcde"),
        ("ibm", "1S7946AC1KQ1234X", "kq1234x"),
        ("dell", "SVC TAG: 7XK2M13", "7xk2m13"),
        ("dell", "Service Tag 7XK2M13", "7xk2m13"),
    ],
)
def test_what_a_gun_reads_from_a_label_is_the_serial(vendor: str, written: str, means: str) -> None:
    """Makers print type and serial in one bar code, and people read the label's own word with it."""
    assert normalise.serial_of(vendor, normalise.serial(written) or "") == means
