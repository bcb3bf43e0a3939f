"""`/api/v1/me`: who this token is."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, Field

from web.api.security import api_blueprint
from web.auth.permissions import ROLES, Permission, needs
from web.auth.viewer import viewer

api = api_blueprint("me", "Who is asking.")


class Me(BaseModel):
    """The asker."""

    actor: str = Field(description="How history and the audit log name the asker: a login, or `token:NAME`.")
    name: str = Field(description="The name for people.")
    role: str = Field(description="The role.")
    permissions: list[str] = Field(description="What the role may do.")


@api.get("/me", responses={200: Me})
@needs(Permission.OWN)
def me() -> Response:
    """Who is asking, and what they may do."""
    seen = viewer()
    permissions = sorted(permission.name.lower() for permission in ROLES[seen.role])
    return jsonify(Me(actor=seen.actor, name=seen.name, role=seen.role, permissions=permissions).model_dump())
