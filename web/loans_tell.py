"""The counter as pages and API use it: the desk over the running services, and what follows for the device after each change."""

from __future__ import annotations

from cmdb.graph import cis
from cmdb.loans.desk import Desk, facts
from cmdb.loans.loan import Loan
from web.frame.applying import applied
from web.services import services


def desk() -> Desk:
    """The counter over the running services."""
    return Desk(services().graph, services().catalogue)


def tell(loan: Loan) -> None:
    """What the loan means for its device goes in like every observation."""
    here = services()
    cls = str(cis.get(here.graph, loan.device)["class"])
    applied(facts(loan, cls))
