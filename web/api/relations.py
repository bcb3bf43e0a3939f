"""`/api/v1/relations`: relations between configuration items."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.errors import Invalid
from cmdb.graph import cis as store
from cmdb.inventory import edit
from cmdb.inventory.look_back import relations_at
from reconciliation import preview
from web.api.ci_details import AllRelations, relation_out
from web.api.cis import DryRun
from web.api.security import api_blueprint
from web.api.shapes import Applied, Past
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import applied
from web.frame.record import record
from web.services import services

api = api_blueprint("relations", "Relations between configuration items.")


class RelationsQuery(Past):
    """Whose relations."""

    ci: str = Field(min_length=1, max_length=64, description="The CI at one end.")
    type: str | None = Field(default=None, max_length=64, description="Only this relation type.")


class NewRelation(BaseModel):
    """`from` -[type]-> `to`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    type: str = Field(max_length=64, description="A relation type of the catalogue.")
    source: str = Field(alias="from", max_length=64, description="Id of the source CI.")
    target: str = Field(alias="to", max_length=64, description="Id of the target CI.")
    group: str | None = Field(default=None, max_length=100, description="Requirement group for impact.")
    need: str | None = Field(
        default=None, pattern=r"^(all|any|[1-9][0-9]{0,4}|(100|[1-9]?[0-9])%)$", description="all, any, a count or a percentage."
    )
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")


@api.get("/relations", responses={200: AllRelations})
@needs(Permission.READ)
def relations(query: RelationsQuery) -> Response:
    """Relations of a CI, both directions."""
    here = services()
    if query.type is not None and query.type not in here.catalogue.relations:
        raise Invalid(f"There is no relation type {query.type!r}.", field="type")
    row = store.get(here.graph, query.ci)
    items = [relation_out(r) for r in relations_at(here.graph, str(row["id"]), query.moment())]
    kept = [item for item in items if query.type in (None, item.type)]
    return jsonify({"items": [item.model_dump(mode="json", by_alias=True) for item in kept]})


@api.post("/relations", responses={200: Applied, 201: Applied})
@needs(Permission.EDIT)
def relate(query: DryRun, body: NewRelation) -> Response:
    """Relate two CIs as a person's word."""
    here = services()
    attributes: dict[str, Any] = {k: v for k, v in (("group", body.group), ("need", body.need)) if v is not None}
    seen = edit.related(
        here.graph, here.catalogue, body.type, body.source, body.target, attributes=attributes, actor=viewer().actor, reason=body.reason
    )
    if query.dry_run:
        return jsonify(Applied.of(preview(here.graph, here.catalogue, seen)).model_dump(mode="json"))
    changes = applied(seen)
    record("relation.create", body.source, {"type": body.type, "to": body.target})
    response = jsonify(Applied.of(changes).model_dump(mode="json"))
    response.status_code = 201
    return response


@api.delete("/relations", responses={200: Applied})
@needs(Permission.EDIT)
def unrelate(body: NewRelation) -> Response:
    """End a relation that a person made. One that was discovered answers 409: its source would see it again."""
    here = services()
    seen = edit.unrelated(here.graph, here.catalogue, body.type, body.source, body.target, actor=viewer().actor, reason=body.reason)
    changes = applied(seen)
    record("relation.end", body.source, {"type": body.type, "to": body.target})
    return jsonify(Applied.of(changes).model_dump(mode="json"))
