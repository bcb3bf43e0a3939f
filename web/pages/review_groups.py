"""Questions that are alike: one answer for all of a group, foreseen first, and carried out as a job where they are many."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.graph import reviews as store
from reconciliation.bulk_answers import STEP, answer_all, check_choice, preview_group
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import answered
from web.frame.record import record
from web.frame.review_case import pattern_words
from web.services import services

blueprint = Blueprint("review_groups", __name__, url_prefix="/reviews/groups")
ANSWER_GROUP = "answer-reviews"
"""The kind of the job (cmdb.runtime.review_work does it)."""

CHOICES = (
    ("same", "each is its best candidate"),
    ("different", "none is any of its candidates"),
    ("replaced-part", "each is its best candidate, with a part replaced"),
    ("retired-replaced", "each took the place of its best candidate, which is retired"),
)
_SHOWN = 20


@blueprint.get("")
@needs(Permission.READ)
def groups() -> ResponseReturnValue:
    """Groups of open questions with the same rule, class, source and pattern of evidence, the largest first."""
    here = services()
    words = {"waiting": store.count_open(here.graph), "classes": here.catalogue.classes, "told": pattern_words}
    return render_template("reviews/groups.html", groups=store.groups(here.graph), **words)


@blueprint.get("/<key>")
@needs(Permission.READ)
def group(key: str) -> ResponseReturnValue:
    """One group: some of its questions, and what an answer to all of them would do (`?answer=`)."""
    here, choice = services(), request.args.get("answer", "")
    found = store.group(here.graph, key)
    tally = preview_group(here.graph, here.catalogue, key, choice, limit=_SHOWN) if choice else None
    rows = store.listed(here.graph, filters={"group": key}, limit=_SHOWN)
    words = {"tally": tally, "choice": choice, "choices": CHOICES, "classes": here.catalogue.classes, "step": STEP, "told": pattern_words}
    return render_template("reviews/group.html", group=found, rows=rows, **words)


@blueprint.post("/<key>")
@needs(Permission.EDIT)
def settle(key: str) -> ResponseReturnValue:
    """Answer all of them: at once where they are few, else as a job that shows how far it is."""
    here, choice = services(), request.form.get("answer", "")
    reason = request.form.get("reason", "").strip()[:1000]
    check_choice(choice)
    found = store.group(here.graph, key)
    record("review.answer-group", key, {"answer": choice, "count": found["count"]})
    if int(found["count"]) > STEP:
        args = {"group": key, "answer": choice, "by": viewer().actor, "reason": reason}
        job = here.ledger.jobs.enqueue(ANSWER_GROUP, args, key=key)
        return redirect(f"/reviews/jobs/{job}", 303)
    ids = store.open_ids(here.graph, filters={"group": key}, limit=STEP)
    tally = answer_all(here.graph, here.catalogue, ids, choice, by=viewer().actor, reason=reason, say=answered)
    left = f" {len(tally.left)} stay open: {tally.left[0]['why']}" if tally.left else ""
    flash(f"Answered {tally.answered} questions.{left}", "success" if not tally.left else "warning")
    return redirect("/reviews/groups", 303)
