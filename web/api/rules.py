"""`/api/v1/rules`: the identity rules in force, what others would do, switching and going back."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from web import rule_sets
from web.api.security import api_blueprint
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


@api.get("/rules", responses={200: RulesOut})
@needs(Permission.READ)
def rules_in_force() -> Response:
    """The rule set in force."""
    keeper = rule_sets.keeper()
    switches = [] if keeper.fixed else [one.to_json() for one in keeper.history()]
    return jsonify(rules=keeper.rules.to_json(), switches=switches)


@api.post("/rules/check", responses={200: ForeseenOut})
@needs(Permission.ADMIN)
def check_rules(body: Files) -> Response:
    """What these rules would do to the present graph. Writes nothing."""
    made = rule_sets.keeper().tried(body.files)
    return jsonify(rules=made.to_json(), **rule_sets.foreseen(made))


@api.post("/rules/use", responses={200: Switched})
@needs(Permission.ADMIN)
def use_rules(body: Use) -> Response:
    """Put these rules in force, and draw values and identifiers by them."""
    switch, drawn = rule_sets.used(body.files, body.reason)
    return jsonify(switch=switch.to_json(), drawn=drawn)


@api.post("/rules/undo", responses={200: Switched})
@needs(Permission.ADMIN)
def undo_rules(body: Undo) -> Response:
    """Put the rules before the last switch in force again."""
    switch, drawn = rule_sets.undone(body.reason)
    return jsonify(switch=switch.to_json(), drawn=drawn)
