"""`/api/v1/waiting-relations`: relations whose other end nobody has shown yet."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from reconciliation.orders import GIVE_UP
from reconciliation.parked import Parked, parked, parked_as
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import ordered
from web.frame.record import record
from web.services import services

api = api_blueprint("waiting relations", "Relations whose other end nobody has shown yet.")
SCOPE = "waiting"


class WaitingQuery(ListQuery):
    """Which page of the list."""


class WaitingPath(BaseModel):
    """Which one."""

    waiting_id: str = Field(min_length=1, max_length=200, description="Its id.")


class WaitingRelation(BaseModel):
    """A relation that a source told of, and whose other end is not known."""

    id: str = Field(description="Its id.")
    ci: str = Field(description="The id of the end that is known; empty where neither is.")
    name: str = Field(description="The name of that end.")
    type: str = Field(description="The type of the relation.")
    outgoing: bool = Field(description="Whether the known end is where the relation begins.")
    missing_class: str = Field(description="The class the source gave the other end.")
    shows: list[str] = Field(description="By what the other end would be recognised: kind and value.")
    source: str = Field(description="Who told of it.")
    since: str = Field(description="Since when it waits.")
    told_at: str = Field(description="When a source told of it last.")

    @classmethod
    def of(cls, one: Parked) -> WaitingRelation:
        """From the room's form."""
        return cls(
            id=one.id,
            ci=one.anchor,
            name=one.name,
            type=one.relation,
            outgoing=one.outgoing,
            missing_class=one.missing_cls,
            shows=list(one.shows),
            source=one.source,
            since=one.since,
            told_at=one.told_at,
        )


class GiveUp(BaseModel):
    """Why it need not wait."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, description="Why; kept in the history of the known end.")


@api.get("/waiting-relations", responses={200: list_of(WaitingRelation)})
@needs(Permission.READ)
def waiting(query: WaitingQuery) -> Response:
    """The longest untold first."""
    place = query.place(SCOPE)
    after = (str(place[0]), str(place[1])) if place else ("", "")
    rows = parked(services().graph, limit=query.limit + 1, after=after)
    return listing(SCOPE, rows, query, out=WaitingRelation.of, key=lambda one: (one.told_at, one.id))


@api.post("/waiting-relations/<waiting_id>/give-up", responses={200: WaitingPath})
@needs(Permission.EDIT)
def give_up(path: WaitingPath, body: GiveUp) -> Response:
    """It waits no longer. Told again by a source, it waits again."""
    one = parked_as(services().graph, path.waiting_id)
    ordered(GIVE_UP, {"relations": [one.said()], "by": viewer().actor, "reason": body.reason}, apply=True)
    record("waiting.give_up", path.waiting_id, {"reason": body.reason.strip()})
    return jsonify({"waiting_id": path.waiting_id})
