"""`/api/v1/compliance/exceptions` and `/attestations`: ask, decide, end, list."""

from __future__ import annotations

from typing import Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.compliance import waivers
from cmdb.compliance.waivers import Draft, Waiver
from cmdb.errors import Invalid
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.compliance_tell import tell
from web.services import services

api = api_blueprint("waivers", "Who accepted which failure until when, and what owners of personal devices answer for.")


class WaiversQuery(ListQuery):
    """Which of them."""

    state: Literal["requested", "in_force", "refused", "withdrawn", "expired"] | None = Field(default=None, description="Their state.")
    policy: str = Field(default="", max_length=80, description="Of this policy only.")
    ci: str = Field(default="", max_length=64, description="Of this endpoint only.")


class WaiverPath(BaseModel):
    """Which one."""

    waiver_id: str = Field(min_length=1, max_length=64, description="Its id.")


class NewAttestation(BaseModel):
    """What the owner of a personal device says."""

    model_config = ConfigDict(extra="forbid")

    policy: str = Field(min_length=1, max_length=80, description="Id of the policy.")
    ci: str = Field(default="", max_length=64, description="Id of the endpoint.")
    reason: str = Field(max_length=2000, description="What is said, and how they looked; or why it cannot be repaired now.")
    until: str = Field(max_length=10, description="The last day it counts: an attestation at most 90 days, an exception at most a year.")


class NewException(NewAttestation):
    """An exception that is asked for: one endpoint (`ci`), or a group by ownership, site, team and class."""

    control: str = Field(max_length=2000, description="What guards instead.")
    ownership: str = Field(default="", max_length=20, description="Only endpoints of this ownership.")
    site: str = Field(default="", max_length=200, description="Only endpoints of this site.")
    team: str = Field(default="", max_length=200, description="Only endpoints of this team.")
    cls: str = Field(default="", alias="class", max_length=60, description="Only endpoints of this class.")


class Decision(BaseModel):
    """What is decided."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "refuse", "withdraw"] = Field(description="approve and refuse: by somebody else than who asked.")
    why: str = Field(default="", max_length=2000, description="Why it is refused or ended.")


class WaiverOut(BaseModel):
    """An exception or attestation."""

    id: str = Field(description="Its id.")
    kind: str = Field(description="exception or attestation.")
    policy: str = Field(description="Id of the policy.")
    state: str = Field(description="requested, in_force, refused, withdrawn or expired.")
    scope: str = Field(description="Whom it is about, in words.")
    ci: str = Field(description="The endpoint; empty: a group.")
    ownership: str = Field(description="Ownership of the group; empty: any.")
    site: str = Field(description="Site of the group; empty: any.")
    team: str = Field(description="Team of the group; empty: any.")
    cls: str = Field(serialization_alias="class", description="Class of the group; empty: any.")
    reason: str = Field(description="Why.")
    control: str = Field(description="What guards instead.")
    until: str = Field(description="Its last day.")
    requested_by: str = Field(description="Who asked or attested.")
    requested_at: str = Field(description="When.")
    decided_by: str = Field(description="Who approved or refused it.")
    decided_at: str = Field(description="When.")
    ended_at: str = Field(description="When it ended; empty: it has not.")
    ended_by: str = Field(description="Who ended it.")
    ended_why: str = Field(description="Why it ended.")

    @classmethod
    def of(cls, one: Waiver) -> WaiverOut:
        """From the service."""
        return cls.model_validate({key: value for key, value in one.to_json().items() if key in cls.model_fields})


def _list(kind: str, query: WaiversQuery) -> Response:
    rows = waivers.listed(services().graph, kind, state=query.state or "", policy=query.policy, ci=query.ci)
    place = query.place(kind)
    if place:
        rows = [one for one in rows if (one.requested_at, one.id) < (str(place[0]), str(place[1]))]
    rows.sort(key=lambda one: (one.requested_at, one.id), reverse=True)
    return listing(kind, rows[: query.limit + 1], query, out=WaiverOut.of, key=lambda one: (one.requested_at, one.id))


@api.get("/compliance/exceptions", responses={200: list_of(WaiverOut)})
@needs(Permission.READ)
def exceptions(query: WaiversQuery) -> Response:
    """Exceptions, the newest first."""
    return _list("exception", query)


@api.get("/compliance/attestations", responses={200: list_of(WaiverOut)})
@needs(Permission.READ)
def attestations(query: WaiversQuery) -> Response:
    """Attestations, the newest first."""
    return _list("attestation", query)


@api.post("/compliance/exceptions", responses={201: WaiverOut})
@needs(Permission.EDIT)
def request_exception(body: NewException) -> tuple[Response, int]:
    """Ask for an exception; it counts when somebody else has approved it."""
    made = waivers.request(services().graph, Draft(**body.model_dump()), by=viewer().actor)
    tell(made, "request")
    return jsonify(WaiverOut.of(made).model_dump(mode="json", by_alias=True)), 201


@api.post("/compliance/attestations", responses={201: WaiverOut})
@needs(Permission.EDIT)
def attest(body: NewAttestation) -> tuple[Response, int]:
    """Note what the owner of a personal device says."""
    if not body.ci:
        raise Invalid("An attestation is about one endpoint.", field="ci")
    made = waivers.attest(services().graph, Draft(**body.model_dump()), by=viewer().actor)
    tell(made, "attest")
    return jsonify(WaiverOut.of(made).model_dump(mode="json", by_alias=True)), 201


@api.post("/compliance/exceptions/<waiver_id>/decision", responses={200: WaiverOut})
@needs(Permission.EDIT)
def decide(path: WaiverPath, body: Decision) -> Response:
    """Approve, refuse or end an exception, or end an attestation."""
    graph, by = services().graph, viewer().actor
    if body.decision == "withdraw":
        one = waivers.withdraw(graph, path.waiver_id, by=by, why=body.why)
    else:
        one = waivers.decide(graph, path.waiver_id, by=by, approve=body.decision == "approve", why=body.why)
    tell(one, body.decision)
    return jsonify(WaiverOut.of(one).model_dump(mode="json", by_alias=True))
