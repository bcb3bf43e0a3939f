"""Pages over a small graph: a site, a person, two servers, a laptop, as an import and a scan told of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmdb.graph import cis
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile
from tests.web.conftest import app, cast, catalogue, ledger, services, visit
from web import Services

__all__ = ["app", "cast", "catalogue", "ledger", "services", "visit"]

HOSTILE = '<script>alert("x")</script>'


def seen(*items: Item, relations: tuple[Relation, ...] = (), source: Source | None = None, hour: int = 8) -> Observation:
    """An observation of the first of November."""
    number = f"o-{source}-{hour}-{items[0].ref}"
    return Observation(number, source or Source("import", "list.csv"), datetime(2026, 11, 1, hour, tzinfo=UTC), items, relations)


@pytest.fixture
def ids(services: Services) -> dict[str, str]:
    """Name → id of what is in the graph."""
    items = (
        Item("lyon", "site", (Identifier("name", "Lyon"),), {"name": "Lyon"}),
        Item("rita", "person", (Identifier("email", "rita@example.org"),), {"name": "Rita", "email": "rita@example.org"}),
        Item("s1", "server", (Identifier("serial", "SRV0001", "dell"),), {"name": "web1", "serial": "SRV0001", "vendor": "Dell"}),
        Item("s2", "server", (Identifier("serial", "SRV0002", "dell"),), {"name": HOSTILE, "serial": "SRV0002", "vendor": "Dell"}),
        Item("l1", "laptop", (Identifier("serial", "LAP0001", "hp"),), {"name": "lap1", "serial": "LAP0001", "asset_tag": "A77"}),
        Item("pay", "service", (Identifier("name", "Payroll"),), {"name": "Payroll", "maintenance_window": "Sun 02:00-05:00"}),
    )
    relations = (
        Relation("located_in", "s1", "lyon"),
        Relation("used_by", "l1", "rita"),
        Relation("depends_on", "pay", "s1"),
        Relation("used_by", "pay", "rita"),
    )
    reconcile(services.graph, services.catalogue, seen(*items, relations=relations))
    scanned = Item("a", "server", (Identifier("serial", "SRV0001", "dell"),), {"name": "web1.lyon", "os_name": "Debian"})
    reconcile(services.graph, services.catalogue, seen(scanned, source=Source("ssh", "lyon"), hour=9))
    cis.recount(services.graph)
    rows = services.graph.read("MATCH (c:CI) RETURN c.id AS id, c.display_name AS name")
    return {str(row["name"]): str(row["id"]) for row in rows}
