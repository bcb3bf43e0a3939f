"""Pool, check-out form, loan page, overdue list: as the clerk and as the borrower use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cmdb.loans.desk import Desk, Terms
from tests.web.loans.conftest import DUE
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def test_from_the_pool_to_the_borrower_and_back(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """Two devices in one go with counted accessories; refused by name a second time; back with one missing; undone."""
    otto = visit("otto")
    assert "Latitude 1" in otto.get("/loans?state=available").text
    form = {"device": [stock["l1"], stock["l2"]], "due_on": DUE, "accessories": "2 cables\ncharger", "condition": "good"}
    unknown = otto.post("/loans/new", {**form, "who": "nobody@example.org"})
    assert (unknown.status_code, "Nobody fits" in unknown.text) == (422, True)
    assert otto.post("/loans/new", {**form, "who": "ada@example.org"}).status_code == 303
    desk = Desk(services.graph, services.catalogue)
    loan = desk.open_of(stock["l1"])
    assert loan is not None
    assert [(a.name, a.quantity) for a in loan.accessories] == [("cables", 2), ("charger", 1)]
    refused = otto.post("/loans/new", {**form, "who": "bob@example.org"})
    assert (refused.status_code, f"is with Ada until {DUE}" in refused.text) == (409, True)
    pool = otto.get("/loans?state=on_loan&format=csv").text
    assert (pool.count("Ada"), "2 × cables" in otto.get("/loans").text) == (2, True)
    assert "Nothing" not in otto.get("/loans?state=on_loan&person_name=ada").text
    otto.post(f"/loans/{loan.id}", {"do": "return", "returned": ["cables"], "condition": "damaged"})
    page = otto.get(f"/loans/{loan.id}").text
    assert ("1 missing" in page, "damaged" in page) == (True, True)
    assert "Ada" in otto.get(f"/loans/history/{stock['l1']}").text
    assert "Never lent" in otto.get(f"/loans/history/{stock['bob']}").text
    otto.post(f"/loans/{loan.id}", {"do": "undo"})
    assert desk.loan(loan.id).state == "open"
    assert "Latitude 1" in otto.get(f"/loans/{loan.id}/receipt").text


def test_overdue_reminded_once_and_extended(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """Ten days late and remote: told so, reminded once a day, extended and gone from the list."""
    past = Desk(services.graph, services.catalogue, lambda: datetime.now(UTC) - timedelta(days=30))
    day = (datetime.now(UTC).date() - timedelta(days=10)).isoformat()
    loan = past.check_out(stock["l1"], stock["ada"], Terms(day), actor="otto")
    otto = visit("otto")
    page = otto.get("/loans/overdue?work_mode=remote").text
    assert ("10 days late" in page, "ada@example.org" in page) == (True, True)
    assert "Latitude 1" not in otto.get("/loans/overdue?work_mode=office").text
    chosen = {"loan": [loan.id]}
    assert "1 noted as reminded" in otto.post("/loans/overdue", {**chosen, "do": "remind"}, follow=True).text
    assert "reminded today already" in otto.post("/loans/overdue", {**chosen, "do": "remind"}, follow=True).text
    assert "Nothing is overdue" in otto.post("/loans/overdue", {**chosen, "do": "extend", "due_on": DUE}, follow=True).text
    assert "Latitude 1" in otto.get("/loans/overdue?soon=1").text


def test_who_sees_what(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """A requester sees a loan of their own and no other; a viewer reads and cannot lend."""
    loan = Desk(services.graph, services.catalogue).check_out(stock["l1"], stock["ada"], Terms(DUE), actor="otto")
    assert visit("rita").get(f"/loans/{loan.id}").status_code == 404
    assert visit("rita").get("/loans").status_code == 403
    vera = visit("vera")
    assert (vera.get(f"/loans/{loan.id}").status_code, vera.get("/loans/new").status_code) == (200, 403)
    assert vera.post(f"/loans/{loan.id}", {"do": "lost"}).status_code == 403
