"""What all of /api shares: problems, lists, bodies, revisions, the document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from pydantic import BaseModel, Field

from cmdb.store import Ledger
from web.api.etag import check_if_match, with_etag
from web.api.problem import Problem
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs

Program = Callable[[str], FlaskClient]


class ShipIn(BaseModel):
    """What the test resource takes."""

    name: str = Field(min_length=1)
    decks: int = Field(ge=1, le=20)


@pytest.fixture
def ships(app: Flask) -> Flask:
    """The application with one more resource, before its first request."""
    api = api_blueprint("ships", "For this test.")

    @api.post("/ships", responses={201: ShipIn})
    @needs(Permission.EDIT)
    def add(body: ShipIn) -> Response:
        """Add a ship."""
        return with_etag(body, 1)

    @api.put("/ships", responses={200: ShipIn})
    @needs(Permission.EDIT)
    def change(body: ShipIn) -> Response:
        """Change the ship, revision 7."""
        check_if_match(7)
        return with_etag(body, 8)

    @api.get("/ships", responses={200: ShipIn})
    @needs(Permission.READ)
    def ship() -> Response:
        """The ship, revision 7."""
        return with_etag(ShipIn(name="Argo", decks=1), 7)

    app.register_api(api)  # type: ignore[attr-defined]
    # Added after create_app, so CSRF does not know it as an API; the real ones are exempted there.
    app.extensions["csrf"].exempt(api)
    return app


def is_problem(body: dict[str, Any], status: int) -> None:
    assert Problem.model_validate(body).status == status
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize(
    ("data", "kind", "status", "field"),
    [
        (b'{"name": "Argo", "decks": 0}', "application/json", 422, "decks"),
        (b'{"decks": 1}', "application/json", 422, "name"),
        (b"[]", "application/json", 422, "body"),
        (b"null", "application/json", 422, "body"),
        (b'"{}"', "application/json", 400, None),
        (b"{", "application/json", 400, None),
        (b"", "application/json", 400, None),
        (b"\xff\xfe", "application/json", 400, None),
        (b"name=Argo&decks=1", "application/x-www-form-urlencoded", 415, None),
        (b"<ship/>", "application/xml", 415, None),
        (b'{"name": "Argo", "decks": 1}', "", 415, None),
    ],
)
def test_bodies_that_do_not_fit_are_refused_with_the_place(
    ships: Flask, program: Program, data: bytes, kind: str, status: int, field: str | None
) -> None:
    answer = program("operator").post("/api/v1/ships", data=data, content_type=kind)
    assert answer.status_code == status, answer.text
    is_problem(answer.get_json(), status)
    assert [one["field"] for one in answer.get_json()["errors"]][:1] == ([field] if field else [])


def test_who_may_not_learns_it_before_the_body_is_read(ships: Flask, program: Program) -> None:
    assert program("viewer").post("/api/v1/ships", data=b"{", content_type="application/json").status_code == 403
    assert ships.test_client().post("/api/v1/ships", data=b"{", content_type="application/json").status_code == 401


def test_nobody_overwrites_what_they_have_not_seen(ships: Flask, program: Program) -> None:
    client = program("operator")
    read = client.get("/api/v1/ships")
    assert read.headers["ETag"] == '"7"'
    assert client.get("/api/v1/ships", headers={"If-None-Match": '"7"'}).status_code == 304
    body = {"name": "Argo", "decks": 2}
    statuses = {
        condition: client.put("/api/v1/ships", json=body, headers={"If-Match": condition} if condition else {}).status_code
        for condition in ("", '"6"', '"7"', '"5", "7"', "*", "rubbish")
    }
    assert statuses == {"": 428, '"6"': 412, '"7"': 200, '"5", "7"': 200, "*": 200, "rubbish": 412}


def test_lists_are_read_on_by_cursor(program: Program, ledger: Ledger) -> None:
    ids = [ledger.jobs.enqueue("scan.ssh", {}, key=str(number)) for number in range(25)]
    client, seen, cursor, pages = program("viewer"), [], None, 0
    while True:
        body = client.get("/api/v1/jobs", query_string={"limit": 10, **({"cursor": cursor} if cursor else {})}).get_json()
        seen += [item["id"] for item in body["items"]]
        pages += 1
        cursor = body["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]
    assert pages == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("cursor=forged", "cursor"),
        ("colour=red", "colour"),
        ("state=odd", "state"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(program: Program, query: str, field: str) -> None:
    answer = program("viewer").get(f"/api/v1/jobs?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == field


def test_jobs_show_no_arguments_and_can_be_steered(program: Program, ledger: Ledger) -> None:
    job = ledger.jobs.enqueue("scan.ssh", {"credential": "lab", "targets": "10.0.0.0/24"})
    operator = program("operator")
    body = operator.get(f"/api/v1/jobs/{job}").get_json()
    assert (body["state"], body["kind"]) == ("waiting", "scan.ssh")
    assert "args" not in body
    assert operator.post(f"/api/v1/jobs/{job}/cancel").get_json() == {"cancelled": 1}
    assert operator.post(f"/api/v1/jobs/{job}/retry").get_json()["state"] == "waiting"
    assert operator.post(f"/api/v1/jobs/{job}/retry").status_code == 409
    assert operator.get("/api/v1/jobs/none").status_code == 404
    assert [entry.actor for entry in ledger.audit.list()] == ["token:a operator program"] * 2


def test_the_document_describes_every_route_and_every_error(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/v1/")
        and rule.endpoint != "openapi_json"
        and not str(rule).startswith(("/api/v1/bom", "/api/v1/osquery/"))  # doors of agents, which speak their makers' protocols
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, operations in document["paths"].items() for method in operations}
    assert described == served
    names = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["security"] == ([] if path.startswith("/api/v1/schemas/") else [{"bearer": []}])
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert all(parameter.get("description") for parameter in operation.get("parameters", []))
    assert len(names) == len(set(names))


def test_every_reference_of_the_document_leads_somewhere(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [value for key, value in part.items() if key == "$ref"] + [one for value in part.values() for one in references(value)]
        return [one for value in part for one in references(value)] if isinstance(part, list) else []

    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator({**schema, "components": document["components"]})


def test_json_nested_beyond_reason_is_a_request_nobody_understands(program: Program) -> None:
    """Not an error of the house."""
    deep = '{"source": {"kind": "api", "name": "x"}, "items": ' + "[" * 20_000 + "]" * 20_000 + "}"
    answer = program("operator").post("/api/v1/observations", data=deep, content_type="application/json")
    assert (answer.status_code, answer.get_json()["title"]) == (400, "This request cannot be understood")
