"""The reply matrix, as measured with the real agents."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from discovery.reports.message import Headers, Message, read_message
from discovery.reports.reply import Reply, refusal, to_contact, to_inventory, to_other, to_plugin, to_prolog
from discovery.reports.wire import unwrap
from tests.discovery.reports.made import GLPI, OCS, android_xml, glpi, xml

PROLOG = b'<?xml version="1.0" encoding="UTF-8" ?><REQUEST><DEVICEID>vm-1</DEVICEID><QUERY>PROLOG</QUERY><TOKEN>12345678</TOKEN></REQUEST>'
FUSION = Headers("FusionInventory-Agent_v2.6-3")
CONTACT = json.dumps(
    {
        "action": "contact",
        "deviceid": "vm-1",
        "name": "GLPI-Agent",
        "version": "1.11",
        "installed-tasks": ["inventory"],
        "enabled-tasks": ["inventory"],
        "tag": "A",
    }
).encode()


def _text(reply: Reply) -> str:
    return unwrap(reply.body)[0].decode()


@pytest.mark.parametrize("headers", [FUSION, OCS], ids=["fusioninventory", "ocs"])
def test_zlib_is_answered_by_zlib_at_the_default_level(headers: Headers) -> None:
    reply = to_prolog(read_message(zlib.compress(PROLOG), headers))
    assert reply.body[:2] == b"\x78\x9c"
    assert reply.content_type == "application/x-compress-zlib"
    assert "<RESPONSE>SEND</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ>" in _text(reply)


def test_plain_is_answered_plain() -> None:
    reply = to_prolog(read_message(PROLOG, FUSION), hours=6)
    assert reply.content_type == "application/xml"
    assert b"<PROLOG_FREQ>6</PROLOG_FREQ>" in reply.body


def test_gzip_is_answered_by_gzip_to_ocs_only() -> None:
    assert to_prolog(read_message(gzip.compress(PROLOG), FUSION)).content_type == "application/xml", "FusionInventory crashes on gzip"
    reply = to_prolog(read_message(gzip.compress(PROLOG), OCS))
    assert (reply.content_type, reply.body[:2]) == ("application/x-compress-gzip", b"\x1f\x8b")


def test_android_is_never_compressed_and_finds_its_word() -> None:
    for body in (android_xml(), zlib.compress(android_xml())):
        reply = to_inventory(read_message(body))
        assert reply.content_type == "application/xml"
        assert b"<reply>" in reply.body.lower()


def test_an_xml_inventory_is_thanked() -> None:
    reply = to_inventory(read_message(zlib.compress(xml("<HARDWARE/>")), FUSION))
    assert "<REPLY><RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE></REPLY>" in _text(reply)
    assert reply.status == 200


def test_a_glpi_agent_learns_that_we_speak_json() -> None:
    reply = to_prolog(read_message(zlib.compress(PROLOG), GLPI))
    assert (reply.content_type, json.loads(reply.body)) == ("application/json", {"status": "pending"})


def test_a_contact_is_told_to_send_and_what_to_leave_out() -> None:
    message = read_message(zlib.compress(CONTACT), GLPI)
    for ownership, left_out in (
        ("corporate", "environment,process,user"),
        ("personal", "environment,process,user,local_user,local_group,printer,monitor,usb"),
    ):
        answer = json.loads(to_contact(message, ownership).body)
        assert answer["status"] == "ok"
        assert answer["expiration"] == 24
        assert answer["tasks"]["inventory"] == {"server": "glpi", "version": "10.0.0", "no-category": left_out}


def test_a_full_report_is_forced_by_answering_in_xml() -> None:
    contact = to_contact(read_message(zlib.compress(CONTACT), GLPI), "corporate", needs_full=True)
    assert _text(contact).endswith("<REPLY></REPLY>\n")
    assert contact.content_type == "application/x-compress-zlib"
    prolog = to_prolog(read_message(zlib.compress(PROLOG), GLPI), needs_full=True)
    assert "SEND" in _text(prolog)


def test_a_json_inventory_is_thanked_with_the_next_time() -> None:
    reply = to_inventory(read_message(glpi({"hardware": {"name": "a"}}), GLPI), hours=12)
    assert json.loads(reply.body) == {"status": "ok", "expiration": 12}


@pytest.mark.parametrize(("sent", "echoed"), [("3806BD86", True), ("", False), ("lower123", False), ("12345678\r\nX: y", False)])
def test_the_request_id_is_echoed(sent: str, echoed: bool) -> None:
    message = read_message(zlib.compress(CONTACT), Headers("GLPI-Agent_v1.11", GLPI.agent_id, sent))
    assert to_contact(message, "").headers == ({"GLPI-Request-ID": sent} if echoed else {})


def test_other_messages_do_nothing() -> None:
    assert json.loads(to_other(read_message(b'{"action":"get_params","deviceid":"x"}', GLPI)).body) == {"status": "ok"}
    download = read_message(b"<REQUEST><DEVICEID>x</DEVICEID><QUERY>DOWNLOAD</QUERY></REQUEST>", OCS)
    assert download.kind == "other"
    assert b"<REPLY></REPLY>" in to_other(download).body
    assert to_plugin().body == b"{}"


def test_a_refusal_is_one_line_of_text() -> None:
    reply = refusal(503, "Nothing was kept; try again later.", retry_after_s=600)
    assert (reply.status, reply.body, reply.headers) == (503, b"Nothing was kept; try again later.\n", {"Retry-After": "600"})


@pytest.mark.parametrize(
    ("client", "agent", "product"),
    [
        ("FusionInventory-Agent_v2.6-3", "FusionInventory-Agent 2.6-3", "fusioninventory"),
        ("FusionInventory-Inventory_v2.5", "FusionInventory-Inventory 2.5", "fusioninventory"),
        ("OCS-NG_unified_unix_agent_v2.10.0", "OCS-NG_unified_unix_agent 2.10.0", "ocs"),
        ("OCS-NG_WINDOWS_AGENT_v2.9.0.0", "OCS-NG_WINDOWS_AGENT 2.9.0.0", "ocs"),
        ("OCS-NG_Android_agent_v2.7", "OCS-NG_Android_agent 2.7", "ocs"),
        ("GLPI-Agent_v1.12-dev", "GLPI-Agent 1.12-dev", "glpi"),
        ("Inventory Agent/1.1.0 (Linux; Android 12; GLPI Inventory Agent)", "Inventory Agent 1.1.0", "glpi-android"),
        ("curl/8.0", "curl/8.0", "other"),
        ("", "", "other"),
    ],
)
def test_products(client: str, agent: str, product: str) -> None:
    message: Message = read_message(PROLOG, Headers(client))
    assert (message.agent, message.product) == (agent, product)


@pytest.mark.parametrize("agent_id", ["", "x", "../../etc", "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8\n", "g" * 36])
def test_an_agent_id_is_a_uuid_or_nothing(agent_id: str) -> None:
    assert read_message(PROLOG, Headers("GLPI-Agent_v1", agent_id)).agent_id == ""
    assert read_message(PROLOG, Headers("", "659F3D54-E69E-11F1-B6A9-CD8DFFFB8FE8")).agent_id == "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8"
