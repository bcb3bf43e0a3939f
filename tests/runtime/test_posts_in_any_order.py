"""Several programs post what they saw, in any order and at the same time, to a server with two workers: the graph is as if in order."""

from __future__ import annotations

import json
import random
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from cmdb.model import times
from cmdb.model.observation_json import from_json
from cmdb.runtime.house import House
from cmdb.runtime.workers import Workers
from reconciliation import reconcile
from tests.conftest import empty
from tests.reconciliation.dump import dump
from tests.runtime.conftest import until
from web import Services, create_app
from web.serving import Server
from web.settings import WebSettings

SOURCES = ("agent:ocs", "ssh:scan", "import:list", "api:sync")
ROUNDS, MACHINES = 3, 3


@pytest.fixture
def door(house: House) -> Iterator[str]:
    """The address of a real server over the house."""
    server = Server.bind(
        create_app(Services(WebSettings(secret_key="a key for tests"), house.graph, house.ledger, house.catalogue)), "127.0.0.1", 0
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url.rstrip("/")
    server.stop()
    thread.join(10)


def _seen(source: str, turn: int, chance: random.Random) -> dict[str, Any]:
    """What one source saw in one round: machines with ports that come and go, what a service needs, and who owns one."""
    kind, _, name = source.partition(":")
    owner = f"p{chance.randrange(2)}"
    items: list[dict[str, Any]] = [
        {
            "ref": "pay",
            "class": "service",
            "identifiers": [{"kind": "name", "value": f"Pay {name}"}],
            "attributes": {"name": f"Pay {name}"},
        },
        {"ref": "o", "class": "person", "identifiers": [{"kind": "email", "value": f"{owner}@example.org"}], "attributes": {"name": owner}},
    ]
    relations, coverage = [], [{"item": "pay", "part": "depends_on", "state": "complete"}]
    for n in range(MACHINES):
        known = [{"kind": "serial", "value": f"POST{n:04}Z"}]
        items.append({"ref": f"d{n}", "class": "server", "identifiers": known, "attributes": {"os_version": str(chance.randrange(3))}})
        for port in chance.sample(("eth0", "eth1", "eth2"), chance.randrange(4)):
            named = [{"kind": "if_name", "value": port}]
            items.append({"ref": f"d{n}/{port}", "class": "interface", "parent": f"d{n}", "identifiers": named})
        if chance.random() < 0.7:
            coverage.append({"item": f"d{n}", "part": "interfaces", "state": "complete"})
        if chance.random() < 0.5:
            relations.append({"type": "depends_on", "from": "pay", "to": f"d{n}", "part": "depends_on"})
    if name == "list":
        relations.append({"type": "owned_by", "from": "d0", "to": "o"})
    at = f"2026-11-20T{8 + turn:02d}:{SOURCES.index(source):02d}:00Z"
    whole = {"source": {"kind": kind, "name": name}, "observed_at": at, "items": items, "relations": relations, "coverage": coverage}
    return {"id": f"{name}-{turn}", **whole}


def _post(door: str, token: str, told: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{door}/api/v1/observations", data=json.dumps(told).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 202
        assert json.loads(answer.read())["refused"] is None


def _post_all(door: str, token: str, those: Sequence[dict[str, Any]]) -> None:
    for one in those:
        _post(door, token, one)


@pytest.mark.timeout(300)
def test_the_graph_is_that_of_the_right_order(house: House, door: str) -> None:
    chance = random.Random(11)
    told = [_seen(source, turn, chance) for turn in range(ROUNDS) for source in SOURCES]
    for one in told:
        reconcile(house.graph, house.catalogue, from_json(one, house.catalogue, now=times.now()))
    expected = dump(house.graph)
    empty(house.graph)
    token = house.ledger.api_tokens.add("a program", "operator")
    mixed = chance.sample(told, len(told))
    workers = Workers(house, count=2, with_clock=False)
    workers.start()
    try:
        clients = [threading.Thread(target=_post_all, args=(door, token, mixed[n::4])) for n in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(120)
        until(lambda: house.ledger.intake.counts().get("done", 0) == len(told), 120)
    finally:
        workers.stop()
    assert dump(house.graph) == expected
