"""Signing in by password or one-time link, staying in, signing out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Flask

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Account, Ledger
from tests.cast import PASSWORD
from tests.web.visitor import Visitor
from web import Services, create_app

Visit = Callable[[str], Visitor]


def sign_in(visitor: Visitor, login: str = "ada", password: str = PASSWORD, **more: str) -> int:
    visitor.get("/sign-in")
    return visitor.post("/sign-in", {"login": login, "password": password, **more}).status_code


def test_the_right_password_lets_in_and_the_page_asked_for_follows(visit: Visit, ledger: Ledger) -> None:
    visitor = visit("")
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"login": "ADA ", "password": PASSWORD, "next": "/admin/users?role=viewer"})
    assert (answer.status_code, answer.location) == (303, "/admin/users?role=viewer")
    assert visitor.get("/account").status_code == 200
    assert [(entry.actor, entry.action) for entry in ledger.audit.list()] == [("ada", "session.start")]


def test_wrong_password_and_unknown_login_read_the_same(visit: Visit, ledger: Ledger) -> None:
    visitor = visit("")
    visitor.get("/sign-in")
    texts = []
    for login in ("ada", "nobody"):
        answer = visitor.post("/sign-in", {"login": login, "password": "wrong"})
        assert answer.status_code == 422
        texts.append(answer.text.replace(login, "X"))
    assert "Login and password do not fit together" in texts[0]
    assert len({len(text) for text in texts}) == 1
    assert [entry.action for entry in ledger.audit.list()] == ["session.refused"] * 2


def test_a_deactivated_account_stays_out(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    ledger.accounts.set_role(cast["otto"].id, "administrator")
    ledger.accounts.deactivate(cast["ada"].id)
    assert sign_in(visit("")) == 422


def test_guessing_is_slowed_down_per_login_too(app: Flask) -> None:
    codes = []
    for number in range(12):
        visitor = Visitor(app)
        visitor.client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        codes.append(sign_in(visitor, password="guess"))
    assert codes == [422] * 10 + [429] * 2


def test_guessing_is_slowed_down_per_address(app: Flask) -> None:
    codes = [sign_in(Visitor(app), login=f"user{number}", password="guess") for number in range(12)]
    assert codes == [422] * 10 + [429] * 2
    late = Visitor(app)
    late.get("/sign-in")
    answer = late.post("/sign-in", {"login": "ada", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_session_cookie_cannot_be_read_by_script_or_sent_by_other_sites(visit: Visit) -> None:
    visitor = visit("")
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"login": "ada", "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("moorings="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_under_tls_cookies_are_secure_and_bound_to_the_host(services: Services) -> None:
    app = create_app(replace(services, settings=replace(services.settings, secure_cookies=True)))
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://cmdb.example.org")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "login": "ada", "password": PASSWORD},
        base_url="https://cmdb.example.org",
        headers={"Referer": "https://cmdb.example.org/sign-in"},
    )
    assert answer.status_code == 303
    cookies = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    assert {line.split("=")[0] for line in cookies} == {"__Host-moorings", "__Host-moorings_form"}
    assert all("Secure" in line for line in cookies)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_form_token_from_before_the_sign_in_is_worth_nothing_after_it(visit: Visit) -> None:
    visitor = visit("")
    visitor.get("/sign-in")
    old = visitor._token
    assert visitor.post("/sign-in", {"login": "ada", "password": PASSWORD}).status_code == 303
    assert visitor.client.post("/account/theme", data={"csrf_token": old, "theme": "dark"}).status_code == 400


def test_signing_out_ends_the_session_also_for_a_copied_cookie(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    visitor = visit("vera")
    cookie = visitor.client.get_cookie("moorings")
    assert cookie is not None
    assert visitor.post("/sign-out").location == "/sign-in"
    visitor.client.set_cookie("moorings", cookie.value)
    assert visitor.get("/account").status_code == 303
    assert not ledger.sessions.list(cast["vera"].id)


def test_opening_a_one_time_link_uses_nothing_up_and_the_button_works_once(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    link = f"/sign-in/{ledger.sessions.one_time(cast['rita'].id)}"
    preview = visit("")
    for _ in range(3):
        assert preview.get(link).status_code == 200
    visitor = visit("")
    visitor.get(link)
    assert visitor.post(link).status_code == 303
    assert "Rita Requester" in visitor.get("/account").text
    late = visit("")
    late.get(link)
    answer = late.post(link)
    assert answer.status_code == 410
    assert "used up" in answer.text


def test_a_one_time_link_is_not_taken_from_another_site(app: Flask, ledger: Ledger, cast: dict[str, Account]) -> None:
    link = f"/sign-in/{ledger.sessions.one_time(cast['rita'].id)}"
    assert app.test_client().post(link).status_code == 400
    assert ledger.sessions.redeem(link.removeprefix("/sign-in/")) is not None


def test_an_account_made_requester_loses_its_rights_at_once(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    visitor = visit("otto")
    assert visitor.get("/admin/intake").status_code == 200
    ledger.accounts.set_role(cast["otto"].id, "requester")
    assert visitor.get("/admin/intake").status_code == 403


def test_sign_in_works_while_the_graph_is_away(ledger: Ledger, catalogue: Catalogue, cast: dict[str, Account], services: Services) -> None:
    class Gone:
        """Any call to it fails the test."""

        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"the graph was asked to {name}")

    gone: Graph = Gone()  # type: ignore[assignment]
    visitor = Visitor(create_app(replace(services, graph=gone)))
    assert sign_in(visitor) == 303
    assert visitor.get("/help").status_code == 200
