"""Reviews: whether two things are one, decided by a person who sees the evidence side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import reviews as store
from cmdb.graph.cis import many
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import answered, looked_at, taken_back
from web.frame.export import export
from web.frame.record import record
from web.frame.review_case import case_of, foreseen_of, pattern_words
from web.frame.table import Column, TableSpec
from web.loans_tell import TWO_LOANS, held_by, open_loans
from web.pages.review_groups import ANSWER_GROUP
from web.services import services

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")
_KINDS = (("who", "which is it"), ("double", "are they one"), ("split", "is it several"), ("two-loans", "on loan twice"))
_AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "quarter": timedelta(days=91)}
_AGE_WORDS = (
    ("day", "older than a day"),
    ("week", "older than a week"),
    ("month", "older than a month"),
    ("quarter", "older than a quarter"),
)
_KEPT = ("kind", "class", "rule", "source", "title", "age", "group")
_EXPORT = 500
NONE_LEFT = "That was the last open question: the queue is empty."
_LEAST = {"double": 2, "split": 1}
"""Candidates without which nothing is left to be asked."""


def spec() -> TableSpec:
    """The table of open questions."""
    classes = tuple((name, cls.title) for name, cls in services().catalogue.classes.items() if not cls.abstract)
    columns = (
        Column("title", "What", filter="text", fixed=True),
        Column("kind", "Question", filter="choice", choices=_KINDS),
        Column("class", "Class", filter="choice", choices=classes),
        Column("rule", "Why it is doubtful", filter="text"),
        Column("names", "May be"),
        Column("source", "Seen by", filter="text"),
        Column("age", "Asked", filter="choice", choices=_AGE_WORDS, value=lambda row: row["opened_at"]),
        Column("pattern", "Evidence", shown=False, value=lambda row: pattern_words(str(row["pattern"] or ""))),
        Column("id", "Id", shown=False),
    )
    return TableSpec("reviews", "Open questions", columns, page_size=50, extra=("group",))


def filters_of(given: dict[str, str]) -> dict[str, str]:
    """Filters of the store from query words: the age becomes a day before which a question was asked. Raises Invalid."""
    found = {name: value[:200] for name, value in given.items() if name in _KEPT and name != "age" and value}
    if given.get("age"):
        if given["age"] not in _AGES:
            raise Invalid(f"age is one of {', '.join(_AGES)}.", field="age")
        found["until"] = times.to_text(times.now() - _AGES[given["age"]])
    return found


def _given() -> dict[str, str]:
    return {name: request.args[name].strip() for name in _KEPT if request.args.get(name, "").strip()}


@blueprint.get("")
@needs(Permission.READ)
def reviews() -> ResponseReturnValue:
    """The queue: open questions in the order they were asked, filtered; as a page or as a file."""
    here, view = services(), spec().read()
    filters = filters_of({**view.filters, **view.extra})
    if view.format:
        return export(view, _every(filters))
    place = str(view.cursor.values[0]) if view.cursor else ""
    beyond = {"before": place} if view.backwards else {"after": place}
    rows = store.listed(here.graph, filters=filters, limit=view.limit + 1, **beyond)
    gone = [str(row["id"]) for row in rows if len(row["candidates"]) < _LEAST.get(str(row["kind"]), 0)]
    if [one for one in gone if looked_at(one)["state"] != "open"]:
        rows = store.listed(here.graph, filters=filters, limit=view.limit + 1, **beyond)
    page = view.page(rows, key=lambda row: (str(row["id"]),))
    words = {"waiting": store.count_open(here.graph), "classes": here.catalogue.classes, "kinds": dict(_KINDS)}
    return render_template("reviews/queue.html", view=view, page=page, query=urlencode(_given()), **words)


def _every(filters: dict[str, str]) -> Iterator[dict[str, Any]]:
    place = ""
    while rows := store.listed(services().graph, filters=filters, after=place, limit=_EXPORT):
        yield from rows
        place = str(rows[-1]["id"])


@blueprint.get("/closed")
@needs(Permission.READ)
def closed() -> ResponseReturnValue:
    """Questions that were answered or settled themselves, the latest first."""
    here = services()
    rows = store.closed(here.graph, after=request.args.get("after", "")[:100], limit=51)
    more = rows[49]["closed_key"] if len(rows) > 50 else None
    words = {"waiting": store.count_open(here.graph), "classes": here.catalogue.classes}
    return render_template("reviews/closed.html", rows=rows[:50], more=more, **words)


@blueprint.get("/<review_id>")
@needs(Permission.READ)
def review(review_id: str) -> ResponseReturnValue:
    """One question: what was seen beside each candidate, the best one first."""
    here, given = services(), _given()
    asked = looked_at(review_id)
    previous, following = store.beside(here.graph, review_id, filters_of(given)) if asked["state"] == "open" else ("", "")
    last = request.args.get("last", "")[:64]
    case = case_of(here.graph, here.catalogue, asked, viewer().role)
    words: dict[str, Any] = {"previous": previous, "following": following, "query": urlencode(given), "last": last}
    if asked["kind"] == TWO_LOANS and asked["state"] == "open" and asked["candidates"]:
        words["loans"] = open_loans(str(asked["candidates"][0]["id"]))
    return render_template("reviews/review.html", case=case, asked=asked, **words, classes=here.catalogue.classes)


@blueprint.get("/<review_id>/choices")
@needs(Permission.READ)
def choices(review_id: str) -> ResponseReturnValue:
    """What each answer would change; nothing is changed by looking."""
    here = services()
    asked = store.get(here.graph, review_id)
    try:
        told = foreseen_of(here.graph, here.catalogue, asked) if asked["state"] == "open" else []
    except (Conflict, NotFound):  # somebody answers it at this moment
        told = []
    ends = {str(c.after or c.before) for _, changes in told for c in changes if c.kind.startswith("relation")}
    words = {"names": many(here.graph, ends), "relations": here.catalogue.relations, "classes": here.catalogue.classes}
    return render_template("reviews/choices.html", asked=asked, told=told, **words)


@blueprint.post("/<review_id>")
@needs(Permission.EDIT)
def settle(review_id: str) -> ResponseReturnValue:
    """Answer it; what waited for the answer is applied. Goes on to the next question of the same view."""
    here, given, chosen = services(), _given(), request.form.get("answer", "")
    choice, _, ci = chosen.partition(":")
    if not chosen:
        raise Invalid("Choose one of the candidates, or that it is none of them.", field="answer")
    reason = request.form.get("reason", "").strip()[:1000]
    done = answered(review_id, choice, ci, reason)
    record("review.answer", review_id, {"answer": choice, "ci": ci})
    flash(f"Answered; {len(done.changes)} thing{'' if len(done.changes) == 1 else 's'} changed.", "success")
    following = store.open_ids(here.graph, filters=filters_of(given), after=review_id, limit=1)
    following = following or store.open_ids(here.graph, filters=filters_of(given), limit=1)
    if not following:
        left = store.count_open(here.graph)
        more = f"{left} more {'is' if left == 1 else 'are'} open in the queue."
        flash(f"That was the last question of this view; {more}" if left else NONE_LEFT, "info")
    words = urlencode({**given, "last": review_id})
    return redirect(f"/reviews/{following[0]}?{words}" if following else f"/reviews/{review_id}?{words}", 303)


@blueprint.post("/<review_id>/holder")
@needs(Permission.LOAN)
def holder(review_id: str) -> ResponseReturnValue:
    """Say who has a device that two people hold by the books: the other loan ends."""
    kept = held_by(review_id, request.form.get("loan", ""), request.form.get("reason", "").strip()[:500])
    record("review.holder", review_id, {"loan": kept.id, "device": kept.device})
    flash(f"{kept.person_name} has it; the other loan is ended.", "success")
    given = _given()
    following = store.open_ids(services().graph, filters=filters_of(given), limit=1)
    if not following and not store.count_open(services().graph):
        flash(NONE_LEFT, "info")
    return redirect(f"/reviews/{following[0]}?{urlencode(given)}" if following else "/reviews", 303)


@blueprint.post("/<review_id>/take-back")
@needs(Permission.EDIT)
def back(review_id: str) -> ResponseReturnValue:
    """Take the answer back: what it did is undone, and the question is open again."""
    reason = request.form.get("reason", "").strip()[:1000]
    taken_back(review_id, reason)
    record("review.take-back", review_id)
    flash("Taken back; the question is open again.", "success")
    return redirect(f"/reviews/{review_id}?{urlencode(_given())}", 303)


@blueprint.get("/jobs/<job_id>")
@needs(Permission.READ)
def job(job_id: str) -> ResponseReturnValue:
    """How far an answer in bulk is, and how it ended."""
    found = services().ledger.jobs.get(job_id)
    if found.kind != ANSWER_GROUP:
        raise NotFound("There is no such answer in bulk.")
    told = dict(found.result or found.progress or {})
    return render_template("reviews/job.html", job=found, told=told, running=found.state in ("waiting", "running"))
