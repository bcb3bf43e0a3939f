"""The operator's page of the intake: rate, backlog, refused and parked with reasons, storms."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cmdb.intake.crew import Crew, keep_crew
from cmdb.store import Ledger
from tests.web.visitor import Visitor
from web import Services


def test_the_page_says_what_waits_and_why_the_rest_did_not_come_in(visit: Callable[[str], Visitor], services: Services) -> None:
    ledger = services.ledger
    for _ in range(3):
        ledger.intake.accept("observation", b"{}", meta={"subject": "agent:nb7"})
    parked = ledger.intake.accept("observation", b"{}", meta={})
    ledger.intake.park(parked, "no <such> shape")
    for _ in range(7):
        ledger.refusals.note("unknown-token", "the token is not known", address="192.0.2.7")
    page = visit("otto").get("/admin/intake/now").text
    assert "no &lt;such&gt; shape" in page
    assert re.search(r'>the token is not known</td><td [^>]*class="numeric"[^>]*>7</td>', page)
    assert re.search(r'>agent:nb7</td><td [^>]*class="numeric"[^>]*>3</td>', page)
    assert "A storm" not in page
    for _ in range(400):
        ledger.intake.accept("observation", b"{}", meta={"subject": "agent:nb8"})
    raging = visit("otto").get("/admin/intake/now").text
    assert re.search(
        r'notice-warning" role="status">.{0,200}A storm: 27 reports a minute .*worked off as fast as it goes', raging, re.DOTALL
    )
    while (entry := ledger.intake.claim()) is not None:
        ledger.intake.done(entry)
    over = visit("otto").get("/admin/intake/now").text
    assert re.search(r'notice-info" role="status">.{0,200}A storm: .*All of them are worked off\.', over, re.DOTALL), (
        "nothing to be alarmed at"
    )
    assert visit("rita").get("/admin/intake/now").status_code == 403


def test_the_page_says_how_the_workers_process_is(visit: Callable[[str], Visitor], services: Services) -> None:
    at = "2026-11-22T08:00:00.000Z"

    def page() -> str:
        return visit("otto").get("/admin/intake/now").text

    assert "process" not in page()
    keep_crew(services.ledger, Crew(pid=4711, since=at, restarts=1))
    assert "Workers: process 4711, since 2026-11-22 08:00:00 UTC; started again 1 time since the server began" in page()
    keep_crew(services.ledger, Crew(ended_at=at, reason="signal <9>", restarts=2))
    assert "process ended by itself at 2026-11-22 08:00:00 UTC (signal &lt;9&gt;) and is started again" in page()
    keep_crew(services.ledger, None)
    assert "process" not in page()


def test_a_storm_is_told_from_a_busy_day(tmp_path: Path) -> None:
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    moment = [at - timedelta(hours=5)]
    with Ledger(tmp_path / "l.db", clock=lambda: moment[0]) as ledger:
        ledger.intake.accept("observation", b"{}", meta={})
        moment[0] = at
        for _ in range(200):
            ledger.intake.accept("observation", b"{}", meta={})
        storm = ledger.rates.storm()
        assert (round(storm.now, 1), storm.busiest, storm.raging) == (13.3, 200, True)
        hours = ledger.rates.per_hour()
        assert (len(hours), hours[0], hours[5]) == (24, ("2026-11-22T08", 200), ("2026-11-22T03", 1))
        moment[0] = at + timedelta(hours=2)
        assert not ledger.rates.storm().raging
