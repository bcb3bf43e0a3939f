"""Sessions end when idle, when old, when somebody ends them; one-time links work once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.store import Account, Ledger
from tests.store.fixtures import FakeClock


def test_a_session_is_found_by_its_token_only(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    token = ledger.sessions.start(ada.id, address="192.0.2.7", agent="Firefox\r\nX-Evil: 1" + "x" * 900)
    session = ledger.sessions.find(token)
    assert session is not None
    assert (session.account, session.address, session.created_at, session.last_seen_at) == (ada, "192.0.2.7", clock.moment, clock.moment)
    assert session.agent.startswith("Firefox X-Evil: 1")
    assert len(session.agent) == 300
    for wrong in ("", session.id, token[:-1], token + "x", "\x00", "\ud800"):
        assert ledger.sessions.find(wrong) is None


def test_the_sweep_deletes_what_is_over(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    ledger.sessions.start(ada.id, address="", agent="")
    ledger.sessions.one_time(ada.id, 60)
    ledger.refusals.note("agent", "old")
    assert ledger.sessions.sweep() == 0
    clock.forward(hours=9)
    kept = ledger.sessions.start(ada.id, address="", agent="")
    ledger.sessions.start(ada.id, address="", agent="")
    clock.forward(hours=7)
    assert ledger.sessions.find(kept) is not None
    clock.forward(hours=2)
    ledger.refusals.note("agent", "new")
    assert ledger.sessions.sweep() == 2, "one idle session, one link; the first idle one went with the next sign-in"
    assert ledger.sessions.find(kept) is not None
    assert ledger.refusals.forget(clock.moment) == 1
    assert [one.reason for one in ledger.refusals.list()] == ["new"]


def test_eight_idle_hours_end_it(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    token = ledger.sessions.start(ada.id, address="", agent="")
    for _ in range(3):
        clock.forward(hours=7, minutes=59)
        assert ledger.sessions.find(token) is not None
    clock.forward(hours=8, seconds=1)
    assert ledger.sessions.find(token) is None
    assert ledger.sessions.list(ada.id) == []


def test_seven_days_end_it_even_in_use(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    token = ledger.sessions.start(ada.id, address="", agent="")
    for _ in range(7 * 4):
        assert ledger.sessions.find(token) is not None
        clock.forward(hours=6)
    clock.forward(seconds=1)
    assert ledger.sessions.find(token) is None


def test_being_seen_is_written_once_a_minute(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    token, start = ledger.sessions.start(ada.id, address="", agent=""), clock.moment
    clock.forward(seconds=59)
    ledger.sessions.find(token)
    assert ledger.sessions.list(ada.id)[0].last_seen_at == start
    assert ledger.accounts.get(ada.id).last_seen_at is None
    clock.forward(seconds=1)
    ledger.sessions.find(token)
    assert ledger.sessions.list(ada.id)[0].last_seen_at == ledger.accounts.get(ada.id).last_seen_at == clock.moment


def test_ending_one_some_and_all(ledger: Ledger, ada: Account) -> None:
    otto = ledger.accounts.add("otto", None, "viewer")
    tokens = [ledger.sessions.start(ada.id, address=str(n), agent="") for n in range(4)]
    ottos = ledger.sessions.start(otto.id, address="", agent="")
    ledger.sessions.end(tokens[0])
    ledger.sessions.end("never was")
    shown = ledger.sessions.list(ada.id)
    assert sorted(session.address for session in shown) == ["1", "2", "3"]
    one = next(session for session in shown if session.address == "1")
    assert ledger.sessions.end_one(otto.id, one.id) is False, "another account's session is out of reach"
    assert ledger.sessions.end_one(ada.id, one.id) is True
    assert ledger.sessions.find(tokens[1]) is None
    assert ledger.sessions.end_all(ada.id) == 2
    assert ledger.sessions.list(ada.id) == []
    assert ledger.sessions.find(ottos) is not None


def test_a_deactivated_account_has_no_sessions(ledger: Ledger, ada: Account) -> None:
    otto = ledger.accounts.add("otto", None, "viewer")
    token, link = ledger.sessions.start(otto.id, address="", agent=""), ledger.sessions.one_time(otto.id)
    ledger.accounts.deactivate(otto.id)
    ledger.accounts.reactivate(otto.id)
    assert ledger.sessions.find(token) is None
    assert ledger.sessions.redeem(link) is None
    ledger.accounts.deactivate(otto.id)
    with pytest.raises(NotFound):
        ledger.sessions.start(otto.id, address="", agent="")


def test_a_lock_made_behind_the_ledgers_back_counts_too(ledger: Ledger, ada: Account) -> None:
    token, link = ledger.sessions.start(ada.id, address="", agent=""), ledger.sessions.one_time(ada.id)
    raw = sqlite3.connect(ledger.path)
    with raw:
        raw.execute("UPDATE account SET active = 0")
    raw.close()
    assert ledger.sessions.find(token) is None
    assert ledger.sessions.redeem(link) is None


def test_a_one_time_link_works_once_and_in_time(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    link = ledger.sessions.one_time(ada.id)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ledger.sessions.redeem(link), range(8)))
    assert [answer for answer in answers if answer] == [ada]
    late = ledger.sessions.one_time(ada.id, ttl_s=900)
    clock.forward(seconds=901)
    assert ledger.sessions.redeem(late) is None
    assert ledger.sessions.redeem("") is None
    with pytest.raises(Invalid):
        ledger.sessions.one_time(ada.id, ttl_s=0)


def test_old_sessions_leave_the_table(ledger: Ledger, ada: Account, clock: FakeClock) -> None:
    for _ in range(5):
        ledger.sessions.start(ada.id, address="", agent="")
    clock.forward(days=1)
    ledger.sessions.start(ada.id, address="", agent="")
    assert ledger.sessions.end_all(ada.id) == 1
