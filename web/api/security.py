"""How API blueprints are made: their place, their tag, and the token they ask for."""

from __future__ import annotations

from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag

PREFIX = "/api/v1"
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`moorings token add NAME --role ROLE`, or Administration → Tokens."}
}


def api_blueprint(name: str, description: str, *, open_to_all: bool = False) -> APIBlueprint:
    """A blueprint under /api/v1 whose routes are listed under `name` and need a bearer token unless `open_to_all`."""
    security: list[dict[str, list[str]]] = [] if open_to_all else [{"bearer": []}]
    tag = Tag(name=name, description=description)
    return APIBlueprint(
        f"api_{name}", f"web.api.{name}", url_prefix=PREFIX, abp_tags=[tag], abp_security=security, operation_id_callback=operation_id
    )


def operation_id(*, name: str, bp_name: str, **_: str) -> str:
    """The operation's name for generated clients: resource and view, e.g. `jobs_cancel`."""
    return f"{bp_name.removeprefix('api_')}_{name}"
