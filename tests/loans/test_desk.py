"""Out and in: one holder, accessories, dates, undo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from cmdb.errors import Conflict, GraphUnavailable, Invalid
from cmdb.loans.desk import facts
from cmdb.loans.scan import take_back
from reconciliation import reconcile
from tests.loans.conftest import CATALOGUE, Counter


def test_out_and_in(counter: Counter) -> None:
    """Who holds it, until when; afterwards nobody; both histories know."""
    loan = counter.desk.check_out(counter.laptop, counter.ada, counter.terms(accessories=("charger", "bag")), actor="otto")
    assert (loan.state, loan.person_name, loan.work_mode, [a.name for a in loan.accessories]) == (
        "open",
        "Ada",
        "remote",
        ["charger", "bag"],
    )
    done = counter.desk.check_in(loan.id, actor="olga", returned=["charger"])
    assert (done.state, done.actor_in, [(a.name, a.missing) for a in done.accessories]) == (
        "returned",
        "olga",
        [("charger", 0), ("bag", 1)],
    )
    assert counter.desk.open_of(counter.laptop) is None
    assert [x.id for x in counter.desk.of_device(counter.laptop)] == [x.id for x in counter.desk.of_person(counter.ada)] == [loan.id]
    with pytest.raises(Conflict, match="ended already"):
        counter.desk.check_in(loan.id, actor="olga")


def test_the_second_borrower_is_told_who_has_it(counter: Counter) -> None:
    """The refusal names holder and day; lending several is all or none."""
    first = counter.desk.check_out(counter.laptop, counter.ada, counter.terms(), actor="otto")
    with pytest.raises(Conflict, match=f"Latitude 1 is with Ada until {first.due_on}"):
        counter.desk.check_out_many([counter.spare, counter.laptop], counter.bob, counter.terms(), actor="otto")
    assert counter.desk.open_of(counter.spare) is None


def test_sixty_four_clerks_one_winner(counter: Counter) -> None:
    """Exactly one of many concurrent check-outs gets it, on either engine."""

    def grab(number: int) -> bool:
        try:
            counter.desk.check_out(counter.laptop, counter.ada if number % 2 else counter.bob, counter.terms(), actor=f"clerk{number}")
        except (Conflict, GraphUnavailable):  # 64 clerks share 32 connections: who gets none has not won either
            return False
        return True

    with ThreadPoolExecutor(64) as clerks:
        assert sum(clerks.map(grab, range(64))) == 1
    assert len(counter.desk.of_device(counter.laptop)) == 1


def test_undo_and_extend_and_overdue(counter: Counter) -> None:
    """A return can be taken back until the device is lent again; what is past its day is overdue; a reminder counts once a day."""
    loan = counter.desk.check_out(counter.laptop, counter.ada, counter.terms(), actor="otto")
    counter.desk.check_in(loan.id, actor="otto")
    assert counter.desk.undo_check_in(loan.id).state == "open"
    counter.graph.write("MATCH (l:Loan {id: $id}) SET l.due_on = '2020-01-01'", id=loan.id)
    assert [x.id for x in counter.desk.listed(overdue=True)] == [loan.id]
    counter.desk.reminded(loan.id)
    with pytest.raises(Conflict, match="today already"):
        counter.desk.reminded(loan.id)
    counter.desk.extend(loan.id, counter.terms(30).due_on)
    assert counter.desk.listed(overdue=True) == []


@pytest.mark.parametrize(("due", "message"), [("2020-01-01", "in the past"), ("soon", "as a date"), ("2999-01-01", "five years")])
def test_impossible_days(counter: Counter, due: str, message: str) -> None:
    """A date that makes no sense is refused with the fix."""
    with pytest.raises(Invalid, match=message):
        counter.desk.check_out(counter.laptop, counter.ada, type(counter.terms())(due), actor="otto")


def test_scanning_a_return(counter: Counter) -> None:
    """Every kind of scan has its answer."""

    def scan(tag: str, **more: object) -> str:
        return take_back(counter.graph, CATALOGUE, tag, actor="otto", **more).outcome  # type: ignore[arg-type]

    assert (scan("nothing"), scan("it-0001")) == ("unknown_tag", "not_on_loan")
    counter.desk.check_out(counter.laptop, counter.ada, counter.terms(accessories=("charger",)), actor="otto")
    counter.desk.check_out(counter.spare, counter.ada, counter.terms(), actor="otto")
    assert scan("IT-0002", expected_person=counter.bob) == "someone_else"
    assert scan("IT-0001") == "accessory_missing"
    assert scan("IT-0001", returned=["charger"]) == "ok"
    assert scan(f"http://127.0.0.1:8765/cis/{counter.spare}") == "ok"
    assert scan("SER0002") == "not_on_loan"


def test_the_device_follows(counter: Counter) -> None:
    """While it is lent the device is in use by the borrower; after its return it is in stock, and no longer used by anybody."""
    loan = counter.desk.check_out(counter.laptop, counter.ada, counter.terms(), actor="otto")
    reconcile(counter.graph, CATALOGUE, facts(loan, "laptop"))
    query = "MATCH (c:CI {id: $id}) OPTIONAL MATCH (c)-[:USED_BY]->(p) RETURN c.status AS status, p.name AS user"
    assert counter.graph.read(query, id=counter.laptop) == [{"status": "in_use", "user": "Ada"}]
    reconcile(counter.graph, CATALOGUE, facts(counter.desk.check_in(loan.id, actor="otto"), "laptop"))
    assert counter.graph.read(query, id=counter.laptop) == [{"status": "in_stock", "user": None}]
