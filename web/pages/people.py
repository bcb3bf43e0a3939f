"""People, services and suppliers: lists with what matters about each kind, and one page each; and a person's own things."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import NotFound
from cmdb.graph import cis as store
from cmdb.impact.standing import people_of, stands_on
from cmdb.inventory.listing import find, place_of
from cmdb.inventory.visible import shown
from cmdb.loans.desk import Desk
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.ci_table import all_rows, rows_of, table_of
from web.frame.export import export
from web.frame.neighbours import Neighbour, neighbours
from web.services import services

blueprint = Blueprint("people", __name__)
_HOLDS = frozenset({"used_by"})
_OWNS = frozenset({"owned_by", "supported_by"})


def _list(cls: str) -> ResponseReturnValue:
    """The list of one class as a page of its own."""
    here = services()
    words = {**request.args.to_dict(), "class": cls}
    view = table_of(here.catalogue, cls, viewer().role, own=True).read(words)
    if view.format:
        return export(view, all_rows(here.graph, here.catalogue, view))
    page = view.page(rows_of(here.graph, here.catalogue, view), lambda row: place_of(dict(row), view.order.key))
    return render_template("people/list.html", view=view, page=page, kind=here.catalogue.cls(cls))


@blueprint.get("/people")
@needs(Permission.READ)
def people() -> ResponseReturnValue:
    """Everybody."""
    return _list("person")


@blueprint.get("/services")
@needs(Permission.READ)
def all_services() -> ResponseReturnValue:
    """Every service."""
    return _list("service")


@blueprint.get("/suppliers")
@needs(Permission.READ)
def suppliers() -> ResponseReturnValue:
    """Every supplier."""
    return _list("supplier")


def _near(row: dict[str, Any]) -> list[Neighbour]:
    here = services()
    return neighbours(store.relations(here.graph, str(row["id"])), here.catalogue.relations)


def _of_class(ci_id: str, cls: str) -> dict[str, Any]:
    row = store.get(services().graph, ci_id)
    if row["class"] != cls:
        raise NotFound(f"This is no {services().catalogue.cls(cls).title.lower()}.")
    return row


def _person_words(row: dict[str, Any], *, own: bool) -> dict[str, Any]:
    """What a person holds, owns and uses, their loans, and how they work."""
    here = services()
    near = _near(row)
    inward = [one for one in near if not one.outward]
    uses = [one for one in inward if one.type in _HOLDS]
    classes = here.catalogue
    return {
        "person": row,
        "facts": shown(here.catalogue, row, viewer().role, own=own),
        "cls": classes.cls("person"),
        "holds": [one for one in uses if classes.is_a(one.cls, "hardware")],
        "uses": [one for one in uses if not classes.is_a(one.cls, "hardware")],
        "owns": [one for one in inward if one.type in _OWNS],
        "places": [one for one in near if one.outward],
        "loans": Desk(here.graph, here.catalogue).of_person(str(row["id"])),
        "classes": classes.classes,
        "endpoints": {name for name in classes.classes if classes.is_a(name, "endpoint")},
    }


@blueprint.get("/people/<ci_id>")
@needs(Permission.READ)
def person(ci_id: str) -> ResponseReturnValue:
    """One person."""
    return render_template("people/person.html", **_person_words(_of_class(ci_id, "person"), own=False), own=False)


@blueprint.get("/services/<ci_id>")
@needs(Permission.READ)
def service(ci_id: str) -> ResponseReturnValue:
    """One service: what it stands on, what alone takes it down, who uses it from where, who answers for it, when it may be stopped."""
    here, row = services(), _of_class(ci_id, "service")
    near = _near(row)
    groups = {
        "needs": [one for one in near if one.outward and one.type in ("depends_on", "runs_on", "hosted_on")],
        "needed": [one for one in near if not one.outward and one.type == "depends_on"],
        "users": [one for one in near if one.outward and one.type == "used_by"],
        "owners": [one for one in near if one.outward and one.type in _OWNS],
    }
    below = stands_on(here.graph, here.catalogue, str(row["id"]))
    return render_template(
        "services/service.html",
        service=row,
        facts=shown(here.catalogue, row, viewer().role),
        cls=here.catalogue.cls("service"),
        classes=here.catalogue.classes,
        below=below,
        standing=[one for one in below["needs"] if one["part_of"] is None],
        people=people_of(here.graph, row),
        **groups,
    )


@blueprint.get("/my")
@needs(Permission.OWN)
def my() -> ResponseReturnValue:
    """The viewer's own devices and loans, found by the e-mail of the account."""
    here, email = services(), viewer().email.strip().lower()
    found = find(here.graph, email, limit=5) if email else []
    mine = [row for row in found if row["class"] == "person" and str(row.get("email", "")).lower() == email]
    if len(mine) != 1:
        return render_template("people/nobody.html", email=email)
    return render_template("people/person.html", **_person_words(mine[0], own=True), own=True)


@blueprint.get("/suppliers/<ci_id>")
@needs(Permission.READ)
def supplier(ci_id: str) -> ResponseReturnValue:
    """A supplier is shown as any other configuration item."""
    return redirect(f"/cis/{ci_id}", 303)
