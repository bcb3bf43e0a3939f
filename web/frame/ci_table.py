"""The table of configuration items: which columns a class has for this viewer, and what its filters ask of the inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from cmdb.graph import cis as store
from cmdb.graph.door import Graph
from cmdb.inventory.list_back import MOST_CIS, listed_at
from cmdb.inventory.listing import everything, find, listed
from cmdb.inventory.look_back import Past
from cmdb.inventory.moment import Moment, moment_of
from cmdb.inventory.query import Filter, Operator, Query, classes_of
from cmdb.inventory.visible import may_see
from cmdb.model.catalogue import Attribute, Catalogue
from web.frame.small import matches
from web.frame.table import Column, TableSpec, TableView

RELATED = {"used_by": "Used by", "owned_by": "Owner", "located_in": "Place", "works_at": "Works at", "belongs_to": "Team"}
"""Relation columns: who has it and where it is; of people where they work and with whom."""
_OF_PEOPLE = ("works_at", "belongs_to")
PAST = ("as_of", "known_at")
"""Query words that ask for the list as it was."""
_PRESENCE = (("present", "present"), ("absent", "absent"))
_AGEING = (("missing", "missing"), ("stale", "stale"), ("retire", "proposed for retirement"))
_YES_NO = (("true", "yes"), ("false", "no"))
_FOUND = 200
_BATCH = 500


def table_of(catalogue: Catalogue, cls: str, role: str, *, own: bool = False) -> TableSpec:
    """The table of a class (`ci`: all) with the columns this role may see. Raises NotFound.

    `own`: the class has a page of its own, so that its address says the class and the query words need not.
    """
    kind = catalogue.cls(cls)
    columns = [
        Column("display_name", "Name", sort=True, filter="text", fixed=True),
        Column("class", "Class", sort=True, shown=kind.abstract, value=lambda row: catalogue.classes[str(row["class"])].title),
    ]
    seen = [one for one in kind.attributes.values() if one.name != "name" and may_see(catalogue, cls, one.name, role)]
    tagged = cls == "ci" or catalogue.is_a(cls, "hardware")
    columns += [_column(one, shown=one.list and (tagged or one.name != "asset_tag")) for one in seen]
    columns += _related_columns(catalogue, cls)
    columns += [
        Column("presence", "Presence", filter="choice", choices=_PRESENCE, shown=False),
        Column("ageing", "Ageing", filter="choice", choices=_AGEING, shown=False),
        Column("sources", "Sources", filter="text", shown=False),
        Column("last_seen_at", "Last seen", sort=True, filter="date"),
        Column("created_at", "First seen", sort=True, filter="date", shown=False),
        Column("updated_at", "Changed", sort=True, filter="date", shown=False),
    ]
    name = "cis" if cls == "ci" else f"cis-{cls.replace('_', '-')}"
    return TableSpec(name, kind.plural, tuple(columns), order="display_name", extra=("q", *PAST) if own else ("class", "q", *PAST))


def _names(relation: str) -> Callable[[Any], object]:
    return lambda row: [name for _, name in row.get("related", {}).get(relation, ())]


def _related_columns(catalogue: Catalogue, cls: str) -> Iterator[Column]:
    person = catalogue.is_a(cls, "person")
    for name, title in RELATED.items():
        if person == (name in _OF_PEOPLE):
            yield Column(name, title, filter="text", value=_names(name), shown=name != "owned_by" or cls == "service")


def _column(attribute: Attribute, *, shown: bool) -> Column:
    pairs = tuple((choice, choice.replace("_", " ")) for choice in attribute.choices)
    pairs = _YES_NO if attribute.type == "boolean" else pairs
    kind = "choice" if pairs else "date" if attribute.type in ("date", "datetime") else "text"
    numeric = attribute.type in ("integer", "number")
    return Column(attribute.name, attribute.title, sort=True, filter=kind, choices=pairs, shown=shown, numeric=numeric)  # type: ignore[arg-type]


def query_of(view: TableView, catalogue: Catalogue) -> Query:
    """What the view asks of the inventory. Raises Invalid, NotFound (class)."""
    place = view.cursor.values if view.cursor else None
    by_key = {column.key: column for column in view.spec.columns}
    return Query(
        classes=classes_of(catalogue, _class_of(view)),
        filters=tuple(Filter(key, _operator(key, by_key[key]), value) for key, value in view.filters.items() if key not in RELATED),
        near=tuple((key, value) for key, value in view.filters.items() if key in RELATED),
        sort=view.order.key,
        descending=view.order.descending,
        after=(str(place[0]), str(place[1])) if place else None,
        backwards=view.backwards,
        limit=view.limit + 1,
    )


def _class_of(view: TableView) -> str:
    """The class a table is of, as its name says (`table_of`)."""
    return view.spec.name.removeprefix("cis").removeprefix("-").replace("-", "_") or "ci"


def _operator(key: str, column: Column) -> Operator:
    if column.filter == "choice":
        return "equals"
    if column.filter == "date":
        return "starts"
    return "has" if key in _LISTS else "contains"


_LISTS = frozenset({"sources", "tags", "ip_addresses", "mac_addresses", "logged_in_users", "seen_clients", "local_admins", "listens"})


def rows_of(graph: Graph, catalogue: Catalogue, view: TableView) -> list[Mapping[str, Any]]:
    """The rows of one page, with who has them and where they are. A search gives its best matches, in one page."""
    if view.extra.get("q"):
        return _searched(graph, catalogue, view)[: view.limit]
    moment = moment_of(view.extra.get("as_of"), view.extra.get("known_at"))
    if moment is not None:
        return [*with_relations(graph, catalogue, listed_at(graph, catalogue, query_of(view, catalogue), moment), moment)]
    return [*with_relations(graph, catalogue, listed(graph, catalogue, query_of(view, catalogue)))]


def all_rows(graph: Graph, catalogue: Catalogue, view: TableView) -> Iterator[Mapping[str, Any]]:
    """Every row of the view, for an export."""
    if view.extra.get("q"):
        return iter(_searched(graph, catalogue, view))
    moment = moment_of(view.extra.get("as_of"), view.extra.get("known_at"))
    if moment is not None:
        rows = listed_at(graph, catalogue, replace(query_of(view, catalogue), limit=MOST_CIS), moment)
        return with_relations(graph, catalogue, rows, moment)
    return with_relations(graph, catalogue, everything(graph, catalogue, query_of(view, catalogue)))


def _searched(graph: Graph, catalogue: Catalogue, view: TableView) -> list[Mapping[str, Any]]:
    wanted = set(classes_of(catalogue, _class_of(view)))
    by_key = {column.key: column for column in view.spec.columns}
    found = (row for row in find(graph, view.extra["q"], limit=_FOUND) if not wanted or row["class"] in wanted)
    return [
        row for row in with_relations(graph, catalogue, found) if all(_fits(by_key[key], row, value) for key, value in view.filters.items())
    ]


def _fits(column: Column, row: Mapping[str, Any], wanted: str) -> bool:
    if column.choices == _YES_NO:
        return row.get(column.key) is (wanted == "true")
    return matches(column, row, wanted)


def with_relations(
    graph: Graph, catalogue: Catalogue, rows: Iterable[Mapping[str, Any]], moment: Moment | None = None
) -> Iterator[Mapping[str, Any]]:
    """The rows with `related`: relation type → [(id, name)], now or at a moment; a few queries for each batch of rows."""
    labels = [catalogue.relations[name].label for name in RELATED]
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        ids = [str(row["id"]) for row in batch]
        related = store.related_names(graph, ids, labels) if moment is None else _related_then(graph, ids, labels, moment)
        yield from ({**row, "related": related.get(str(row["id"]), {})} for row in batch)


def _related_then(graph: Graph, ids: list[str], labels: list[str], moment: Moment) -> dict[str, dict[str, list[tuple[str, str]]]]:
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for edge in Past(graph, moment).edges_of(ids, labels):
        if edge.outward:
            ends = found.setdefault(str(edge.id), {}).setdefault(str(edge.label).lower(), [])
            ends.append((str(edge.other), str(edge.name)))
    return found
