"""The demo's exceptions and attestations: asked for and decided by two people, through the service, once, with an end in sight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.compliance import waivers
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.model import times
from cmdb.runtime import sample_risks
from cmdb.runtime.house import House
from cmdb.sample.risks import ASKS, DECIDES, RISKS
from tests.compliance.conftest import NOW, catalogue, reporter  # noqa: F401 - fixtures

Reporter = Callable[..., str]


@pytest.fixture
def judged(house: House, reporter: Reporter) -> dict[str, str]:  # noqa: F811
    """Two corporate laptops that fail encryption and firewall, two personal phones that say nothing of their lock or encryption."""
    bare = {"ownership": "corporate", "disk_encrypted": False, "firewall_enabled": False}
    made = {name: reporter(house.graph, f"{name}7QX", name=name, **bare) for name in ("alpha", "beta")}
    made |= {name: reporter(house.graph, f"{name}7QX", name=name, cls="phone", ownership="personal") for name in ("gamma", "zeta")}
    evaluate(house.graph, house.catalogue, shipped(), sorted(made.values()), NOW)
    return made


def test_who_accepted_which_risk_until_when(house: House, judged: dict[str, str]) -> None:
    sample_risks.accept(house, NOW)
    found = {(one.kind, one.policy): one for one in waivers.listed(house.graph)}
    ending = found["exception", "disk-encryption"]
    assert (ending.ci, ending.state, ending.requested_by, ending.decided_by) == (judged["alpha"], "in_force", ASKS, DECIDES)
    assert ASKS != DECIDES
    assert ending.until == (NOW + timedelta(days=5)).date().isoformat(), "about to end"
    assert ending.decided_at == times.to_text(NOW - timedelta(days=80))
    assert found["exception", "signatures-fresh"].scope == "all endpoints with ownership corporate, site Halifax"
    assert found["exception", "firewall-on"].state == "requested", "somebody else has to answer"
    locked, encrypted = found["attestation", "screen-lock"], found["attestation", "disk-encryption"]
    assert (locked.ci, encrypted.ci) == (judged["gamma"], judged["zeta"])
    audited = [(one.actor, one.action) for one in house.ledger.audit.list()]
    assert (DECIDES, "exception.approve") in audited
    assert (ASKS, "exception.request") in audited
    assert all(action != "exception.approve" or actor == DECIDES for actor, action in audited)


def test_a_start_that_was_interrupted_goes_on(house: House, judged: dict[str, str]) -> None:
    one = RISKS[0]
    draft = waivers.Draft(one.policy, one.reason, (NOW + timedelta(days=5)).date().isoformat(), control=one.control, ci=judged["alpha"])
    waivers.request(house.graph, draft, by=ASKS, now=NOW - timedelta(days=82))
    for _ in range(2):
        sample_risks.accept(house, NOW)
    reasons = [one.reason for one in waivers.listed(house.graph)]
    assert len(reasons) == len(set(reasons)) >= 5
    assert next(found.state for found in waivers.listed(house.graph) if found.reason == one.reason) == "in_force"
