"""Identity rules on the page and by the API: foreseen, put in force, taken back; refused with their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.model import times
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile, rules
from reconciliation.rules_check import check
from reconciliation.rules_folder import RulesFolder
from tests.web.visitor import Visitor
from web import Services

Program = Callable[[str], FlaskClient]
NEW = "version: 2\nname: Ours\nstrengths: {laptop: {hostname: none}}\n"


@pytest.fixture
def keeper(services: Services, tmp_path: Path) -> Iterator[RulesFolder]:
    """A house that keeps rules, with one notebook."""
    found = RulesFolder(services.catalogue, tmp_path / "rules")
    item = Item("a", "laptop", (Identifier("serial", "PC0AAAA1"), Identifier("hostname", "nb-1")))
    with rules.in_house(found):
        said = Observation("01900000-0000-7000-8000-000000000001", Source("agent", "ocs"), times.now(), (item,))
        reconcile(services.graph, services.catalogue, said)
        yield found


def test_the_page_foresees_then_switches_then_goes_back(visit: Callable[[str], Visitor], keeper: RulesFolder) -> None:
    ada, start = visit("ada"), keeper.rules.label
    page = ada.get("/admin/rules")
    assert page.status_code == 200
    assert start in page.text
    told = ada.post("/admin/rules", {"file:site.yaml": NEW})
    assert "1 identifiers and 0 values would change" in told.text
    assert keeper.rules.label == start
    made = keeper.tried({"site.yaml": NEW})
    done = ada.post("/admin/rules", {"file:site.yaml": NEW, "digest": made.digest, "reason": "names change too often"})
    assert (done.status_code, keeper.rules.label) == (302, made.label)
    assert "names change too often" in ada.get("/admin/rules").text
    assert ada.post("/admin/rules/undo", {"reason": "no"}).status_code == 302
    assert keeper.rules.label == start


def test_the_page_says_which_line_is_unsafe(visit: Callable[[str], Visitor], keeper: RulesFolder) -> None:
    told = visit("ada").post("/admin/rules", {"file:site.yaml": "version: 1\nstrengths: {device: {ip: strong}}"})
    assert told.status_code == 422
    assert "site.yaml, line 2: ip may be none at most" in told.text
    assert visit("vera").get("/admin/rules").status_code == 403


def test_the_api_does_the_same(program: Program, keeper: RulesFolder) -> None:
    admin, viewer = program("administrator"), program("viewer")
    assert viewer.get("/api/v1/rules").get_json()["rules"]["label"] == keeper.rules.label
    assert viewer.post("/api/v1/rules/check", json={"files": {}}).status_code == 403
    told = admin.post("/api/v1/rules/check", json={"files": {"site.yaml": NEW}}).get_json()
    assert (told["rules"]["name"], told["counts"]["identifiers"], told["identifiers"][0]["kind"]) == ("Ours", 1, "hostname")
    refused = admin.post("/api/v1/rules/check", json={"files": {"site.yaml": "version: 1\nrules: {}"}})
    assert refused.status_code in (400, 422)
    assert "site.yaml, line 2" in refused.get_json()["detail"]
    used = admin.post("/api/v1/rules/use", json={"files": {"site.yaml": NEW}, "reason": "names change"}).get_json()
    assert used["drawn"]["identifiers"] == 1
    assert admin.post("/api/v1/rules/use", json={"files": {"site.yaml": NEW}, "reason": "again"}).status_code == 409
    assert admin.post("/api/v1/rules/undo", json={"reason": "no"}).get_json()["switch"]["undoes"] == used["switch"]["label"]


def test_joins_become_questions_and_a_large_house_is_a_job(
    visit: Callable[[str], Visitor], program: Program, keeper: RulesFolder, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new set takes two notebooks of one name for one: asked in the queue. Above the limit a job is ordered, and its page tells it."""
    other = Item("b", "laptop", (Identifier("hostname", "nb-1"), Identifier("agent_id", "agent-7")))
    said = Observation("01900000-0000-7000-8000-000000000002", Source("import", "l.csv"), times.now(), (other,))
    reconcile(services.graph, services.catalogue, said)
    text = "version: 3\nname: Names\nentries: {device: [{name: by name, all: [hostname]}]}\n"
    ada, made = visit("ada"), keeper.tried({"site.yaml": text})
    monkeypatch.setattr("web.rule_sets.MOST_CIS", 0)
    ordered = ada.post("/admin/rules", {"file:site.yaml": text})
    assert ordered.status_code == 303
    page = ada.get(ordered.headers["Location"])
    assert "Looking what would change" in page.text
    later = program("administrator").post("/api/v1/rules/check", json={"files": {"site.yaml": text}})
    assert later.status_code == 202
    assert f"/admin/rules?job={later.get_json()['job']}" == ordered.headers["Location"]
    claimed = services.ledger.jobs.claim(["rules-check"], 60)
    assert claimed is not None
    services.ledger.jobs.finish(claimed, {"rules": made.to_json(), **check(services.graph, services.catalogue, made).to_json()})
    page = ada.get(ordered.headers["Location"])
    assert "would change" in page.text
    assert f'value="{made.digest}"' in page.text
    use = ada.post("/admin/rules", {"file:site.yaml": text, "digest": made.digest, "reason": "x", "joins_and_parts": "ask"})
    assert (use.status_code, use.headers["Location"].startswith("/admin/jobs/")) == (303, True)
    monkeypatch.undo()
    wrong = ada.post("/admin/rules", {"file:site.yaml": text, "digest": made.digest, "reason": "x", "joins_and_parts": "never"})
    assert (wrong.status_code, "one of wait, ask, do" in wrong.text) == (422, True)


def test_without_rules_of_its_own_the_page_shows_the_shipped_set(visit: Callable[[str], Visitor], program: Program) -> None:
    page = visit("ada").get("/admin/rules")
    assert page.status_code == 200
    assert "none: as shipped" in page.text
    assert program("viewer").get("/api/v1/rules").status_code == 404
