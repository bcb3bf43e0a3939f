"""A third people's world: stories by somebody who had read neither the rules nor the two others. In one list."""

from __future__ import annotations

from tests.population import third_arrival, third_chains, third_lives, third_network, third_numbers
from tests.population.troubles import Life

_MODULES = (third_arrival, third_chains, third_numbers, third_network, third_lives)

THIRD: tuple[Life, ...] = tuple(
    life for module in _MODULES for life in vars(module).values() if callable(life) and getattr(life, "__module__", "") == module.__name__
)
