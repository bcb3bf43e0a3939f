"""Where it belongs and whose it is: what the enrolment token says, or the tag the agent was given."""

from __future__ import annotations

from cmdb.model.observation import Identifier, Item, Relation
from discovery.reports.privacy import LETTERS
from discovery.reports.sight import DEVICE, Sight

SITE = "site"


def read(sight: Sight) -> None:
    """The ownership as an attribute, the site as a relation to a site of that name."""
    sight.say(ownership=sight.ownership if sight.ownership in LETTERS else "")
    if sight.site:
        sight.items.append(Item(SITE, "site", (Identifier("name", sight.site),)))
        sight.relations.append(Relation("located_in", DEVICE, SITE, part="identity"))
