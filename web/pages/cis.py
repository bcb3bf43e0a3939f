"""The list of configuration items: class tree, search as you type, a filter on every column, exactly this view as a file."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.graph import cis as store
from cmdb.inventory.listing import find, place_of
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.ci_table import all_rows, rows_of, table_of
from web.frame.class_tree import class_tree
from web.frame.export import export
from web.services import services

blueprint = Blueprint("cis", __name__)
_TELLING = frozenset({"serial", "asset_tag", "mac", "imei", "email", "uuid", "employee_number", "contract_number"})
"""Identifiers a person scans or pastes: one exact hit of these goes straight to the CI."""


@blueprint.get("/cis")
@needs(Permission.READ)
def cis() -> ResponseReturnValue:
    """The list. `class` chooses a class with all that inherit from it, `q` searches; the URL is the view."""
    here, cls = services(), request.args.get("class") or "ci"
    view = table_of(here.catalogue, cls, viewer().role).read()
    if view.format:
        return export(view, all_rows(here.graph, here.catalogue, view))
    page = view.page(rows_of(here.graph, here.catalogue, view), lambda row: place_of(dict(row), view.order.key))
    tree = class_tree(here.catalogue, store.class_counts(here.graph), cls)
    return render_template("cis/list.html", view=view, page=page, tree=tree, chosen=cls, classes=here.catalogue.classes)


@blueprint.get("/search")
@needs(Permission.READ)
def search() -> ResponseReturnValue:
    """Everything that begins like `q`; one exact hit of a tag, serial, MAC or e-mail leads straight to it."""
    here, text = services(), request.args.get("q", "").strip()
    rows = find(here.graph, text, limit=50) if text else []
    exact = [row for row in rows if row["found_by"] in _TELLING and _same(str(row["found_value"]), text)]
    if len(exact) == 1 and "HX-Request" not in request.headers:
        return redirect(f"/cis/{exact[0]['id']}", 303)
    return render_template("cis/search.html", rows=rows, text=text, classes=here.catalogue.classes)


def _same(one: str, other: str) -> bool:
    return "".join(filter(str.isalnum, one.lower())) == "".join(filter(str.isalnum, other.lower()))
