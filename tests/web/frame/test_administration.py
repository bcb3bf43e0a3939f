"""Users, tokens, settings, audit log: who runs the product."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cmdb.store import Account, Ledger
from tests.web.visitor import Visitor

Visit = Callable[[str], Visitor]


def last_action(ledger: Ledger) -> tuple[str, str, str, dict[str, object]]:
    entry = ledger.audit.list(limit=1)[0]
    return entry.actor, entry.action, entry.target, dict(entry.detail)


def test_a_user_without_a_password_gets_a_link_that_works(visit: Visit, ledger: Ledger) -> None:
    words = {"login": "new.one", "name": "New One", "email": "new@example.org", "role": "operator", "password": ""}
    answer = visit("ada").post("/admin/users/new", words)
    assert answer.status_code == 200
    link = re.search(r'value="http://127.0.0.1:8765(/sign-in/[^"]+)"', answer.text)
    assert link is not None
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert last_action(ledger) == ("ada", "account.add", "new.one", {"role": "operator"})
    guest = visit("")
    guest.get(link[1])
    assert guest.post(link[1]).status_code == 303
    assert "New One" in guest.get("/account").text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"login": "", "role": "viewer"}, "Give a login."),
        ({"login": "ada", "role": "viewer"}, "The login ada is taken"),
        ({"login": "<script>", "role": "viewer"}, "The login must be 1 to 100 letters"),
        ({"login": "x", "role": "king"}, "Not a valid choice."),
        ({"login": "x", "role": "viewer", "email": "nonsense"}, "The e-mail address must look like"),
        ({"login": "x", "role": "viewer", "password": "short"}, "at least"),
    ],
)
def test_a_bad_account_is_refused_at_its_field(visit: Visit, ledger: Ledger, words: dict[str, str], message: str) -> None:
    before = len(ledger.accounts.list())
    answer = visit("ada").post("/admin/users/new", words)
    assert answer.status_code == 422
    assert message in answer.text
    assert "error-summary" in answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert len(ledger.accounts.list()) == before


def test_roles_change_and_are_recorded(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    visit("ada").post(f"/admin/users/{cast['vera'].id}/role", {"role": "auditor"})
    assert ledger.accounts.get(cast["vera"].id).role == "auditor"
    assert last_action(ledger) == ("ada", "account.role", "vera", {"before": "viewer", "after": "auditor"})


def test_the_last_administrator_stays_one(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    ada = visit("ada")
    for path, words in (("role", {"role": "viewer"}), ("state", {"state": "deactivated"})):
        answer = ada.post(f"/admin/users/{cast['ada'].id}/{path}", words)
        assert answer.status_code == 409
        assert "last active administrator" in answer.text
    assert ledger.accounts.get(cast["ada"].id).role == "administrator"


def test_deactivating_signs_out_and_reactivating_lets_in_again(visit: Visit, ledger: Ledger, cast: dict[str, Account]) -> None:
    otto, ada = visit("otto"), visit("ada")
    ada.post(f"/admin/users/{cast['otto'].id}/state", {"state": "deactivated"})
    assert otto.get("/account").status_code == 303
    assert "deactivated" in ada.get("/admin/users?state=deactivated").text
    ada.post(f"/admin/users/{cast['otto'].id}/state", {"state": "active"})
    assert visit("otto").get("/account").status_code == 200


def test_users_are_filtered_sorted_and_exported_as_shown(visit: Visit) -> None:
    ada = visit("ada")
    text = ada.get("/admin/users?role=viewer&name=ve").text
    assert "vera@example.org" in text
    assert "otto@example.org" not in text
    csv = ada.get("/admin/users?role=viewer&columns=login&columns=role&format=csv")
    assert csv.text.removeprefix("\ufeff").splitlines() == ["Login,Role", "vera,viewer"]
    assert csv.headers["Content-Disposition"] == 'attachment; filename="users-role-viewer.csv"'


def test_an_api_token_is_shown_once_and_works(visit: Visit, ledger: Ledger) -> None:
    ada = visit("ada")
    answer = ada.post("/admin/tokens/api/new", {"name": "monitoring", "role": "viewer"})
    plain = re.search(r'value="(mrg_[^"]+)"', answer.text)
    assert plain is not None
    assert plain[1] not in ada.get("/admin/tokens").text
    assert ledger.api_tokens.find(plain[1]) is not None
    assert plain[1] not in repr(ledger.audit.list())
    assert last_action(ledger) == ("ada", "api_token.add", "monitoring", {"role": "viewer", "expires_at": None})


def test_no_token_is_made_for_the_past_or_for_requesters(visit: Visit, ledger: Ledger) -> None:
    ada = visit("ada")
    assert "already have expired" in ada.post("/admin/tokens/api/new", {"name": "x", "role": "viewer", "expires_on": "2020-01-01"}).text
    assert ada.post("/admin/tokens/api/new", {"name": "x", "role": "requester"}).status_code == 422
    assert not ledger.api_tokens.list()


def test_an_agent_token_comes_with_commands_to_paste(visit: Visit, ledger: Ledger) -> None:
    answer = visit("ada").post("/admin/tokens/agent/new", {"name": "HQ laptops", "site": "HQ", "ownership": "corporate"})
    plain = re.search(r'value="(agt_[^"]+)"', answer.text)
    assert plain is not None
    for line in ("server = ", "server="):  # GLPI and FusionInventory; OCS
        assert f"{line}http://127.0.0.1:8765/agent/{plain[1]}\n" in answer.text
    token = ledger.agent_tokens.find(plain[1])
    assert token is not None
    assert (token.site, token.ownership) == ("HQ", "corporate")


def test_revoking_tokens_is_recorded(visit: Visit, ledger: Ledger) -> None:
    ada = visit("ada")
    ledger.api_tokens.add("a", "viewer")
    agent = ledger.agent_tokens.add("b")
    api_id, agent_id = ledger.api_tokens.list()[0].id, ledger.agent_tokens.list()[0].id
    assert ada.post(f"/admin/tokens/api/{api_id}/revoke").status_code == 303
    assert ada.post(f"/admin/tokens/agent/{agent_id}/revoke").status_code == 303
    found = ledger.agent_tokens.find(agent)
    assert found is not None
    assert found.revoked
    assert ada.get("/admin/tokens").text.count("revoked") >= 2
    assert ada.post("/admin/tokens/api/none/revoke").status_code == 404


def test_settings_show_no_secret(visit: Visit) -> None:
    assert visit("ada").get("/admin/settings").status_code == 200


def test_the_audit_log_filters_pages_and_exports(visit: Visit, ledger: Ledger) -> None:
    for number in range(120):
        ledger.audit.write("ada" if number % 2 else "otto", "ci.edit", f"ci-{number}", {"name": "=1+1"}, "10.0.0.1")
    adam = visit("adam")
    first = adam.get("/admin/audit?actor=ada")
    assert "ci-119" in first.text
    assert "ci-118" not in first.text
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    second = adam.get(following[1].replace("&amp;", "&"))
    assert "ci-19<" in second.text
    assert "ci-21<" not in second.text
    lines = adam.get("/admin/audit?action=ci.edit&format=csv").text.splitlines()
    assert len(lines) == 121
    assert lines[1].split(",")[1:4] == ["ada", "ci.edit", "ci-119"]
