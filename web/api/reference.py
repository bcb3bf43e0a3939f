"""`/api/v1/compliance/reference`: what policies compare with, how old it may be, and a site's own instead."""

from __future__ import annotations

from typing import Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.compliance import references
from cmdb.compliance.references import Told
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.compliance_tell import tell_reference, tell_reference_age
from web.services import services

api = api_blueprint("reference", "What policies compare with: end of life, releases of browsers, product lists.")
Name = Literal["software", "systems", "browsers"]


class ReferencePath(BaseModel):
    """Which one."""

    name: Name = Field(description="software (YAML), systems or browsers (JSON).")


class ReferenceText(BaseModel):
    """A file that counts from now on."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=references.LONGEST, description="The whole file, of the form of the shipped one.")


class ReferenceAge(BaseModel):
    """How old reference data may be."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=3650, description="Older ones judge nothing: what needs them is unknown.")


class ReferenceOut(BaseModel):
    """One kind of reference data as it counts."""

    name: str = Field(description="software, systems or browsers.")
    title: str = Field(description="What it is.")
    dated: str = Field(description="The day it says it is of.")
    source: str = Field(description="Where it comes from.")
    own: bool = Field(description="Whether the site brought it; else it came with this version.")
    by: str = Field(description="Who brought it.")
    at: str = Field(description="When it was brought.")
    too_old: bool = Field(description="Whether it is older than the site allows: what needs it is unknown.")

    @classmethod
    def of(cls, one: Told) -> ReferenceOut:
        """From the service."""
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class WholeReferenceOut(ReferenceOut):
    """With its text."""

    text: str = Field(description="The whole file.")


class ReferenceList(BaseModel):
    """All of them."""

    items: list[ReferenceOut] = Field(description="Each kind.")
    allowed_days: int = Field(description="How many days old they may be here.")


@api.get("/compliance/reference", responses={200: ReferenceList})
@needs(Permission.READ)
def every() -> Response:
    """Each kind of reference data as it counts here."""
    graph = services().graph
    items = [ReferenceOut.of(one) for one in references.told(graph)]
    return jsonify(ReferenceList(items=items, allowed_days=references.allowed_days(graph)).model_dump(mode="json"))


@api.get("/compliance/reference/<name>", responses={200: WholeReferenceOut})
@needs(Permission.READ)
def one(path: ReferencePath) -> Response:
    """One of them with its text."""
    return jsonify(WholeReferenceOut.of(references.one(services().graph, path.name)).model_dump(mode="json"))


@api.put("/compliance/reference/<name>", responses={200: ReferenceOut})
@needs(Permission.ADMIN)
def keep(path: ReferencePath, body: ReferenceText) -> Response:
    """Let a file count. It is read first; a sweep by it is ordered."""
    found = references.keep(services().graph, path.name, body.text, by=viewer().actor)
    tell_reference(found, "keep")
    return jsonify(ReferenceOut.of(found).model_dump(mode="json"))


@api.delete("/compliance/reference/<name>", responses={200: ReferenceOut})
@needs(Permission.ADMIN)
def undo(path: ReferencePath) -> Response:
    """Take the last one back: what counted before counts again."""
    found = references.undo(services().graph, path.name)
    tell_reference(found, "undo")
    return jsonify(ReferenceOut.of(found).model_dump(mode="json"))


@api.get("/compliance/reference-age", responses={200: ReferenceAge})
@needs(Permission.READ)
def age() -> Response:
    """How old reference data may be here."""
    return jsonify({"days": references.allowed_days(services().graph)})


@api.put("/compliance/reference-age", responses={200: ReferenceAge})
@needs(Permission.ADMIN)
def allow(body: ReferenceAge) -> Response:
    """Say how old reference data may be here."""
    tell_reference_age(references.allow(services().graph, body.days, by=viewer().actor))
    return jsonify(body.model_dump())
