"""New failures, lost protection and ending exceptions are told once a period: a digest an owner, one signed webhook."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from cmdb.config import Settings
from cmdb.errors import CmdbError
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.house import House
from cmdb.runtime.notifying import notify
from cmdb.store import Ledger
from tests.loans.mail_server import MailServer

SECRET = b"a secret of the webhook"


class Receiver(http.server.HTTPServer):
    """Takes webhooks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204


class _Take(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port."""
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def house(tmp_path: Path, graph: Graph) -> Iterator[House]:
    """Ada's laptop and a hundred others that fail; nobody but Ada has an address."""
    at = times.to_text(times.now() - timedelta(hours=1))
    old = times.to_text(times.now() - timedelta(days=9))
    graph.write("CREATE (:CI:Person {id: 'ada', class: 'person', display_name: 'Ada', email: 'ada@example.org'})")
    graph.write(
        """
        UNWIND range(0, 99) AS n
        CREATE (c:CI:Laptop {id: 'lap' + toString(n), class: 'laptop', display_name: 'lap' + toString(n)})
        CREATE (:Evaluation {key: 'k' + toString(n), ci: c.id, policy: 'antimalware-on', state: 'fail', severity: 'high', since: $at,
                             name: c.display_name, team: 'Sales'})
        CREATE (:Evaluation {key: 'o' + toString(n), ci: c.id, policy: 'os-supported', state: 'fail', severity: 'high', since: $old,
                             name: c.display_name, team: 'Sales'})
        """,
        at=at,
        old=old,
    )
    graph.write(
        "UNWIND range(0, 69) AS n MATCH (c:CI {id: 'lap' + toString(n)}) MATCH (p:CI {id: 'ada'})"
        " CREATE (c)-[:USED_BY {key: 'used_by|lap' + toString(n) + '|ada'}]->(p)"
    )
    graph.write("CREATE (:CI:Team {id: 'sales', class: 'team', display_name: 'Sales', display_lower: 'sales', email: 'sales@example.org'})")
    graph.write("CREATE (:CI:Team {id: 'labs', class: 'team', display_name: 'Labs', display_lower: 'labs', email: 'labs@example.org'})")
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET + b"\n")
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield House(Settings(data=tmp_path, webhook_secret_file=secret), graph, None, ledger, Catalogue.load())


def _told(house: House, receiver: Receiver, mail: MailServer) -> House:
    more = {"notify": "yes", "webhook_url": f"http://127.0.0.1:{receiver.server_port}/hook", "smtp_host": "127.0.0.1"}
    return replace(
        house,
        settings=replace(house.settings, smtp_port=mail.port, smtp_from="cmdb@example.org", smtp_starttls="no", **more),  # type: ignore[arg-type]
    )


def test_one_digest_a_period_signed_and_bounded(house: House, receiver: Receiver) -> None:
    assert notify(house) == {"off": "MOORINGS_NOTIFY is not yes"}
    house.graph.write(
        """
        CREATE (:Waiver {id: 'w', kind: 'exception', policy: 'firewall-on', ci: 'lap99', name: 'lap99', state: 'in_force', until: $day,
                         requested_by: 'otto', requested_at: $at, reason: 'old hardware', control: 'its own network'})
        """,
        day=(times.now().date() + timedelta(days=7)).isoformat(),
        at=times.to_text(times.now()),
    )
    house.ledger.accounts.add("otto", None, "operator", name="Otto", email="otto@example.org")
    with MailServer() as mail:
        whole = _told(house, receiver, mail)
        assert notify(whole) == {"notices": 101, "mails": 3, "webhook": True}
        ((headers, body),) = receiver.got
        stamp = headers["X-Moorings-Timestamp"]
        assert headers["X-Moorings-Signature"] == "v1=" + hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert abs(int(stamp) - times.now().timestamp()) < 120
        said = orjson.loads(body)
        assert said["counts"] == {"protection_off": 100, "new_failure": 0, "exception_ends": 1}
        assert said["teams"] == {"Sales": 100}
        assert SECRET not in body
        assert sorted(to for to, _ in mail.taken) == ["ada@example.org", "otto@example.org", "sales@example.org"]
        text = next(one.get_content() for to, one in mail.taken if to == "ada@example.org")
        assert "… and 20 more" in text
        of_team = next(one.get_content() for to, one in mail.taken if to == "sales@example.org")
        assert "… and 50 more" in of_team, "one mail for a hundred devices, and none for a team that has nothing new"
        assert notify(whole) == {"notices": 0, "mails": 0, "webhook": False}, "what was told is not told again"
        assert (len(receiver.got), len(mail.taken)) == (1, 3)


def test_who_asked_and_left_gets_no_mail(house: House, receiver: Receiver) -> None:
    """The account is locked; that the exception ends is told all the same, to who is there."""
    house.graph.write(
        "CREATE (:Waiver {id: 'w', kind: 'exception', policy: 'firewall-on', ci: 'lap1', name: 'lap1', state: 'in_force', until: $day,"
        " requested_by: 'otto', requested_at: $day, reason: 'old hardware', control: 'its own network'})",
        day=(times.now().date() + timedelta(days=7)).isoformat(),
    )
    house.ledger.accounts.deactivate(house.ledger.accounts.add("otto", None, "operator", name="Otto", email="otto@example.org").id)
    with MailServer() as mail:
        assert notify(_told(house, receiver, mail)) == {"notices": 101, "mails": 2, "webhook": True}
        assert sorted(to for to, _ in mail.taken) == ["ada@example.org", "sales@example.org"]
        text = next(one.get_content() for to, one in mail.taken if to == "ada@example.org")
        assert "lap1: firewall-on" in text


def test_a_receiver_that_is_away_hears_later_and_nobody_twice(house: House, receiver: Receiver) -> None:
    receiver.status = 503
    with MailServer() as mail:
        whole = _told(house, receiver, mail)
        with pytest.raises(CmdbError, match="answered 503"):
            notify(whole)
        assert len(mail.taken) == 2
        receiver.status = 200
        assert notify(whole) == {"notices": 100, "mails": 0, "webhook": True}
        assert len(mail.taken) == 2


def test_without_a_proper_secret_nothing_is_sent(house: House, receiver: Receiver, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("abc\n")
    with MailServer() as mail:
        whole = _told(house, receiver, mail)
        with pytest.raises(CmdbError, match="at least 16"):
            notify(replace(whole, settings=replace(whole.settings, webhook_secret_file=short)))
    assert receiver.got == []
