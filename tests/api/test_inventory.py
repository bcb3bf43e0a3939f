"""The API's main way: send an observation, find the CI, read everything about it, change it, relate it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.intake import observation_of
from reconciliation import reconcile
from tests.web.visitor import said
from web import Services

Program = Callable[[str], FlaskClient]
LAPTOP: dict[str, Any] = {
    "ref": "pc",
    "class": "laptop",
    "identifiers": [{"kind": "serial", "value": "7XK2M13"}],
    "attributes": {"name": "ada-pc", "vendor": "Dell"},
}
ADA: dict[str, Any] = {
    "ref": "ada",
    "class": "person",
    "identifiers": [{"kind": "email", "value": "ada@example.org"}],
    "attributes": {"name": "Ada Lovelace"},
}
SEEN: dict[str, Any] = {
    "source": {"kind": "import", "name": "warehouse.csv"},
    "observed_at": "2026-11-20T10:00:00Z",
    "items": [LAPTOP, ADA],
    "relations": [{"type": "owned_by", "from": "pc", "to": "ada"}],
}


def apply_all(services: Services) -> None:
    """What the worker does."""
    while entry := services.ledger.intake.claim():
        changes = reconcile(services.graph, services.catalogue, observation_of(entry))
        services.ledger.intake.done(entry, {"items": changes.to_json()["items"]})


@pytest.fixture
def sent(program: Program, services: Services) -> tuple[FlaskClient, dict[str, Any]]:
    """An operator's client, and the laptop it sent."""
    client = program("operator")
    answer = client.post("/api/v1/observations", json=SEEN)
    assert answer.status_code == 202, said(answer)
    apply_all(services)
    done = said(client.get(said(answer)["status_url"]))
    assert done["state"] == "done"
    return client, said(client.get(f"/api/v1/cis/{done['result']['items'][0]['ci']}"))


def test_from_observation_to_answers(sent: tuple[FlaskClient, dict[str, Any]]) -> None:
    """List, search, relations, why: all know it."""
    client, pc = sent
    assert (pc["class"], pc["name"], pc["attributes"]["serial"]) == ("laptop", "ada-pc", "7XK2M13")
    assert [c["id"] for c in said(client.get("/api/v1/cis?class=endpoint"))["items"]] == [pc["id"]]
    assert said(client.get("/api/v1/cis?q=7xk"))["items"][0]["id"] == pc["id"]
    owned = said(client.get(f"/api/v1/cis/{pc['id']}/relations"))["items"]
    assert [(r["type"], r["direction"], r["name"]) for r in owned] == [("owned_by", "out", "Ada Lovelace")]
    why = said(client.get(f"/api/v1/cis/{pc['id']}/why?attribute=vendor"))
    assert [(v["value"], v["source"]) for v in why["values"]] == [("Dell", "import:warehouse.csv")]
    assert said(client.get("/api/v1/people"))["items"][0]["attributes"]["email"] == "ada@example.org"


def test_a_dry_run_writes_nothing(program: Program, services: Services) -> None:
    """The Changes come back; graph and ledger stay empty."""
    answer = program("operator").post("/api/v1/observations?dry_run=true", json=SEEN)
    assert answer.status_code == 200
    assert said(answer)["counts"] == {"ci_created": 2, "relation_added": 1}
    assert services.graph.read("MATCH (c:CI) RETURN count(c) AS n")[0]["n"] == 0
    assert services.ledger.intake.counts().get("waiting", 0) == 0


def test_every_problem_is_named(program: Program) -> None:
    """An observation with two mistakes is refused whole, with both paths."""
    wrong = {**SEEN, "items": [{**LAPTOP, "class": "lapdog"}, {**ADA, "attributes": {"shoe_size": 44}}]}
    answer = program("operator").post("/api/v1/observations", json=wrong)
    assert answer.status_code == 422
    fields = {e["field"] for e in said(answer)["errors"]}
    assert "items[0].class" in fields
    assert any(field.startswith("items[1].attributes") for field in fields)


