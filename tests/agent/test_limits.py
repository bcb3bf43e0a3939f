"""Limits per address and per token: a flood is turned away without a line for each request, and others are served meanwhile."""

from __future__ import annotations

import zlib

from flask import Flask

from cmdb.store import Ledger
from tests.agent.conftest import House
from tests.discovery.reports.made import xml
from web.agent import Rates, create_agent_blueprint
from web.agent.limits import MAX_KEYS, Limits

INVENTORY = zlib.compress(xml("<HARDWARE><NAME>pc-1</NAME></HARDWARE>", deviceid="pc-1"))


class Clock:
    """Seconds that the test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_again_evenly() -> None:
    clock = Clock()
    limits = Limits(Rates(address=3), clock)
    assert [limits.take("address", "a") for _ in range(6)] == ["yes"] * 3 + ["no, and say so", "no", "no"]
    assert limits.take("address", "b") == "yes"
    clock.now = 20
    assert [limits.take("address", "a") for _ in range(2)] == ["yes", "no"]
    clock.now = 70
    assert [limits.take("address", "a") for _ in range(3)] == ["yes", "yes", "no, and say so"]


def test_memory_is_bounded() -> None:
    limits = Limits(Rates(stranger=1), Clock())
    for number in range(MAX_KEYS + 500):
        limits.take("stranger", str(number))
    assert len(limits._buckets) == MAX_KEYS
    assert limits.take("stranger", str(MAX_KEYS + 499)) == "no, and say so"


def test_over_the_limit_is_come_back_and_one_line(ledger: Ledger) -> None:
    app = Flask("door")
    app.register_blueprint(create_agent_blueprint(House(ledger), rates=Rates(address=40, token=5, stranger=3)))
    client, token, other = app.test_client(), ledger.agent_tokens.add("t"), ledger.agent_tokens.add("other")
    replies = [client.post(f"/agent/{token}", data=INVENTORY) for _ in range(9)]
    assert [r.status_code for r in replies] == [200] * 5 + [429] * 4
    assert replies[-1].headers["Retry-After"] == "60"
    assert client.post(f"/agent/{other}", data=INVENTORY).status_code == 200
    assert [client.post("/agent/agt_guess", data=INVENTORY).status_code for _ in range(5)] == [404] * 3 + [429] * 2
    assert client.post(f"/agent/{other}", data=INVENTORY).status_code == 200, "who has a token is not shut out by who guesses"
    reply = [client.post("/api/osquery/log", data=b'{"node_key": "x"}') for _ in range(40)][-1]
    assert (reply.status_code, reply.get_json()["node_invalid"], "error" in reply.get_json()) == (429, False, False)
    lines = {(r.kind, r.times) for r in ledger.refusals.list() if r.kind == "too-many"}
    assert lines == {("too-many", 1)}
    assert len([r for r in ledger.refusals.list() if r.kind == "too-many"]) == 3


def test_a_rotated_secret_works_until_its_day_and_a_revoked_one_not(ledger: Ledger) -> None:
    app = Flask("door")
    app.register_blueprint(create_agent_blueprint(House(ledger)))
    client, old = app.test_client(), ledger.agent_tokens.add("t")
    number = ledger.agent_tokens.list()[0].id
    new = ledger.agent_tokens.rotate(number)
    assert [client.post(f"/agent/{plain}", data=INVENTORY).status_code for plain in (old, new)] == [404, 200]
    ledger.agent_tokens.revoke(number)
    assert client.post(f"/agent/{new}", data=INVENTORY).status_code == 403
