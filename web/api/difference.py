"""`/api/v1/cis/{id}/diff`: what became different between two times."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.inventory.difference import difference, window
from cmdb.inventory.visible import may_see
from web.api.security import api_blueprint
from web.api.shapes import CiPath
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.services import services

api = api_blueprint("difference", "What became different between two times.")


class Between(BaseModel):
    """Which two times."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: str = Field(alias="from", min_length=1, max_length=40, description="The earlier time with zone, or a day (its end).")
    end: str | None = Field(default=None, alias="to", max_length=40, description="The later one; now if left out.")


class Difference(BaseModel):
    """What is different."""

    model_config = ConfigDict(extra="allow")

    ci: str = Field(description="The CI.")
    existed: list[bool] = Field(description="Whether it was known to be there at either time.")
    attributes: list[dict[str, Any]] = Field(description="Values with before and after.")
    relations: list[dict[str, Any]] = Field(description="Relations added, ended or changed.")
    members: list[dict[str, Any]] = Field(description="What it was related to at either time and whose values changed.")
    software: list[dict[str, Any]] = Field(description="Changes of its software between the two.")
    events: int = Field(description="How many entries of its history lie between.")


@api.get("/cis/<ci_id>/diff", responses={200: Difference})
@needs(Permission.READ)
def ci_difference(path: CiPath, query: Between) -> Response:
    """Values, presence, relations and members of a CI, a site or a service: before and after."""
    here = services()
    return jsonify(permitted(difference(here.graph, here.catalogue, path.ci_id, *window(query.start, query.end))))


def permitted(found: dict[str, Any]) -> dict[str, Any]:
    """The difference without the values that this viewer may not see."""

    def told(cls: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        own = ("class", "presence")
        return [row for row in rows if row["attribute"] in own or may_see(services().catalogue, cls, row["attribute"], viewer().role)]

    members = [{**one, "attributes": told(one["class"], one["attributes"])} for one in found["members"]]
    return {**found, "attributes": told(found["class"], found["attributes"]), "members": [one for one in members if one["attributes"]]}
