"""Two laptops with tags, two people, a desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.graph.door import Graph
from cmdb.loans.desk import Desk, Terms
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile

CATALOGUE = Catalogue.load()


@dataclass(frozen=True)
class Counter:
    """What the tests work with."""

    graph: Graph
    desk: Desk
    laptop: str
    spare: str
    ada: str
    bob: str

    def terms(self, days: int = 7, **more: object) -> Terms:
        """Due in so many days."""
        return Terms((datetime.now(UTC).date() + timedelta(days=days)).isoformat(), **more)  # type: ignore[arg-type]


@pytest.fixture
def counter(graph: Graph) -> Counter:
    """The counter."""
    items = (
        Item("l1", "laptop", (Identifier("asset_tag", "IT-0001"), Identifier("serial", "SER0001")), {"name": "Latitude 1"}),
        Item("l2", "laptop", (Identifier("asset_tag", "IT-0002"), Identifier("serial", "SER0002")), {"name": "Latitude 2"}),
        Item("ada", "person", (Identifier("email", "ada@example.org"),), {"name": "Ada", "work_mode": "remote"}),
        Item("bob", "person", (Identifier("email", "bob@example.org"),), {"name": "Bob"}),
    )
    done = reconcile(graph, CATALOGUE, Observation("o", Source("import", "x"), datetime(2026, 11, 1, tzinfo=UTC), items))
    ids = {r.ref: r.ci for r in done.resolved}
    return Counter(graph, Desk(graph, CATALOGUE), ids["l1"], ids["l2"], ids["ada"], ids["bob"])
