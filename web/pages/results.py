"""All results in one state, whichever policy: where the numbers of the compliance overview and the dashboard lead."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.compliance import in_state
from cmdb.graph.door import Row
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.table import Column, TableSpec, TableView
from web.pages.compliance import ENDPOINTS, as_of, titles
from web.services import services

blueprint = Blueprint("results", __name__, url_prefix="/compliance")


def _title(row: Row) -> object:
    return titles().get(str(row["policy"]), row["policy"])


def spec() -> TableSpec:
    """The table; a policy is chosen among those that count."""
    policies = tuple(sorted(titles().items(), key=lambda one: one[1]))
    columns = (
        ENDPOINTS.columns[0],
        Column("policy", "Policy", filter="choice", choices=policies, value=_title),
        *(replace(one, shown=one.key != "team") for one in ENDPOINTS.columns[1:]),
    )
    return TableSpec("results", "Results", columns, extra=("as_of",))


@blueprint.get("/results")
@needs(Permission.READ)
def results() -> ResponseReturnValue:
    """Results of all policies by state, policy after policy; `?as_of=`: as they were."""
    view = spec().read()
    when, graph = as_of(view.extra.get("as_of")), services().graph
    state, where = view.filters.get("state", ""), _where(view)
    if view.format:
        return export(view, in_state.every(graph, state, where, when))
    rows = in_state.page(graph, state, where, when, after=_after(view), limit=view.limit + 1)
    page = view.page(rows, key=lambda row: in_state.place_of(row, when), both_ways=False)
    return render_template("compliance/results.html", view=view, page=page, when=when, titles=titles())


def _where(view: TableView) -> dict[str, str]:
    where = {key: value for key, value in view.filters.items() if key not in ("state", "declared")}
    return where | {"ownership": view.filters.get("declared", "")}


def _after(view: TableView) -> in_state.Place:
    if view.cursor is None:
        return in_state.BEGIN
    policy, name, key = (str(value) for value in view.cursor.values)
    return policy, name, key
