"""The tabs Impact, Loans and Compliance of a configuration item, as viewers and clerks see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.loans.desk import Desk, Terms
from cmdb.model import times
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def test_tabs_fit_the_class(visit: Visit, ids: dict[str, str]) -> None:
    """A laptop has all, a service neither loans nor compliance nor software; their addresses say so."""
    vera = visit("vera")
    laptop, service = vera.get(f"/cis/{ids['lap1']}").text, vera.get(f"/cis/{ids['Payroll']}").text
    for tab in ("impact", "loans", "compliance", "software"):
        assert f'href="/cis/{ids["lap1"]}/{tab}"' in laptop
        assert (f'href="/cis/{ids["Payroll"]}/{tab}"' in service) == (tab == "impact")
    assert vera.get(f"/cis/{ids['Payroll']}/loans").status_code == 404
    assert vera.get(f"/cis/{ids['web1']}/compliance").status_code == 404
    assert visit("rita").get(f"/cis/{ids['lap1']}/impact").status_code == 403


def test_impact_tells_services_and_people_and_leads_to_the_whole(visit: Visit, ids: dict[str, str], services: Services) -> None:
    with services.graph.counting() as counter:
        page = visit("vera").get(f"/cis/{ids['web1']}/impact").text
    assert "services: 1 down" in page
    assert "Payroll" in page
    assert "uses Payroll" in page
    assert f'href="/impact?ci={ids["web1"]}"' in page
    assert counter.queries <= 20
    assert "Nothing else depends on it" in visit("vera").get(f"/cis/{ids['lap1']}/impact").text


def test_loans_out_extend_and_back_from_the_device(visit: Visit, ids: dict[str, str], services: Services) -> None:
    otto, tab = visit("otto"), f"/cis/{ids['lap1']}/loans"
    page = otto.get(tab).text
    assert "It is not on loan" in page
    assert f'href="/loans/new?device={ids["lap1"]}"' in page
    today = times.now().date()
    due, later = ((today + timedelta(days=n)).isoformat() for n in (3, 9))
    loan = Desk(services.graph, services.catalogue).check_out(ids["lap1"], ids["Rita"], Terms(due, accessories=("charger",)), actor="otto")
    page = otto.get(tab).text
    assert 'value="charger" checked' in page
    assert due in page
    assert "Check out" not in page
    answer = otto.post(f"/loans/{loan.id}", {"do": "extend", "due_on": later, "back": "device"})
    assert (answer.status_code, answer.headers["Location"]) == (303, tab)
    assert later in otto.get(tab).text
    assert otto.post(f"/loans/{loan.id}", {"do": "return", "back": "device"}).headers["Location"] == tab
    page = otto.get(tab).text
    assert "It is not on loan" in page
    assert page.count("charger") == 1, "in the history, as missing"
    assert otto.post(f"/loans/{loan.id}", {"do": "return", "back": "https://example.org"}).headers["Location"] == f"/loans/{loan.id}"
    assert "lap1" in otto.get(f"/cis/{ids['Rita']}/loans").text


def test_who_may_not_lend_sees_no_form(visit: Visit, ids: dict[str, str], services: Services) -> None:
    due = (times.now().date() + timedelta(days=3)).isoformat()
    Desk(services.graph, services.catalogue).check_out(ids["lap1"], ids["Rita"], Terms(due), actor="otto")
    page = visit("vera").get(f"/cis/{ids['lap1']}/loans").text
    assert "Rita" in page
    assert "Take back" not in page
    assert "Extend" not in page


@pytest.mark.parametrize("judged", [False, True])
def test_compliance_says_result_reason_evidence_and_since_when(visit: Visit, ids: dict[str, str], services: Services, judged: bool) -> None:
    tab = f"/cis/{ids['lap1']}/compliance"
    if not judged:
        assert "Not judged yet" in visit("vera").get(tab).text
        return
    evaluate(services.graph, services.catalogue, shipped(), [ids["lap1"]], now=datetime(2026, 11, 2, tzinfo=UTC))
    page = visit("vera").get(tab).text
    assert all(f"/compliance/policies/{policy.id}" in page for policy in shipped())
    assert "unknown, which counts as personal" in page
    assert "2026-11-02T00:00:00" in page
