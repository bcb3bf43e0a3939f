"""`/api/v1/impact`: what breaks when these are down, and what these need."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.impact.answer import answer
from cmdb.impact.question import MOST, ask
from web.api.security import api_blueprint
from web.api.shapes import Past
from web.auth.permissions import Permission, needs
from web.services import services

api = api_blueprint("impact", "Change impact: what goes down, who is hit, and when it would hurt less.")


class Asked(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    cis: list[str] = Field(min_length=1, max_length=MOST, description="Ids of what is switched off (down) or asked about (up).")
    direction: Literal["down", "up"] = Field(default="down", description="down: what breaks. up: what these need.")
    start: str | None = Field(default=None, alias="from", max_length=64, description="Beginning, ISO 8601 with zone; now if left out.")
    end: str | None = Field(default=None, alias="to", max_length=64, description="End, ISO 8601 with zone; two hours later if left out.")
    also_down: list[str] = Field(default_factory=list, max_length=MOST, description="Ids that other changes take down already.")
    exclude: list[str] = Field(default_factory=list, max_length=MOST, description="Ids that stay up whatever happens.")


class AskedOfThePast(Asked, Past):
    """A question, of now or of a moment of the past."""


class Answered(BaseModel):
    """The answer; which parts it has depends on the direction (docs: change impact)."""

    model_config = ConfigDict(extra="allow")

    cis: list[dict[str, str]] = Field(description="What was asked about.")
    direction: str = Field(description="down or up.")
    counts: dict[str, int] = Field(description="How many of each kind.")
    truncated: int = Field(description="How many CIs were not looked at because of a limit.")


def _answered(asked: AskedOfThePast) -> Response:
    here = services()
    question = ask(
        asked.cis, window=(asked.start or "", asked.end or ""), direction=asked.direction, also_down=asked.also_down, exclude=asked.exclude
    )
    found: dict[str, Any] = answer(here.graph, here.catalogue, question, moment=asked.moment())
    return jsonify(found)


@api.get("/impact", responses={200: Answered})
@needs(Permission.READ)
def impact(query: AskedOfThePast) -> Response:
    """The answer to a question in the address; `cis` may be repeated."""
    return _answered(query)


@api.post("/impact", responses={200: Answered})
@needs(Permission.READ)
def impact_of(body: AskedOfThePast) -> Response:
    """The same with the question in the body. Nothing is stored."""
    return _answered(body)
