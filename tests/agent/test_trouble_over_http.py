"""Trouble that reaches the graph, over real sockets: clones of one agent, a token that went astray, sites, clocks, and hostile patterns."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from waitress.server import create_server

from cmdb.compliance.pattern import LONGEST_PATTERN, matches
from cmdb.compliance.policy import parse
from cmdb.config import Settings
from cmdb.errors import Invalid
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.times import now
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.store import Ledger
from tests.compliance.by_source.site import Site
from tests.discovery.reports.made import glpi, windows_content
from web import Services, create_app
from web.settings import WebSettings

Send = Callable[..., int]
CLONE = {"User-Agent": "GLPI-Agent_v1.11", "GLPI-Agent-ID": "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3"}


@pytest.fixture
def house(ledger: Ledger, embedded_graph: Graph, tmp_path: Path) -> House:
    """The house whose door is open."""
    return House(Settings(data=tmp_path), embedded_graph, None, ledger, Catalogue.load())


@pytest.fixture
def send(house: House) -> Iterator[Send]:
    """`send(path, body, **headers)` over a socket, and what waits is applied; gives the status."""
    app = create_app(Services(WebSettings(), house.graph, house.ledger, house.catalogue))
    server = create_server(app, host="127.0.0.1", port=0, threads=2)

    def run() -> None:
        with contextlib.suppress(OSError):  # its sockets are closed under it when the test ends
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def post(path: str, body: bytes | str, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=60)
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
        connection.close()
        work_off(house)
        return status

    yield post
    server.close()
    thread.join(10)


def machine(number: int, **more: Any) -> bytes:
    """The full report of a machine with numbers of its own, from an image that was copied with its agent: one agent id, one device id."""
    content = windows_content()
    content["bios"] = {**content["bios"], "ssn": f"CLONE{number:05d}K"}
    content["hardware"] = {**content["hardware"], "uuid": f"4c4c4544-0042-4a10-8052-{number:012x}", "name": f"pc-{number}"}
    address = f"10.1.2.{number}"
    content["networks"] = [{"description": "eth0", "macaddr": f"00:1b:21:00:00:{number:02x}", "ipaddress": address, "type": "ethernet"}]
    content["storages"] = [{"name": "disk0", "disksize": 512110, "type": "disk", "serial": f"DISK{number:05d}K"}]
    return glpi(content | more, deviceid="image-2026-01-01-08-00-00")


def endpoints(graph: Graph) -> dict[str, dict[str, Any]]:
    """Serial number → endpoint."""
    rows = graph.read("MATCH (c:CI) WHERE c.class IN ['laptop', 'desktop', 'workstation', 'server', 'virtual_machine'] RETURN c AS ci")
    return {str(row["ci"].get("serial")): row["ci"] for row in rows}


@pytest.mark.parametrize("turns", [(1, 2, 1, 2, 1, 2), (1, 1, 2, 2), (1, 2)], ids=["both alive", "one after the other", "once each"])
def test_two_machines_with_one_agent_id_stay_two(send: Send, house: House, turns: tuple[int, ...]) -> None:
    token = house.ledger.agent_tokens.add("t", site="Berlin", ownership="corporate")
    for turn, number in enumerate(turns):
        body = machine(number, operatingsystem={**windows_content()["operatingsystem"], "install_date": f"2026-01-{turn + 1:02d}"})
        assert send(f"/agent/{token}", body, **CLONE) == 200
    found = endpoints(house.graph)
    assert set(found) == {"CLONE00001K", "CLONE00002K"}
    for number in (1, 2):
        one = found[f"CLONE0000{number}K"]
        assert one["hostname"] == f"pc-{number}", "neither takes the other's name"
        disks = house.graph.read(
            "MATCH (c:CI {id: $id}) MATCH (d:CI:Disk)-[:PART_OF]->(c) WHERE d.presence = 'present' RETURN d.serial AS serial", id=one["id"]
        )
        assert [row["serial"] for row in disks] == [f"DISK0000{number}K"], "nor its disk"
    assert all(entry.state == "done" for entry in house.ledger.intake.list())


def test_a_clone_without_numbers_is_asked_about_or_apart_and_takes_nothing_over(send: Send, house: House) -> None:
    """A report of the same agent id that shows no number: it may be either, so it must not move a name or a disk between the two."""
    token = house.ledger.agent_tokens.add("t", site="Berlin", ownership="corporate")
    for number in (1, 2):
        assert send(f"/agent/{token}", machine(number), **CLONE) == 200
    before = {serial: row["hostname"] for serial, row in endpoints(house.graph).items()}
    content = {"hardware": {"name": "pc-3", "vmsystem": "Physical"}, "antivirus": [{"name": "Evil", "enabled": False}]}
    assert send(f"/agent/{token}", glpi(content, deviceid="image-2026-01-01-08-00-00"), **CLONE) == 200
    after = endpoints(house.graph)
    assert {serial: after[serial]["hostname"] for serial in before} == before
    assert all(after[serial].get("antimalware_product") != ("Evil",) for serial in before)


def test_a_stolen_token_moves_a_device_visibly_until_it_is_revoked(send: Send, house: House) -> None:
    """Who uses Berlin's token elsewhere brings devices in under Berlin, never under another site; revoked, nothing more comes in."""
    berlin, paris = (house.ledger.agent_tokens.add(name, site=name, ownership="corporate") for name in ("Berlin", "Paris"))
    assert send(f"/agent/{paris}", machine(1), **CLONE) == 200
    assert send(f"/agent/{berlin}", machine(1, cpus=[{"name": "other"}]), **CLONE) == 200
    (device,) = endpoints(house.graph).values()
    sites = house.graph.read("MATCH (c:CI {id: $id}) MATCH (c)-[:LOCATED_IN]->(s:CI) RETURN s.name AS name", id=device["id"])
    assert [row["name"] for row in sites] == ["Berlin"], "the last one who reported it"
    events = house.graph.read(
        "MATCH (e:Event)-[:EVENT_OF]->(:CI {id: $id}) WHERE e.changes CONTAINS 'located_in' RETURN e.changes AS told", id=device["id"]
    )
    assert events, "and its history tells that it moved"
    count, rev = len(house.ledger.intake.list()), cis.get(house.graph, device["id"])["rev"]
    house.ledger.agent_tokens.revoke(next(one.id for one in house.ledger.agent_tokens.list() if one.name == "Berlin"))
    assert send(f"/agent/{berlin}", machine(1, cpus=[{"name": "third"}]), **CLONE) == 403, "at once"
    assert send(f"/agent/{paris}", machine(1), **CLONE) == 200, "the others go on"
    assert len(house.ledger.intake.list()) == count + 1
    assert cis.get(house.graph, device["id"])["rev"] > rev
    sites = house.graph.read("MATCH (c:CI {id: $id}) MATCH (c)-[:LOCATED_IN]->(s:CI) RETURN s.name AS name", id=device["id"])
    assert [row["name"] for row in sites] == ["Paris"]
    (line,) = house.ledger.refusals.list(kind="revoked-token")
    assert line.times == 1


