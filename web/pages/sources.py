"""Sources: who speaks of how much, and when last."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.inventory.sources import source_states
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.small import chosen_rows, small_page
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("sources", __name__, url_prefix="/admin/sources")

SPEC = TableSpec(
    "sources",
    "Sources",
    (
        Column("id", "Source", sort=True, filter="text", fixed=True),
        Column("cis", "Speaks of", sort=True, numeric=True),
        Column("absent", "Of these gone", sort=True, numeric=True),
        Column("first", "Oldest word", sort=True),
        Column("last", "Newest word", sort=True),
        Column("stale", "State"),
    ),
    order="id",
)


@blueprint.get("")
@needs(Permission.READ)
def sources() -> ResponseReturnValue:
    """All sources, with when they were counted."""
    here, view = services(), SPEC.read()
    rows, counted_at = source_states(here.graph, here.ledger, datetime.now(UTC))
    if view.format:
        return export(view, chosen_rows(view, rows))
    return render_template("sources/list.html", view=view, page=small_page(view, rows), counted_at=counted_at)
