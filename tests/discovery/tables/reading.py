"""How the tests of tables read one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Item
from discovery.tables import TableResult, read_table

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def read(table: str | bytes, **options: Any) -> TableResult:
    """Read a table called warehouse.csv."""
    data = table.encode() if isinstance(table, str) else table
    return read_table(data, CATALOGUE, **{"source_name": "warehouse.csv", "now": NOW, **options})


def rows(result: TableResult) -> list[Item]:
    """The items that rows describe (not those that are only mentioned)."""
    covered = {seen.item for seen in result.observation.coverage}
    return [item for item in result.observation.items if item.ref in covered]


def only(result: TableResult) -> Item:
    """The one thing a table without errors describes."""
    assert result.errors == ()
    (item,) = rows(result)
    return item


def told(result: TableResult) -> list[str]:
    """The errors as a person reads them."""
    return [str(error) for error in result.errors]


def identifiers(item: Item) -> dict[str, str]:
    """Kind → value."""
    return {one.kind: one.value for one in item.identifiers}


def relations(result: TableResult) -> set[tuple[str, str, str]]:
    """(type, a strong or the first identifier of the source, the same of the target)."""
    items = {item.ref: item for item in result.observation.items}

    def name(ref: str) -> str:
        known = identifiers(items[ref])
        return next((known[kind] for kind in ("name", "email", "asset_tag") if kind in known), next(iter(known.values())))

    return {(one.type, name(one.source), name(one.target)) for one in result.observation.relations}
