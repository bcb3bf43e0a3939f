"""Bad input by real sockets: refused or bounded, with a reason the operator sees; and the next good one is taken."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import pytest
from waitress.server import create_server

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from tests.discovery.reports.made import xml
from web import Services, create_app
from web.settings import WebSettings

if TYPE_CHECKING:
    from cmdb.graph.door import Graph

GOOD = xml("<HARDWARE><NAME>pc-1</NAME></HARDWARE><BIOS><SSN>7XK2M13</SSN></BIOS>", deviceid="pc-1")
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "' + b"x" * 5000 + b'"><!ENTITY b "' + b"&a;" * 5000 + b'">]><REQUEST>&b;</REQUEST>'
DEEP = b'{"deviceid":"pc-1","content":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BOMB = zlib.compress(b"<REQUEST>" + b"A" * 80_000_000)
MIXED = GOOD.replace(b'encoding="UTF-8"', b'encoding="UTF-16"')
SECRET = "REQUEST-secret-7c1"
Send = Callable[..., tuple[int, bytes]]


@pytest.fixture
def send(ledger: Ledger) -> Iterator[Send]:
    """`send(path, body, **headers)` over a socket: status and body. There is no graph: bad input must not need one."""
    app = create_app(Services(WebSettings(), cast("Graph", None), ledger, Catalogue.load()))
    server = create_server(app, host="127.0.0.1", port=0, threads=2)

    def run() -> None:
        with contextlib.suppress(OSError):  # its sockets are closed under it when the test ends
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def post(path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=60)
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        told = reply.status, reply.read()
        connection.close()
        return told

    yield post
    server.close()
    thread.join(10)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (BOMB, {}, "unpack"),
        (gzip.compress(b"A" * 80_000_000), {}, "unpack"),
        (zlib.compress(BOMB), {}, ""),
        (LAUGHS, {}, "XML"),
        (DEEP, {}, "JSON"),
        (zlib.compress(GOOD)[:60], {}, ""),
        (GOOD[: len(GOOD) // 2], {"Content_Type": "application/xml"}, "XML"),
        (MIXED, {"Content_Type": "application/xml"}, ""),
        (b"\x00\xff\xfe" * 50, {"Content_Type": "application/json"}, ""),
        (b"", {}, ""),
        (b"GIF89a" + b"\x00" * 99, {"Content_Type": "image/gif"}, ""),
        (SECRET.encode(), {}, ""),
    ],
    ids=["zlib bomb", "gzip bomb", "bomb in a bomb", "entities", "deep", "cut", "half", "mixed", "binary", "empty", "picture", "words"],
)
def test_it_is_refused_with_a_reason_and_the_next_is_taken(
    send: Send, ledger: Ledger, body: bytes, headers: dict[str, str], words: str
) -> None:
    token = ledger.agent_tokens.add("laptops", ownership="corporate")
    status, told = send(f"/agent/{token}", body, **headers)
    assert 400 <= status < 500, told
    assert words.lower() in told.decode("utf-8", "replace").lower()
    assert not ledger.intake.list(), "nothing of it is kept"
    (refused,) = ledger.refusals.list()
    assert refused.reason
    assert SECRET not in refused.reason, "what was sent is not told again"
    assert send(f"/agent/{token}", zlib.compress(GOOD), Content_Type="application/x-compress-zlib")[0] == 200
    (entry,) = ledger.intake.list()
    assert entry.meta["subject"]


@pytest.mark.parametrize("kind", ["text/html", "image/png", "application/octet-stream", "", "application/xml;charset=utf-16", "x" * 2000])
def test_a_wrong_content_type_is_not_believed(send: Send, ledger: Ledger, kind: str) -> None:
    token = ledger.agent_tokens.add("laptops", ownership="corporate")
    for body in (GOOD, zlib.compress(GOOD), gzip.compress(GOOD)):
        assert send(f"/agent/{token}", body, Content_Type=kind)[0] == 200
    assert len(ledger.intake.list()) == 3


def test_a_stolen_token_ends_at_once_and_names_itself(send: Send, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("stolen", site="Berlin", ownership="corporate")
    other = ledger.agent_tokens.add("laptops", site="Paris", ownership="corporate")
    assert send(f"/agent/{token}", GOOD)[0] == 200
    ledger.agent_tokens.revoke(next(one.id for one in ledger.agent_tokens.list() if one.name == "stolen"))
    for path in (f"/agent/{token}", f"/agent/{token}/upload/"):
        assert send(path, GOOD)[0] in (401, 403, 404), path
    enrolment = json.dumps({"enroll_secret": token, "host_identifier": "x"}).encode()
    for path in ("/api/osquery/enroll", f"/agent/{token}/api/osquery/enroll"):
        status, told = send(path, enrolment)
        assert (status, json.loads(told)) == (200, {"node_invalid": True})
    assert {one.reason for one in ledger.refusals.list() if "revoked" in one.reason}
    assert token not in "".join(one.reason for one in ledger.refusals.list())
    assert send(f"/agent/{other}", GOOD)[0] == 200, "nobody else is disturbed"
    assert len(ledger.intake.list()) == 2


def test_the_site_is_the_tokens_and_not_the_reports(send: Send, ledger: Ledger) -> None:
    """A report that names another site, or a looser ownership, in its tag comes in under its token's."""
    token = ledger.agent_tokens.add("berlin", site="Berlin", ownership="personal")
    tag = "<ACCOUNTINFO><KEYNAME>TAG</KEYNAME><KEYVALUE>site=Paris;ownership=corporate</KEYVALUE></ACCOUNTINFO>"
    body = xml(f"<HARDWARE><NAME>pc-1</NAME></HARDWARE><BIOS><SSN>7XK2M13</SSN></BIOS>{tag}", deviceid="pc-1")
    assert send(f"/agent/{token}", body)[0] == 200
    (entry,) = ledger.intake.list()
    kept = ledger.intake.get(entry.id)
    assert kept.meta["site"] == "Berlin"
    assert kept.meta["ownership"] == "personal"
    assert b"7XK2M13" not in (kept.body or b"")


TIMES = ["1970-01-01T00:00:00Z", "2014-12-31T00:00:00Z", "2999-01-01T00:00:00Z", "not a time", "2026-02-30T00:00:00Z"]


@pytest.mark.parametrize("at", TIMES)
def test_clocks_that_are_years_off(send: Send, ledger: Ledger, at: str) -> None:
    """A time that cannot be is refused, one in the future counts as now, and one of long ago is said to be so when it is worked on."""
    token = ledger.agent_tokens.add("mdm", ownership="corporate")
    report = {"format": "moorings-endpoint-report", "version": 1, "tool": {"name": "mdm"}, "device": {"id": "d", "serial": "7XK2M13"}}
    body = json.dumps(report | {"observed_at": at}).encode()
    status, told = send(f"/agent/{token}", body, Content_Type="application/json")
    if at[:4] in ("not ", "2026"):
        assert status == 400
        assert b"observed_at" in told
        assert not ledger.intake.list()
        return
    assert status == 200, told
    entry = ledger.intake.claim()
    assert entry is not None
    assert entry.body is not None
    if at < "2015":
        with pytest.raises(Invalid, match=f"looked at in {at[:4]}"):
            observation_from_entry(entry.kind, entry.body, entry.meta)
    else:
        assert observation_from_entry(entry.kind, entry.body, entry.meta).observed_at <= times.now()
