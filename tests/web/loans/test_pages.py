"""Pool, check-out form, loan page, overdue list: as the clerk and as the borrower use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.graph import cis
from cmdb.loans.desk import Desk, Terms
from tests.web.loans.conftest import DUE
from tests.web.visitor import Visitor
from web import Services
from web.pages.loans import pool

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


def test_a_check_out_that_cannot_be_marks_its_field_and_keeps_the_rest(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """Each field in turn; a person chosen from those found counts only while the field still says what found them."""
    otto, new = visit("otto"), "/loans/new"
    devices = [stock["l1"], stock["l2"]]
    form = {"device": devices, "offered": devices, "who": "ada@example.org", "due_on": DUE, "note": "for <the> fair", "condition": "good"}
    kept = ['value="for &lt;the&gt; fair"', "<option selected>good</option>", f'value="{devices[0]}" id="device-{devices[0]}" checked']

    def refused(code: int = 422, **words: object) -> str:
        answer = otto.post(new, {**form, **words})
        assert answer.status_code == code
        assert [one for one in kept if one not in answer.text] == []
        return answer.text

    late = refused(due_on="2020-01-01")
    assert 'value="2020-01-01" required aria-invalid="true" aria-describedby="due_on-error"' in late
    assert (late.count('aria-invalid="true"'), '<a href="#due_on">Due on</a>: The day' in late) == (1, True)
    assert 'aria-describedby="who-hint who-error"' in refused(who="nobody")
    assert '<a href="#who">Borrower</a>' in refused(who="nobody")
    assert 'aria-describedby="acc-hint accessories-error"' in refused(accessories="0 cables")
    del kept[2]
    none = refused(device=[])
    assert f'id="device-{devices[1]}"' in none, "what was unticked can be ticked again"
    assert (" checked" in none, '<fieldset class="mb-3" aria-describedby="device-error">' in none) == (False, True)
    people = list(cis.many(services.graph, [stock["ada"], stock["bob"]]).values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "borrowers", lambda *_: people)
        two = refused(who="example.org")
    assert (two.count('name="person"'), '<a href="#person">' in two, 'name="found_by" value="example.org"' in two) == (2, True, True)
    bob = {"person": stock["bob"], "found_by": "ada@example.org"}
    assert otto.post(new, {**form, **bob, "who": " ada@example.org "}).status_code == 303
    desk = Desk(services.graph, services.catalogue)
    assert [loan.person for loan in (desk.open_of(devices[0]), desk.open_of(devices[1])) if loan] == [stock["bob"]] * 2
    held = refused(409, **bob, who="ada@example.org")
    assert held.count('aria-invalid="true"') == 2, "both are out"
    assert f'<a href="#device-{devices[0]}">' in held


def test_who_is_typed_anew_is_somebody_else(visit: Visit, stock: dict[str, str], services: Services) -> None:
    form = {"device": [stock["l1"]], "due_on": DUE, "person": stock["bob"], "found_by": "o", "who": "ada@example.org"}
    assert visit("otto").post("/loans/new", form).status_code == 303
    loan = Desk(services.graph, services.catalogue).open_of(stock["l1"])
    assert loan is not None
    assert loan.person == stock["ada"], "not the one that was ticked before"


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
