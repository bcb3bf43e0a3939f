"""Another people's world: all stories of the foreign modules, in one list. Thought up before ours were read."""

from __future__ import annotations

from tests.population import foreign_cards, foreign_devices, foreign_guests, foreign_lives, foreign_numbers
from tests.population.troubles import Life

_MODULES = (foreign_numbers, foreign_cards, foreign_guests, foreign_devices, foreign_lives)
_NOT_STORIES = ("bare", "turned")

FOREIGN: tuple[Life, ...] = tuple(
    life
    for module in _MODULES
    for name, life in vars(module).items()
    if callable(life) and getattr(life, "__module__", "") == module.__name__ and name not in _NOT_STORIES
)
