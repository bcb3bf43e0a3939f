"""What one list of the sample organisation says that could be two things: a question for a person, so that a newcomer meets one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.sample.plan import Endpoint, Organisation

SOURCE = Source("import", "repairs.csv")


def doubts(made: Organisation) -> Iterator[Observation]:
    """A line of the workshop's list: no serial number, and the network addresses of two laptops that stood on the same bench.

    It comes after the reports of both. Nothing where there are not two such laptops; nothing is drawn for it.
    """
    pair = [one for one in made.endpoints if _plain(one)][:2]
    if len(pair) == 2:
        shown = tuple(Identifier("mac", one.mac) for one in pair)
        line = Item("line 1", "laptop", shown, {"description": "Workshop: new battery, keyboard cleaned."})
        yield Observation(uuid7(), SOURCE, made.now, (line,), note="the workshop's list of repairs")


def _plain(one: Endpoint) -> bool:
    """A laptop of the house that reports and has no trouble: known by its card."""
    return one.cls == "laptop" and one.ownership == "corporate" and one.system == "windows" and not one.trouble
