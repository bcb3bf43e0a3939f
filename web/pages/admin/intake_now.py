"""How the intake does now: rate, backlog, what is refused and parked and why, who sends most, and whether a storm is on."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.intake import summary
from cmdb.intake.crew import crew_of
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.services import services

blueprint = Blueprint("intake_now", __name__, url_prefix="/admin")


@blueprint.get("/intake/now")
@needs(Permission.READ)
def now() -> ResponseReturnValue:
    """The dashboard of the intake."""
    ledger, at = services().ledger, times.now()
    hours = ledger.rates.per_hour()
    return render_template(
        "admin/intake_now.html",
        summary=summary(ledger, at),
        crew=crew_of(ledger),
        storm=ledger.rates.storm(),
        hours=hours,
        most=max((n for _, n in hours), default=0),
        refused=ledger.rates.refused_why(at - timedelta(days=1)),
        parked=ledger.rates.parked_why(),
        lines=ledger.rates.lines(),
    )
