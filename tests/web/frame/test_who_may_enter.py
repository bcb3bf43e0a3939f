"""Every door says who may pass; nobody passes a door that says nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cmdb.store import Ledger
from tests.cast import ROLES
from tests.web.visitor import Visitor
from web.auth.guard import required
from web.auth.permissions import PUBLIC, Permission, may
from web.frame.navigation import NAVIGATION, current_place
from web.pages.auth import inside

ADMIN_PAGES = ("/admin/users", "/admin/users/new", "/admin/tokens", "/admin/tokens/api/new", "/admin/tokens/agent/new", "/admin/settings")
OPEN = {
    "auth.sign_in",
    "auth.sign_in_submit",
    "auth.one_time",
    "auth.one_time_submit",
    "operations.live",
    "operations.ready",
    "operations.metrics",
    "openapi_json",
    "agent.report",
    "agent.osquery",
    "agent.lynis_license",
    "agent.lynis_upload",
    "agent.bom",
    "agent.bom_state",
    "api_agents.endpoint_report",
}


def test_every_view_is_marked(app: Flask) -> None:
    with app.app_context():
        unmarked = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static" and required(rule.endpoint) is None]
    assert not unmarked, f"nobody may see these until they are marked by @needs or @public: {unmarked}"


def test_only_the_known_doors_are_open_to_strangers(app: Flask) -> None:
    with app.app_context():
        found = {rule.endpoint for rule in app.url_map.iter_rules() if required(rule.endpoint) == PUBLIC}
    assert found <= OPEN, f"open to strangers: {found - OPEN}; add them here only if that is meant"


def test_a_view_without_a_mark_is_refused_even_to_administrators(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "the secret of the house")
    answer = Visitor(app, "ada").get("/forgotten")
    assert answer.status_code == 403
    assert "the secret" not in answer.text


@pytest.mark.parametrize("page", [*ADMIN_PAGES, "/admin/audit", "/admin/intake", "/admin/jobs", "/account", "/help"])
def test_strangers_are_sent_to_sign_in_and_back(app: Flask, page: str) -> None:
    answer = Visitor(app).get(f"{page}?x=1")
    assert answer.status_code == 303
    assert answer.location == f"/sign-in?next={page.replace('/', '%2F').replace('%2F', '/')}?x%3D1" or "next=" in answer.location


@pytest.mark.parametrize("login", ROLES)
@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_only_administrators_reach_administration(app: Flask, login: str, page: str) -> None:
    assert Visitor(app, login).get(page).status_code == (200 if login == "ada" else 403)


@pytest.mark.parametrize(("login", "status"), [("ada", 200), ("adam", 200), ("otto", 403), ("vera", 403), ("rita", 403)])
def test_the_audit_log_is_for_auditors_and_administrators(app: Flask, login: str, status: int) -> None:
    assert Visitor(app, login).get("/admin/audit").status_code == status


@pytest.mark.parametrize(("login", "status"), [("ada", 200), ("adam", 200), ("otto", 200), ("vera", 200), ("rita", 403)])
def test_requesters_see_only_what_is_their_own(app: Flask, login: str, status: int) -> None:
    visitor = Visitor(app, login)
    assert visitor.get("/admin/intake").status_code == status
    assert visitor.get("/account").status_code == 200


def test_a_refusal_says_what_is_missing(app: Flask) -> None:
    assert "may not manage users, tokens, sources and settings" in Visitor(app, "vera").get("/admin/users").text


@pytest.mark.parametrize("login", ROLES)
def test_the_sidebar_shows_what_the_role_may_open_and_nothing_else(app: Flask, login: str) -> None:
    text = Visitor(app, login).get("/help").text
    for group in NAVIGATION:
        for place in group.places:
            shown = f'<a href="{place.path}"' in text
            assert shown == may(ROLES[login][0], place.permission), place.title


def test_the_longest_path_lights_up() -> None:
    found = [current_place(path) for path in ("/loans/desk", "/loans/overdue/x", "/loans", "/cis/1", "/", "/admin/intake/7")]
    assert [place.title if place else "" for place in found] == [
        "Scan desk",
        "Overdue",
        "Pool",
        "Configuration items",
        "Dashboard",
        "Intake",
    ]


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/people?name=x", "/people?name=x"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_sign_in_never_leads_away(target: str | None, kept: str) -> None:
    assert inside(target) == kept


def test_htmx_without_a_session_is_led_to_sign_in_as_a_whole_page(app: Flask) -> None:
    answer = app.test_client().get("/admin/users", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


def test_api_without_a_token_is_401_and_with_a_wrong_one_too(client_of: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer mrg_wrong"}, {"Authorization": "Basic YWRhOmFkYQ=="}):
        answer = client_of.get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="moorings"'
        assert answer.content_type == "application/problem+json"


def test_a_revoked_token_is_refused_at_once(app: Flask, ledger: Ledger) -> None:
    plain = ledger.api_tokens.add("nightly", "viewer")
    client = app.test_client()
    headers = {"Authorization": f"Bearer {plain}"}
    assert client.get("/api/v1/me", headers=headers).get_json() == {
        "actor": "token:nightly",
        "name": "nightly",
        "role": "viewer",
        "permissions": ["own", "read"],
    }
    ledger.api_tokens.revoke(ledger.api_tokens.list()[0].id)
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_session_reads_the_api_but_never_writes_by_it(app: Flask, ledger: Ledger) -> None:
    visitor = Visitor(app, "ada")
    job = ledger.jobs.enqueue("scan.ssh", {})
    assert visitor.client.get("/api/v1/me").get_json()["role"] == "administrator"
    assert visitor.client.post(f"/api/v1/jobs/{job}/cancel").status_code == 401
    assert ledger.jobs.get(job).state == "waiting"


def test_a_viewers_token_cannot_cancel_jobs(app: Flask, ledger: Ledger) -> None:
    job = ledger.jobs.enqueue("scan.ssh", {})
    client = app.test_client()
    headers = {"Authorization": f"Bearer {ledger.api_tokens.add('reader', 'viewer')}"}
    answer = client.post(f"/api/v1/jobs/{job}/cancel", headers=headers)
    assert answer.status_code == 403
    assert answer.get_json()["detail"] == f"Your role (viewer) may not {Permission.SCAN.value}. Ask an administrator if you need it."


@pytest.fixture
def client_of(app: Flask) -> FlaskClient:
    """A client with nothing in its hands."""
    return app.test_client()
