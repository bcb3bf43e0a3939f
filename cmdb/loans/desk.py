"""The desk: hand out, take back, extend, chase. `facts` tells what a loan means for the device; it goes in through reconciliation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import cis, loans, reminders
from cmdb.graph.door import Graph
from cmdb.loans.loan import Accessory, Loan, accessories_of, checked, condition, due_day, taken_back
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source

RULE = Source("rule", "loans")
PART = "loan"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed at the counter."""

    due_on: str
    note: str = ""
    condition: str = ""
    accessories: tuple[Mapping[str, Any] | str, ...] = ()


class Desk:
    """The counter, over one graph. `actor` in its calls is the login of who stands behind it."""

    def __init__(self, graph: Graph, catalogue: Catalogue, clock: Callable[[], datetime] = times.now) -> None:
        self._graph = graph
        self._catalogue = catalogue
        self._now = clock

    def check_out(self, device: str, person: str, terms: Terms, *, actor: str) -> Loan:
        """Lend one device. Raises as `check_out_many`."""
        return self.check_out_many([device], person, terms, actor=actor)[0]

    def check_out_many(self, devices: Sequence[str], person: str, terms: Terms, *, actor: str) -> list[Loan]:
        """Lend several devices to one person, all or none; the accessories go with the first.

        Raises NotFound (device, person), Invalid (what cannot be lent, dates), Conflict naming the present holder.
        """
        today = self._now().date()
        due, note, state = due_day(terms.due_on, today), checked(terms.note, "note"), condition(terms.condition)
        accessories = accessories_of(terms.accessories)
        borrower = self._borrower(person, today)
        rows: list[dict[str, Any]] = []
        for number, device in enumerate(dict.fromkeys(devices)):
            found = self._lendable(device)
            props = {
                "id": uuid7(),
                "state": "open",
                "out_at": times.to_text(self._now()),
                "due_on": due,
                "note": note,
                "condition_out": state,
                "actor_out": actor,
                "returned_at": "",
                "accessories": _packed(accessories if number == 0 else ()),
            }
            rows.append({"id": props["id"], "device": str(found["id"]), "person": str(borrower["id"]), "props": props})
        try:
            loans.open_loan(self._graph, rows)
        except Conflict:
            self._refuse_held([row["device"] for row in rows])
            raise
        return [self.loan(row["id"]) for row in rows]

    def check_in(
        self, loan: str, *, actor: str, returned: Sequence[str] | None = None, condition_in: str = "", note: str = "", lost: bool = False
    ) -> Loan:
        """Take a device back. `returned`: names of the accessories that came along (None: all). `lost`: it does not come back.

        Raises NotFound, Conflict when the loan ended already, Invalid.
        """
        known = self.loan(loan)
        props = {
            "state": "lost" if lost else "returned",
            "returned_at": times.to_text(self._now()),
            "actor_in": actor,
            "condition_in": condition(condition_in),
            "note_in": checked(note, "note"),
            "accessories": _packed(taken_back(known.accessories, [] if lost and returned is None else returned)),
        }
        loans.close_loan(self._graph, loan, known.device, props)
        return self.loan(loan)

    def undo_check_in(self, loan: str) -> Loan:
        """The return was a mistake: the loan goes on. Raises Conflict when the device was lent again, NotFound."""
        known = self.loan(loan)
        if known.state == "open":
            raise Conflict("This loan is open; there is no return to take back.")
        loans.reopen_loan(self._graph, loan, known.device)
        return self.loan(loan)

    def extend(self, loan: str, due_on: str) -> Loan:
        """A later day. Raises NotFound, Invalid, Conflict when the loan ended."""
        self.loan(loan)
        if not loans.change_loan(self._graph, loan, {"due_on": due_day(due_on, self._now().date()), "reminded_at": "", "reminders": 0}):
            raise Conflict("This loan has ended; it cannot be extended.")
        return self.loan(loan)

    def reminded(self, loan: str) -> Loan:
        """Note that the borrower was reminded, so that nobody is chased twice. Raises NotFound, Conflict when reminded within a day."""
        known = self.loan(loan)
        now = times.to_text(self._now())
        if not reminders.note(self._graph, loan, now, before=now[:10]):
            ended = known.state != "open"
            raise Conflict("This loan has ended." if ended else f"{known.person_name} was reminded today already.")
        return self.loan(loan)

    def loan(self, loan: str) -> Loan:
        """One loan. Raises NotFound."""
        row = loans.get(self._graph, loan)
        if row is None:
            raise NotFound("There is no such loan.")
        return Loan.of(row)

    def listed(self, *, state: str = "open", overdue: bool = False, after: tuple[str, str] | None = None, limit: int = 100) -> list[Loan]:
        """Loans by the day they are due. Raises Invalid for an unknown state."""
        if state not in ("open", "returned", "lost"):
            raise Invalid("state is open, returned or lost.", field="state")
        due_before = self._now().date().isoformat() if overdue else ""
        return [Loan.of(row) for row in loans.listed(self._graph, state=state, due_before=due_before, after=after, limit=limit)]

    def of_device(self, device: str) -> list[Loan]:
        """The loans of a device, newest first."""
        return [Loan.of(row) for row in loans.of_device(self._graph, device)]

    def of_person(self, person: str) -> list[Loan]:
        """The loans to a person, newest first."""
        return [Loan.of(row) for row in loans.of_person(self._graph, person)]

    def open_of(self, device: str) -> Loan | None:
        """The open loan of a device."""
        row = loans.holder(self._graph, device)
        return Loan.of(row) if row is not None else None

    def _borrower(self, person: str, today: date) -> Mapping[str, Any]:
        found = cis.get(self._graph, person)
        if found["class"] != "person":
            raise Invalid(f"{found['display_name']} is no person.", field="person")
        left = str(found.get("left_on") or "")
        if left and left < today.isoformat():
            raise Invalid(f"{found['display_name']} left on {left}; nothing is lent to who has left.", field="person")
        return found

    def _lendable(self, device: str) -> Mapping[str, Any]:
        found = cis.get(self._graph, device)
        if not self._catalogue.is_a(str(found["class"]), "hardware"):
            raise Invalid(f"{found['display_name']} is a {found['class']}; only hardware can be lent.", field="device")
        if found.get("status") in ("lost", "retired", "disposed", "in_repair"):
            raise Invalid(f"{found['display_name']} is {str(found['status']).replace('_', ' ')}; it cannot be lent.", field="device")
        return found

    def _refuse_held(self, devices: list[str]) -> None:
        for device, row in loans.held(self._graph, devices).items():
            name = cis.get(self._graph, device)["display_name"]
            raise Conflict(f"{name} is with {row['person_name']} until {row['due_on']}.", field="device")


def facts(loan: Loan, cls: str, person_cls: str = "person") -> Observation:
    """What a loan says of its device, for reconciliation: in use by the borrower while it is open, in stock after its return."""
    device = Item("device", cls, (Identifier("ci", loan.device),), {"status": _status(loan)})
    coverage = (Coverage("device", PART, "complete"),)
    if loan.state != "open":
        return Observation(
            uuid7(), RULE, times.now(), (device,), (), coverage, loan.actor_in, "returned" if loan.state == "returned" else "lost"
        )
    person = Item("person", person_cls, (Identifier("ci", loan.person),))
    relation = Relation("used_by", "device", "person", part=PART)
    return Observation(uuid7(), RULE, times.now(), (device, person), (relation,), coverage, loan.actor_out, f"lent until {loan.due_on}")


def _status(loan: Loan) -> str:
    if loan.state == "open":
        return "in_use"
    if loan.state == "lost":
        return "lost"
    return "in_repair" if loan.condition_in == "damaged" else "in_stock"


def _packed(accessories: Iterable[Accessory]) -> str:
    return orjson.dumps([{"name": a.name, "quantity": a.quantity, "returned": a.returned, "ci": a.ci} for a in accessories]).decode()
