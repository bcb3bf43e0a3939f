"""Splits, joins and distrust by the API, with a dry run before each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.test_inventory import apply_all
from tests.web.visitor import said
from web import Services
from web.frame import doubting

Program = Callable[[str], FlaskClient]


def _send(client: FlaskClient, services: Services, serial: str, name: str) -> str:
    item = {
        "ref": "a",
        "class": "laptop",
        "identifiers": [{"kind": "serial", "value": serial}],
        "attributes": {"name": name, "model": name.upper()},
    }
    told = {"source": {"kind": "import", "name": "warehouse.csv"}, "observed_at": "2026-11-20T10:00:00Z", "items": [item]}
    assert client.post("/api/v1/observations", json=told).status_code == 202
    apply_all(services)
    rows = services.graph.read("MATCH (i:Identifier {key: $key})-[:IDENTIFIES]->(c:CI) RETURN c.id AS id", key=f"serial||{serial.lower()}")
    return str(rows[0]["id"])


def _counts(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, said(answer)
    counts: dict[str, int] = answer.get_json()["counts"]
    return counts


def test_join_undo_and_split(program: Program, services: Services) -> None:
    client = program("operator")
    one, two = _send(client, services, "AAA11111", "one"), _send(client, services, "BBB22222", "two")
    body = {"other": two, "reason": "registered twice"}
    assert _counts(client.post(f"/api/v1/cis/{one}/join?dry_run=true", json=body))["joined"] == 1
    assert client.get(f"/api/v1/cis/{two}").get_json()["id"] == two
    _counts(client.post(f"/api/v1/cis/{one}/join", json=body))
    listed = client.get(f"/api/v1/cis/{one}/joins").get_json()["items"]
    assert [(row["id"], row["name"], row["reason"]) for row in listed] == [(two, "two", "registered twice")]
    undo = {"join": two, "reason": "they are two"}
    assert client.post(f"/api/v1/cis/{one}/undo-join?dry_run=true", json=undo).get_json()["applied"] is False
    _counts(client.post(f"/api/v1/cis/{one}/undo-join", json=undo))
    assert client.get(f"/api/v1/cis/{two}").get_json()["attributes"]["model"] == "TWO"
    assert client.post(f"/api/v1/cis/{one}/undo-join", json=undo).status_code == 404
    _counts(client.post(f"/api/v1/cis/{one}/join", json=body))
    subjects = client.get(f"/api/v1/cis/{one}/subjects").get_json()["items"]
    leaves = next(row["subject"] for row in subjects if row["says"]["name"] == "two")
    wrong = client.post(f"/api/v1/cis/{one}/split", json={"subjects": ["x"], "reason": "r"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"] if "errors" in wrong.get_json() else "subjects") == (422, "subjects")
    done = client.post(f"/api/v1/cis/{one}/split", json={"subjects": [leaves], "reason": "two after all"})
    new = next(c["after"] for c in done.get_json()["changes"] if c["kind"] == "split" and "before" not in c)
    assert client.get(f"/api/v1/cis/{new}").get_json()["attributes"]["model"] == "TWO"


def test_distrust_and_trust(program: Program, services: Services) -> None:
    client = program("administrator")
    one = _send(program("operator"), services, "AAA11111", "one")
    path, body = "/api/v1/sources/import:warehouse.csv", {"reason": "wrong file"}
    assert _counts(client.post(f"{path}/distrust?dry_run=true", json=body))["became_absent"] == 1
    assert client.get("/api/v1/sources/distrusted").get_json()["items"] == []
    _counts(client.post(f"{path}/distrust", json=body))
    assert client.get(f"/api/v1/cis/{one}").get_json()["presence"] == "absent"
    assert [row["source"] for row in client.get("/api/v1/sources/distrusted").get_json()["items"]] == ["import:warehouse.csv"]
    assert client.post(f"{path}/distrust", json=body).status_code == 409
    _counts(client.post(f"{path}/trust", json={"reason": "right after all"}))
    assert client.get(f"/api/v1/cis/{one}").get_json()["presence"] == "present"
    assert program("operator").post(f"{path}/distrust", json=body).status_code == 403


def test_a_large_source_is_a_job(program: Program, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """202 with the job for the dry run and the order; what is wrong with the order is said at once; cancelled, it is not done."""
    admin = program("administrator")
    _send(program("operator"), services, "AAA11111", "one")
    monkeypatch.setattr(doubting, "MOST_AT_ONCE", 0)
    path, body = "/api/v1/sources/import:warehouse.csv", {"reason": "wrong file"}
    looked = admin.post(f"{path}/distrust?dry_run=true", json=body)
    assert (looked.status_code, looked.headers["Location"]) == (202, f"/api/v1/jobs/{looked.get_json()['job']}")
    done = admin.post(f"{path}/distrust", json=body)
    assert admin.get(done.headers["Location"]).get_json()["state"] == "waiting"
    assert admin.post(f"{path}/distrust", json=body).get_json() == done.get_json(), "given again: the same job"
    assert admin.post(f"{path}/distrust", json={"reason": "another"}).status_code == 409
    assert admin.post("/api/v1/sources/import:none.csv/distrust", json=body).status_code == 404
    assert admin.post(f"{path}/trust", json=body).status_code == 404
    assert admin.post(f"{done.headers['Location']}/cancel").get_json() == {"cancelled": 1}
    assert admin.get("/api/v1/sources/distrusted").get_json()["items"] == []


def test_one_look_is_distrusted_and_trusted(program: Program, services: Services) -> None:
    """Named as the list of looks names it: foreseen, done, told among the orders, believed again."""
    admin = program("administrator")
    ci = _send(admin, services, "LOOK1111", "right")
    later = {
        "source": {"kind": "import", "name": "warehouse.csv"},
        "observed_at": "2026-11-20T11:00:00Z",
        "items": [
            {"ref": "a", "class": "laptop", "identifiers": [{"kind": "serial", "value": "LOOK1111"}], "attributes": {"name": "wrong"}}
        ],
    }
    assert admin.post("/api/v1/observations", json=later).status_code == 202
    apply_all(services)
    looks = admin.get("/api/v1/sources/import:warehouse.csv/looks").get_json()["items"]
    assert len(looks) == 2
    body = {"subject": looks[0]["subject"], "reason": "the wrong sheet"}
    where = "/api/v1/sources/import:warehouse.csv"
    assert program("operator").post(f"{where}/distrust", json=body).status_code == 403
    assert _counts(admin.post(f"{where}/distrust?dry_run=true", json=body))["attribute"] == 1
    assert admin.get(f"/api/v1/cis/{ci}").get_json()["attributes"]["name"] == "wrong"
    _counts(admin.post(f"{where}/distrust", json=body))
    assert admin.get(f"/api/v1/cis/{ci}").get_json()["attributes"]["name"] == "right"
    assert [row["subject"] for row in admin.get("/api/v1/sources/distrusted").get_json()["items"]] == [looks[0]["subject"]]
    _counts(admin.post(f"{where}/trust", json=body))
    assert admin.get(f"/api/v1/cis/{ci}").get_json()["attributes"]["name"] == "wrong"


def test_an_identifier_that_nobody_else_shows(program: Program, services: Services) -> None:
    client = program("operator")
    ci = _send(client, services, "ALONE111", "alone")
    own = f"/api/v1/cis/{ci}/own-identifier"
    assert client.post(own, json={"key": "serial||alone111", "reason": "x"}).status_code == 409
    assert client.post(own, json={"key": "serial||other", "reason": "x"}).status_code == 404
    assert program("viewer").post(own, json={"key": "serial||alone111", "reason": "x"}).status_code == 403
