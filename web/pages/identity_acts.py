"""Split a CI along what the sources take it for, undo a join, and say which source is not believed; each is foreseen before it is done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import CmdbError, Conflict, Invalid, NotFound
from cmdb.graph import cis as store
from cmdb.graph import distrust as orders
from cmdb.graph import joins, loans, shared_marks
from cmdb.intake.looks import looks_of, scans_of
from cmdb.model.change import Changes
from reconciliation.distrust import standing
from reconciliation.orders import left_for
from reconciliation.takes import subjects_of
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import ordered
from web.frame.doubting import doubted as doubted_
from web.frame.doubting import foreseen_by
from web.frame.record import record
from web.services import services

blueprint = Blueprint("identity_acts", __name__)
_SHOWN = 300


def _reason() -> str:
    return request.form.get("reason", "").strip()[:1000]


def _foreseen(changes: Changes) -> dict[str, Any]:
    """What a preview shows: the changes in rows, and how many there are of each kind."""
    told = changes.to_json()
    return _told(told["changes"], told["counts"])


def _told(changes: list[dict[str, Any]], counts: dict[str, int]) -> dict[str, Any]:
    shown = changes[:_SHOWN]
    ids = {str(one[end]) for one in shown for end in ("ci", "before", "after") if isinstance(one.get(end), str)}
    return {"changes": shown, "total": sum(counts.values()), "counts": counts, "names": store.many(services().graph, ids)}


@blueprint.get("/cis/<ci_id>/split")
@needs(Permission.EDIT)
def split_form(ci_id: str) -> ResponseReturnValue:
    """What the sources take it for; choose what leaves."""
    return render_template("ci/split.html", **_split_words(store.get(services().graph, ci_id)))


def _split_words(row: dict[str, Any], error: str = "", foreseen: dict[str, Any] | None = None) -> dict[str, Any]:
    graph = services().graph
    return {
        "ci": row,
        "subjects": subjects_of(graph, str(row["id"])),
        "loans": loans.of_device(graph, str(row["id"])),
        "chosen": request.form.getlist("subject"),
        "chosen_loans": request.form.getlist("loan"),
        "reason": _reason(),
        "error": error,
        "foreseen": foreseen,
    }


@blueprint.post("/cis/<ci_id>/split")
@needs(Permission.EDIT)
def split_it(ci_id: str) -> ResponseReturnValue:
    """Foresee the split, or do it."""
    here, really = services(), request.form.get("step") == "do"
    row = store.get(here.graph, ci_id)
    subjects, words = request.form.getlist("subject"), {"by": viewer().actor, "reason": _reason()}
    try:
        done = ordered("split", {"ci": row["id"], "subjects": subjects, "loans": request.form.getlist("loan"), **words}, apply=really)
    except (Invalid, Conflict) as error:
        return render_template("ci/split.html", **_split_words(row, error.message)), 422
    if not really:
        return render_template("ci/split.html", **_split_words(row, "", _foreseen(done)))
    new = left_for(done)
    record("ci.split", str(row["id"]), {"subjects": subjects, "new": new})
    flash("Split: this is the part that left.", "success")
    return redirect(f"/cis/{new}/identity", 303)


@blueprint.get("/cis/<ci_id>/joins")
@needs(Permission.READ)
def joined(ci_id: str) -> ResponseReturnValue:
    """Joins that ended in this CI."""
    row = store.get(services().graph, ci_id)
    return render_template("ci/joins.html", **_join_words(row))


def _join_words(row: dict[str, Any], error: str = "", foreseen: dict[str, Any] | None = None) -> dict[str, Any]:
    found = joins.joined_into(services().graph, str(row["id"]))
    chosen = request.form.get("join", "")
    return {"ci": row, "joins": found, "chosen": chosen, "reason": _reason(), "error": error, "foreseen": foreseen}


@blueprint.post("/cis/<ci_id>/joins")
@needs(Permission.EDIT)
def undo(ci_id: str) -> ResponseReturnValue:
    """Foresee the undoing of a join, or do it."""
    here, really, chosen = services(), request.form.get("step") == "do", request.form.get("join", "")
    row = store.get(here.graph, ci_id)
    try:
        if chosen not in {one["id"] for one in joins.joined_into(here.graph, str(row["id"]))}:
            raise Invalid("Choose the join that is to be undone.", field="join")
        done = ordered("undo_join", {"gone": chosen, "by": viewer().actor, "reason": _reason()}, apply=really)
    except (Invalid, Conflict, NotFound) as error:
        return render_template("ci/joins.html", **_join_words(row, error.message)), 422
    if not really:
        return render_template("ci/joins.html", **_join_words(row, "", _foreseen(done)))
    record("ci.undo_join", str(row["id"]), {"join": chosen})
    flash("The join is undone: this is the one that had gone.", "success")
    return redirect(f"/cis/{chosen}/identity", 303)


@blueprint.get("/cis/<ci_id>/own")
@needs(Permission.EDIT)
def whose(ci_id: str) -> ResponseReturnValue:
    """An identifier that several things showed: is it this one's alone?"""
    return render_template("ci/own.html", **_own_words(store.get(services().graph, ci_id), request.args.get("key", "")))


