"""`/api/v1/cis`: configuration items, read and edited."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, jsonify, redirect, request
from pydantic import BaseModel, ConfigDict, Field

from cmdb.errors import Invalid
from cmdb.graph import cis as store
from cmdb.inventory import edit
from cmdb.inventory.list_back import listed_at
from cmdb.inventory.listing import find, listed, place_of
from cmdb.inventory.look_back import ci_at
from cmdb.inventory.query import Filter, Query, classes_of
from cmdb.model.observation import Identifier
from reconciliation import preview
from web.api.paging import ListQuery, list_of, listing
from web.api.security import PREFIX, api_blueprint
from web.api.shapes import Applied, Ci, CiPath, Past
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import applied, left_out
from web.frame.looks import looked_at
from web.frame.record import record
from web.services import services

api = api_blueprint("cis", "Configuration items.")


class CisQuery(Past, ListQuery):
    """Which CIs. `filter` may be repeated: `attribute:operator:value`."""

    q: str | None = Field(
        default=None, max_length=200, description="Begin of a name, tag, serial, IP, MAC or e-mail; best matches, one page."
    )
    cls: str | None = Field(default=None, alias="class", max_length=64, description="Only this class and what inherits from it.")
    filter: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="attribute:operator:value; equals, contains, starts, empty, set, has, before, after.",
    )
    related: str | None = Field(default=None, max_length=120, description="relation_type:ci_id the CI must have, e.g. owned_by:ID.")
    presence: str | None = Field(default=None, pattern="^(present|absent)$", description="Only present or only absent ones.")
    sort: str = Field(default="display_name", max_length=64, description="Attribute to sort by; a leading - turns it round.")


class Given(BaseModel):
    """An identifier as in an observation."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, description="serial, mac, uuid, external_id …")
    value: str = Field(min_length=1, max_length=512, description="The value as the source spells it.")
    scope: str = Field(default="", max_length=200, description="Where it is unique, for kinds that have a scope.")


class NewCi(BaseModel):
    """A CI to be created."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    cls: str = Field(alias="class", max_length=64, description="Its class in the catalogue.")
    attributes: dict[str, Any] = Field(default_factory=dict, description="Values by the catalogue's attribute names.")
    identifiers: list[Given] = Field(default_factory=list, max_length=50, description="Identity beyond what the attributes say.")
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")


class CiChange(BaseModel):
    """New values; null says there is none."""

    model_config = ConfigDict(extra="forbid")

    attributes: dict[str, Any] = Field(min_length=1, description="Values by attribute name.")
    reason: str = Field(default="", max_length=1000, description="Why; kept in the history.")
    until: str = Field(
        default="", max_length=40, description="The values count until this time (ISO 8601); without it, until somebody changes them."
    )


class DryRun(BaseModel):
    """Whether to write."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Answer what would change without writing.")


@api.get("/cis", responses={200: list_of(Ci)})
@needs(Permission.READ)
def cis(query: CisQuery) -> Response:
    """CIs, sorted and filtered; or the best matches of a search."""
    here = services()
    moment = query.moment()
    if query.q is not None:
        if moment is not None:
            raise Invalid("A search finds what is there now; use filter with as_of and known_at.", field="q")
        rows = find(here.graph, query.q, limit=query.limit)
        wanted = set(classes_of(here.catalogue, query.cls))
        found = [row for row in rows if not wanted or row["class"] in wanted]
        return jsonify({"items": [Ci.of(row).model_dump(mode="json", by_alias=True) for row in found], "next": None})
    asked = _asked(query)
    rows = listed(here.graph, here.catalogue, asked) if moment is None else listed_at(here.graph, here.catalogue, asked, moment)
    return listing(f"cis:{query.sort}", rows, query, out=Ci.of, key=lambda row: place_of(row, asked.sort))


