"""Accounts: who may exist, sign in, and be locked out."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import Account, Ledger, passwords
from tests.store.fixtures import FakeClock

GOOD = "correct horse battery staple"


def test_an_account_comes_back_as_it_was_made(ledger: Ledger, clock: FakeClock) -> None:
    made = ledger.accounts.add("Ada.L@Example.org ", None, "operator", name=" Ada\tLovelace\x00 ", email="ada@example.org")
    assert made == ledger.accounts.get(made.id) == ledger.accounts.by_login("ADA.L@example.org")
    assert (made.login, made.name, made.email, made.role) == ("ada.l@example.org", "Ada Lovelace\ufffd", "ada@example.org", "operator")
    assert (made.active, made.theme, made.created_at, made.last_seen_at) == (True, "auto", clock.moment, None)


def test_signing_in_needs_the_right_password_and_an_active_account(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    otto = ledger.accounts.add("otto", GOOD, "operator")
    clock.forward(minutes=5)
    signed_in = ledger.accounts.authenticate("OTTO ", GOOD)
    assert signed_in is not None
    assert (signed_in.id, signed_in.last_seen_at) == (otto.id, clock.moment)
    assert ledger.accounts.authenticate("otto", GOOD + "!") is None
    assert ledger.accounts.authenticate("nobody", GOOD) is None
    assert ledger.accounts.authenticate("ada", "") is None, "an account without a password has no way in by password"
    ledger.accounts.deactivate(otto.id)
    assert ledger.accounts.authenticate("otto", GOOD) is None
    ledger.accounts.reactivate(otto.id)
    assert ledger.accounts.authenticate("otto", GOOD) is not None


def test_the_same_password_typed_in_another_unicode_form_fits(ledger: Ledger) -> None:
    ledger.accounts.add("zoe", "zo\u00eb likes cold rivers", "viewer")
    assert ledger.accounts.authenticate("zoe", "zoe\u0308 likes cold rivers") is not None


@pytest.mark.parametrize("hostile", ["\x00", "\ud800 lone surrogate", "a" * 100_000, "'; DROP TABLE account; --"])
def test_hostile_logins_and_passwords_only_fail(ledger: Ledger, ada: Account, hostile: str) -> None:
    assert ledger.accounts.authenticate(hostile, hostile) is None
    assert ledger.accounts.by_login(hostile) is None
    assert ledger.accounts.list() == [ada]


def test_a_login_is_taken_only_once(ledger: Ledger, ada: Account) -> None:
    with pytest.raises(Conflict, match="The login ada is taken") as caught:
        ledger.accounts.add("ADA", None, "viewer")
    assert caught.value.field == "login"


@pytest.mark.parametrize(
    ("login", "role", "email", "field"),
    [
        ("", "viewer", "", "login"),
        ("a b", "viewer", "", "login"),
        (".a", "viewer", "", "login"),
        ("x" * 101, "viewer", "", "login"),
        ("bo", "root", "", "role"),
        ("bo", "viewer", "no address", "email"),
        ("bo", "viewer", "a@b<script>", "email"),
    ],
)
def test_what_is_wrong_is_named(ledger: Ledger, login: str, role: str, email: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ledger.accounts.add(login, None, role, email=email)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "password",
    [
        "Tr0ub4dor&3",
        "password1234",
        "P@ssw0rd!2026",
        "welcome12345!",
        "123456789012",
        "qwertyuiopas",
        "aaaaaaaaaaaa",
        "abababababab",
        "administrator!",
        "1q2w3e4r5t6y",
        "letmeinletmein",
        "dorothy.p-2026",
        "x" * 1025 + "abcd",
        "tab\tinside the words",
    ],
)
def test_weak_passwords_are_refused_without_repeating_them(ledger: Ledger, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        ledger.accounts.add("dorothy.p", password, "viewer")
    assert caught.value.field == "password"
    assert password not in caught.value.message


@pytest.mark.parametrize(
    "password", [GOOD, "k7#mQz!w92Lp", "ein alter Kahn auf dem See", "пароль из четырёх слов", "密码应该很长很难猜到才安全好吧"]
)
def test_good_passwords_pass(password: str) -> None:
    passwords.check_policy(password, "otto")


def test_a_new_password_ends_what_was_open(ledger: Ledger, ada: Account) -> None:
    session, link = ledger.sessions.start(ada.id, address="::1", agent="x"), ledger.sessions.one_time(ada.id)
    ledger.accounts.set_password(ada.id, GOOD)
    assert ledger.sessions.find(session) is None
    assert ledger.sessions.redeem(link) is None
    assert ledger.accounts.authenticate("ada", GOOD) is not None


def test_the_last_administrator_stays(ledger: Ledger, ada: Account) -> None:
    with pytest.raises(Conflict, match="last active administrator"):
        ledger.accounts.deactivate(ada.id)
    with pytest.raises(Conflict, match="last active administrator"):
        ledger.accounts.set_role(ada.id, "viewer")
    second = ledger.accounts.add("grace", None, "administrator")
    assert ledger.accounts.set_role(ada.id, "viewer").role == "viewer"
    with pytest.raises(Conflict):
        ledger.accounts.deactivate(second.id)
    assert [account.role for account in ledger.accounts.list() if account.active] == ["viewer", "administrator"]


def test_two_administrators_who_demote_each_other_at_once_leave_one(ledger: Ledger, ada: Account) -> None:
    others = [ledger.accounts.add(f"admin{n}", None, "administrator") for n in range(7)]

    def demote(account: Account) -> str:
        try:
            return ledger.accounts.set_role(account.id, "viewer").role
        except Conflict:
            return "kept"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(demote, [ada, *others]))
    assert sorted(answers) == ["kept"] + ["viewer"] * 7


def test_roles_and_themes_change_at_once(ledger: Ledger, ada: Account) -> None:
    token = ledger.sessions.start(ada.id, address="", agent="")
    ledger.accounts.add("grace", None, "administrator")
    ledger.accounts.set_role(ada.id, "auditor")
    ledger.accounts.set_theme(ada.id, "dark")
    session = ledger.sessions.find(token)
    assert session is not None
    assert (session.account.role, session.account.theme) == ("auditor", "dark")
    with pytest.raises(Invalid, match="auto, light, dark"):
        ledger.accounts.set_theme(ada.id, "pink")


def test_an_unknown_account_is_not_found(ledger: Ledger) -> None:
    for call in (ledger.accounts.get, ledger.accounts.deactivate, ledger.accounts.reactivate, ledger.sessions.one_time):
        with pytest.raises(NotFound):
            call("nobody")
    with pytest.raises(NotFound):
        ledger.accounts.set_password("nobody", GOOD)


def test_every_refused_sign_in_costs_exactly_one_argon2(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.accounts.add("otto", GOOD, "viewer")
    ledger.accounts.add("nopass", None, "viewer")
    locked = ledger.accounts.add("locked", GOOD, "viewer")
    ledger.accounts.deactivate(locked.id)
    real, calls = PasswordHasher(), []

    class Counting:
        def hash(self, secret: bytes) -> str:
            calls.append("argon2")
            return real.hash(secret)

        def verify(self, stored: str, secret: bytes) -> bool:
            calls.append("argon2")
            return real.verify(stored, secret)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for login in ("otto", "nobody", "nopass", "locked", "\x00"):
        calls.clear()
        assert ledger.accounts.authenticate(login, "wrong password indeed") is None
        assert calls == ["argon2"], login


def test_at_most_two_hashes_are_made_at_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [0], [0]

    class Slow:
        def hash(self, secret: bytes) -> str:
            running[0] += 1
            most[0] = max(most[0], running[0])
            time.sleep(0.02)
            running[0] -= 1
            return "x"

    monkeypatch.setattr(passwords, "_hasher", Slow())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.accounts.authenticate(f"nobody{n}", "x"), range(8)))
    assert most[0] == 2


def test_an_old_hash_is_renewed_at_sign_in(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
        ledger.accounts.add("otto", GOOD, "viewer")
    assert ledger.accounts.authenticate("otto", GOOD) is not None
    raw = b"".join(file.read_bytes() for file in ledger.path.parent.iterdir())
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in raw
    assert ledger.accounts.authenticate("otto", GOOD) is not None


def test_no_plain_secret_reaches_the_disk(ledger: Ledger, ada: Account, tmp_path: Path) -> None:
    ledger.accounts.set_password(ada.id, GOOD)
    secrets = [GOOD, ledger.sessions.start(ada.id, address="", agent=""), ledger.sessions.one_time(ada.id)]
    secrets += [ledger.api_tokens.add("ci", "viewer"), ledger.agent_tokens.add("berlin")]
    ledger.credentials.add("core", "snmp-v2c", {"community": "v3ry-pr1v4te"})
    raw = b"".join(file.read_bytes() for file in ledger.path.parent.iterdir())
    for secret in [*secrets, "v3ry-pr1v4te"]:
        assert secret.encode() not in raw
