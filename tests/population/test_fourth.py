"""A fourth people's world: copies in one answer, parts that are exchanged, lists of two companies. And what was learned from it."""

from __future__ import annotations

from tests.population.fourth import FOURTH


def test_there_are_many_stories() -> None:
    assert len(FOURTH) >= 100
    assert len({life.__name__ for life in FOURTH}) == len(FOURTH)
    assert all(life.__doc__ for life in FOURTH)
