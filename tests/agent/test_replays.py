"""An old report sent again by who holds the token: answered as its protocol wants, seen by the operator, and no news of its device."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from cmdb.model import times
from cmdb.store import Ledger
from tests.agent.test_osquery import Osquery, snapshot
from tests.discovery.reports.made import xml

RUN = "<ACCESSLOG><LOGDATE>2026-11-22 17:00:{0}</LOGDATE></ACCESSLOG><HARDWARE><NAME>pc-1</NAME></HARDWARE>"
AGENT_ID = {"GLPI-Agent-ID": "0b9e61f8-0d3f-4bef-8f5b-000000000001", "User-Agent": "GLPI-Agent_v1.11"}


def inventory(second: int, extra: str = "") -> bytes:
    """A report of an agent that says when it ran."""
    return xml(RUN.format(f"{second:02d}") + extra, deviceid="pc-1")


def glpi_json(second: int) -> bytes:
    """A report of GLPI's agent as recorded: `accesslog` is one object."""
    content = {"hardware": {"name": "pc-1"}, "accesslog": {"logdate": f"2026-11-22 17:00:{second:02d}"}}
    return json.dumps({"action": "inventory", "deviceid": "pc-1", "itemtype": "Computer", "content": content}).encode()


def lynis(second: int) -> bytes:
    """A short report of Lynis."""
    return f"# Lynis Report\nreport_datetime_start=2026-11-22 17:00:{second:02d}\nhostname=pc-1\nos=Linux\nfinish=true\n".encode()


def results(second: int) -> bytes:
    """A result of a benchmark."""
    rule = '<rule-result idref="a" severity="high"><result>pass</result></rule-result>'
    return f'<TestResult end-time="2026-11-22T17:00:{second:02d}+00:00"><target>pc-1</target>{rule}</TestResult>'.encode()


def bill(second: int) -> bytes:
    """A CycloneDX bill of material."""
    about = {"timestamp": f"2026-11-22T17:00:{second:02d}Z", "component": {"name": "pc-1"}}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": about, "components": [{"name": "bash"}]}).encode()


def bill_xml(second: int) -> bytes:
    """The same in XML."""
    inner = f"<metadata><timestamp>2026-11-22T17:00:{second:02d}Z</timestamp><component><name>pc-1</name></component></metadata>"
    return f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6">{inner}</bom>'.encode()


def spdx(second: int) -> bytes:
    """An SPDX document."""
    made = {"created": f"2026-11-22T17:00:{second:02d}Z", "creators": ["Tool: syft"]}
    return json.dumps(
        {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "pc-1", "creationInfo": made, "packages": []}
    ).encode()


def native(second: int) -> bytes:
    """A native report that says when its device was looked at; a time to come counts as its arrival, so it must not count twice."""
    report = {"format": "moorings-endpoint-report", "version": 1, "tool": {"name": "mdm"}, "device": {"id": "d", "serial": "7XK2M13"}}
    return json.dumps(report | {"observed_at": f"2999-11-22T17:00:{second:02d}Z"}).encode()


FORMATS = [inventory, glpi_json, lynis, results, bill, bill_xml, spdx, native]


@pytest.mark.parametrize("made", FORMATS, ids=lambda made: made.__name__)
def test_what_carries_its_own_time_is_taken_once(client: FlaskClient, ledger: Ledger, made: Callable[[int], bytes]) -> None:
    one, other = (ledger.agent_tokens.add(name, ownership="corporate") for name in ("one", "other"))
    first = client.post(f"/agent/{one}", data=made(1))
    assert first.status_code == 200, first.data
    assert client.post(f"/agent/{one}", data=made(2)).status_code == 200
    (second, old) = ledger.intake.list()
    times.now()
    for token, body in ((one, made(1)), (one, zlib.compress(made(1))), (other, gzip.compress(made(1)))):
        again = client.post(f"/agent/{token}", data=body)
        assert again.status_code == 200, "an agent whose answer was lost sends again"
    assert [entry.id for entry in ledger.intake.list()] == [second.id, old.id], "nothing of it is taken in again"
    told = ledger.refusals.list(kind="replayed")
    assert sum(line.times for line in told) == 3
    assert {line.token_id for line in told} == {token.id for token in ledger.agent_tokens.list()}
    assert all("first arrival" in line.reason and old.id in line.detail for line in told)


