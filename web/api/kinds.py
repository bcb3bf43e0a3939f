"""`/api/v1/people`, `/api/v1/services`, `/api/v1/catalogue`: two lists people ask for by name, and the kinds of things."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import Field, RootModel

from cmdb.graph import cis as store
from cmdb.inventory.listing import listed, place_of
from cmdb.inventory.query import Filter, Query
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import Ci
from web.auth.permissions import Permission, needs
from web.services import services

api = api_blueprint("kinds", "People, services, and the catalogue of classes.")


class NamedQuery(ListQuery):
    """Which of them."""

    name: str | None = Field(default=None, max_length=200, description="Only those whose name contains this.")


class Related(Ci):
    """A CI with what it is related to."""

    related: dict[str, list[dict[str, str]]] = Field(description="Relation type → the other ends (id, name), outward.")


def _list(cls: str, relations: tuple[str, ...], query: NamedQuery) -> Response:
    here = services()
    place = query.place(cls)
    filters = (Filter("display_name", "contains", query.name),) if query.name else ()
    after = (str(place[0]), str(place[1])) if place else None
    rows = listed(here.graph, here.catalogue, Query(classes=(cls,), filters=filters, after=after, limit=query.limit + 1))
    labels = [here.catalogue.relations[name].label for name in relations]
    ends = store.related_names(here.graph, [str(row["id"]) for row in rows], labels)

    def out(row: dict[str, Any]) -> Related:
        found = {name: [{"id": i, "name": n} for i, n in others] for name, others in ends.get(str(row["id"]), {}).items()}
        return Related.model_validate({**Ci.of(row).model_dump(by_alias=True), "related": found})

    return listing(cls, rows, query, out=out, key=lambda row: place_of(row, "display_name"))


@api.get("/people", responses={200: list_of(Related)})
@needs(Permission.READ)
def people(query: NamedQuery) -> Response:
    """People with their teams and workplaces."""
    return _list("person", ("belongs_to", "works_at", "uses_access"), query)


@api.get("/services", responses={200: list_of(Related)})
@needs(Permission.READ)
def all_services(query: NamedQuery) -> Response:
    """Services with their owners, users and what they depend on."""
    return _list("service", ("owned_by", "used_by", "depends_on", "supported_by"), query)


class Document(RootModel[dict[str, Any]]):
    """A JSON document whose shape the catalogue decides."""


@api.get("/catalogue", responses={200: Document})
@needs(Permission.READ)
def catalogue() -> Response:
    """Classes, attributes, identifiers and relation types."""
    return jsonify(services().catalogue.to_dict())
