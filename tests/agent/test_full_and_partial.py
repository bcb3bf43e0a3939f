"""A GLPI agent sends everything once and then what changed, and never repeats itself: a report that is lost must be asked for again."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from tests.discovery.reports.made import glpi, windows_content, xml
from web.agent import state as states

AGENT = "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3"
HEADERS = {"User-Agent": "GLPI-Agent_v1.11", "Content-Type": "application/x-compress-zlib", "GLPI-Agent-ID": AGENT}
PROLOG = zlib.compress(b"<REQUEST><DEVICEID>pc-1</DEVICEID><QUERY>PROLOG</QUERY><TOKEN>12345678</TOKEN></REQUEST>")
CONTACT = zlib.compress(
    json.dumps({"action": "contact", "deviceid": "pc-1", "name": "GLPI-Agent", "version": "1.11", "enabled-tasks": ["inventory"]}).encode()
)
FULL = glpi(windows_content(), deviceid="pc-1")
PARTIAL = glpi({"hardware": {"name": "PC-4711"}, "bios": {}}, deviceid="pc-1", partial=True)
FULL_XML = zlib.compress(xml("<HARDWARE><NAME>PC-4711</NAME></HARDWARE><SOFTWARES><NAME>a</NAME></SOFTWARES>", "GLPI-Agent_v1.11", "pc-1"))


class Agent:
    """What a GLPI agent does with each answer (read in its source): it remembers whether the server speaks JSON."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client = client
        self.address = address
        self.speaks_json = False
        self.sent: list[str] = []

    def post(self, body: bytes) -> TestResponse:
        return self.client.post(self.address, data=body, headers=HEADERS)

    def run(self, report: bytes) -> None:
        """One run: contact or prolog, then the report, in JSON or XML as the answers say."""
        if self.speaks_json:
            reply = self.post(CONTACT)
            if reply.content_type != "application/json":
                self.speaks_json = False
                self.sent.append("error")
                return
            assert reply.get_json()["status"] == "ok"
        else:
            reply = self.post(PROLOG)
            if reply.content_type == "application/json":
                assert reply.get_json() == {"status": "pending"}
                self.speaks_json = True
                self.run(report)
                return
            assert b"SEND" in zlib.decompress(reply.data)
            report = FULL_XML
        self.sent.append(f"{'partial' if report is PARTIAL else 'full'} {self.post(report).status_code}")


@pytest.fixture
def agent(client: FlaskClient, ledger: Ledger) -> Agent:
    """A fresh agent with a token."""
    return Agent(client, f"/agent/{ledger.agent_tokens.add('t', ownership='corporate')}")


def test_the_ordinary_life_of_an_agent(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    assert agent.sent == ["full 200", "partial 200", "partial 200"]
    state = states.load(ledger, AGENT)
    assert state.full_entry
    assert not states.needs_full(ledger, state)


def test_a_partial_report_keeps_the_class_of_the_full_one(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    agent.run(PARTIAL)
    entries = sorted(ledger.intake.list(), key=lambda e: e.received_at)
    classes = []
    for entry in entries:
        body = ledger.intake.get(entry.id).body
        assert body is not None
        observation = observation_from_entry(entry.kind, body, entry.meta)
        classes.append((observation.items[0].cls, observation.items[0].software is None))
    assert classes == [("laptop", False), ("laptop", True)]


def test_a_full_report_that_was_lost_is_forced(agent: Agent, ledger: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON intake BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    agent.run(FULL)
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("DROP TRIGGER full")
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    assert agent.sent == ["full 503", "error", "full 200"]
    assert not states.needs_full(ledger, states.load(ledger, AGENT))
    agent.run(PARTIAL)
    assert agent.sent[-1] == "partial 200", "JSON again afterwards"


def test_a_server_killed_before_it_stored_is_noticed_too(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    agent.post(CONTACT)  # told to send, and what it sent never arrived
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    assert agent.sent == ["full 200", "error", "full 200"]


def test_a_partial_report_without_a_full_one(agent: Agent) -> None:
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    assert agent.sent == ["partial 200", "error", "full 200"]


def test_a_full_report_that_was_set_aside(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    entry = ledger.intake.claim()
    assert entry is not None
    assert ledger.intake.park(entry, "the class is not known")
    agent.run(PARTIAL)
    agent.run(PARTIAL)
    assert agent.sent == ["full 200", "error", "full 200"]


def test_a_full_report_of_another_ledger(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    states.save(ledger, AGENT, states.AgentState(full_entry="not in this ledger"))
    agent.run(PARTIAL)
    assert agent.sent[-1] == "error"


def test_an_agent_that_cannot_deliver_is_not_asked_for_ever(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    states.mark_gap(ledger, AGENT)
    asked = 0
    for _ in range(20):
        agent.speaks_json = True
        asked += agent.post(CONTACT).content_type != "application/json"
    assert asked == states.MAX_FORCED
    agent.run(FULL)
    states.mark_gap(ledger, AGENT)
    agent.speaks_json = True
    assert agent.post(CONTACT).content_type != "application/json", "a full report that came starts the count anew"


def test_a_contact_for_other_tasks_expects_no_inventory(agent: Agent, ledger: Ledger) -> None:
    agent.run(FULL)
    other = zlib.compress(
        json.dumps(
            {"action": "contact", "deviceid": "pc-1", "name": "GLPI-Agent", "version": "1", "enabled-tasks": ["netdiscovery"]}
        ).encode()
    )
    assert agent.post(other).get_json()["status"] == "ok"
    assert not states.needs_full(ledger, states.load(ledger, AGENT))


def test_a_state_that_cannot_be_read_is_a_fresh_one(ledger: Ledger) -> None:
    for broken in ("text", [1], {"open": "yes", "forced": None, "x": 1}, 7):
        ledger.settings.put(states.key_of(AGENT), broken)
        assert states.load(ledger, AGENT) == states.AgentState()


def test_the_recordings_in_their_order(client: FlaskClient, ledger: Ledger, recording: Callable[[str], bytes]) -> None:
    """First contact, contact, full, then partial: 904 packages are listed once, and the partial one says nothing of them."""
    token = ledger.agent_tokens.add("t", ownership="corporate")
    headers = {
        "User-Agent": "GLPI-Agent_v1.12-dev",
        "Content-Type": "application/x-compress-zlib",
        "GLPI-Agent-ID": "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8",
    }
    replies = [
        client.post(f"/agent/{token}", data=zlib.compress(recording(f"glpi-agent-1.12-dev/{name}")), headers=headers)
        for name in (
            "01-prolog-first-contact.request.xml",
            "02-contact.request.json",
            "03-inventory-full.request.json",
            "02-contact.request.json",
            "04-inventory-partial.request.json",
        )
    ]
    assert [r.get_json()["status"] for r in replies] == ["pending", "ok", "ok", "ok", "ok"]
    counts = []
    while (entry := ledger.intake.claim()) is not None:
        assert entry.body is not None
        software = observation_from_entry(entry.kind, entry.body, entry.meta).items[0].software
        counts.append(None if software is None else len(software))
        assert ledger.intake.done(entry, {})
    assert counts == [904, None]
