"""Notes over the API: a text as JSON, a file as a form, read page by page, removed by who wrote them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.inventory.notes import MAX_TEXT
from tests.web.visitor import said
from web import Services

Program = Callable[[str], FlaskClient]


def _ci(client: FlaskClient) -> str:
    made = client.post("/api/v1/cis", json={"class": "server", "attributes": {"name": "web1", "serial": "NOTES0001"}})
    assert made.status_code == 201, said(made)
    return str(said(made)["items"][0]["ci"])


def test_a_note_from_text_and_file_to_its_end(program: Program, services: Services) -> None:
    client = program("operator")
    ci = _ci(client)
    address = f"/api/v1/cis/{ci}/notes"
    text = said(client.post(address, json={"text": "a <b>text</b>\nof two lines"}))
    assert (text["text"], text["by"], text["file_url"], text["ci"]) == ("a <b>text</b>\nof two lines", "token:a operator program", None, ci)
    body = b"\x00\x01binary"
    made = client.post(address, data={"text": "with", "file": (io.BytesIO(body), "../scan.bin")})
    assert made.status_code == 201
    filed = said(made)
    assert (filed["file_name"], filed["size"], filed["sha256"]) == ("scan.bin", 8, hashlib.sha256(body).hexdigest())
    reader = program("viewer")
    page = said(reader.get(f"{address}?limit=1"))
    assert page["items"] == [filed]
    assert said(reader.get(address, query_string={"limit": 1, "cursor": page["next"]})) == {"items": [text], "next": None}
    answer = reader.get(filed["file_url"])
    assert (answer.data, answer.headers["Content-Type"]) == (body, "application/octet-stream")
    assert answer.headers["Content-Disposition"] == "attachment; filename=scan.bin"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert reader.get(f"/api/v1/notes/{text['id']}/file").status_code == 404
    assert said(client.delete(f"/api/v1/notes/{filed['id']}")) == filed
    assert client.delete(f"/api/v1/notes/{filed['id']}").status_code == 404
    assert reader.get(filed["file_url"]).status_code == 404
    events = said(reader.get(f"/api/v1/cis/{ci}/history"))["items"]
    assert [event["kind"] for event in events] == ["note_removed", "note_added", "note_added"]
    assert [one.action for one in services.ledger.audit.list(limit=3)] == ["note.remove", "note.add", "note.add"]


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({"json": {"text": ""}}, 422, "text"),
        ({"json": {"text": "\n \t"}}, 422, "text"),
        ({"json": {"text": "x" * (MAX_TEXT + 1)}}, 422, "text"),
        ({"json": {"text": 7}}, 422, "text"),
        ({"json": {"text": "x", "by": "ada"}}, 422, "by"),
        ({"json": []}, 422, "body"),
        ({"data": {"text": "no file"}, "content_type": "multipart/form-data"}, 422, "file"),
        ({"data": {"file": "no name"}, "content_type": "multipart/form-data"}, 422, "file"),
        ({"data": "text", "content_type": "text/plain"}, 415, None),
    ],
    ids=["empty", "white", "long", "number", "more", "list", "form without file", "file without name", "text"],
)
def test_what_is_refused_names_its_field(
    program: Program, services: Services, sent: dict[str, Any], status: int, field: str | None
) -> None:
    client = program("operator")
    ci = _ci(client)
    answer = client.post(f"/api/v1/cis/{ci}/notes", **sent)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert [one["field"] for one in said(answer)["errors"]] == ([field] if field else [])
    assert said(client.get(f"/api/v1/cis/{ci}/notes"))["items"] == []
    assert services.ledger.attachments.count() == (0, 0)


@pytest.mark.parametrize(("size", "status", "words"), [(0, 422, "empty"), ((20 << 20) + 1, 422, "20 MB"), (33 << 20, 413, "20 MB")])
def test_files_of_no_fitting_size_are_refused(program: Program, size: int, status: int, words: str) -> None:
    client = program("operator")
    answer = client.post(f"/api/v1/cis/{_ci(client)}/notes", data={"file": (io.BytesIO(bytes(size)), "x.bin")})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert words in said(answer)["detail"]


def test_who_may_what(program: Program) -> None:
    """Readers read; who may edit writes; a note goes by its author's hand or an administrator's."""
    author = program("operator")
    ci = _ci(author)
    note = said(author.post(f"/api/v1/cis/{ci}/notes", json={"text": "mine"}))
    assert program("viewer").post(f"/api/v1/cis/{ci}/notes", json={"text": "x"}).status_code == 403
    assert program("viewer").delete(f"/api/v1/notes/{note['id']}").status_code == 403
    assert program("requester").get(f"/api/v1/cis/{ci}/notes").status_code == 403
    author.environ_base.pop("HTTP_AUTHORIZATION")
    assert author.get(f"/api/v1/cis/{ci}/notes").status_code == 401
    assert program("viewer").get("/api/v1/cis/nonsense/notes").status_code == 404
    assert program("administrator").delete(f"/api/v1/notes/{note['id']}").status_code == 200
    other = said(program("administrator").post(f"/api/v1/cis/{ci}/notes", json={"text": "the administrator's"}))
    refused = program("operator").delete(f"/api/v1/notes/{other['id']}")
    assert (refused.status_code, "who wrote this note" in said(refused)["detail"]) == (403, True)
