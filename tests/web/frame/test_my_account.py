"""My account: password, sessions, theme."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cmdb.store import Account, Ledger
from tests.cast import PASSWORD
from tests.web.visitor import Visitor

Visit = Callable[[str], Visitor]


def test_a_new_password_signs_all_other_browsers_out(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    here, elsewhere = visit("ada"), visit("ada")
    new = "a longer and better sentence"
    answer = here.post("/account/password", {"current": PASSWORD, "new": new, "again": new}, follow=True)
    assert "Your password is changed" in answer.text
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert ledger.accounts.authenticate("ada", new) is not None
    assert ledger.accounts.authenticate("ada", PASSWORD) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"current": "wrong", "new": "x" * 12 + " yz", "again": "x" * 12 + " yz"}, "That is not your present password."),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "Take at least 12 characters."),
        ({"current": PASSWORD, "new": "long enough, really", "again": "something else here"}, "The two new passwords differ."),
        ({}, "Type your present password."),
    ],
)
def test_what_is_wrong_with_a_new_password_is_said_at_its_field(visit: Visit, ledger: Ledger, words: dict[str, str], message: str) -> None:
    answer = visit("ada").post("/account/password", words)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert ledger.accounts.authenticate("ada", PASSWORD) is not None


def test_my_sessions_can_be_ended_one_by_one(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    here, phone = visit("vera"), visit("vera")
    text = here.get("/account/sessions").text
    assert text.count('<tr role="row">') == 3
    assert text.count("this browser</span>") == 1
    other = next(session.id for session in ledger.sessions.list(cast["vera"].id) if f"/{session.id}/end" in text)
    assert "That browser is signed out" in here.post(f"/account/sessions/{other}/end", follow=True).text
    assert phone.get("/account").status_code == 303
    assert here.post(f"/account/sessions/{other}/end").status_code == 404


def test_nobody_ends_the_sessions_of_others(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    visit("ada")
    session = ledger.sessions.list(cast["ada"].id)[0].id
    assert visit("vera").post(f"/account/sessions/{session}/end").status_code == 404
    assert ledger.sessions.list(cast["ada"].id)


def test_the_theme_is_kept_and_leads_back(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    visitor = visit("vera")
    assert 'data-bs-theme="auto"' in visitor.get("/help").text
    answer = visitor.post("/account/theme", {"theme": "dark", "back": "/help?"})
    assert answer.location == "/help"
    assert 'data-bs-theme="dark"' in visitor.get("/help").text
    assert ledger.accounts.get(cast["vera"].id).theme == "dark"
    assert visitor.post("/account/theme", {"theme": "pink"}).status_code == 400
    visitor.post("/sign-out")
    assert 'data-bs-theme="dark"' in visitor.get("/sign-in").text, "the sign-in page keeps the look"
