"""The scan desk by plain forms and by fragments: out, twice, by another, back with an accessory missing."""

from __future__ import annotations

from collections.abc import Callable

from cmdb.loans.desk import Desk, Terms
from tests.web.loans.conftest import DUE
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]
JSON = {"Accept": "application/json"}


def test_out_and_in_by_plain_forms(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """A badge leads to the borrower; each scan comes back to the list; the second scan of a tag is told so; names are text."""
    otto = visit("otto")
    found = otto.get("/loans/desk?mode=out&who=ADA@example.org")
    assert (found.status_code, f"person={stock['ada']}" in found.location) == (303, True)
    terms = {"mode": "out", "person": stock["ada"], "due_on": DUE}
    assert otto.post("/loans/desk", {**terms, "tag": "it-0002"}).status_code == 303
    page = otto.get(found.location).text
    assert f"&lt;b&gt;Two&lt;/b&gt; is with Ada until {DUE}." in page
    assert "already scanned" in otto.post("/loans/desk", {**terms, "tag": "IT-0002"}, follow=True).text
    other = otto.post("/loans/desk", {**terms, "person": stock["bob"], "tag": "IT-0002"}, follow=True).text
    assert "belongs to someone else" in other
    back = otto.post("/loans/desk", {"tag": "IT-0002"}, follow=True).text
    assert "is back from Ada." in back
    assert Desk(services.graph, services.catalogue).open_of(stock["l2"]) is None
    again = otto.post("/loans/desk", {"tag": "IT-0002"}, follow=True).text
    assert "is back from Ada already." in again


def test_fragments_ask_for_accessories(visit: Visit, stock: dict[str, str], services: Services) -> None:
    """With script: the charger is asked for and, unticked, recorded as missing; unknown tags and strangers are answered."""
    desk = Desk(services.graph, services.catalogue)
    loan = desk.check_out(stock["l1"], stock["ada"], Terms(DUE, accessories=("charger", "bag")), actor="otto")
    otto = visit("otto")
    asked = otto.post("/loans/desk", {"tag": "IT-0001"}, headers=JSON).get_json()
    assert (asked["outcome"], asked["good"], 'value="charger" checked' in asked["html"]) == ("accessory_missing", False, True)
    done = otto.post("/loans/desk", {"tag": "IT-0001", "ticked": "1", "returned": ["bag"]}, headers=JSON).get_json()
    assert done["message"] == "Latitude 1 is back from Ada; missing: charger."
    assert [(a.name, a.missing) for a in desk.loan(loan.id).accessories] == [("charger", 1), ("bag", 0)]
    assert otto.post("/loans/desk", {"tag": "nonsense"}, headers=JSON).get_json()["outcome"] == "unknown_tag"
    assert otto.post("/loans/desk", {"tag": "IT-0002"}, headers=JSON).get_json()["outcome"] == "not_on_loan"
    assert visit("vera").get("/loans/desk").status_code == 403
    assert visit("rita").post("/loans/desk", {"tag": "IT-0001"}).status_code == 403
