"""`/api/v1/compliance/shadow` and `/protection`: what nobody answers for, and security software that was switched off."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.compliance import protection, shadow
from cmdb.model import times
from web.api.security import api_blueprint
from web.api.shapes import CiPath
from web.auth.permissions import Permission, needs
from web.frame.visitor_hash import visitor_hash
from web.services import services

api = api_blueprint("shadow", "What nobody answers for, and security software that was switched off.")


class ShadowQuery(BaseModel):
    """Which of them."""

    model_config = ConfigDict(extra="forbid")

    why: Literal["", "unclaimed", "dark", "visitor", "nobodys", "undeclared"] = Field(default="", description="Only these; empty: all.")


class ShadowOut(BaseModel):
    """One thing nobody answers for."""

    ci: str = Field(description="Its id; empty for a visitor, an address that no known device has.")
    name: str = Field(description="Its name.")
    cls: str = Field(serialization_alias="class", description="Its class.")
    why: str = Field(description="unclaimed, dark, visitor, nobodys or undeclared.")
    seen_at: str = Field(description="When it was last seen.")
    where: list[str] = Field(description="Where it hangs: device and port; where it logged in or what it used.")
    sources: list[str] = Field(description="Sources that saw it.")
    addresses: list[str] = Field(description="Its addresses.")
    people: list[str] = Field(description="Who owns or uses it, as far as is known.")


class ShadowList(BaseModel):
    """All of them."""

    items: list[ShadowOut] = Field(description="Those seen last first.")


class SpanOut(BaseModel):
    """A stretch of time in one state of protection."""

    state: str = Field(description="protected, degraded, disabled, removed or unknown.")
    reason: str = Field(description="Why it is unknown.")
    since: str = Field(description="From when.")
    until: str = Field(description="Until when; empty: still.")


class Timeline(BaseModel):
    """The protection of one endpoint over time."""

    items: list[SpanOut] = Field(description="The newest first.")


class IncidentOut(BaseModel):
    """Protection lost on endpoints of one group at about the same time."""

    site: str = Field(description="Site of the group.")
    team: str = Field(description="Team of the group.")
    since: str = Field(description="When the first of them lost it.")
    endpoints: list[str] = Field(description="Ids of the endpoints.")
    open: int = Field(description="How many are still without.")


class Incidents(BaseModel):
    """Losses of the last 90 days."""

    items: list[IncidentOut] = Field(description="The newest first.")


@api.get("/compliance/shadow", responses={200: ShadowList})
@needs(Permission.READ)
def shadows(query: ShadowQuery) -> Response:
    """Shadow IT and dark endpoints, those seen last first: of each kind at most 2,000."""
    here = services()
    found = shadow.listed(here.graph, query.why, hashed=visitor_hash(here.ledger))
    rows = [ShadowOut.model_validate({**asdict(one)}) for one in found]
    return jsonify({"items": [one.model_dump(mode="json", by_alias=True) for one in rows]})


@api.get("/compliance/protection", responses={200: Incidents})
@needs(Permission.READ)
def incidents() -> Response:
    """Where security software was switched off or removed in the last 90 days."""
    found = protection.incidents(services().graph, times.now())
    rows = []
    for one in found:
        ids = [ci for ci, _ in one.endpoints]
        rows.append(IncidentOut(site=one.site, team=one.team, since=one.since, endpoints=ids, open=one.open))
    return jsonify({"items": [one.model_dump(mode="json") for one in rows]})


@api.get("/compliance/<ci_id>/protection", responses={200: Timeline})
@needs(Permission.READ)
def timeline(path: CiPath) -> Response:
    """The protection of one endpoint over time."""
    return jsonify({"items": [asdict(one) for one in protection.timeline(services().graph, path.ci_id)]})
