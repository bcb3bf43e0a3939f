"""Intake and jobs: what waits for a person is seen, with its reason, and can be tried again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cmdb.store import Ledger
from tests.web.visitor import Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def parked(ledger: Ledger) -> str:
    """A report that was parked."""
    entry_id = ledger.intake.accept("agent", b"<xml", meta={"subject": "laptop-7"})
    entry = ledger.intake.claim()
    assert entry is not None
    ledger.intake.park(entry, "The document ends in the middle <b>.")
    return entry_id


def test_a_parked_report_shows_its_reason_and_goes_back_into_the_line(visit: Visit, ledger: Ledger, parked: str) -> None:
    otto = visit("otto")
    assert "The document ends in the middle &lt;b&gt;." in otto.get("/admin/intake?state=parked").text
    assert "Try again" in otto.get(f"/admin/intake/{parked}").text
    assert otto.post(f"/admin/intake/{parked}/retry").status_code == 303
    assert ledger.intake.get(parked).state == "waiting"
    assert ledger.audit.list(limit=1)[0].action == "intake.retry"


def test_viewers_look_and_do_not_touch(visit: Visit, ledger: Ledger, parked: str) -> None:
    vera = visit("vera")
    assert "Try again" not in vera.get(f"/admin/intake/{parked}").text
    assert vera.post(f"/admin/intake/{parked}/retry").status_code == 403
    assert ledger.intake.get(parked).state == "parked"


def test_what_was_refused_is_seen_by_the_operator(visit: Visit, ledger: Ledger) -> None:
    ledger.refusals.note("unknown-token", "no enrolment token like that", address="10.1.2.3")
    text = visit("otto").get("/admin/intake").text
    assert "no enrolment token like that" in text
    assert "10.1.2.3" in text


def test_jobs_are_cancelled_with_their_children_and_retried(visit: Visit, ledger: Ledger) -> None:
    scan = ledger.jobs.enqueue("scan.ssh", {"targets": "10.0.0.0/30"})
    child = ledger.jobs.enqueue("scan.ssh.host", {"host": "10.0.0.1"}, parent=scan)
    otto = visit("otto")
    assert "2 jobs cancelled" in otto.post(f"/admin/jobs/{scan}/cancel", follow=True).text
    assert ledger.jobs.get(child).state == "cancelled"
    page = otto.post(f"/admin/jobs/{scan}/retry", follow=True)
    assert ledger.jobs.get(scan).state == "waiting"
    assert child in page.text
    assert otto.get("/admin/jobs/none").status_code == 404


def test_exports_hold_every_page(visit: Visit, ledger: Ledger) -> None:
    for number in range(130):
        ledger.jobs.enqueue("scan.snmp", {}, key=str(number))
        ledger.intake.accept("agent", b"{}", meta={"subject": str(number)})
    vera = visit("vera")
    assert len(vera.get("/admin/jobs?format=csv").text.splitlines()) == 131
    assert len(vera.get("/admin/intake?format=csv").text.splitlines()) == 131
    assert vera.get("/admin/jobs").text.count('scope="row"') == 50