def test_change_with_the_right_revision_only(sent: tuple[FlaskClient, dict[str, Any]]) -> None:
    """A person's word wins; who read an older revision is told so; history has before and after."""
    client, pc = sent
    url, etag = f"/api/v1/cis/{pc['id']}", f'"{pc["rev"]}"'
    assert (
        client.patch(url, json={"attributes": {"vendor": "Lenovo"}, "reason": "label says so"}, headers={"If-Match": etag}).status_code
        == 200
    )
    assert client.patch(url, json={"attributes": {"vendor": "HP"}}, headers={"If-Match": etag}).status_code == 409
    for no_revision in ('"²"', '"-1"', f'"{"9" * 5000}"'):
        refused = client.patch(url, json={"attributes": {"vendor": "HP"}}, headers={"If-Match": no_revision})
        assert (refused.status_code, said(refused)["errors"][0]["field"]) == (422, "If-Match")
    assert said(client.get(url))["attributes"]["vendor"] == "Lenovo"
    event = said(client.get(f"{url}/history"))["items"][0]
    assert (event["actor"], event["reason"]) == ("token:a operator program", "label says so")
    assert [(c["before"], c["after"]) for c in event["changes"]] == [("Dell", "Lenovo")]
    bad = client.patch(url, json={"attributes": {"purchased_on": "yesterday"}})
    assert (bad.status_code, said(bad)["errors"][0]["field"]) == (422, "attributes.purchased_on")


def test_relate_and_unrelate(sent: tuple[FlaskClient, dict[str, Any]]) -> None:
    """A person's relation can be ended; a discovered one cannot."""
    client, pc = sent
    made = client.post("/api/v1/cis", json={"class": "service", "attributes": {"name": "Payroll"}})
    assert made.status_code == 201
    payroll = said(made)["items"][0]["ci"]
    body = {"type": "depends_on", "from": payroll, "to": pc["id"]}
    assert client.post("/api/v1/relations", json={**body, "need": "any"}).status_code == 201
    assert [r["type"] for r in said(client.get(f"/api/v1/relations?ci={payroll}"))["items"]] == ["depends_on"]
    assert client.delete("/api/v1/relations", json=body).status_code == 200
    assert said(client.get(f"/api/v1/relations?ci={payroll}"))["items"] == []
    assert client.post("/api/v1/relations", json={"type": "owned_by", "from": payroll, "to": payroll}).status_code == 422
    assert client.post("/api/v1/relations", json={"type": "works_at", "from": payroll, "to": pc["id"]}).status_code == 422


def test_rights(program: Program) -> None:
    """A viewer reads and sends nothing; a requester reads nothing here; nobody without a token."""
    assert program("viewer").get("/api/v1/cis").status_code == 200
    assert program("viewer").post("/api/v1/observations", json=SEEN).status_code == 403
    assert program("requester").get("/api/v1/cis").status_code == 403


def test_pages_of_a_list(program: Program) -> None:
    """Twelve services in pages of five, each once."""
    client = program("administrator")
    for number in range(12):
        client.post("/api/v1/cis", json={"class": "service", "attributes": {"name": f"Service {number:02d}"}})
    names, cursor = [], ""
    while True:
        page = said(client.get(f"/api/v1/services?limit=5{cursor}"))
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == [f"Service {number:02d}" for number in range(12)]


@pytest.mark.parametrize(
    "path", ["/api/v1/cis?class=server&class=laptop", "/api/v1/jobs?limit=1&limit=2", "/api/v1/compliance?site=a&site=b"]
)
def test_a_word_given_twice_is_refused_by_name(program: Program, path: str) -> None:
    """Reading one of them and dropping the other would answer another question than the one asked."""
    reply = program("viewer").get(path)
    name = path.rpartition("&")[2].partition("=")[0]
    assert (reply.status_code, f"{name} is given 2 times" in reply.get_json()["detail"]) == (422, True)
