"""`/api/v1/loans`: who holds what, hand out, take back, scan."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.loans import scan
from cmdb.loans.desk import Terms
from cmdb.loans.loan import Loan
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.loans_tell import desk, tell
from web.services import services

api = api_blueprint("loans", "Loaned equipment.")


class LoansQuery(ListQuery):
    """Which loans."""

    state: Literal["open", "returned", "lost"] = Field(default="open", description="Their state.")
    overdue: bool = Field(default=False, description="Only open ones past their day.")
    person: str | None = Field(default=None, max_length=64, description="All loans to this person (id), whatever their state.")
    device: str | None = Field(default=None, max_length=64, description="All loans of this device (id), whatever their state.")


class LoanPath(BaseModel):
    """Which loan."""

    loan_id: str = Field(min_length=1, max_length=64, description="Its id.")


class AccessoryIn(BaseModel):
    """What goes along."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, description="charger, bag …")
    quantity: int = Field(default=1, ge=1, le=1000, description="How many.")
    ci: str = Field(default="", max_length=64, description="Its CI, where it is one.")


class NewLoan(BaseModel):
    """A check-out. Several devices are lent all or none; the accessories go with the first."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(default="", max_length=64, description="Id of the device.")
    devices: list[str] = Field(default_factory=list, max_length=100, description="Ids, for several at once.")
    person: str = Field(min_length=1, max_length=64, description="Id of the borrower.")
    due_on: str = Field(max_length=10, description="The day it is due, e.g. 2026-12-24.")
    note: str = Field(default="", max_length=2000, description="A note.")
    condition: str = Field(default="", max_length=20, description="good, worn or damaged.")
    accessories: list[AccessoryIn] = Field(default_factory=list, max_length=100, description="What goes along.")


class Return(BaseModel):
    """A check-in."""

    model_config = ConfigDict(extra="forbid")

    returned: list[str] | None = Field(default=None, max_length=100, description="Names of the accessories that came back; null: all.")
    condition: str = Field(default="", max_length=20, description="good, worn or damaged.")
    note: str = Field(default="", max_length=2000, description="A note.")
    lost: bool = Field(default=False, description="It does not come back.")


class Extension(BaseModel):
    """A later day."""

    model_config = ConfigDict(extra="forbid")

    due_on: str = Field(max_length=10, description="The new day.")


class Scan(BaseModel):
    """A scanned tag that comes back."""

    model_config = ConfigDict(extra="forbid")

    tag: str = Field(min_length=1, max_length=300, description="Asset tag, serial, host name, or the address of the CI's page.")
    person: str = Field(default="", max_length=64, description="Only take what this person (id) holds.")
    returned: list[str] | None = Field(default=None, max_length=100, description="Accessories that came along; null: nobody looked.")


class LoanOut(BaseModel):
    """One loan."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(description="Its id.")
    state: str = Field(description="open, returned or lost.")
    device: str = Field(description="Id of the device.")
    device_name: str = Field(description="Its name.")
    person: str = Field(description="Id of the borrower.")
    person_name: str = Field(description="The borrower's name.")
    out_at: str = Field(description="When it was handed out.")
    due_on: str = Field(description="The day it is due.")
    returned_at: str = Field(description="When it came back; empty while it is out.")
    accessories: list[dict[str, Any]] = Field(description="What went along, and how much of it came back.")

    @classmethod
    def of(cls, loan: Loan) -> LoanOut:
        """From the desk."""
        return cls.model_validate(loan.to_json())


class LoansOut(BaseModel):
    """The loans just made."""

    items: list[LoanOut] = Field(description="One for each device.")


class ScannedOut(BaseModel):
    """The answer to a scan."""

    tag: str = Field(description="What was scanned.")
    outcome: str = Field(description="ok, not_on_loan, unknown_tag, someone_else, accessory_missing or several.")
    message: str = Field(description="The same for people.")
    device: str = Field(description="Id of the device; empty when unknown.")
    device_name: str = Field(description="Its name.")
    loan: LoanOut | None = Field(description="The loan it is about, if any.")


