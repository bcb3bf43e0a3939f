"""The door inside the whole application: no sign-in, no form token, and no graph."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from flask.testing import FlaskClient

from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from tests.discovery.reports.made import xml
from web import Services, create_app
from web.settings import WebSettings

if TYPE_CHECKING:
    from cmdb.graph.door import Graph

INVENTORY = zlib.compress(xml("<HARDWARE><NAME>pc-1</NAME></HARDWARE>", deviceid="pc-1"))


@pytest.fixture
def whole(ledger: Ledger) -> Iterator[FlaskClient]:
    """The application as it is served. There is no graph at all: whoever asks for it fails."""
    app = create_app(Services(WebSettings(), cast("Graph", None), ledger, Catalogue.load()))
    with app.test_client() as client:
        yield client


def test_a_report_is_taken_while_there_is_no_graph(whole: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    assert whole.post(f"/agent/{token}", data=INVENTORY, headers={"Content-Type": "application/x-compress"}).status_code == 200
    assert len(ledger.intake.list()) == 1


def test_other_answers_are_plain_text(whole: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    for path, method, status in ((f"/agent/{token}", "PUT", 405), ("/agent/", "POST", 404), ("/agent/agt_x", "POST", 404)):
        reply = whole.open(path, method=method, data=INVENTORY)
        assert (reply.status_code, reply.content_type) == (status, "text/plain; charset=utf-8"), path
        assert "Set-Cookie" not in reply.headers


def test_a_sites_own_limit_counts(ledger: Ledger) -> None:
    app = create_app(Services(WebSettings(agent_rate_token=3), cast("Graph", None), ledger, Catalogue.load()))
    token, client = ledger.agent_tokens.add("t"), app.test_client()
    assert [client.post(f"/agent/{token}", data=INVENTORY).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert "more than 3 requests a minute of one token" in ledger.refusals.list()[0].reason
