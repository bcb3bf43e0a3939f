"""Reviews: whether two things are one, decided by a person who sees the evidence side by side."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid
from cmdb.graph import reviews as store
from cmdb.inventory.visible import shown
from reconciliation import answer
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")
_PAGE = 100


@blueprint.get("")
@needs(Permission.READ)
def reviews() -> ResponseReturnValue:
    """The queue: open questions in the order they were asked, or those answered."""
    state, after = request.args.get("state", "open"), request.args.get("after", "")
    if state not in store.STATES:
        raise Invalid("state is open or answered.", field="state")
    here = services()
    rows = store.listed(here.graph, state=state, after=after[:64], limit=_PAGE + 1)
    more = rows[_PAGE - 1]["id"] if len(rows) > _PAGE else None
    words = {"rows": rows[:_PAGE], "more": more, "state": state, "waiting": store.count_open(here.graph)}
    return render_template("reviews/queue.html", **words, classes=here.catalogue.classes)


@blueprint.get("/<review_id>")
@needs(Permission.READ)
def review(review_id: str) -> ResponseReturnValue:
    """One question: what was seen beside each candidate, the best one first."""
    here = services()
    asked = store.get(here.graph, review_id)
    queue = [str(row["id"]) for row in store.listed(here.graph, limit=_PAGE)]
    place = queue.index(review_id) if review_id in queue else -1
    steps = {"next": queue[place + 1] if 0 <= place < len(queue) - 1 else None, "previous": queue[place - 1] if place > 0 else None}
    candidates = _ranked(asked)
    words = _seen(asked)
    rows = _compared(str(asked["class"]), words, candidates)
    return render_template(
        "reviews/review.html", asked=asked, candidates=candidates, rows=rows, seen=words, steps=steps, classes=here.catalogue.classes
    )


def _ranked(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Candidates with their evidence, most agreement first, as reconciliation ranked them."""
    evidence = {str(c["ci"]): c for c in asked["verdict"].get("candidates", ())}
    order = list(evidence)
    found = [{**ci, "told": evidence.get(str(ci["id"]), {})} for ci in asked["candidates"]]
    return sorted(found, key=lambda ci: order.index(str(ci["id"])) if str(ci["id"]) in order else len(order))


def _seen(asked: dict[str, Any]) -> dict[str, Any]:
    """What the source said of the thing in doubt: its attributes and identifiers; empty where two known CIs are compared."""
    items = (asked["body"] or {}).get("items", ())
    return next((dict(item) for item in items if item.get("ref") == asked.get("ref")), {})


def _compared(cls: str, seen: dict[str, Any], candidates: list[dict[str, Any]]) -> list[tuple[Any, Any, list[Any]]]:
    """Attribute by attribute: (the attribute, what was seen, what each candidate has); what nobody has is left out."""
    catalogue, role = services().catalogue, viewer().role
    said = shown(catalogue, {"class": cls, **seen.get("attributes", {})}, role)
    visible = [shown(catalogue, ci, role) for ci in candidates]
    names = [name for name in catalogue.cls(cls).attributes if name in said or any(name in one for one in visible)]
    return [(catalogue.cls(cls).attributes[name], said.get(name), [one.get(name) for one in visible]) for name in names]


@blueprint.post("/<review_id>")
@needs(Permission.EDIT)
def settle(review_id: str) -> ResponseReturnValue:
    """Answer it; what waited for the answer is applied. Goes on to the next question."""
    here, given = services(), request.form.get("answer", "")
    choice, _, ci = given.partition(":")
    if not given:
        raise Invalid("Choose one of the candidates, or that it is none of them.", field="answer")
    following = store.listed(here.graph, after=review_id, limit=1)
    reason = request.form.get("reason", "").strip()[:1000]
    done = answer(here.graph, here.catalogue, review_id, choice, ci, by=viewer().actor, reason=reason)
    record("review.answer", review_id, {"answer": choice, "ci": ci})
    flash(f"Answered; {len(done.changes)} thing{'' if len(done.changes) == 1 else 's'} changed.", "success")
    return redirect(f"/reviews/{following[0]['id']}" if following else "/reviews", 303)