@pytest.mark.parametrize("boot", ["1970-01-01 00:00:10", "2099-12-31 23:59:59", "2022-21-09 05:21:23"])
def test_clocks_of_agents_that_are_years_off_change_no_time_of_ours(send: Send, house: House, boot: str) -> None:
    token = house.ledger.agent_tokens.add("t", site="Berlin", ownership="corporate")
    log = {"accesslog": [{"logdate": boot, "userid": "N/A"}]}
    system = {**windows_content()["operatingsystem"], "boot_time": boot}
    assert send(f"/agent/{token}", machine(1, operatingsystem=system, **log), **CLONE) == 200
    (device,) = endpoints(house.graph).values()
    assert device["last_seen_at"] == house.ledger.intake.list()[0].meta["received_at"]
    assert str(device.get("last_boot_at") or "2026") < "2027"
    assert Site(house).judged(str(device["id"]), now())["reported-recently"] == "pass"


PATTERN = """
id: hostile
version: 1
title: Hostile
why: To be tried.
applies: {in: {fact: asset.class, value: [laptop]}}
require: {matches: {fact: os.name, value: "%s"}}
severity: {corporate: low, loaned: low, personal: low}
fix: {windows: none, macos: none, linux: none}
tests:
  - {facts: {asset.class: laptop}, expect: unknown}
"""


@pytest.mark.parametrize("pattern", ["*a" * 100, "(a+)+$", "(.*)*" * 39, "*" * 200, "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_catastrophic_pattern_of_a_policy_is_bounded(house: House, pattern: str) -> None:
    """It is text with stars and nothing else: refused where it says nothing, and else matched in time that is linear."""
    for _ in range(200):
        matches("a" * 1000, pattern)
    text = PATTERN % pattern
    if len(pattern) > LONGEST_PATTERN or not pattern.strip("*"):
        with pytest.raises(Invalid, match="a pattern is a text"):
            parse(text, "policy.yaml")
    else:
        assert parse(text, "policy.yaml").id == "hostile"
