"""The agent door: tokens, what is on the disk before the answer, and what is refused."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.store import Entry, Ledger
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.report import Report
from discovery.reports.wire import MAX_BODY
from tests.discovery.reports.made import android_xml, glpi, windows_content, xml

FUSION = {"User-Agent": "FusionInventory-Agent_v2.6-3", "Content-Type": "application/x-compress-zlib"}
GLPI = {
    "User-Agent": "GLPI-Agent_v1.11",
    "Content-Type": "application/x-compress-zlib",
    "GLPI-Agent-ID": "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3",
}
PROLOG = zlib.compress(b"<?xml version='1.0'?><REQUEST><DEVICEID>pc-1</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>")
INVENTORY = zlib.compress(xml("<HARDWARE><NAME>pc-1</NAME></HARDWARE>", deviceid="pc-1"))


def _entries(ledger: Ledger) -> list[Entry]:
    return list(ledger.intake.list())


def test_a_report_is_on_the_disk_when_it_is_answered(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    token = ledger.agent_tokens.add("paris", site="Paris", ownership="corporate")
    assert client.post(f"/agent/{token}", data=PROLOG, headers=FUSION).status_code == 200
    assert not _entries(ledger), "a prolog is no report"
    reply = client.post(f"/agent/{token}", data=INVENTORY, headers=FUSION)
    assert reply.status_code == 200
    assert b"NO_ACCOUNT_UPDATE" in zlib.decompress(reply.data)
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        assert other.execute("SELECT count(*) FROM intake WHERE kind = 'agent-report'").fetchone() == (1,)


def test_what_is_kept_becomes_the_observation(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("paris", site="Paris", ownership="loaned")
    assert client.post(f"/agent/{token}", data=glpi(windows_content()), headers=GLPI).get_json() == {"status": "ok", "expiration": 24}
    entry = ledger.intake.claim()
    assert entry is not None
    assert entry.body is not None
    meta = dict(entry.meta)
    assert meta["subject"] == "agent:0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3"
    assert (meta["site"], meta["ownership"], meta["product"], meta["format"], meta["cls"]) == ("Paris", "loaned", "glpi", "json", "laptop")
    assert meta["token_id"] == ledger.agent_tokens.list()[0].id
    assert "envs" in meta["dropped"]
    assert token not in json.dumps(meta)
    observation = observation_from_entry(entry.kind, entry.body, meta | {"id": entry.id})
    assert observation.id == entry.id
    assert abs(observation.observed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert observation.items[0].attributes["serial"] == "7KX8D43"
    assert [i.identifiers[0].value for i in observation.items if i.cls == "site"] == ["Paris"]


def test_unknown_and_revoked_tokens(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("old")
    assert client.post("/agent/agt_nobody", data=INVENTORY, headers=FUSION).status_code == 404
    assert client.post("/agent/x/y/z", data=INVENTORY, headers=FUSION).status_code == 404
    assert client.post(f"/agent/{token}", data=PROLOG, headers=FUSION).status_code == 200
    ledger.agent_tokens.revoke(ledger.agent_tokens.list()[0].id)
    for method in (client.get, client.post):
        assert method(f"/agent/{token}").status_code == 403, "at once"
    assert client.post(f"/agent/{token}/front/inventory.php", data=INVENTORY, headers=FUSION).status_code == 403
    assert not _entries(ledger)
    noted = {(r.kind, r.token_id) for r in ledger.refusals.list(10)}
    assert noted == {("unknown-token", ""), ("revoked-token", ledger.agent_tokens.list()[0].id)}
    assert token not in repr(ledger.refusals.list(10))


@pytest.mark.parametrize("path", ["", "/", "/ocsinventory", "/front/inventory.php", "/plugins/fusioninventory/"])
def test_any_path_below_the_token(client: FlaskClient, ledger: Ledger, path: str) -> None:
    token = ledger.agent_tokens.add("t")
    assert client.post(f"/agent/{token}{path}", data=PROLOG, headers=FUSION).status_code == 200


def test_the_plugin_protocol_gets_no_jobs(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    reply = client.get(f"/agent/{token}?action=getConfig&machineid=x&task[ESX]=2.11")
    assert (reply.status_code, reply.content_type, reply.data) == (200, "application/json", b"{}")
    assert client.post(f"/agent/{token}?action=setLog", data={"machineid": "x"}).data == b"{}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"hello", "neither XML nor JSON"),
        (zlib.compress(b"A" * (50 << 20)), "larger than 16 MB"),
        (gzip.compress(b"<REQUEST>", mtime=0), "not well-formed"),
        (INVENTORY[:-3], "cut off"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><REQUEST/>', "DTD"),
        (xml("<HARDWARE><NAME>a</NAME></HARDWARE>", deviceid=""), "names neither"),
        (xml(f"<HARDWARE><NAME>{'n' * (2 << 20)}</NAME></HARDWARE>"), "characters long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(client: FlaskClient, ledger: Ledger, body: bytes, words: str) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    reply = client.post(f"/agent/{token}", data=body, headers=FUSION)
    assert reply.status_code == 400
    assert words in reply.text
    assert not _entries(ledger)
    refusal = ledger.refusals.list(1)[0]
    assert (refusal.kind, refusal.token_id, refusal.address) == ("unreadable", ledger.agent_tokens.list()[0].id, "127.0.0.1")
    assert words in refusal.reason


def test_too_much_on_the_wire(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    assert client.post(f"/agent/{token}", data=b"x" * (MAX_BODY + 1)).status_code == 413
    assert ledger.refusals.list(1)[0].kind == "too-large"


def test_a_ledger_that_fails_makes_the_agent_come_back(client: FlaskClient, ledger: Ledger, tmp_path: Path) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON intake BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
    reply = client.post(f"/agent/{token}", data=INVENTORY, headers=FUSION)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "600")
    assert not _entries(ledger)
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("DROP TRIGGER full")
    assert client.post(f"/agent/{token}", data=INVENTORY, headers=FUSION).status_code == 200
    assert len(_entries(ledger)) == 1


def test_a_closed_ledger_is_a_503_too(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    ledger.close()
    assert client.post(f"/agent/{token}", data=INVENTORY, headers=FUSION).status_code == 503


def _disk(folder: Path) -> bytes:
    """Everything in the folder, bodies unpacked."""
    found = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    with sqlite3.connect(folder / "ledger.db") as other:
        for coding, body in other.execute("SELECT coding, body FROM intake_body"):
            found += zlib.decompress(body) if coding == "zlib" else body
    return found


@pytest.mark.parametrize("ownership", ["corporate", "loaned", "personal", ""])
def test_no_secret_reaches_the_disk_or_the_log(
    client: FlaskClient, ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture, ownership: str
) -> None:
    caplog.set_level("DEBUG")
    token = ledger.agent_tokens.add("t", ownership=ownership)
    for body, headers in ((glpi(windows_content()), GLPI), (android_xml(), {"User-Agent": "Dalvik/2.1.0"})):
        assert client.post(f"/agent/{token}", data=body, headers=headers).status_code == 200
    disk, log = _disk(tmp_path), caplog.text
    for secret in ("canary", "V33KV-CMD8V", "AAAAA-BBBBB", "AAAAB3Nza", "corp-wifi", "+33632331095", "10.1.0.1"):
        assert secret.encode() not in disk, secret
        assert secret not in log
    personal = (b"7KX8D43", b"4C4C4544-0037", b"10.1.2.3", b"Private Diary", b"356938035643809", b"CORP\\\\ada", b"Dating")
    for value in personal:
        assert (value in disk) == (ownership in ("corporate", "loaned")), value
    assert token not in log
    assert token.encode() not in disk


def test_the_tag_can_only_make_it_stricter(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    client.post(f"/agent/{token}", data=glpi(windows_content(), tag="ownership=personal; site=Home"), headers=GLPI)
    entry = ledger.intake.claim()
    assert entry is not None
    assert entry.body is not None
    assert (entry.meta["ownership"], entry.meta["site"]) == ("personal", "Home")
    assert b"7KX8D43" not in entry.body


def test_two_sites_have_two_pseudonyms_and_one_has_one(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t")
    for _ in range(2):
        client.post(f"/agent/{token}", data=glpi(windows_content()), headers=GLPI)
    bodies = [ledger.intake.get(e.id).body for e in _entries(ledger)]
    first, second = (Report.from_bytes(body or b"").one("bios")["ssn_hash"] for body in bodies)
    assert first == second
    assert len(ledger.settings.get("privacy.pseudonym_key")) == 64


def test_reports_of_one_agent_keep_their_order(client: FlaskClient, ledger: Ledger) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    for name in ("first", "second"):
        client.post(
            f"/agent/{token}", data=zlib.compress(xml(f"<HARDWARE><NAME>{name}</NAME></HARDWARE>", deviceid="pc-1")), headers=FUSION
        )
    held = ledger.intake.claim_many(5)
    assert len(held) == 1, "the second waits for the first"
    assert held[0].body is not None
    assert observation_from_entry(KIND, held[0].body, held[0].meta).items[0].attributes["name"] == "first"
