"""The counter as pages and API use it: the desk over the running services, and what follows for the device after each change."""

from __future__ import annotations

from cmdb.errors import Conflict, Invalid
from cmdb.graph import cis, reviews
from cmdb.loans.desk import Desk, facts
from cmdb.loans.loan import Loan
from web.auth.viewer import viewer
from web.frame.applying import applied
from web.services import services

TWO_LOANS = "two-loans"
"""The kind of question that a join leaves where two people hold the device by the books."""


def desk() -> Desk:
    """The counter over the running services."""
    return Desk(services().graph, services().catalogue)


def tell(loan: Loan) -> None:
    """What the loan means for its device goes in like every observation. Where another loan of it goes on, that one counts."""
    here = services()
    cls = str(cis.get(here.graph, loan.device)["class"])
    going_on = desk().open_of(loan.device) if loan.state != "open" else None
    applied(facts(going_on or loan, cls))


def open_loans(device: str) -> list[Loan]:
    """The loans of a device that are open: several only after a join."""
    return [loan for loan in desk().of_device(device) if loan.state == "open"]


def held_by(review: str, loan_id: str, reason: str) -> Loan:
    """Answer who has a device that is on loan twice: the other loans end, and the question closes. Returns the loan that goes on.

    Raises NotFound, Conflict where that is no open question, Invalid for a loan that is not one of them.
    """
    asked = reviews.get(services().graph, review)
    if asked["kind"] != TWO_LOANS or asked["state"] != "open" or not asked["candidates"]:
        raise Conflict("This is no open question who has a device.")
    found = {loan.id: loan for loan in open_loans(str(asked["candidates"][0]["id"]))}
    kept = found.pop(loan_id, None)
    if kept is None:
        raise Invalid("Choose one of its open loans.", field="loan")
    for other in found.values():
        note = f"By the books on loan twice; {kept.person_name} has it. {reason}".strip()
        desk().check_in(other.id, actor=viewer().actor, note=note[:1000])
    kept = desk().loan(kept.id)
    tell(kept)
    return kept
