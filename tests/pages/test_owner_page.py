"""A person sees what is kept of their own device, who looked at it, and may ask for its erasure; an administrator answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from cmdb.compliance import report, waivers
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.model.times import now
from reconciliation import reconcile
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def _owned(services: Services, ci: str, ownership: str) -> None:
    item = Item("x", "laptop", (Identifier("ci", ci),), {"ownership": ownership, "os_version": "12.7"})
    reconcile(services.graph, services.catalogue, Observation(uuid7(), Source("person", "edit"), now(), (item,), actor="otto"))


def test_an_owner_sees_what_is_kept_and_who_looked(visit: Visit, ids: dict[str, str], services: Services) -> None:
    _owned(services, ids["lap1"], "personal")
    address = f"/me/devices/{ids['lap1']}"
    assert visit("vera").get(f"/cis/{ids['lap1']}").status_code == 200
    visit("vera").get(f"/cis/{ids['lap1']}/history")
    page = visit("rita").get(address)
    assert page.status_code == 200
    assert "12.7" in page.text
    assert "an operating system that gets no updates" in page.text.lower()
    assert page.text.count(">vera</td>") == 1, "one line an hour"
    assert "rita" not in page.text.split("Who looked")[1].split("Erasure")[0].replace("Rita", ""), "the owner's own looks are not noted"
    assert visit("adam").get(address).status_code == 200
    assert ">adam</td>" in visit("rita").get(address).text
    assert visit("vera").get(address).status_code == 404
    assert visit("otto").get(address).status_code == 404
    assert visit("rita").get(f"/me/devices/{ids['Rita']}").status_code == 404


def test_an_owner_sees_what_it_is_related_to_and_what_is_judged(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Relations are kept, so they are told; so is what each policy says, and what to do where it says no."""
    _owned(services, ids["lap1"], "personal")
    item = Item("x", "laptop", (Identifier("ci", ids["lap1"]),), {"disk_encrypted": False, "os_family": "linux"})
    place = Item("s", "site", (Identifier("name", "Lyon"),), {"name": "Lyon <b>"})
    away = (Relation("located_in", "x", "s"),)
    reconcile(services.graph, services.catalogue, Observation(uuid7(), Source("person", "edit"), now(), (item, place), away, actor="otto"))
    evaluate(services.graph, services.catalogue, shipped(), [ids["lap1"]])
    page = " ".join(visit("rita").get(f"/me/devices/{ids['lap1']}").text.split())
    assert "<li>It is located in: Lyon &lt;b&gt;</li>" in page
    assert re.search(r"<li>It is (used|owned) by: Rita</li>", page)
    judged = page.split("<h2>What is asked of it</h2>")[1].split("</section>")[0]
    assert re.search(r">Owner is known</th><td[^>]*>.{0,200}?pass", judged)
    failed = judged.split(">Rules of use are accepted</th>")[1].split("</tr>")[0]
    (rules,) = (policy for policy in shipped() if policy.id == "acceptable-use-signed")
    assert rules.fix["any"] in failed
    assert "not applicable" not in judged


def test_a_look_at_a_corporate_device_is_nobodys_business(visit: Visit, ids: dict[str, str], services: Services) -> None:
    _owned(services, ids["lap1"], "corporate")
    visit("vera").get(f"/cis/{ids['lap1']}")
    assert services.ledger.audit.of_target("device.look", ids["lap1"]) == []


def test_erasure_is_asked_for_decided_and_answered(visit: Visit, ids: dict[str, str], services: Services) -> None:
    _owned(services, ids["lap1"], "personal")
    rita, ada, address = visit("rita"), visit("ada"), f"/me/devices/{ids['lap1']}"
    rita.post(f"{address}/erasure", {"reason": ""})
    assert services.ledger.erasures.list() == []
    nothing = rita.post(f"{address}/erasure", {"reason": " "})
    assert (nothing.status_code, 'aria-describedby="reason-hint reason-error"' in nothing.text) == (422, True)
    rita.post(f"{address}/erasure", {"reason": "I left the <b>project</b>"})
    rita.post(f"{address}/erasure", {"reason": "again"})
    (asked,) = services.ledger.erasures.list()
    assert visit("vera").post(f"{address}/erasure", {"reason": "x"}).status_code == 404
    assert "I left the &lt;b&gt;project" in ada.get("/admin/erasures").text
    assert visit("adam").post(f"/admin/erasures/{asked.id}", {"do": "erase", "answer": "x"}).status_code == 403
    empty = ada.post(f"/admin/erasures/{asked.id}", {"do": "refuse", "answer": " "})
    assert (empty.status_code, f'aria-invalid="true" aria-describedby="answer-{asked.id}-error"' in empty.text) == (422, True)
    ada.post(f"/admin/erasures/{asked.id}", {"do": "refuse", "answer": "A loan is still open."})
    assert "A loan is still open." in rita.get(address).text
    rita.post(f"{address}/erasure", {"reason": "brought back"})
    again = services.ledger.erasures.list("open")[0]
    assert ada.post(f"/admin/erasures/{again.id}", {"do": "erase", "answer": "Done."}).headers["Location"].startswith("/admin/jobs/")
    (job,) = services.ledger.jobs.list("privacy")
    assert (job.args["ci"], job.args["erase"]) == (ids["lap1"], True)
    ada.post(f"/admin/erasures/{again.id}", {"do": "refuse", "answer": "too late"})
    assert services.ledger.erasures.get(again.id).state == "erased"
    assert next(one.action for one in services.ledger.audit.list(limit=4) if one.action.startswith("erasure")) == "erasure.grant"


def test_an_owner_answers_for_what_nothing_can_see(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Only the owner of a personal device, only what is unknown, once, for 90 days; the result stays unknown, with the word beside it."""
    _owned(services, ids["lap1"], "personal")
    evaluate(services.graph, services.catalogue, shipped(), [ids["lap1"]])
    address = f"/me/devices/{ids['lap1']}"
    said = {"policy": "screen-lock", "words": "Locks after five minutes, I <b>looked</b>"}
    assert "Screen" in visit("rita").get(address).text.split("What only you can tell")[-1]
    assert visit("vera").post(f"{address}/attestation", said).status_code == 404
    rita = visit("rita")
    short = rita.post(f"{address}/attestation", {**said, "words": "short"})
    assert short.status_code == 422
    assert 'required aria-invalid="true" aria-describedby="words-error">short</textarea>' in short.text
    assert '<option value="screen-lock" selected>' in short.text
    rita.post(f"{address}/attestation", {**said, "policy": "owner-known"})
    assert waivers.listed(services.graph) == []
    rita.post(f"{address}/attestation", said)
    rita.post(f"{address}/attestation", said)
    (one,) = waivers.listed(services.graph, "attestation")
    assert (one.policy, one.requested_by, one.state) == ("screen-lock", "rita", "in_force")
    assert date.fromisoformat(one.until) - now().date() == timedelta(days=90)
    page = rita.get(address).text
    assert "I &lt;b&gt;looked" in page
    assert 'value="screen-lock"' not in page, "it is answered"
    found = report.of_endpoint(services.graph, ids["lap1"])
    assert found is not None
    (result,) = (result for result in found.results if result.policy.id == "screen-lock")
    assert (result.state, result.waiver) == ("unknown", one)
    _owned(services, ids["lap1"], "corporate")
    evaluate(services.graph, services.catalogue, shipped(), [ids["lap1"]])
    assert "What only you can tell" not in visit("rita").get(address).text, "of any other there must be evidence"