def _asked(query: CisQuery) -> Query:
    place = query.place(f"cis:{query.sort}")
    filters = [_filter(text) for text in query.filter]
    if query.presence:
        filters.append(Filter("presence", "equals", query.presence))
    relation, _, other = (query.related or "").partition(":")
    return Query(
        classes=classes_of(services().catalogue, query.cls),
        filters=tuple(filters),
        related=((relation, other),) if query.related else (),
        sort=query.sort.removeprefix("-"),
        descending=query.sort.startswith("-"),
        after=(str(place[0]), str(place[1])) if place else None,
        limit=query.limit + 1,
    )


def _filter(text: str) -> Filter:
    attribute, colon, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    if not colon or not attribute:
        raise Invalid(f"filter is {text[:60]!r}; write attribute:operator:value, e.g. vendor:equals:dell.", field="filter")
    return Filter(attribute, operator, value)  # type: ignore[arg-type]


@api.post("/cis", responses={200: Applied, 201: Applied})
@needs(Permission.EDIT)
def create(query: DryRun, body: NewCi) -> Response:
    """Create a CI. One that is known already by its identifiers is updated instead; `items` tells which it is."""
    here = services()
    identifiers = [Identifier(g.kind, g.value, g.scope) for g in body.identifiers]
    seen = edit.created(here.catalogue, body.cls, body.attributes, identifiers=identifiers, actor=viewer().actor, reason=body.reason)
    if query.dry_run:
        return jsonify(Applied.of(preview(here.graph, here.catalogue, seen)).model_dump(mode="json"))
    changes = applied(seen)
    item = changes.resolved[0]
    told = Applied.of(changes).model_copy(update={"left_out": list(left_out())})
    record("ci.create", item.ci, {"class": body.cls, "outcome": item.outcome})
    response = jsonify(told.model_dump(mode="json"))
    response.status_code = 201 if item.outcome == "new" else 200
    if item.ci:
        response.headers["Location"] = f"{PREFIX}/cis/{item.ci}"
    return response


@api.get("/cis/<ci_id>", responses={200: Ci})
@needs(Permission.READ)
def ci(path: CiPath, query: Past) -> Response:
    """One CI, as it is or as it was. The id of a CI that was joined into another answers 308 with the survivor's address."""
    row = store.get(services().graph, path.ci_id)
    if "redirected_from" in row:
        words = f"?{request.query_string.decode()}" if request.query_string else ""
        return cast("Response", redirect(f"{PREFIX}/cis/{row['id']}{words}", 308))
    looked_at(row, "API")
    moment = query.moment()
    if moment is not None:
        return jsonify(Ci.of(ci_at(services().graph, path.ci_id, moment)).model_dump(mode="json", by_alias=True))
    response = jsonify(Ci.of(row).model_dump(mode="json", by_alias=True))
    response.set_etag(str(row["rev"]))
    response.make_conditional(request)
    return response


@api.patch("/cis/<ci_id>", responses={200: Applied})
@needs(Permission.EDIT)
def change(path: CiPath, query: DryRun, body: CiChange) -> Response:
    """Change attributes as a person's word, which counts before that of machines. With If-Match, only the revision you read."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    words = {"actor": viewer().actor, "reason": body.reason, "until": body.until}
    seen = edit.changed(here.catalogue, row, body.attributes, rev=_if_match(), **words)
    if query.dry_run:
        return jsonify(Applied.of(preview(here.graph, here.catalogue, seen)).model_dump(mode="json"))
    changes = applied(seen)
    record("ci.change", str(row["id"]), {"attributes": sorted(body.attributes)})
    return jsonify(Applied.of(changes).model_copy(update={"left_out": list(left_out())}).model_dump(mode="json"))


def _if_match() -> int | None:
    tags = [tag for tag in request.if_match if tag.isascii() and tag.isdigit() and len(tag) < 19]
    if not request.if_match or request.if_match.star_tag:
        return None
    if not tags:
        raise Invalid("If-Match must be the revision as given in ETag.", field="If-Match")
    return int(tags[0])