@api.get("/loans", responses={200: list_of(LoanOut)})
@needs(Permission.READ)
def loans(query: LoansQuery) -> Response:
    """Loans by the day they are due; of one person or device all of them, the newest first."""
    if query.person or query.device:
        found = desk().of_person(query.person) if query.person else desk().of_device(query.device or "")
        return jsonify({"items": [LoanOut.of(loan).model_dump(mode="json") for loan in found], "next": None})
    place = query.place("loans")
    after = (str(place[0]), str(place[1])) if place else None
    rows = desk().listed(state=query.state, overdue=query.overdue, after=after, limit=query.limit + 1)
    return listing("loans", rows, query, out=LoanOut.of, key=lambda loan: (loan.due_on, loan.id))


@api.get("/loans/<loan_id>", responses={200: LoanOut})
@needs(Permission.READ)
def loan(path: LoanPath) -> Response:
    """One loan."""
    return jsonify(LoanOut.of(desk().loan(path.loan_id)).model_dump(mode="json"))


@api.post("/loans", responses={201: LoansOut})
@needs(Permission.LOAN)
def check_out(body: NewLoan) -> Response:
    """Hand out. 409 names who holds a device already."""
    terms = Terms(body.due_on, body.note, body.condition, tuple(a.model_dump() for a in body.accessories))
    devices = [d for d in (body.device, *body.devices) if d]
    made = desk().check_out_many(devices, body.person, terms, actor=viewer().actor)
    for one in made:
        tell(one)
        record("loan.out", one.id, {"device": one.device, "person": one.person, "due_on": one.due_on})
    response = jsonify({"items": [LoanOut.of(one).model_dump(mode="json") for one in made]})
    response.status_code = 201
    return response


@api.post("/loans/<loan_id>/return", responses={200: LoanOut})
@needs(Permission.LOAN)
def check_in(path: LoanPath, body: Return) -> Response:
    """Take back."""
    done = desk().check_in(
        path.loan_id, actor=viewer().actor, returned=body.returned, condition_in=body.condition, note=body.note, lost=body.lost
    )
    tell(done)
    record("loan.in", done.id, {"device": done.device, "state": done.state})
    return jsonify(LoanOut.of(done).model_dump(mode="json"))


@api.post("/loans/<loan_id>/undo-return", responses={200: LoanOut})
@needs(Permission.LOAN)
def undo_return(path: LoanPath) -> Response:
    """The return was a mistake: the loan goes on."""
    done = desk().undo_check_in(path.loan_id)
    tell(done)
    record("loan.undo_in", done.id, {"device": done.device})
    return jsonify(LoanOut.of(done).model_dump(mode="json"))


@api.post("/loans/<loan_id>/extend", responses={200: LoanOut})
@needs(Permission.LOAN)
def extend(path: LoanPath, body: Extension) -> Response:
    """A later day."""
    done = desk().extend(path.loan_id, body.due_on)
    record("loan.extend", done.id, {"due_on": done.due_on})
    return jsonify(LoanOut.of(done).model_dump(mode="json"))


@api.post("/loan-scans", responses={200: ScannedOut})
@needs(Permission.LOAN)
def scan_in(body: Scan) -> Response:
    """Take back by a scanned tag. The outcome is an answer, never an error: the next scan follows at once."""
    here = services()
    seen = scan.take_back(here.graph, here.catalogue, body.tag, actor=viewer().actor, expected_person=body.person, returned=body.returned)
    if seen.loan is not None and seen.loan.state != "open":
        tell(seen.loan)
        record("loan.in", seen.loan.id, {"device": seen.device, "by": "scan"})
    told = {"tag": seen.tag, "outcome": seen.outcome, "message": seen.message, "device": seen.device, "device_name": seen.device_name}
    return jsonify({**told, "loan": LoanOut.of(seen.loan).model_dump(mode="json") if seen.loan else None})
