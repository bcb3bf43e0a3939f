"""`/api/v1/cis/{id}/…`: history, software, relations and why."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from cmdb.graph import cis as store
from cmdb.graph import history, software
from cmdb.inventory.look_back import relations_at
from cmdb.inventory.visible import may_see, stripped
from reconciliation import why
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import CiPath, Past
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.services import services

api = api_blueprint("ci-details", "What is known of one configuration item.")


class Event(BaseModel):
    """Something that happened to a CI."""

    id: str = Field(description="The event's id.")
    kind: str = Field(description="What happened.")
    at: str = Field(description="When it was so.")
    recorded_at: str = Field(description="When it was learned.")
    source: str = Field(description="Who said so.")
    actor: str = Field(description="The person or token behind it, if any.")
    reason: str = Field(description="Why, in a person's words.")
    changes: list[dict[str, Any]] = Field(description="What became different, with before and after.")


class Installed(BaseModel):
    """One installed product."""

    name: str = Field(description="Its name as reported.")
    version: str = Field(description="Its version.")
    arch: str = Field(description="Architecture, where known.")
    publisher: str = Field(description="Who makes it, where known.")
    ecosystem: str = Field(description="deb, rpm, msi …; empty when not known.")
    sources: list[str] = Field(description="Who reported it.")


class CiRelation(BaseModel):
    """A relation of a CI, seen from it."""

    type: str = Field(description="The relation type.")
    direction: str = Field(description="out: from this CI; in: to it.")
    title: str = Field(description="The relation in words, in that direction.")
    ci: str = Field(description="The other end's id.")
    cls: str = Field(serialization_alias="class", description="The other end's class.")
    name: str = Field(description="The other end's name.")
    first_seen_at: str = Field(description="When it was first seen.")
    sources: list[str] = Field(description="Who claims it.")
    group: str | None = Field(description="Requirement group, if one is named.")
    need: str | None = Field(description="How many of the group are needed.")


class Why(BaseModel):
    """Why a CI's values are what they are."""

    ci: str = Field(description="The CI.")
    values: list[dict[str, Any]] = Field(description="Per attribute: value, source, rule, and the words that lost.")
    recognised: list[dict[str, Any]] = Field(description="Per source: how it recognised the CI, and what it looked at.")


class WhyQuery(BaseModel):
    """Which attribute."""

    attribute: str | None = Field(default=None, max_length=64, description="Only this one.")


class AllRelations(BaseModel):
    """The relations of one CI."""

    items: list[CiRelation] = Field(description="All of them.")


@api.get("/cis/<ci_id>/history", responses={200: list_of(Event)})
@needs(Permission.READ)
def ci_history(path: CiPath, query: ListQuery) -> Response:
    """What happened to it, newest first. Its creation is told by created_at and its first source."""
    here, role = services(), viewer().role
    row = store.get(here.graph, path.ci_id)
    place = query.place("history")
    rows = history.of_ci(here.graph, str(row["id"]), before=str(place[0]) if place else None, limit=query.limit + 1)

    def out(event: dict[str, Any]) -> Event:
        return Event.model_validate({**event, "changes": stripped(here.catalogue, str(row["class"]), event["changes"], role)})

    return listing("history", rows, query, out=out, key=lambda event: (event["id"],))


@api.get("/cis/<ci_id>/software", responses={200: list_of(Installed)})
@needs(Permission.READ)
def ci_software(path: CiPath, query: ListQuery) -> Response:
    """What is installed on it, by name."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    place = query.place("software")
    start = int(str(place[0])) if place else 0
    rows = list(enumerate(software.of_ci(here.graph, str(row["id"]))))[start : start + query.limit + 1]
    return listing("software", rows, query, out=lambda pair: Installed.model_validate(pair[1]), key=lambda pair: (pair[0] + 1,))


@api.get("/cis/<ci_id>/relations", responses={200: AllRelations})
@needs(Permission.READ)
def ci_relations(path: CiPath, query: Past) -> Response:
    """Its relations in both directions, as they are or as they were."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    items = [relation_out(r) for r in relations_at(here.graph, str(row["id"]), query.moment())]
    return jsonify({"items": [item.model_dump(mode="json", by_alias=True) for item in items]})


def relation_out(row: dict[str, Any]) -> CiRelation:
    """A relation as the API shows it."""
    name = str(row["key"]).split("|")[0]
    kind = services().catalogue.relations[name]
    return CiRelation(
        type=name,
        direction="out" if row["outward"] else "in",
        title=kind.title if row["outward"] else kind.inverse,
        ci=row["other"],
        cls=row["other_class"],
        name=row["other_name"],
        first_seen_at=row["first_seen_at"],
        sources=sorted({str(claim).partition("|")[2] for claim in row["claims"] or ()}),
        group=row["group"],
        need=row["need"],
    )


@api.get("/cis/<ci_id>/why", responses={200: Why})
@needs(Permission.READ)
def ci_why(path: CiPath, query: WhyQuery) -> Response:
    """Why its values are what they are, and how each source recognised it."""
    here, role = services(), viewer().role
    row = store.get(here.graph, path.ci_id)
    told = why(here.graph, here.catalogue, str(row["id"]), query.attribute)
    cls = str(row["class"])
    relations = here.catalogue.relations
    values = [v for v in told["values"] if v["attribute"] in relations or may_see(here.catalogue, cls, v["attribute"], role)]
    return jsonify({**told, "values": values})
