"""The door before the application: the same answers, headers and counts as the application's own, and Flask is not asked."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cmdb.metrics import REGISTRY
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from tests.discovery.reports.made import xml
from web import Services, create_app
from web.agent.desk import Desk
from web.settings import WebSettings

if TYPE_CHECKING:
    from cmdb.graph.door import Graph

INVENTORY = zlib.compress(xml("<HARDWARE><NAME>pc-1</NAME></HARDWARE>", deviceid="pc-1"))
BODIES = {
    "a report": INVENTORY,
    "plain": zlib.decompress(INVENTORY),
    "a prolog": b"<REQUEST><DEVICEID>pc-1</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>",
    "a contact": b'{"action": "contact", "deviceid": "pc-1", "name": "GLPI-Agent", "version": "1.12"}',
    "nothing": b"",
    "no report": b"hello",
    "a bomb": zlib.compress(b" " * (17 << 20)),
}
HEADERS = {"GLPI-Request-ID": "A1B2C3D4", "User-Agent": "GLPI-Agent_v1.12"}
PLACES = {"": "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3", "/x": "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c4"}
"""An address with something behind the token goes on to the application, which has the same door. Each place with an agent of its own: the
door remembers what it told an agent."""


def application(ledger: Ledger, settings: WebSettings | None = None) -> Flask:
    """As it is served, without a graph."""
    return create_app(Services(settings or WebSettings(), cast("Graph", None), ledger, Catalogue.load()))


@pytest.fixture
def whole(ledger: Ledger) -> Iterator[FlaskClient]:
    """Talks to it."""
    with application(ledger).test_client() as client:
        yield client


def told(reply: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What is compared of an answer."""
    return reply.status_code, reply.data, sorted(reply.headers)


@pytest.mark.parametrize("name", BODIES)
def test_the_answer_is_that_of_the_application(whole: FlaskClient, ledger: Ledger, name: str) -> None:
    token = ledger.agent_tokens.add("t")
    front, behind = (
        whole.post(f"/agent/{token}{rest}", data=BODIES[name], headers={**HEADERS, "GLPI-Agent-ID": agent})
        for rest, agent in PLACES.items()
    )
    assert told(front) == told(behind)
    assert front.headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex", "statements": []}',
        b'{"content": "none"}',
        b'{"action": null, "deviceid": "pc-1"}',
    ],
)
def test_json_that_nobody_here_reads_is_refused_with_a_reason(whole: FlaskClient, ledger: Ledger, body: bytes) -> None:
    """It was answered by yes, and dropped."""
    reply = whole.post(f"/agent/{ledger.agent_tokens.add('t')}", data=body)
    assert reply.status_code == 400
    assert "neither an action nor a content" in reply.text
    assert "neither an action nor a content" in ledger.refusals.list()[0].reason


def test_who_is_turned_away_is_told_the_same(whole: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    ledger.agent_tokens.revoke(ledger.agent_tokens.list()[0].id)
    for gone in (token, "agt_x"):
        front, behind = (whole.post(f"/agent/{gone}{rest}", data=INVENTORY) for rest in PLACES)
        assert told(front) == told(behind)
        assert front.status_code in (403, 404)


def test_flask_is_not_asked_for_a_report_and_is_for_all_else(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    app, token = application(ledger), ledger.agent_tokens.add("t")
    asked: list[str] = []
    whole = app.full_dispatch_request

    def noted() -> Response:
        asked.append("once")
        return whole()

    monkeypatch.setattr(app, "full_dispatch_request", noted)
    client = app.test_client()
    assert client.post(f"/agent/{token}", data=INVENTORY).status_code == 200
    assert asked == []
    for method, rest in (("GET", ""), ("PUT", ""), ("POST", "?action=getConfig"), ("POST", "/front/inventory.php"), ("POST", "%2e")):
        client.open(f"/agent/{token}{rest}", method=method, data=INVENTORY)
    assert len(asked) == 5


def test_another_name_is_not_answered(ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    client = application(ledger, WebSettings(trusted_hosts=("cmdb.example.org", "[::1]"))).test_client()
    statuses = {
        host: client.post(f"/agent/{token}", data=INVENTORY, headers={"Host": host}).status_code
        for host in ("cmdb.example.org", "CMDB.example.org:8765", "[::1]:80", "evil.example", "cmdb.example.org.evil", "a b")
    }
    assert list(statuses.values()) == [200, 200, 200, 400, 400, 400], statuses
    assert len(ledger.intake.list()) == 3


def test_behind_a_proxy_the_agents_own_address_counts(ledger: Ledger) -> None:
    client = application(ledger, WebSettings(trusted_proxies=1)).test_client()
    client.post("/agent/agt_unknown", data=INVENTORY, headers={"X-Forwarded-For": "203.0.113.9"})
    assert ledger.refusals.list()[0].address == "203.0.113.9"


def test_tls_is_insisted_on_where_people_use_it(ledger: Ledger) -> None:
    client = application(ledger, WebSettings(secure_cookies=True)).test_client()
    assert "max-age" in client.post("/agent/agt_x", data=INVENTORY).headers["Strict-Transport-Security"]


def test_it_is_counted_as_before(whole: FlaskClient, ledger: Ledger) -> None:
    labels = {"method": "POST", "endpoint": "agent.report", "status": "200"}

    def count() -> float:
        return REGISTRY.get_sample_value("moorings_http_requests_total", labels) or 0.0

    token, before = ledger.agent_tokens.add("t"), count()
    whole.post(f"/agent/{token}", data=INVENTORY)
    whole.post(f"/agent/{token}/x", data=INVENTORY)
    assert count() - before == 2


def test_what_nobody_foresaw_is_logged_and_not_told(
    whole: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    token = ledger.agent_tokens.add("t")
    monkeypatch.setattr(Desk, "answer", broken)
    reply = whole.post(f"/agent/{token}", data=INVENTORY)
    assert reply.status_code == 500
    assert reply.content_type == "text/plain; charset=utf-8"
    assert "secret" not in reply.text
    assert "a secret of the house" in caplog.text
