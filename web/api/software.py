"""`/api/v1/software…`: who has a product or a range of versions, how many have which, who lacks it, what changed on one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.errors import Invalid
from cmdb.graph import cis
from cmdb.inventory import software
from cmdb.inventory.query import classes_of
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import CiPath
from web.auth.permissions import Permission, needs
from web.services import services

api = api_blueprint("software", "Software over all endpoints.")
_RANGE = "Versions, e.g. `>=3.0.2, <3.0.13`, `3.0.*`, alternatives with `||`; empty: all. Compared by the rules of each ecosystem."


class ProductQuery(ListQuery):
    """Which products."""

    name: str = Field(default="", max_length=200, description="How the name begins, without case.")


class VersionsQuery(BaseModel):
    """Which versions of a product."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=500, description="The product's whole name, without case.")
    range: str = Field(default="", max_length=500, description=_RANGE)
    ecosystem: str = Field(default="", max_length=40, description="Only of this one: deb, rpm, windows …")


class HolderQuery(ListQuery):
    """Who has which versions of a product."""

    name: str = Field(min_length=1, max_length=500, description="The product's whole name, without case.")
    range: str = Field(default="", max_length=500, description=_RANGE)
    ecosystem: str = Field(default="", max_length=40, description="Only of this one: deb, rpm, windows …")


class LackingQuery(ListQuery):
    """Who lacks a product or a range of its versions."""

    name: str = Field(min_length=1, max_length=500, description="The product's whole name, without case.")
    range: str = Field(default="", max_length=500, description=_RANGE)
    cls: str = Field(default="endpoint", alias="class", max_length=64, description="Only of this class and those that inherit from it.")
    state: Literal["", "lacks", "unknown"] = Field(
        default="", description="lacks: a complete list is there, without it; unknown: nobody can tell. Empty: both."
    )


class SinceQuery(BaseModel):
    """From when on."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field(min_length=4, max_length=40, description="A day, or a time with zone.")


class Product(BaseModel):
    """A product somebody reported."""

    name: str = Field(description="Its name as reported.")
    ecosystems: list[str] = Field(description="Where it comes from: deb, rpm, windows …")
    versions: int = Field(description="How many versions of it were reported.")


class VersionOut(BaseModel):
    """One version of a product."""

    ecosystem: str = Field(description="Whose order of versions counts.")
    version: str = Field(description="As reported.")
    inside: bool | None = Field(description="Whether the range holds it; null: this version cannot be compared.")
    endpoints: int = Field(description="How many CIs have it. More than 10,000 were counted at most five minutes ago.")


class Versions(BaseModel):
    """All versions of a product."""

    items: list[VersionOut] = Field(description="Ecosystem by ecosystem, from the oldest; those without an order first.")


class HolderOut(BaseModel):
    """A CI that has one of the versions."""

    ci: str = Field(description="Its id.")
    cls: str = Field(serialization_alias="class", description="Its class.")
    name: str = Field(description="Its name.")
    ecosystem: str = Field(description="deb, rpm, windows …")
    version: str = Field(description="The version it has.")
    sources: list[str] = Field(description="Who reported it.")


class LackingOut(BaseModel):
    """A CI of which the product is not known."""

    ci: str = Field(description="Its id.")
    cls: str = Field(serialization_alias="class", description="Its class.")
    name: str = Field(description="Its name.")
    state: str = Field(description="lacks or unknown.")
    reason: str = Field(description="Why it is unknown.")


class ChangedOut(BaseModel):
    """A product that was installed, updated or removed."""

    at: str = Field(description="When it was so, as its source told.")
    kind: str = Field(description="installed, updated or removed.")
    name: str = Field(description="The product.")
    before: str = Field(description="Name and version before; empty: none.")
    after: str = Field(description="Name and version after; empty: none.")
    source: str = Field(description="Who reported it.")


class ChangedList(BaseModel):
    """What changed on one CI."""

    items: list[ChangedOut] = Field(description="The newest first.")
    shortened: bool = Field(description="True where one report changed more than 200 products: those beyond are not told.")


@api.get("/software", responses={200: list_of(Product)})
@needs(Permission.READ)
def products(query: ProductQuery) -> Response:
    """Products by how their name begins."""
    place = query.place("software-products")
    rows = software.products(services().graph, query.name, after=str(place[0]) if place else "", limit=query.limit + 1)
    return listing("software-products", rows, query, out=Product.model_validate, key=lambda row: (row["name_lower"],))


@api.get("/software/versions", responses={200: Versions})
@needs(Permission.READ)
def versions(query: VersionsQuery) -> Response:
    """The versions of a product, in their ecosystem's order, each with how many have it."""
    found = software.versions_of(services().graph, query.name, query.range, query.ecosystem)
    rows = [VersionOut(ecosystem=one.ecosystem, version=one.version, inside=one.inside, endpoints=one.n) for one in found]
    return jsonify({"items": [one.model_dump(mode="json") for one in rows]})


@api.get("/software/endpoints", responses={200: list_of(HolderOut)})
@needs(Permission.READ)
def holders(query: HolderQuery) -> Response:
    """Who has this product, or these versions of it: one item for each CI and version, from the oldest version."""
    rows = software.who_has(
        services().graph, query.name, query.range, query.ecosystem, after=place_of(query.place("software-endpoints")), limit=query.limit + 1
    )
    return listing("software-endpoints", rows, query, out=lambda one: HolderOut.model_validate(asdict(one)), key=lambda one: one.place)


def place_of(values: tuple[Any, ...] | None) -> software.Place | None:
    """The place a cursor names. Raises Invalid."""
    if values is None:
        return None
    if len(values) != 4:
        raise Invalid("cursor is not one of this list.", field="cursor")
    ecosystem, version, part, ci = (str(value) for value in values)
    return ecosystem, version, part, ci


@api.get("/software/lacking", responses={200: list_of(LackingOut)})
@needs(Permission.READ)
def lacking(query: LackingQuery) -> Response:
    """Which CIs lack it, apart from those of which nobody can tell."""
    here, place = services(), query.place("software-lacking")
    classes = classes_of(here.catalogue, query.cls)
    rows = software.lacking(
        here.graph, classes, query.name, query.range, state=query.state, after=str(place[0]) if place else "", limit=query.limit + 1
    )
    return listing("software-lacking", rows, query, out=lambda one: LackingOut.model_validate(asdict(one)), key=lambda one: (one.ci,))


@api.get("/cis/<ci_id>/software/changes", responses={200: ChangedList})
@needs(Permission.READ)
def changes(path: CiPath, query: SinceQuery) -> Response:
    """What was installed, updated and removed on it from then on."""
    graph = services().graph
    row = cis.get(graph, path.ci_id)
    found, shortened = software.changed(graph, str(row["id"]), software.since_of(query.since))
    return jsonify({"items": [ChangedOut.model_validate(asdict(one)).model_dump(mode="json") for one in found], "shortened": shortened})
