"""Two tagged laptops, two people, in the graph of the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile
from web import Services

DUE = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()


@pytest.fixture
def stock(services: Services) -> dict[str, str]:
    """Name → id of what the desk works with."""
    items = (
        Item("l1", "laptop", (Identifier("asset_tag", "IT-0001"),), {"name": "Latitude 1", "ownership": "loaned", "status": "in_stock"}),
        Item("l2", "laptop", (Identifier("asset_tag", "IT-0002"),), {"name": "<b>Two</b>", "ownership": "loaned", "status": "in_stock"}),
        Item("ada", "person", (Identifier("email", "ada@example.org"),), {"name": "Ada", "work_mode": "remote"}),
        Item("bob", "person", (Identifier("email", "bob@example.org"),), {"name": "Bob"}),
    )
    seen = Observation("o", Source("import", "x"), datetime(2026, 11, 1, tzinfo=UTC), items)
    done = reconcile(services.graph, services.catalogue, seen)
    return {r.ref: r.ci for r in done.resolved}
