"""Coverage: what the sources covered in the last days, what none of them looks at, what each alone knows."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.inventory.coverage import DAYS, coverage
from cmdb.inventory.sources import source_states
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.small import chosen_rows, small_page
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("coverage", __name__, url_prefix="/coverage")

SPEC = TableSpec(
    "coverage",
    "Coverage",
    (
        Column("title", "Class", sort=True, filter="text", fixed=True),
        Column("cis", "There", sort=True, numeric=True),
        Column("seen", "Seen lately", sort=True, numeric=True),
        Column("share", "Seen, %", sort=True, numeric=True),
        Column("uncovered", "No source looks at", sort=True, numeric=True),
        Column("alone", "Known by one source alone", value=lambda row: [f"{key}: {n}" for key, n in row.alone.items()]),
    ),
    order="title",
)


@blueprint.get("")
@needs(Permission.READ)
def page() -> ResponseReturnValue:
    """By class, and by source; with when it was counted."""
    here, view, now = services(), SPEC.read(), datetime.now(UTC)
    rows, counted_at = coverage(here.graph, here.ledger, here.catalogue, now)
    if view.format:
        return export(view, chosen_rows(view, rows))
    alone: dict[str, int] = {}
    for row in rows:
        for key, n in row.alone.items():
            alone[key] = alone.get(key, 0) + n
    states, _ = source_states(here.graph, here.ledger, now)
    words = {"states": states, "alone": alone, "days": DAYS, "counted_at": counted_at}
    return render_template("coverage/page.html", view=view, page=small_page(view, rows), **words)
