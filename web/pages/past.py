"""A CI as it was: its values and relations at a moment of the past, and what became different between two times."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis as store
from cmdb.inventory.difference import difference, window
from cmdb.inventory.look_back import ci_at, relations_at
from cmdb.inventory.moment import Moment, moment_of
from cmdb.inventory.visible import shown
from cmdb.model import times
from web.api.difference import permitted
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.neighbours import neighbours
from web.pages.ci import frame_of, grouped
from web.services import services

blueprint = Blueprint("past", __name__, url_prefix="/cis")


@blueprint.get("/<ci_id>/past")
@needs(Permission.READ)
def past(ci_id: str) -> ResponseReturnValue:
    """What was so (`as_of`), as far as it was known (`known_at`). Times without a zone are UTC."""
    here = services()
    row = store.get(here.graph, ci_id)
    if "redirected_from" in row:
        return redirect(f"/cis/{row['id']}/past?{request.query_string.decode()}", 308)
    asked = {name: request.args.get(name, "").strip() for name in ("as_of", "known_at")}
    try:
        moment = moment_of(asked["as_of"], asked["known_at"])
        found = _found(ci_id, moment) if moment is not None else {}
        error = ""
    except (Invalid, NotFound) as failure:
        moment, found, error = None, {}, failure.message
    return render_template("ci/past.html", **frame_of(row, "/history"), **found, moment=moment, asked=asked, error=error)


def _found(ci_id: str, moment: Moment) -> dict[str, Any]:
    here = services()
    then = ci_at(here.graph, ci_id, moment)
    cls = here.catalogue.cls(str(then["class"]))
    near = neighbours(relations_at(here.graph, ci_id, moment), here.catalogue.relations)
    return {
        "then": then,
        "then_cls": cls,
        "groups": grouped(cls, shown(here.catalogue, then, viewer().role)),
        "near": near,
        "classes": here.catalogue.classes,
    }


@blueprint.get("/<ci_id>/diff")
@needs(Permission.READ)
def diff(ci_id: str) -> ResponseReturnValue:
    """Between `from` and `to` (empty: now): values, relations, and what its members became."""
    here = services()
    row = store.get(here.graph, ci_id)
    asked = {name: request.args.get(name, "").strip() for name in ("from", "to")}
    found, error = None, ""
    try:
        if asked["from"]:
            found = permitted(difference(here.graph, here.catalogue, ci_id, *window(asked["from"], asked["to"])))
    except (Invalid, NotFound) as failure:
        error = failure.message
    words = {"found": found, "asked": asked, "error": error, "classes": here.catalogue.classes, "relations": here.catalogue.relations}
    return render_template("ci/diff.html", **frame_of(row, "/history"), **words, today=times.to_text(times.now())[:10])
