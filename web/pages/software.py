"""Software over all endpoints: products, the versions of one with who has them, and who lacks it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.errors import NotFound
from cmdb.inventory import software
from cmdb.inventory.query import classes_of
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.table import Column, TableSpec, TableView
from web.services import services

blueprint = Blueprint("software", __name__, url_prefix="/software")
STATES = (("lacks", "Lacks it"), ("unknown", "Unknown"))
PRODUCTS = TableSpec(
    "software-products",
    "Products",
    (
        Column("name", "Product", fixed=True),
        Column("ecosystems", "Kind"),
        Column("versions", "Versions reported", numeric=True),
    ),
    extra=("q",),
    page_size=100,
)
HOLDERS = TableSpec(
    "software-endpoints",
    "Who has it",
    (
        Column("name", "Name", fixed=True),
        Column("version", "Version"),
        Column("ecosystem", "Kind", filter="text"),
        Column("cls", "Class"),
        Column("sources", "Sources"),
        Column("ci", "Id", shown=False),
    ),
    extra=("name", "range"),
    page_size=100,
)
LACKING = TableSpec(
    "software-lacking",
    "Who lacks it",
    (
        Column("name", "Name", fixed=True),
        Column("state", "State", filter="choice", choices=STATES, value=lambda one: dict(STATES)[one.state]),
        Column("reason", "Why unknown"),
        Column("cls", "Class"),
        Column("ci", "Id", shown=False),
    ),
    extra=("name", "range", "class"),
    page_size=100,
)


@blueprint.get("")
@needs(Permission.READ)
def products() -> ResponseReturnValue:
    """Products by how their name begins."""
    view = PRODUCTS.read()
    wanted, graph = view.extra.get("q", ""), services().graph
    if view.format:
        return export(view, software.products(graph, wanted, limit=100_000))
    after = str(view.cursor.values[0]) if view.cursor else ""
    rows = software.products(graph, wanted, after=after, limit=view.limit + 1)
    page = view.page(rows, key=lambda row: (row["name_lower"],), both_ways=False)
    return render_template("software/products.html", view=view, page=page, q=wanted)


@blueprint.get("/product")
@needs(Permission.READ)
def product() -> ResponseReturnValue:
    """One product: how many have which version, and who has those in the range."""
    view = HOLDERS.read()
    name, span, ecosystem = _asked(view)
    graph = services().graph
    if view.format:
        return export(view, software.everyone_with(graph, name, span, ecosystem))
    try:
        versions = software.versions_of(graph, name, span, ecosystem)
        rows = software.who_has(graph, name, span, ecosystem, after=_place(view), limit=view.limit + 1)
    except NotFound:
        versions, rows = [], []
    page = view.page(rows, key=lambda one: one.place, both_ways=False)
    return render_template("software/product.html", view=view, page=page, name=name, span=span, versions=versions)


@blueprint.get("/lacking")
@needs(Permission.READ)
def lacking() -> ResponseReturnValue:
    """Endpoints without it, apart from those of which nobody can tell."""
    view, here = LACKING.read(), services()
    name, span, _ = _asked(view)
    classes = classes_of(here.catalogue, view.extra.get("class") or "endpoint")
    state = view.filters.get("state", "")
    if view.format:
        return export(view, software.everyone_lacking(here.graph, classes, name, span, state=state))
    after = str(view.cursor.values[0]) if view.cursor else ""
    rows = software.lacking(here.graph, classes, name, span, state=state, after=after, limit=view.limit + 1)
    page = view.page(rows, key=lambda one: (one.ci,), both_ways=False)
    return render_template("software/lacking.html", view=view, page=page, name=name, span=span)


def _asked(view: TableView) -> tuple[str, str, str]:
    """Product, range and ecosystem of the request."""
    return view.extra.get("name", "")[:500], view.extra.get("range", ""), view.filters.get("ecosystem", "")


def _place(view: TableView) -> software.Place | None:
    if view.cursor is None or len(view.cursor.values) != 4:
        return None
    ecosystem, version, part, ci = (str(value) for value in view.cursor.values)
    return ecosystem, version, part, ci