def _own_words(row: dict[str, Any], key: str, error: str = "", foreseen: dict[str, Any] | None = None) -> dict[str, Any]:
    graph = services().graph
    held = next((one for one in store.identifiers(graph, str(row["id"])) if one["key"] == key), None)
    if held is None:
        raise NotFound("It does not show that identifier any more.")
    ids = {str(one["ci"]) for one in shared_marks.of_key(graph, key)} - {str(row["id"])}
    others = sorted(store.many(graph, ids).values(), key=lambda one: str(one["display_name"]))
    return {"ci": row, "held": held, "others": others, "reason": _reason(), "error": error, "foreseen": foreseen}


@blueprint.post("/cis/<ci_id>/own")
@needs(Permission.EDIT)
def own_it(ci_id: str) -> ResponseReturnValue:
    """Foresee it, or do it."""
    really, key = request.form.get("step") == "do", request.form.get("key", "")[:2000]
    row = store.get(services().graph, ci_id)
    try:
        args = {"ci": str(row["id"]), "key": key, "by": viewer().actor, "reason": _reason()}
        done = ordered("own_identifier", args, apply=really)
    except (Invalid, Conflict) as error:
        return render_template("ci/own.html", **_own_words(row, key, error.message)), 422
    if not really:
        return render_template("ci/own.html", **_own_words(row, key, "", _foreseen(done)))
    record("ci.own_identifier", str(row["id"]), {"key": key})
    flash("It is this one's alone, and counts again.", "success")
    return redirect(f"/cis/{row['id']}/identity", 303)


@blueprint.get("/admin/sources/trust")
@needs(Permission.ADMIN)
def doubted() -> ResponseReturnValue:
    """Which sources are not believed; choose another. With `?job=` what a look at a large source found."""
    if job := request.args.get("job", "")[:64]:
        return _looked(job)
    return render_template("sources/trust.html", **_trust_words(request.args.get("source", "")))


def _looked(job_id: str) -> str:
    """How far a look at what would change is, and what it found when it is done."""
    job = foreseen_by(job_id)
    name, args = str(job.args["name"]), job.args["args"]
    doing = "trust" if name == "trust" else "distrust"
    foreseen = _told(job.result["changes"], job.result["counts"]) if job.state == "done" and isinstance(job.result, dict) else None
    words = _trust_words("" if doing == "trust" else str(args["source"]), None, foreseen, doing)
    key = "|".join(str(args[part]) for part in ("source", "subject") if args.get(part))
    more = {"subject": str(args.get("subject") or ""), "reason": args["reason"], "key": key, "job": job}
    return render_template("sources/trust.html", **words | more)


def _trust_words(
    source: str, error: CmdbError | None = None, foreseen: dict[str, Any] | None = None, doing: str = "distrust"
) -> dict[str, Any]:
    graph = services().graph
    return {
        "orders": standing(graph),
        "source": source,
        "subject": request.form.get("subject", ""),
        "subjects": orders.subjects(graph, source) if source else [],
        "looks": looks_of(services().ledger, source) if source else [],
        "scans": scans_of(services().ledger, source) if source else [],
        "reason": _reason(),
        "error": error,
        "foreseen": foreseen,
        "doing": doing,
        "key": request.form.get("key", ""),
    }


@blueprint.post("/admin/sources/trust")
@needs(Permission.ADMIN)
def doubt() -> ResponseReturnValue:
    """Foresee or do: not to believe a source any more, or to believe it again."""
    form, really = request.form, request.form.get("step") == "do"
    doing, source = "trust" if form.get("doing") == "trust" else "distrust", form.get("source", "").strip()[:400]
    named = dict(zip(("source", "subject"), form.get("key", "").partition("|")[::2], strict=True))
    words = named if doing == "trust" else {"source": source, "subject": form.get("subject", "")}
    try:
        told = doubted_(doing, {**words, "by": viewer().actor, "reason": _reason()}, apply=really)
    except (Invalid, Conflict, NotFound) as error:
        if isinstance(error, NotFound) and doing == "distrust":
            error.field = "subject" if words["subject"] else "source"
        return render_template("sources/trust.html", **_trust_words(source, error, doing=doing)), 422
    if told.done is None:
        return redirect(f"/admin/jobs/{told.job}" if really else f"/admin/sources/trust?job={told.job}", 303)
    if not really:
        return render_template("sources/trust.html", **_trust_words(source, None, _foreseen(told.done), doing))
    flash("It is believed again." if doing == "trust" else "It is not believed any more; its records are kept.", "success")
    return redirect("/admin/sources/trust", 303)
