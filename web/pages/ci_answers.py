"""The three answers on the page of one configuration item: what breaks without it, who holds it, is it protected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.compliance import report
from cmdb.compliance.chosen import active
from cmdb.compliance.failing import failing_of
from cmdb.errors import NotFound
from cmdb.graph import cis as store
from cmdb.impact.answer import answer
from cmdb.impact.parts import folded
from cmdb.impact.question import ask
from cmdb.impact.report import rows_of
from cmdb.loans.loan import CONDITIONS
from cmdb.loans.pool import UNFIT
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.loans_tell import desk
from web.pages.ci import frame_of
from web.services import services

blueprint = Blueprint("ci_answers", __name__, url_prefix="/cis")
_SHOWN = 12
_NEAREST = 20_000
"""Most CIs the tab looks at; the full answer looks at all"""


def _row(ci_id: str, tab: str, kinds: tuple[str, ...] = ()) -> dict[str, Any]:
    """The words of the frame. Raises NotFound, also where such a thing has no such tab."""
    here = services()
    row = store.get(here.graph, ci_id)
    if kinds and not any(here.catalogue.is_a(str(row["class"]), kind) for kind in kinds):
        raise NotFound(f"A {here.catalogue.cls(str(row['class'])).title.lower()} has no such page.")
    return frame_of(row, tab)


@blueprint.get("/<ci_id>/impact")
@needs(Permission.READ)
def impact(ci_id: str) -> ResponseReturnValue:
    """What breaks if this goes, were it now: services, people and devices in short, with the way to the full answer."""
    here, words = services(), _row(ci_id, "/impact")
    told = answer(here.graph, here.catalogue, ask([str(words["ci"]["id"])]), limit=_NEAREST)
    rows = [row for row in folded(rows_of(told), here.catalogue) if row["ci"] != words["ci"]["id"]]
    return render_template("ci/impact.html", **words, told=told, rows=rows, shown=_SHOWN, classes=here.catalogue.classes)


@blueprint.get("/<ci_id>/loans")
@needs(Permission.READ)
def loans(ci_id: str) -> ResponseReturnValue:
    """Who holds it, what can be done about it, and who held it before; of a person, what they borrowed."""
    words = _row(ci_id, "/loans", ("hardware", "person"))
    ci, today = words["ci"], times.now().date()
    person = ci["class"] == "person"
    found = desk().of_person(str(ci["id"])) if person else desk().of_device(str(ci["id"]))
    holder = next((loan for loan in found if loan.state == "open"), None)
    due = date.fromisoformat(holder.due_on) if holder is not None else today
    return render_template(
        "ci/loans.html",
        **words,
        loans=found,
        holder=holder,
        person=person,
        unfit=str(ci.get("status") or "") in UNFIT,
        today=today,
        later=(max(today, due) + timedelta(days=14)).isoformat(),
        conditions=CONDITIONS,
    )


@blueprint.get("/<ci_id>/compliance")
@needs(Permission.READ)
def compliance(ci_id: str) -> ResponseReturnValue:
    """Each policy's result with reason, evidence and since when, and what was before."""
    words = _row(ci_id, "/compliance", ("endpoint",))
    found = report.of_endpoint(services().graph, str(words["ci"]["id"]))
    counts = {state: sum(one.state == state for one in found.results) for state in ("fail", "unknown", "pass")} if found else {}
    titles = {one.id: one.title for one in active(services().graph)}
    return render_template("ci/compliance.html", **words, compliance=found, counts=counts, titles=titles, failing=failing_of(found))
