"""A fourth people's world: stories by somebody who had read neither the rules nor the three others. In one list."""

from __future__ import annotations

from tests.population import (
    fourth_boxes,
    fourth_guests,
    fourth_lists,
    fourth_more,
    fourth_network,
    fourth_power,
    fourth_repairs,
    fourth_systems,
)
from tests.population.troubles import Life

_MODULES = (fourth_guests, fourth_repairs, fourth_lists, fourth_systems, fourth_network, fourth_power, fourth_boxes, fourth_more)

FOURTH: tuple[Life, ...] = tuple(
    life for module in _MODULES for life in vars(module).values() if callable(life) and getattr(life, "__module__", "") == module.__name__
)
