"""Reminders of overdue loans by a real mail server: one message a person, nobody twice, and nothing noted that did not go out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.errors import Invalid
from cmdb.graph import reminders as noted
from cmdb.loans.reminders import Digest, digests, remind
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.mail import MailUnavailable, Post
from cmdb.runtime.reminding import remind_all, remind_daily, would_remind
from cmdb.store import Ledger
from tests.loans.conftest import CATALOGUE, Counter
from tests.loans.mail_server import MailServer

WEEK = timedelta(days=7)


@pytest.fixture
def late(counter: Counter) -> Counter:
    """Ada has both laptops, ten days late, one with a charger."""
    for device in (counter.laptop, counter.spare):
        counter.desk.check_out(device, counter.ada, counter.terms(accessories=("charger",)), actor="otto")
    overdue(counter)
    return counter


def overdue(counter: Counter) -> None:
    day = (times.now().date() - timedelta(days=10)).isoformat()
    counter.graph.write("MATCH (l:Loan) SET l.due_on = $day RETURN count(l) AS n", day=day)


@pytest.fixture
def house(late: Counter, tmp_path: Path) -> Iterator[House]:
    """A house without a mail server."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield House(Settings(data=tmp_path), late.graph, None, ledger, CATALOGUE)


def at(house: House, server: MailServer, **more: object) -> House:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_from": "desk@example.org", "smtp_starttls": "no"}
    return replace(house, settings=replace(house.settings, **(mail | more)))  # type: ignore[arg-type]


def test_one_message_a_person_and_nobody_twice(house: House, late: Counter) -> None:
    assert remind_daily(house) == {"off": "MOORINGS_SMTP_HOST is not set"}
    with pytest.raises(Invalid, match="MOORINGS_SMTP_HOST"):
        remind_all(house)
    assert [(one["name"], len(one["devices"])) for one in would_remind(house)] == [("Ada", 2)]
    with MailServer() as server:
        mailed = at(house, server)
        assert remind_daily(mailed) == {"sent": 1, "failed": 0, "cannot": []}
        assert remind_daily(mailed) == {"sent": 0, "failed": 0, "cannot": []}
        ((recipient, message),) = server.taken
    assert recipient == "ada@example.org"
    assert (message["Subject"], message["From"], message["Auto-Submitted"]) == (
        "Please bring back 2 devices",
        "Moorings <desk@example.org>",
        "auto-generated",
    )
    text = message.get_content()
    assert "Latitude 1 (IT-0001): due on" in text
    assert "10 days ago\n    with 1 × charger" in text
    assert [(loan.reminders, bool(loan.reminded_at)) for loan in late.desk.listed(overdue=True)] == [(1, True)] * 2
    assert would_remind(house) == []
    assert [entry.action for entry in house.ledger.audit.list()] == ["loan.remind"]


def test_again_after_a_week_and_never_within_it(late: Counter) -> None:
    sent: list[Digest] = []

    def send(digest: Digest) -> bool:
        sent.append(digest)
        return True

    begin = times.now()
    counts = [remind(late.graph, late.desk, send, begin + timedelta(days=day), WEEK)["sent"] for day in range(15)]
    assert [day for day, count in enumerate(counts) if count] == [0, 7, 14]
    assert [len(one.loans) for one in sent] == [2, 2, 2]


def test_two_at_once_send_one(late: Counter) -> None:
    now, sent = times.now(), list[str]()

    def send(digest: Digest) -> bool:
        sent.append(digest.name)
        return True

    with ThreadPoolExecutor(8) as pool:
        loan = late.desk.listed(overdue=True)[0].id
        wins = list(pool.map(lambda _: noted.note(late.graph, loan, times.to_text(now), times.to_text(now)[:10]), range(8)))
    assert sum(wins) == 1
    noted.take_back(late.graph, loan, times.to_text(now))
    assert (late.desk.loan(loan).reminders, late.desk.loan(loan).reminded_at) == (0, "")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: remind(late.graph, late.desk, send, now, WEEK), range(4)))
    assert sum(one["sent"] for one in done) == len(sent) >= 1
    devices = sum(one.reminders for one in late.desk.listed(overdue=True))
    assert devices == 2, "each loan was reminded of once"


def test_what_does_not_go_out_is_not_noted(house: House, late: Counter, tmp_path: Path) -> None:
    with MailServer(refuse=("ada@example.org",)) as server:
        assert remind_all(at(house, server))["failed"] == 1
    assert late.desk.listed(overdue=True)[0].reminded_at == ""
    with MailServer(password="right word") as server:
        (tmp_path / "password").write_text("wrong word\n")
        wrong = at(house, server, smtp_user="desk", smtp_password_file=tmp_path / "password")
        with pytest.raises(MailUnavailable, match="does not accept MOORINGS_SMTP_USER") as caught:
            remind_all(wrong)
        assert "wrong word" not in str(caught.value)
        with pytest.raises(MailUnavailable, match="offers no TLS"):
            remind_all(at(house, server, smtp_starttls="yes"))
        assert late.desk.listed(overdue=True)[0].reminded_at == ""
        (tmp_path / "password").write_text("right word\n")
        assert remind_all(wrong)["sent"] == 1
    with pytest.raises(MailUnavailable, match="cannot be used: Connection refused"), Post(wrong.settings) as post:
        post.send("Ada", "ada@example.org", "x", "y")


def test_cut_off_in_the_middle_counts_as_sent(house: House, late: Counter) -> None:
    with MailServer(hang_up=True) as server:
        assert remind_all(at(house, server))["sent"] == 1
    assert late.desk.listed(overdue=True)[0].reminders == 1


def test_who_left_or_has_no_address_is_named(late: Counter) -> None:
    late.graph.write("MATCH (p:CI {id: $id}) SET p.left_on = '2020-01-01' RETURN p.id AS id", id=late.ada)
    done = remind(late.graph, late.desk, lambda _: pytest.fail("nothing may be sent"), times.now(), WEEK)
    assert done["cannot"] == [{"person": late.ada, "name": "Ada", "reason": "left on 2020-01-01"}]
    late.graph.write("MATCH (p:CI {id: $id}) REMOVE p.left_on, p.email RETURN p.id AS id", id=late.ada)
    assert [one.unreachable(times.now().date()) for one in digests(late.desk, times.now(), WEEK)] == ["no e-mail address is known"]


@pytest.mark.parametrize("address", ["a@b.org, c@d.org", "a@b.org\r\nBcc: c@d.org", "no address", "@b.org", "a@", "ädä@b.org", "<a@b.org>"])
def test_a_hostile_address_gets_no_mail(address: str, tmp_path: Path) -> None:
    with MailServer() as server:
        settings = Settings(data=tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_from="desk@example.org", smtp_starttls="no")
        with Post(settings) as post:
            assert not post.send("Ada", address, "subject", "text")
            assert post.send("Ada\r\nBcc: c@d.org", "ada@example.org", "sub\r\nBcc: c@d.org", "one\n.\ntwo")
    ((recipient, message),) = server.taken
    assert recipient == "ada@example.org"
    assert message["Bcc"] is None
    assert message.get_content() == "one\n.\ntwo\n"
