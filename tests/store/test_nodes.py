"""Keys of enrolled agents, and tokens whose secret is exchanged."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.store import Ledger
from cmdb.store.nodes import KEPT_OF_A_HOST
from tests.store.fixtures import FakeClock


def _token(ledger: Ledger) -> str:
    ledger.agent_tokens.add("berlin", site="Berlin", ownership="corporate")
    return ledger.agent_tokens.list()[0].id


def test_a_key_is_known_once_and_stored_as_a_hash(ledger: Ledger, clock: FakeClock) -> None:
    token = _token(ledger)
    key = ledger.agent_nodes.enrol(token, "pc-1", {"a": [1]})
    node = ledger.agent_nodes.find(key)
    assert node is not None
    assert (node.token_id, node.host, node.state, node.enrolled_at) == (token, "pc-1", {"a": [1]}, clock.moment)
    assert ledger.agent_nodes.find(key + "x") is None
    assert ledger.agent_nodes.find("") is None
    with sqlite3.connect(ledger.path) as other:
        assert key not in repr(other.execute("SELECT * FROM agent_node").fetchall())


def test_what_is_remembered_is_kept_with_the_time(ledger: Ledger, clock: FakeClock) -> None:
    key = ledger.agent_nodes.enrol(_token(ledger), "pc-1", {})
    node = ledger.agent_nodes.find(key)
    assert node is not None
    clock.forward(days=3)
    ledger.agent_nodes.keep(node.id, {"b": 2})
    again = ledger.agent_nodes.find(key)
    assert again is not None
    assert (again.state, again.last_seen_at, again.enrolled_at) == ({"b": 2}, clock.moment, node.enrolled_at)
    with pytest.raises(NotFound):
        ledger.agent_nodes.keep("nobody", {})
    assert ledger.agent_nodes.forget(clock.moment) == 0
    assert ledger.agent_nodes.forget(clock.moment + timedelta(seconds=1)) == 1
    assert ledger.agent_nodes.find(key) is None


def test_one_host_holds_few_keys(ledger: Ledger, clock: FakeClock) -> None:
    token, keys = _token(ledger), []
    other = ledger.agent_nodes.enrol(token, "pc-2", {})
    for _ in range(KEPT_OF_A_HOST + 3):
        clock.forward(seconds=1)
        keys.append(ledger.agent_nodes.enrol(token, "pc-1", {}))
    assert [ledger.agent_nodes.find(key) is not None for key in keys] == [False] * 3 + [True] * KEPT_OF_A_HOST
    assert ledger.agent_nodes.find(other) is not None
    assert ledger.agent_nodes.count(token) == KEPT_OF_A_HOST + 1


def test_a_rotated_token_takes_the_secret_before_until_its_day(ledger: Ledger, clock: FakeClock) -> None:
    old = ledger.agent_tokens.add("berlin", site="Berlin", ownership="loaned")
    number = ledger.agent_tokens.list()[0].id
    new = ledger.agent_tokens.rotate(number, grace=timedelta(days=7))
    for plain in (old, new):
        token = ledger.agent_tokens.find(plain)
        assert token is not None
        assert (token.id, token.site, token.ownership, token.rotated_at) == (number, "Berlin", "loaned", clock.moment)
    clock.forward(days=7)
    assert ledger.agent_tokens.find(old) is None
    assert ledger.agent_tokens.find(new) is not None
    newest = ledger.agent_tokens.rotate(number)
    assert ledger.agent_tokens.find(new) is None, "without grace: at once"
    ledger.agent_tokens.revoke(number)
    found = ledger.agent_tokens.find(newest)
    assert found is not None
    assert found.revoked
    with pytest.raises(Invalid, match="revoked"):
        ledger.agent_tokens.rotate(number)
    with pytest.raises(Invalid, match="90 days"):
        ledger.agent_tokens.rotate(number, grace=timedelta(days=91))
    with pytest.raises(NotFound):
        ledger.agent_tokens.rotate("nobody")


def test_revoking_ends_the_secret_before_too(ledger: Ledger) -> None:
    old = ledger.agent_tokens.add("berlin")
    number = ledger.agent_tokens.list()[0].id
    ledger.agent_tokens.rotate(number, grace=timedelta(days=7))
    ledger.agent_tokens.revoke(number)
    found = ledger.agent_tokens.find(old)
    assert found is not None
    assert found.revoked, "so that the door can say why"
