"""`/api/v1/reviews` and `/api/v1/review-groups`: lists, evidence, dry run, answer, take-back."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.web.visitor import said
from web import Services

Program = Callable[[str], FlaskClient]


def test_lists_filter_and_page(program: Program, asked: list[str]) -> None:
    client = program("viewer")
    first = said(client.get("/api/v1/reviews?limit=3"))
    assert [one["id"] for one in first["items"]] == asked[:3]
    assert [one["id"] for one in said(client.get(f"/api/v1/reviews?limit=3&cursor={first['next']}"))["items"]] == asked[3:]
    assert [one["id"] for one in said(client.get("/api/v1/reviews?kind=double"))["items"]] == asked[3:]
    assert said(client.get("/api/v1/reviews?state=closed"))["items"] == []
    assert client.get("/api/v1/reviews?state=forgotten").status_code in (400, 422)


def test_a_question_with_its_evidence(program: Program, asked: list[str]) -> None:
    told = said(program("viewer").get(f"/api/v1/reviews/{asked[3]}"))
    lines = {line["kind"]: line for line in told["evidence"]}
    assert lines["machine_id"]["candidates"][0]["state"] == "agree"
    assert lines["mac"]["candidates"][0]["state"] == "differ"
    assert (told["class"], told["history"], told["pattern"]) == ("server", [], "+hostname +machine_id +name -mac")


def test_answer_and_take_back(program: Program, services: Services, asked: list[str]) -> None:
    client, here = program("operator"), f"/api/v1/reviews/{asked[0]}"
    ci = said(client.get(here))["candidates"][0]
    assert program("viewer").post(f"{here}/answer", json={"answer": "different"}).status_code == 403
    dry = said(client.post(f"{here}/answer", json={"answer": "retired-replaced", "ci": ci, "dry_run": True}))
    assert (dry["applied"], dry["counts"]["ci_created"]) == (False, 1)
    assert said(client.get(here))["state"] == "open"
    assert client.post(f"{here}/answer", json={"answer": "same", "ci": "nobody"}).status_code == 422
    assert client.post(f"{here}/take-back", json={}).status_code == 409
    done = said(client.post(f"{here}/answer", json={"answer": "retired-replaced", "ci": ci, "reason": "swapped"}))
    assert done["applied"]
    assert client.post(f"{here}/answer", json={"answer": "different"}).status_code == 409
    closed = said(client.get("/api/v1/reviews?state=closed"))["items"]
    assert [(one["id"], one["answer"], one["answer_reason"]) for one in closed] == [(asked[0], f"retired-replaced:{ci}", "swapped")]
    assert client.post(f"{here}/take-back", json={"reason": "no"}).status_code == 200
    assert said(client.get(here))["state"] == "open"


def test_groups(program: Program, asked: list[str]) -> None:
    client = program("operator")
    found = said(client.get("/api/v1/review-groups"))["items"]
    assert [(one["count"], one["first"], one["class"]) for one in found] == [(3, asked[0], "laptop")]
    here = f"/api/v1/review-groups/{found[0]['group']}/answer"
    assert said(client.post(here, json={"answer": "same", "dry_run": True}))["left_open"] == 3
    assert said(client.post(here, json={"answer": "different", "reason": "docks"}))["answered"] == 3
    assert client.post(here, json={"answer": "different"}).status_code == 404
