"""`/api/v1/cis/{id}/split`, `/undo-join`, `/join` and `/api/v1/sources`: what is one thing, and who is believed."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.errors import Conflict
from cmdb.graph import cis as store
from cmdb.graph import joins
from cmdb.intake.looks import LOOK, SCAN, looks_of, scans_of
from cmdb.model.change import Changes
from cmdb.model.times import to_text
from reconciliation.distrust import standing
from reconciliation.takes import subjects_of
from web.api.cis import DryRun
from web.api.security import PREFIX, api_blueprint
from web.api.shapes import Applied, CiPath
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import ordered
from web.frame.doubting import doubted
from web.frame.record import record
from web.services import services

api = api_blueprint("identity", "What is one thing, and who is believed.")
_REASON = Field(min_length=1, max_length=1000, description="Why; kept in the history.")


class Split(BaseModel):
    """What leaves a CI."""

    model_config = ConfigDict(extra="forbid")

    subjects: list[str] = Field(min_length=1, max_length=500, description="Subjects whose records leave; GET …/subjects lists them.")
    loans: list[str] = Field(default_factory=list, max_length=500, description="Ids of loans that leave too.")
    reason: str = _REASON


class UndoJoin(BaseModel):
    """Which join."""

    model_config = ConfigDict(extra="forbid")

    join: str = Field(min_length=1, max_length=64, description="The id that went; GET …/joins lists them.")
    reason: str = _REASON


class Join(BaseModel):
    """With what."""

    model_config = ConfigDict(extra="forbid")

    other: str = Field(min_length=1, max_length=64, description="The other CI. The older of the two ids stays.")
    reason: str = _REASON


class OwnIdentifier(BaseModel):
    """Which identifier."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=3, max_length=2000, description="Its key, as the identifiers of a CI tell it.")
    reason: str = _REASON


class Subjects(BaseModel):
    """What the sources take a CI for."""

    items: list[dict[str, Any]] = Field(description="Per subject: sources, identifiers, what is said, when.")


class Joins(BaseModel):
    """Joins that ended in a CI."""

    items: list[dict[str, Any]] = Field(description="Per join: id that went, name, class, when, by whom, why.")


class SourcePath(BaseModel):
    """Which source."""

    key: str = Field(min_length=3, max_length=400, description="Its key, such as agent:ocs; agent:* for all agents.")


class Distrust(BaseModel):
    """Why it is not believed."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(
        default="",
        max_length=200,
        description="Only this one thing it speaks of; or one look (`look:<entry>`) or one scan (`scan:<job>`): GET …/looks lists them.",
    )
    reason: str = _REASON


class Later(BaseModel):
    """A large source: a job does it."""

    job: str = Field(description="Its id: GET /api/v1/jobs/{id} tells progress and, when done, counts and the first changes.")


class Looks(BaseModel):
    """Looks of a source."""

    items: list[dict[str, Any]] = Field(description="Per look or scan: subject (its name in an order), at, by; of a scan its hosts.")


class Orders(BaseModel):
    """Sources that are not believed."""

    items: list[dict[str, Any]] = Field(description="Per order: key, source, subject, by, reason, at.")


@api.get("/cis/<ci_id>/subjects", responses={200: Subjects})
@needs(Permission.READ)
def ci_subjects(path: CiPath) -> Response:
    """What the sources themselves take it for: one row for each thing they speak of."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    return jsonify({"items": subjects_of(here.graph, str(row["id"]))})


@api.get("/cis/<ci_id>/joins", responses={200: Joins})
@needs(Permission.READ)
def ci_joins(path: CiPath) -> Response:
    """Joins that ended in it and can be undone, the newest first."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    fields = ("id", "name", "class", "at", "by", "reason", "source")
    return jsonify({"items": [{name: one.get(name, "") for name in fields} for one in joins.joined_into(here.graph, str(row["id"]))]})


@api.post("/cis/<ci_id>/split", responses={200: Applied})
@needs(Permission.EDIT)
def ci_split(path: CiPath, query: DryRun, body: Split) -> Response:
    """Move what the sources say of some subjects to a CI of its own."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    words = {"ci": str(row["id"]), "subjects": body.subjects, "loans": body.loans, "by": viewer().actor, "reason": body.reason}
    done = ordered("split", words, apply=not query.dry_run)
    return _answer(done, "ci.split", str(row["id"]), {"subjects": body.subjects, "reason": body.reason})


