"""Compliance on pages and in the API: numbers apart, lists narrowed, evidence shown, hostile names harmless, few queries."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.compliance.chosen import active
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.waivers import expire, listed
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from tests.compliance.conftest import FIRST_EIGHT, NOW, few
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor
from web.frame.table import TableSpec
from web.pages import waivers as waiver_pages
from web.pages.policies import START

SOON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
HOSTILE = "<script>alert(1)</script>"
Visit = Callable[[str], Visitor]
Program = Callable[[str], FlaskClient]


@pytest.fixture
def fleet(embedded_graph: Graph, catalogue: Catalogue, reporter: Callable[..., str]) -> dict[str, str]:
    """One that passes, one that fails with a hostile name, one that is silent."""
    ids = {
        "good": reporter(embedded_graph, "GOOD123", hostname="good-pc", ownership="corporate", disk_encrypted=True),
        "bad": reporter(embedded_graph, "BAD1234", hostname=HOSTILE, disk_encrypted=False, firewall_enabled=False),
        "mute": reporter(embedded_graph, "MUTE123", "import:list", hostname="mute-pc", ownership="loaned"),
    }
    reporter(embedded_graph, "BAD1234", "ssh:scan", firewall_enabled=True)
    evaluate(embedded_graph, catalogue, few(), list(ids.values()), NOW)
    return ids


def test_overview(visit: Visit, fleet: dict[str, str], embedded_graph: Graph) -> None:  # noqa: F811
    with embedded_graph.counting() as counter:
        page = visit("vera").get("/compliance")
    assert page.status_code == 200
    assert counter.queries == 8  # policies, exceptions, sums, choices, the last sweep, reference data, and two for the trend
    assert 'aria-label="1 pass, 1 fail, 1 unknown"' in page.text
    assert "two live sources contradict each other" in page.text
    assert "/compliance/policies/disk-encryption?state=fail" in page.text
    narrow = visit("vera").get("/compliance?ownership=loaned")
    assert 'aria-label="0 pass, 0 fail, 1 unknown"' in narrow.text
    assert "state=unknown&amp;declared=loaned" in narrow.text
    file = visit("vera").get("/compliance?format=csv").get_data(as_text=True)
    assert "System disk is encrypted,33 %,1,1,1,0,0" in file


def test_a_policy_and_its_endpoints(visit: Visit, fleet: dict[str, str]) -> None:  # noqa: F811
    page = visit("vera").get("/compliance/policies/disk-encryption?state=fail")
    assert page.status_code == 200
    assert "&lt;script&gt;alert" in page.text
    assert HOSTILE not in page.text
    assert "good-pc" not in page.text
    assert "Unknown (counts as personal)" in page.text
    assert "A.8.24" in page.text
    assert visit("vera").get("/compliance/policies/nothing").status_code == 404
    file = visit("vera").get("/compliance/policies/disk-encryption?format=csv&declared=loaned").get_data(as_text=True)
    assert "mute-pc,unknown,nothing has ever reported this" in file
    assert "good-pc" not in file


def test_an_endpoint_the_worst_the_silent(visit: Visit, fleet: dict[str, str]) -> None:  # noqa: F811
    page = visit("vera").get(f"/compliance/endpoints/{fleet['bad']}")
    assert page.status_code == 200
    assert "unknown, which counts as personal" in page.text
    assert "agent:glpi" in page.text
    assert "ssh:scan" in page.text
    assert visit("vera").get("/compliance/endpoints/none").status_code == 404
    assert "System disk is encrypted" in visit("vera").get("/compliance/worst").text
    silent = visit("vera").get("/compliance/silent").text
    assert "mute-pc" in silent
    assert "good-pc" not in silent
    assert visit("rita").get("/compliance").status_code == 403


def test_api(program: Program, fleet: dict[str, str]) -> None:  # noqa: F811
    client = program("viewer")
    whole: dict[str, Any] = client.get("/api/v1/compliance?class=laptop").get_json()
    disk = next(one for one in whole["policies"] if one["policy"] == "disk-encryption")
    assert disk["states"] == {"pass": 1, "fail": 1, "unknown": 1, "not_applicable": 0, "error": 0}
    assert disk["share"] == 1 / 3
    first = client.get("/api/v1/compliance/endpoints?policy=disk-encryption&limit=2").get_json()
    rest = client.get(f"/api/v1/compliance/endpoints?policy=disk-encryption&limit=2&cursor={first['next']}").get_json()
    assert {one["ci"] for one in first["items"] + rest["items"]} == set(fleet.values())
    assert rest["next"] is None
    one = client.get(f"/api/v1/compliance/{fleet['good']}").get_json()["results"]
    assert next(r for r in one if r["policy"] == "disk-encryption")["evidence"][1]["value"] is True
    before = (NOW - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert client.get(f"/api/v1/compliance/{fleet['good']}?as_of={before}").get_json()["results"] == []
    assert client.get("/api/v1/compliance/none").status_code == 404
    assert client.get("/api/v1/compliance?colour=red").status_code == 422


def test_exceptions_by_pages(visit: Visit, fleet: dict[str, str]) -> None:  # noqa: F811
    """Otto asks, cannot approve himself, Ada approves; the failure is shown as excepted; both stand in the audit log."""
    otto, ada = visit("otto"), visit("ada")
    asked = {
        "policy": "disk-encryption",
        "ci": fleet["bad"],
        "reason": "The driver does not work with it.",
        "control": "Locked room",
        "until": SOON,
    }
    assert "until must be a day" in otto.post("/compliance/exceptions/new", {**asked, "until": "x"}).text
    none = otto.post("/compliance/exceptions/new", {**asked, "ci": "no-such-pc"})
    field = re.search(r'<input [^>]*id="ci"[^>]*>', none.text)
    assert field
    assert none.status_code == 422
    assert 'value="no-such-pc"' in field[0]
    assert 'aria-invalid="true" aria-describedby="ci-hint ci-error"' in field[0]
    assert none.text.count("“no-such-pc”: nothing is known by that name.") == 2, "at the field, and above with a link to it"
    assert '<a href="#ci">Endpoint</a>' in none.text
    assert none.text.count('aria-invalid="true"') == 1
    assert otto.post("/compliance/exceptions/new", asked).status_code == 303
    page = otto.get("/compliance/exceptions?state=requested").text
    one = re.search(r"/compliance/exceptions/([\w-]+)/withdraw", page)
    assert one
    assert "/approve" not in page
    assert "somebody else must" in otto.post(f"/compliance/exceptions/{one[1]}/approve", follow=True).text
    silent = ada.post(f"/compliance/exceptions/{one[1]}/refuse", {"why": "no"})
    assert (silent.status_code, silent.text.count('<details class="confirm" open>')) == (422, 1)
    assert f'id="refuse-{one[1]}" name="why" maxlength="2000" required value="no" aria-invalid="true"' in silent.text
    assert ada.post(f"/compliance/exceptions/{one[1]}/approve").status_code == 303
    assert "excepted until" in visit("vera").get(f"/compliance/endpoints/{fleet['bad']}").text
    assert "(1 excepted)" in visit("vera").get("/compliance").text
    assert "excepted until" in visit("vera").get("/compliance/policies/disk-encryption?state=fail").text
    log = visit("adam").get("/admin/audit").text
    assert "exception.request" in log
    assert "exception.approve" in log
    assert visit("vera").post("/compliance/exceptions/new", asked).status_code == 403


def test_no_exception_is_beyond_the_last_page(visit: Visit, fleet: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Pages in the order of asking; a refusal without its reason comes back with its form, from whichever page; lists stay narrowed."""
    monkeypatch.setattr(waiver_pages, "EXCEPTIONS", replace(waiver_pages.EXCEPTIONS, page_size=2))
    otto, ada = visit("otto"), visit("ada")
    asked = {"ci": fleet["bad"], "reason": "The driver does not work with it.", "control": "Locked room", "until": SOON}
    for policy in FIRST_EIGHT[:5]:
        assert otto.post("/compliance/exceptions/new", {**asked, "policy": policy}).status_code == 303
    seen: list[str] = []
    path = "/compliance/exceptions?state=requested"
    while path:
        page = ada.get(path).text
        seen += re.findall(r"/compliance/exceptions/([\w-]+)/approve\?state=requested", page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(more[1]) if more else ""
    assert (len(seen), len(set(seen))) == (5, 5)
    back = ada.post(f"/compliance/exceptions/{seen[-1]}/refuse", {"why": ""}).text
    assert f'id="refuse-{seen[-1]}" name="why"' in back
    assert back.count('<details class="confirm" open>') == 1
    kept = ada.post(f"/compliance/exceptions/{seen[-1]}/approve?state=requested")
    assert kept.headers["Location"] == "/compliance/exceptions?state=requested"


def test_exceptions_by_api(program: Program, fleet: dict[str, str]) -> None:  # noqa: F811
    operator, boss = program("operator"), program("administrator")
    body = {
        "policy": "disk-encryption",
        "site": "HQ",
        "reason": "The driver does not work with it.",
        "control": "Locked room",
        "until": SOON,
    }
    made = operator.post("/api/v1/compliance/exceptions", json=body)
    assert made.status_code == 201
    place = f"/api/v1/compliance/exceptions/{made.get_json()['id']}/decision"
    assert operator.post(place, json={"decision": "approve"}).status_code == 403
    assert boss.post(place, json={"decision": "approve"}).get_json()["state"] == "in_force"
    assert boss.post(place, json={"decision": "approve"}).status_code == 409
    assert operator.post(place, json={"decision": "withdraw", "why": "repaired"}).get_json()["ended_why"] == "repaired"
    said = {"policy": "firewall-on", "ci": fleet["bad"], "reason": "I looked: it is on.", "until": SOON}
    assert operator.post("/api/v1/compliance/attestations", json=said).status_code == 201
    assert [one["scope"] for one in operator.get("/api/v1/compliance/attestations").get_json()["items"]] == [HOSTILE]
    assert operator.get("/api/v1/compliance/exceptions?limit=1").get_json()["next"] is None
    assert operator.post("/api/v1/compliance/exceptions", json={**body, "until": "2031-01-01"}).status_code == 422


def test_as_of_and_trend(visit: Visit, program: Program, fleet: dict[str, str], embedded_graph: Graph, catalogue: Catalogue) -> None:  # noqa: F811
    """The sample time is an hour ago; before the first sweep there is nothing; a list, an endpoint and the counts tell of it."""
    then = datetime.now(UTC) - timedelta(hours=1)
    evaluate(embedded_graph, catalogue, few(), None, then)
    day, client = (then + timedelta(minutes=1)).isoformat().replace("+00:00", "Z"), program("viewer")
    assert client.get(f"/api/v1/compliance?as_of={day}").get_json()["endpoints"] == 3
    grave = client.get(f"/api/v1/compliance?as_of={day}&severity=medium").get_json()
    assert "owner-known" not in {one["policy"] for one in grave["policies"]} > {"disk-encryption"}
    assert client.get("/api/v1/compliance?severity=grave").status_code == 422
    assert client.get("/api/v1/compliance?as_of=2020-01-01").status_code == 422
    assert client.get("/api/v1/compliance?as_of=2999-01-01").status_code == 422
    first = client.get(f"/api/v1/compliance/endpoints?policy=disk-encryption&as_of={day}&limit=2").get_json()
    rest = client.get(f"/api/v1/compliance/endpoints?policy=disk-encryption&as_of={day}&limit=2&cursor={first['next']}").get_json()
    assert len(first["items"] + rest["items"]) == 3
    assert client.get(f"/api/v1/compliance/{fleet['good']}?as_of={day}").get_json()["results"][0]["evidence"]
    listed = f"/api/v1/compliance/endpoints?policy=disk-encryption&as_of={day}&known_at="
    known = client.get(listed + datetime.now(UTC).isoformat().replace("+00:00", "Z")).get_json()["items"]
    assert all(one["hindsight"] == {"state": one["state"], "reason": one["reason"], "learned": [], "judged": True} for one in known)
    assert [one["hindsight"] for one in first["items"]] == [None, None]
    assert client.get(listed + "2026-01-01T00:00:00Z").status_code == 422  # before the time that is asked for
    assert client.get(f"/api/v1/compliance/{fleet['good']}?known_at={day}").status_code == 422  # of now nothing was learned later
    found = client.get("/api/v1/compliance/trend?policy=disk-encryption&days=1100").get_json()
    assert found["items"][-1]["states"]["fail"] + found["items"][-1]["states"]["unknown"] > 0
    assert found["repairs"] == 0
    vera = visit("vera")
    early = vera.get("/compliance?as_of=2020-01-01")
    assert early.status_code == 422
    assert 'value="2020-01-01" aria-invalid="true" aria-describedby="as_of-error"' in early.text
    assert "These are the numbers of now." in early.text
    assert vera.get("/compliance?as_of=2020-01-01&format=csv").status_code == 400
    assert "Nothing matches these filters" in vera.get("/compliance/results?state=fail&as_of=2020-01-01").text
    for place in ("", "/policies/disk-encryption", f"/endpoints/{fleet['bad']}"):
        page = vera.get(f"/compliance{place}?as_of={day}")
        assert page.status_code == 200, page.text[:500]
        assert "s it was" in page.text
    assert "bad" not in vera.get(f"/compliance/policies/disk-encryption?as_of={day}&format=csv&state=pass").text
    counted = re.findall(
        r"/compliance/policies/disk-encryption\?state=(\w+)&amp;as_of=([^\"]+)\">(\d+)</a>", vera.get(f"/compliance?as_of={day}").text
    )
    assert len(counted) >= 2
    for state, at, number in counted:  # each number of that day equals the rows of the list it leads to
        file = vera.get(f"/compliance/policies/disk-encryption?state={state}&as_of={at}&format=csv").get_data(as_text=True)
        assert len(file.splitlines()) - 1 == int(number)
    assert "The numbers above were counted" in vera.get(f"/compliance/policies/disk-encryption?as_of={day}").text


def test_a_word_is_offered_where_the_rule_takes_it(visit: Visit, fleet: dict[str, str]) -> None:  # noqa: F811
    """Nobody said whose `bad` is, `mute` is on loan; what the register knows (owner, reports) is offered of neither."""
    page = visit("otto").get(f"/compliance/endpoints/{fleet['bad']}").text
    offered = re.findall(r"policy=([\w-]+)&amp;kind=attestation", page)
    assert "firewall-on" in offered
    assert {"reported-recently", "owner-known", "disk-encryption"}.isdisjoint(offered)
    assert "kind=attestation" not in visit("otto").get(f"/compliance/endpoints/{fleet['mute']}").text
    form = visit("otto").get("/compliance/exceptions/new?kind=attestation").text
    assert 'value="screen-lock"' in form
    assert 'value="owner-known"' not in form
    assert 'value="owner-known"' in visit("otto").get("/compliance/exceptions/new").text


def _tiles(page: str) -> dict[str, tuple[str, int]]:
    """words → (address, number) of the tiles that lead somewhere."""
    found = re.findall(r'<a class="stat [^"]*" href="([^"]+)">.*?stat-number">([\d,]+)<.*?stat-words">([^<]+)<', page, re.DOTALL)
    return {words: (path.replace("&amp;", "&"), int(number.replace(",", ""))) for path, number, words in found}


def test_each_tile_leads_to_as_many_rows(visit: Visit, fleet: dict[str, str], embedded_graph: Graph, catalogue: Catalogue) -> None:  # noqa: F811
    then = datetime.now(UTC) - timedelta(hours=1)
    evaluate(embedded_graph, catalogue, active(embedded_graph), None, then)
    vera, day = visit("vera"), (then + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    for narrowed in ("", "?ownership=loaned", "?cls=laptop&severity=high", f"?as_of={day}", f"?as_of={day}&ownership=loaned"):
        tiles = _tiles(vera.get(f"/compliance{narrowed}").text)
        assert {"results pass", "results fail", "results unknown"} < tiles.keys()
        for words, (path, number) in tiles.items():
            file = vera.get(f"{path}{'&' if '?' in path else '?'}format=csv").get_data(as_text=True)
            assert len(file.splitlines()) - 1 == number, (narrowed, words)
    assert tiles["results fail"][1] < _tiles(vera.get("/compliance").text)["results fail"][1]
    of_all = _tiles(vera.get("/").text)
    assert of_all["policy checks unknown"] == (
        "/compliance/results?state=unknown",
        _tiles(vera.get("/compliance").text)["results unknown"][1],
    )


def test_all_results_page_by_page(
    visit: Visit,  # noqa: F811
    fleet: dict[str, str],
    embedded_graph: Graph,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    then = datetime.now(UTC) - timedelta(hours=1)
    evaluate(embedded_graph, catalogue, few(), None, then)
    vera, day = visit("vera"), (then + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    monkeypatch.setattr("web.pages.results.TableSpec", partial(TableSpec, page_size=2))
    for words in ("?state=unknown", f"?state=unknown&as_of={day}"):
        address, seen = f"/compliance/results{words}", []
        while address:
            page = vera.get(address).text
            seen += re.findall(
                r'/compliance/endpoints/([\w-]+)[^>]*>[^<]+</a></th>\s*<td[^>]*><span[^>]*><a href="/compliance/policies/([\w-]+)', page
            )
            more = re.search(r'rel="next" href="([^"]+)"', page)
            address = more[1].replace("&amp;", "&") if more else ""
        file = vera.get(f"/compliance/results{words}&format=csv").get_data(as_text=True)
        assert len(seen) == len(set(seen)) == len(file.splitlines()) - 1 > 5
    assert HOSTILE not in vera.get("/compliance/results?state=fail").text
    narrowed = vera.get("/compliance/results?policy=disk-encryption&reason=never_reported&format=csv").get_data(as_text=True)
    assert [line.split(",")[0] for line in narrowed.splitlines()[1:]] == ["mute-pc"]
    part = vera.get(f"/compliance/results?policy=disk-encryption&name=MUTE&as_of={day}&format=csv").get_data(as_text=True)
    assert [line.split(",")[0] for line in part.splitlines()[1:]] == ["mute-pc"]
    assert visit("rita").get("/compliance/results").status_code == 403


def test_numbers_of_the_audit_page(visit: Visit, fleet: dict[str, str], embedded_graph: Graph, catalogue: Catalogue) -> None:  # noqa: F811
    """Each number that tells how complete the list is leads to a list of as many."""
    evaluate(embedded_graph, catalogue, active(embedded_graph), None, NOW)
    adam = visit("adam")
    found = re.findall(r'<dd><a href="(/compliance/policies/[^"]+)">(\d+)<span', adam.get("/compliance/audit").text)
    assert len(found) >= 3
    for path, number in found:
        assert len(adam.get(f"{path}&format=csv").get_data(as_text=True).splitlines()) - 1 == int(number), path


def test_writing_a_policy(visit: Visit, fleet: dict[str, str], embedded_graph: Graph, catalogue: Catalogue) -> None:  # noqa: F811
    """Refused with its line, tried on the fleet without a trace, kept, switched on and off, exported; a viewer may read only."""
    ada, wrong = visit("ada"), START.replace("{eq:", "{is:")
    assert "policy.yaml:6: &#39;is&#39; is no operator" in ada.post("/compliance/policies/new", {"text": wrong}).text
    tried = ada.post("/compliance/policies/new", {"text": START, "step": "try"}).text
    assert "Of 3 endpoints 0 would pass, 0 would fail, 3 would be unknown" in tried
    assert "two live sources contradict each other" in tried
    assert [one.id for one in active(embedded_graph)] == [one.id for one in shipped()]
    only = ada.post("/compliance/policies/new", {"text": START, "step": "try", "endpoints": fleet["bad"]}).text
    assert "Of 1 endpoint 0" in only
    named = ada.post("/compliance/policies/new", {"text": START, "step": "try", "endpoints": "good-pc\nmute-pc"}).text
    assert "Of 2 endpoints" in named
    nobody = ada.post("/compliance/policies/new", {"text": START, "step": "try", "endpoints": "nobody-pc"})
    assert (nobody.status_code, "“nobody-pc”: nothing is known by that name." in nobody.text) == (422, True)
    assert "nobody-pc</textarea>" in nobody.text
    assert 'aria-invalid="true" aria-describedby="endpoints-hint endpoints-error"' in nobody.text, "the field is marked"
    several = ada.post("/compliance/policies/new", {"text": START, "step": "try", "endpoints": "no-a\ngood-pc\nno-b"}).text
    assert "“no-a”, “no-b”: nothing is known by that name." in several
    many = ada.post("/compliance/policies/new", {"text": START, "step": "try", "endpoints": "\n".join(map(str, range(201)))}).text
    assert "This list holds at most 200 endpoints; these are 201." in many
    assert ada.post("/compliance/policies/new", {"text": START, "step": "on"}).status_code == 303
    assert "my-policy" in [one.id for one in active(embedded_graph)]
    evaluate(embedded_graph, catalogue, active(embedded_graph), None, NOW)
    assert visit("vera").get("/compliance/policies/my-policy").status_code == 200
    same = ada.post("/compliance/policies/new", {"text": START.replace("why: Say", "why: Do say"), "step": "keep"})
    assert "version must be greater than 1" in same.text
    assert ada.post("/compliance/policies/my-policy/off").status_code == 303
    assert ada.post("/compliance/policies/screen-lock/off").status_code == 303
    assert {"my-policy", "screen-lock"}.isdisjoint(one.id for one in active(embedded_graph))
    assert visit("vera").get("/compliance/policies/my-policy.yaml").text == START
    page = visit("vera").get("/compliance/policies")
    assert "Switch on" not in page.text
    assert "Switch on my" not in ada.get("/compliance/policies").text
    assert visit("vera").post("/compliance/policies/screen-lock/on").status_code == 403
    assert visit("vera").get("/compliance/policies/export.zip").data[:2] == b"PK"


def test_who_asked_and_who_approved_stay_named_when_they_left(
    visit: Visit,  # noqa: F811
    program: Program,  # noqa: F811
    fleet: dict[str, str],
    ledger: Ledger,  # noqa: F811
    embedded_graph: Graph,
    tmp_path: Path,
) -> None:
    """Their accounts are locked: pages, file, API and bundle go on, and the exception ends on its day."""
    asked = {
        "policy": "disk-encryption",
        "ci": fleet["bad"],
        "reason": "The driver does not work.",
        "control": "Locked room",
        "until": SOON,
    }
    ledger.accounts.add("eve", None, "administrator", name="Eve Early")
    assert visit("otto").post("/compliance/exceptions/new", asked).status_code == 303
    one = listed(embedded_graph, "exception")[0]
    assert visit("eve").post(f"/compliance/exceptions/{one.id}/approve").status_code == 303
    for account in ledger.accounts.list():
        if account.login in ("otto", "eve"):
            ledger.accounts.deactivate(account.id)
    vera = visit("vera")
    for place in ("/compliance/exceptions", "/compliance/exceptions?format=csv"):
        text = vera.get(place).get_data(as_text=True)
        assert ("otto" in text, "eve" in text) == (True, True), place
    assert "excepted until" in vera.get(f"/compliance/endpoints/{fleet['bad']}").text
    told = program("viewer").get("/api/v1/compliance/exceptions").get_json()["items"][0]
    assert (told["state"], told["requested_by"], told["decided_by"]) == ("in_force", "otto", "eve")
    (tmp_path / "got.zip").write_bytes(program("auditor").get("/api/v1/compliance/audit-bundle?policy=disk-encryption").data)
    with zipfile.ZipFile(tmp_path / "got.zip") as bundle:
        texts = [bundle.read(name) for name in bundle.namelist() if "exception" in name]
    assert texts
    assert all(b"otto" in text and b"eve" in text for text in texts)
    assert [gone.id for gone in expire(embedded_graph, datetime.now(UTC) + timedelta(days=61))] == [one.id]
    assert "eve" in vera.get("/compliance/exceptions?state=expired").text
