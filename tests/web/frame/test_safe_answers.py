"""Headers, form tokens, hosts, proxies, and what errors look like: to people, to htmx, to programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, request

from cmdb import errors
from cmdb.config import Settings
from cmdb.store import Ledger
from tests.web.visitor import Visitor
from web import Services, create_app
from web.auth.permissions import public
from web.settings import WebSettings

Visit = Callable[[str], Visitor]
POLICY_WORDS = (
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "script-src 'self'",
)


def door(app: Flask, path: str, error: Exception) -> None:
    """A view at `path` that raises."""

    def view() -> str:
        raise error

    app.add_url_rule(path, f"door{path}", public(view), methods=["GET", "POST"])


@pytest.mark.parametrize("path", ["/sign-in", "/help", "/static/css/moorings.css", "/api/v1/me", "/nothing", "/health/live", "/agent/x"])
def test_every_answer_carries_the_headers(visit: Visit, path: str) -> None:
    headers = visit("ada").get(path).headers
    for word in POLICY_WORDS:
        assert word in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers


def test_pages_are_not_kept_and_hashed_files_are_kept_for_ever(visit: Visit) -> None:
    visitor = visit("vera")
    assert visitor.get("/help").headers["Cache-Control"] == "private, no-store"
    assert "immutable" in visitor.get("/static/css/moorings.css?v=1").headers["Cache-Control"]
    assert visitor.get("/api/v1/me").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/account/theme", "/sign-out", "/sign-in", "/admin/users/new", "/admin/tokens/api/new"])
def test_no_form_is_taken_without_its_token(visit: Visit, path: str) -> None:
    answer = visit("ada").client.post(path, data={"theme": "dark", "login": "x", "name": "x", "role": "viewer"})
    assert answer.status_code == 400
    assert "The form is out of date" in answer.text


def test_htmx_sends_the_token_as_a_header(visit: Visit) -> None:
    visitor = visit("vera")
    visitor.get("/help")
    answer = visitor.client.post("/account/theme", data={"theme": "dark"}, headers={"X-CSRFToken": visitor._token, "HX-Request": "true"})
    assert answer.status_code == 303


def test_another_host_name_is_not_answered(services: Services) -> None:
    app = create_app(
        replace(services, settings=replace(services.settings, trusted_hosts=("cmdb.example.org", "localhost", "127.0.0.1", "[::1]")))
    )
    client = app.test_client()
    for host in ("cmdb.example.org", "localhost:8765", "127.0.0.1:8765", "[::1]:8765"):
        assert client.get("/health/live", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "cmdb.example.org.evil.example", "evil.example:8765"):
        assert client.get("/sign-in", headers={"Host": host}).status_code == 400, host
        assert client.get("/api/v1/me", headers={"Host": host}).status_code == 400, host


def test_forwarded_addresses_count_only_from_proxies_the_settings_name(services: Services) -> None:
    settings = replace(services.settings, trusted_proxies=1, proxy_networks=("10.9.0.0/16",))
    app = create_app(replace(services, settings=settings))
    app.add_url_rule("/who", "who", public(lambda: f"{request.remote_addr} {request.scheme} {request.host}"))
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "cmdb.example.org"}
    seen = [
        app.test_client().get("/who", headers=forwarded, environ_base={"REMOTE_ADDR": peer}).text for peer in ("10.9.1.1", "198.51.100.1")
    ]
    assert seen == ["203.0.113.7 https cmdb.example.org", "198.51.100.1 http localhost"]


def test_settings_decide_which_names_are_answered() -> None:
    alone = WebSettings.of(Settings(port=8765))
    assert alone.trusted_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert alone.open_metrics
    assert not alone.secure_cookies
    named = WebSettings.of(Settings(host="0.0.0.0", base_url="https://cmdb.example.org"))
    assert named.trusted_hosts[-1] == "cmdb.example.org"
    assert named.secure_cookies
    assert not named.open_metrics
    assert WebSettings.of(Settings(host="0.0.0.0")).trusted_hosts == ()


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (errors.Invalid("The name is empty; give one.", field="name"), 400, "The name is empty; give one."),
        (errors.NotFound("There is no such device."), 404, "There is no such device."),
        (errors.NotAllowed("Not yours."), 403, "Not yours."),
        (errors.Conflict("ada was first."), 409, "ada was first."),
        (errors.GraphConstraint("taken"), 409, "taken"),
        (errors.GraphUnavailable("The engine does not answer."), 503, "The engine does not answer."),
        (errors.GraphTimeout("Stopped after 30 s."), 503, "Stopped after 30 s."),
        (errors.StoreUnavailable("The disk is full."), 503, "The disk is full."),
        (errors.AuthFailed("Not accepted."), 502, "Not accepted."),
    ],
)
def test_each_error_of_the_house_has_its_page_its_fragment_and_its_problem(
    app: Flask, error: errors.CmdbError, status: int, words: str
) -> None:
    door(app, "/door", error)
    door(app, "/api/v1/door", error)
    client = app.test_client()
    page = client.get("/door")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert words in page.text
    assert "<h1>" in page.text
    fragment = client.get("/door", headers={"HX-Request": "true"})
    assert fragment.status_code == status
    assert 'role="alert"' in fragment.text
    assert "<html" not in fragment.text
    told = client.get("/api/v1/door")
    assert told.content_type == "application/problem+json"
    body = told.get_json()
    assert body["status"] == told.status_code == (422 if status == 400 else status)
    assert (body["detail"], body["instance"]) == (words, "/api/v1/door")
    assert [one["field"] for one in body["errors"]] == (["name"] if error.field else [])


def test_while_the_graph_is_away_the_page_says_so_and_comes_back_by_itself(app: Flask) -> None:
    door(app, "/door", errors.GraphUnavailable("The graph engine at 127.0.0.1 does not answer."))
    answer = app.test_client().get("/door")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert "Reports of agents are still accepted" in answer.text


def test_an_unforeseen_error_tells_nothing_of_itself(app: Flask) -> None:
    door(app, "/door", RuntimeError("password=hunter2"))
    door(app, "/api/v1/door", RuntimeError("password=hunter2"))
    for path in ("/door", "/api/v1/door"):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/door", "/api/v1/door"])
def test_a_wrong_method_says_which_would_do(app: Flask, path: str) -> None:
    door(app, path, RuntimeError())
    answer = app.test_client().delete(path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST", "HEAD"}


def test_what_is_missing_is_missing_in_the_words_of_who_asks(visit: Visit) -> None:
    visitor = visit("vera")
    assert "There is nothing at this address" in visitor.get("/<script>alert(1)</script>").text
    assert visitor.get("/api/v1/<script>").get_json()["status"] == 404
    page = visitor.get("/nothing")
    assert "Configuration items" in page.text, "the sidebar stays"
    assert "vera" not in visit("").get("/nothing").text


def test_a_body_over_the_limit_is_refused_before_it_is_read(services: Services, ledger: Ledger) -> None:
    app = create_app(replace(services, settings=replace(services.settings, max_body_bytes=1000)))
    visitor = Visitor(app, "ada")
    answer = visitor.post("/account/theme", {"theme": "x" * 5000})
    assert answer.status_code == 413
    assert "larger than this server accepts" in answer.text


def test_pages_hold_no_inline_script_style_or_handler(visit: Visit) -> None:
    for path in ("/help", "/admin/users", "/admin/tokens", "/admin/audit", "/account", "/account/sessions", "/admin/intake", "/admin/jobs"):
        text = visit("ada").get(path).text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick=" not in text, path
        assert all(" src=" in part.split(">")[0] for part in text.split("<script")[1:]), path
