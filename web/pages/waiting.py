"""Relations that wait: a source told of them, and nobody has shown their other end yet."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.graph.waiting import how_many
from reconciliation.orders import GIVE_UP
from reconciliation.parked import MOST, WAIT_KEY, Parked, parked, parked_as, waiting_days
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import ordered
from web.frame.export import export
from web.frame.record import record
from web.frame.small import chosen_rows, small_page
from web.frame.table import Column, Page, TableSpec, TableView
from web.services import services

blueprint = Blueprint("waiting", __name__, url_prefix="/reviews/waiting")


def _relation(one: Parked) -> str:
    """The relation in words, as seen from the end that is known."""
    kind = services().catalogue.relations.get(one.relation)
    return one.relation.replace("_", " ") if kind is None else (kind.title if one.outgoing else kind.inverse)


SPEC = TableSpec(
    "waiting",
    "Relations that wait",
    (
        Column("name", "Known end", sort=True, filter="text", fixed=True),
        Column("relation", "Relation", sort=True, filter="text", value=_relation),
        Column("shows", "Would be recognised by", filter="text", value=lambda one: ", ".join(one.shows) or one.missing),
        Column("source", "Told by", sort=True, filter="text"),
        Column("since", "Waits since", sort=True),
        Column("told_at", "Told last", sort=True),
    ),
    order="told_at",
)


@blueprint.get("")
@needs(Permission.READ)
def waiting() -> ResponseReturnValue:
    """All of them with what is missing, the longest untold first; as a page or as a file."""
    here, view = services(), SPEC.read()
    if view.format:
        return export(view, chosen_rows(view, parked(here.graph)))
    words = {
        "count": how_many(here.graph),
        "most": MOST,
        "all": _as_kept(view),
        "days": waiting_days(here.ledger.settings.get(WAIT_KEY)),
        "classes": here.catalogue.classes,
    }
    return render_template("reviews/waiting.html", view=view, page=_page(view), **words)


def _page(view: TableView) -> Page[Parked]:
    """One page: in the order in which they are kept only its own rows are read, else the first 5,000."""
    graph = services().graph
    if not _as_kept(view):
        return small_page(view, parked(graph))
    at, last = map(str, view.cursor.values) if view.cursor else ("", "")
    rows = parked(graph, limit=view.limit + 1, after=(at, last))
    return view.page(rows, lambda one: (one.told_at, one.id), both_ways=False)


def _as_kept(view: TableView) -> bool:
    return not view.filters and str(view.order) == SPEC.order


@blueprint.post("/give-up")
@needs(Permission.EDIT)
def given_up() -> ResponseReturnValue:
    """A person knows that the other end will not come. Told again, the relation waits again."""
    key, reason = request.form.get("id", "")[:200], request.form.get("reason", "")
    one = parked_as(services().graph, key)
    ordered(GIVE_UP, {"relations": [one.said()], "by": viewer().actor, "reason": reason}, apply=True)
    record("waiting.give_up", key, {"reason": reason.strip()[:1000]})
    flash("It waits no longer; the history says so.", "success")
    return redirect("/reviews/waiting", 303)
