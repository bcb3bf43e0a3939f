"""`/api/v1/rules`: the identity rules in force, what others would do, switching and going back."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from web import rule_sets
from web.api.security import PREFIX, api_blueprint
from web.auth.permissions import Permission, needs

api = api_blueprint("rules", "By what things are recognised, and whose word counts.")
_FILES = Field(max_length=50, description="File name (like site.yaml) → its text. None: the shipped rules alone.")
_REASON = Field(min_length=1, max_length=500, description="Why; kept with the switch.")


class Files(BaseModel):
    """The files of a rule set."""

    model_config = ConfigDict(extra="forbid")

    files: dict[str, str] = _FILES


class Use(Files):
    """A set, and why it is put in force."""

    reason: str = _REASON
    joins_and_parts: Literal["wait", "ask", "do"] = Field(
        default="wait",
        description="What the set takes for one, or for several: wait until the sources speak again, ask in the review queue, or do it.",
    )


class Undo(BaseModel):
    """Why the last switch is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = _REASON


class RulesOut(BaseModel):
    """A rule set in short, and the switches before it."""

    rules: dict[str, Any] = Field(description="Label, version, name, digest, files, cases, and what the set says beside the shipped one.")
    switches: list[dict[str, Any]] = Field(description="The switches, the newest first.")


class ForeseenOut(BaseModel):
    """What a set would do."""

    rules: dict[str, Any] = Field(description="The set that was tried.")
    examined: int = Field(description="CIs looked at.")
    counts: dict[str, int] = Field(description="How many joins, parts, identifiers and values.")
    joins: list[dict[str, Any]] = Field(description="Pairs that would be one; the first 300.")
    parts: list[dict[str, Any]] = Field(description="CIs that would be several; the first 300.")
    identifiers: list[dict[str, Any]] = Field(description="Identifiers that would count more or less; the first 300.")
    values: list[dict[str, Any]] = Field(description="Values that would be others; the first 300.")


class Switched(BaseModel):
    """A switch, and what was drawn anew."""

    switch: dict[str, Any] = Field(description="When, by whom, why, to which set.")
    drawn: dict[str, int] = Field(description="CIs looked at, values and identifiers that became different.")
    followed: dict[str, Any] = Field(description="Questions asked, pairs joined, parts parted, and what was left with the reason.")


class Later(BaseModel):
    """A large house: a job does it."""

    job: str = Field(description="Its id: GET /api/v1/jobs/{id} tells progress and, when done, the same answer as its result.")


@api.get("/rules", responses={200: RulesOut})
@needs(Permission.READ)
def rules_in_force() -> Response:
    """The rule set in force."""
    keeper = rule_sets.keeper()
    switches = [] if keeper.fixed else [one.to_json() for one in keeper.history()]
    return jsonify(rules=keeper.rules.to_json(), switches=switches)


@api.post("/rules/check", responses={200: ForeseenOut, 202: Later})
@needs(Permission.ADMIN)
def check_rules(body: Files) -> Response:
    """What these rules would do to the present graph. Writes nothing. Above 5,000 CIs a job looks (202)."""
    made = rule_sets.keeper().tried(body.files)
    if rule_sets.is_large():
        return _later(rule_sets.foreseen_later(body.files, made))
    return jsonify(rules=made.to_json(), **rule_sets.foreseen(made))


@api.post("/rules/use", responses={200: Switched, 202: Later})
@needs(Permission.ADMIN)
def use_rules(body: Use) -> Response:
    """Put these rules in force, and draw values and identifiers by them."""
    return _answer(rule_sets.used(body.files, body.reason, body.joins_and_parts))


@api.post("/rules/undo", responses={200: Switched, 202: Later})
@needs(Permission.ADMIN)
def undo_rules(body: Undo) -> Response:
    """Put the rules before the last switch in force again."""
    return _answer(rule_sets.undone(body.reason))


def _answer(done: rule_sets.Used) -> Response:
    if done.switch is None:
        return _later(done.job)
    return jsonify(switch=done.switch.to_json(), drawn=done.drawn, followed=done.followed)


def _later(job: str) -> Response:
    response = jsonify(job=job)
    response.status_code = 202
    response.headers["Location"] = f"{PREFIX}/jobs/{job}"
    return response