def test_the_answer_is_that_of_the_first_time(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    plain, again = (client.post(f"/agent/{token}", data=inventory(1)) for _ in range(2))
    assert (again.status_code, again.data, again.content_type) == (plain.status_code, plain.data, plain.content_type)
    upload = {"projectName": "pc-9", "bom": base64.b64encode(bill(1)).decode()}
    first, second = (client.put("/api/v1/bom", json=upload, headers={"X-Api-Key": token}).get_json() for _ in range(2))
    assert first == second
    other = client.put("/api/v1/bom", json=upload | {"projectName": "pc-8"}, headers={"X-Api-Key": token}).get_json()
    assert other != first, "the same bill of another machine is another report"
    assert len(ledger.intake.list()) == 3


def test_what_carries_none_is_a_repeat(client: FlaskClient, ledger: Ledger) -> None:
    """Of a machine of which nothing changed nobody can tell it; nor of one whose clock begins in 1970 whenever it starts."""
    token = ledger.agent_tokens.add("t", ownership="corporate")
    never = inventory(1).replace(b"<LOGDATE>2026-11-22", b"<LOGDATE>1970-01-01")
    timeless = xml("<HARDWARE><NAME>pc-2</NAME></HARDWARE>", deviceid="pc-2")
    for body in (never, never, timeless, timeless):
        assert client.post(f"/agent/{token}", data=body).status_code == 200
    assert len(ledger.intake.list()) == 4
    assert not ledger.refusals.list()


def test_a_replay_changes_nothing_that_is_remembered_of_the_agent(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    client.post(f"/agent/{token}", data=inventory(1), headers=AGENT_ID)
    client.post(f"/agent/{token}", data=inventory(2, "<BIOS><SSN>7XK2M13</SSN></BIOS>"), headers=AGENT_ID)
    key = f"agent:{AGENT_ID['GLPI-Agent-ID']}"
    before = ledger.settings.get(key)
    assert before["full_entry"] == ledger.intake.list()[0].id
    client.post(f"/agent/{token}", data=inventory(1), headers=AGENT_ID)
    assert ledger.settings.get(key) == before


def test_the_list_does_not_join_an_address_with_a_personal_device(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("phones", ownership="personal")
    for _ in range(2):
        client.post(f"/agent/{token}", data=inventory(1))
    (line,) = ledger.refusals.list()
    (entry,) = ledger.intake.list()
    assert line.kind == "replayed"
    assert entry.id not in line.detail


def test_osquerys_old_lines_are_known_when_its_memory_of_lines_is_full(client: FlaskClient, ledger: Ledger) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))
    agent.enrol()
    at = 1_795_000_000
    agent.log(snapshot("software_linux", [{"name": "bash", "version": "1"}], at))
    (node,) = ledger.agent_nodes._db.rows("SELECT id, state FROM agent_node")
    ledger.agent_nodes.keep(node[0], json.loads(node[1]) | {"seen": []})
    count = len(ledger.intake.list())
    agent.log(snapshot("software_linux", [{"name": "bash", "version": "1"}], at))
    assert len(ledger.intake.list()) == count
    assert [line.kind for line in ledger.refusals.list()] == ["replayed"]
    agent.log(snapshot("software_linux", [{"name": "bash", "version": "1"}], at + 60))
    assert len(ledger.intake.list()) == count + 1, "the same list a minute later is news: it is still so"


def test_osquerys_answer_counts_again_only_where_it_was_asked_again(
    client: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Osquery(client, ledger.agent_tokens.add("t", ownership="corporate"))
    agent.enrol()
    answer = {"node_key": agent.key, "queries": {"moorings_admins": [{"username": "ada"}]}, "statuses": {"moorings_admins": 0}}
    assert agent.post("distributed/read", {"node_key": agent.key})["queries"]
    agent.post("distributed/write", answer)
    count = len(ledger.intake.list())
    agent.post("distributed/write", answer)
    assert len(ledger.intake.list()) == count
    assert [line.kind for line in ledger.refusals.list()] == ["replayed"]
    later = times.now() + timedelta(days=3)
    monkeypatch.setattr("web.agent.osquery.now", lambda: later)
    assert agent.post("distributed/read", {"node_key": agent.key})["queries"]
    agent.post("distributed/write", answer)
    assert len(ledger.intake.list()) == count + 1
