"""API tokens carry a role until they end; agent tokens count their uses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.store import Ledger
from tests.store.fixtures import FakeClock


def test_an_api_token_is_shown_once_and_found(ledger: Ledger, clock: FakeClock) -> None:
    plain = ledger.api_tokens.add("ci", "operator", created_by="ada", expires_at=clock.moment + timedelta(days=1))
    assert plain.startswith("mrg_")
    token = ledger.api_tokens.find(plain)
    assert token is not None
    assert (token.name, token.role, token.created_by, token.revoked) == ("ci", "operator", "ada", False)
    assert plain not in repr(ledger.api_tokens.list())
    clock.forward(days=1)
    assert ledger.api_tokens.find(plain) is None, "expired"


def test_a_revoked_api_token_is_not_found_but_listed(ledger: Ledger, clock: FakeClock) -> None:
    plain = ledger.api_tokens.add("ci", "viewer")
    token = ledger.api_tokens.find(plain)
    assert token is not None
    clock.forward(minutes=1)
    ledger.api_tokens.revoke(token.id)
    first = clock.moment
    clock.forward(minutes=1)
    ledger.api_tokens.revoke(token.id)
    assert ledger.api_tokens.find(plain) is None
    assert [each.revoked_at for each in ledger.api_tokens.list()] == [first]
    with pytest.raises(NotFound):
        ledger.api_tokens.revoke("none")


@pytest.mark.parametrize("wrong", ["", "mrg_", "mrg_\x00", "agt_x", "\ud800", "x" * 100_000])
def test_other_texts_are_no_tokens(ledger: Ledger, wrong: str) -> None:
    ledger.api_tokens.add("ci", "viewer")
    ledger.agent_tokens.add("berlin")
    assert ledger.api_tokens.find(wrong) is None
    assert ledger.agent_tokens.find(wrong) is None


def test_what_is_wrong_is_named(ledger: Ledger, clock: FakeClock) -> None:
    for name, role, expires_at, field in [
        ("", "viewer", None, "name"),
        ("x" * 101, "viewer", None, "name"),
        ("ci", "king", None, "role"),
        ("ci", "viewer", clock.moment, "expires_at"),
    ]:
        with pytest.raises(Invalid) as caught:
            ledger.api_tokens.add(name, role, expires_at=expires_at)
        assert caught.value.field == field
    with pytest.raises(Invalid, match="time zone"):
        ledger.api_tokens.add("ci", "viewer", expires_at=datetime(2030, 1, 1))  # noqa: DTZ001  what is tested
    assert ledger.api_tokens.list() == []


def test_every_use_of_an_agent_token_counts(ledger: Ledger, clock: FakeClock) -> None:
    plain = ledger.agent_tokens.add("berlin", site="Berlin", ownership="owned")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ledger.agent_tokens.find(plain), range(200)))
    assert {(token.site, token.ownership, token.revoked) for token in found if token} == {("Berlin", "owned", False)}
    assert [(token.uses, token.last_used_at) for token in ledger.agent_tokens.list()] == [(200, clock.moment)]


def test_counted_uses_survive_an_orderly_end(ledger: Ledger, clock: FakeClock) -> None:
    plain = ledger.agent_tokens.add("berlin")
    for _ in range(3):
        ledger.agent_tokens.find(plain)
    ledger.close()
    with Ledger(ledger.path, clock=clock) as again:
        assert [token.uses for token in again.agent_tokens.list()] == [3]


def test_a_revoked_agent_token_is_found_as_revoked_and_counts_no_more(ledger: Ledger) -> None:
    plain = ledger.agent_tokens.add("berlin")
    token = ledger.agent_tokens.find(plain)
    assert token is not None
    ledger.agent_tokens.revoke(token.id)
    again = ledger.agent_tokens.find(plain)
    assert again is not None
    assert again.revoked
    assert [each.uses for each in ledger.agent_tokens.list()] == [1]
    with pytest.raises(NotFound):
        ledger.agent_tokens.revoke("none")