@api.post("/cis/<ci_id>/undo-join", responses={200: Applied})
@needs(Permission.EDIT)
def ci_undo_join(path: CiPath, query: DryRun, body: UndoJoin) -> Response:
    """Part again what was joined."""
    here = services()
    row = store.get(here.graph, path.ci_id)
    led = joins.remembered(here.graph, body.join)
    if led is not None and str(led["to"]) != str(row["id"]):
        raise Conflict("That id was joined into another configuration item.")
    done = ordered("undo_join", {"gone": body.join, "by": viewer().actor, "reason": body.reason}, apply=not query.dry_run)
    return _answer(done, "ci.undo_join", str(row["id"]), {"join": body.join, "reason": body.reason})


@api.post("/cis/<ci_id>/join", responses={200: Applied})
@needs(Permission.EDIT)
def ci_join(path: CiPath, query: DryRun, body: Join) -> Response:
    """Say that two CIs are one thing; also how a split is undone."""
    here = services()
    ids = sorted(str(store.get(here.graph, one)["id"]) for one in (path.ci_id, body.other))
    words = {"ci": ids[0], "other": ids[1], "by": viewer().actor, "reason": body.reason}
    done = ordered("join", words, apply=not query.dry_run)
    return _answer(done, "ci.join", ids[0], {"gone": ids[1], "reason": body.reason})


@api.post("/cis/<ci_id>/own-identifier", responses={200: Applied})
@needs(Permission.EDIT)
def ci_own_identifier(path: CiPath, query: DryRun, body: OwnIdentifier) -> Response:
    """Say that an identifier several things showed is this one's alone: the others lose it, and it decides again."""
    row = store.get(services().graph, path.ci_id)
    words = {"ci": str(row["id"]), "key": body.key, "by": viewer().actor, "reason": body.reason}
    done = ordered("own_identifier", words, apply=not query.dry_run)
    return _answer(done, "ci.own_identifier", str(row["id"]), {"key": body.key, "reason": body.reason})


@api.get("/sources/distrusted", responses={200: Orders})
@needs(Permission.READ)
def distrusted() -> Response:
    """Sources and things that are not believed, and who said so."""
    fields = ("key", "source", "subject", "by", "reason", "at")
    return jsonify({"items": [{name: getattr(one, name) for name in fields} for one in standing(services().graph)]})


@api.get("/sources/<path:key>/looks", responses={200: Looks})
@needs(Permission.ADMIN)
def source_looks(path: SourcePath) -> Response:
    """The newest single looks of a source that were applied, and its newest scans: each can be distrusted by its name."""
    here = services()
    looks = [
        {"subject": f"{LOOK}{one.id}", "at": to_text(one.received_at), "by": one.meta.get("actor") or ""}
        for one in looks_of(here.ledger, path.key)
    ]
    scans = [{"subject": f"{SCAN}{one['id']}", "at": to_text(one["at"]), "hosts": one["hosts"]} for one in scans_of(here.ledger, path.key)]
    return jsonify({"items": [*scans, *looks]})


@api.post("/sources/<path:key>/distrust", responses={200: Applied, 202: Later})
@needs(Permission.ADMIN)
def source_distrust(path: SourcePath, query: DryRun, body: Distrust) -> Response:
    """Do not believe a source any more, or one thing it speaks of. Its records are kept and do not speak.

    Above 600 CIs a job does it, or foresees it (202); it can be cancelled until it begins to write.
    """
    words = {"source": path.key, "subject": body.subject, "by": viewer().actor, "reason": body.reason}
    return _doubted("distrust", words, apply=not query.dry_run)


@api.post("/sources/<path:key>/trust", responses={200: Applied, 202: Later})
@needs(Permission.ADMIN)
def source_trust(path: SourcePath, query: DryRun, body: Distrust) -> Response:
    """Believe a source again: what it said counts as if it had never been doubted. Above 600 CIs a job does it, or foresees it (202)."""
    words = {"source": path.key, "subject": body.subject, "by": viewer().actor, "reason": body.reason}
    return _doubted("trust", words, apply=not query.dry_run)


def _doubted(doing: str, words: dict[str, str], *, apply: bool) -> Response:
    told = doubted(doing, words, apply=apply)
    if told.done is not None:
        return jsonify(Applied.of(told.done).model_dump(mode="json"))
    response = jsonify(job=told.job)
    response.status_code = 202
    response.headers["Location"] = f"{PREFIX}/jobs/{told.job}"
    return response


def _answer(done: Changes, act: str, subject: str, words: dict[str, Any]) -> Response:
    if done.applied:
        record(act, subject, words)
    return jsonify(Applied.of(done).model_dump(mode="json"))
