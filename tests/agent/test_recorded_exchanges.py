"""Every recorded exchange of a real agent, sent again with its own request line, headers and body: it gets an answer that this agent takes.

What each agent takes as an answer was measured (the reply matrix). A recording that no row here reads makes the test fail.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.store import Ledger

Read = Callable[[str], bytes]
FUSION, GLPI, OCS, OSQUERY = "fusioninventory-agent-2.6", "glpi-agent-1.12-dev", "ocsinventory-agent-2.10.0", "osquery-5.20.0"
LYNIS, OPENSCAP, CYCLONE = "lynis-3.0.8", "openscap-1.3.7", "cyclonedx-1.6"
FIRST, CONTACT = f"{GLPI}/01-prolog-first-contact", f"{GLPI}/02-contact"
INVENTORIES: dict[str, str] = {
    f"{FUSION}/01-prolog": f"{FUSION}/01-prolog.request.xml",
    f"{FUSION}/02-inventory": f"{FUSION}/02-inventory.request.xml",
    f"{FUSION}/03-prolog-zlib-reply": f"{FUSION}/01-prolog.request.xml",
    f"{FUSION}/04-prolog-stop-reply": f"{FUSION}/01-prolog.request.xml",
    f"{FUSION}/05-auth-401": f"{FUSION}/01-prolog.request.xml",
    f"{FUSION}/06-auth-accepted": f"{FUSION}/01-prolog.request.xml",
    f"{FUSION}/07-prolog-no-compression": f"{FUSION}/01-prolog.request.xml",
    FIRST: f"{FIRST}.request.xml",
    CONTACT: f"{CONTACT}.request.json",
    f"{GLPI}/03-inventory-full": f"{GLPI}/03-inventory-full.request.json",
    f"{GLPI}/04-inventory-partial": f"{GLPI}/04-inventory-partial.request.json",
    f"{GLPI}/05-contact-with-no-category-reply": f"{CONTACT}.request.json",
    f"{GLPI}/06-contact-inventory-disabled-reply": f"{CONTACT}.request.json",
    f"{GLPI}/07-full-answered-500-then-lost": f"{GLPI}/03-inventory-full.request.json",
    f"{GLPI}/08-contact-answered-xml-forces-full": f"{CONTACT}.request.json",
    f"{OCS}/01-prolog": f"{OCS}/01-prolog.request.xml",
    f"{OCS}/02-inventory": f"{OCS}/02-inventory-with-tag.request.xml",
    f"{OCS}/03-prolog-plain-reply-REJECTED": f"{OCS}/01-prolog.request.xml",
}
CALLS = {
    "01-enroll": "enroll",
    "02-config": "config",
    "03-distributed_read": "distributed/read",
    "04-distributed_write": "distributed/write",
}
CALLS |= {"05-log-result": "log", "06-log-status-query-error": "log", "07-log-empty-snapshot": "log"}
DOCUMENTS = {f"{LYNIS}/lynis-report.dat", f"{OPENSCAP}/arf-skeleton.xml"}
DOCUMENTS |= {f"{OPENSCAP}/xccdf-testresult-{name}.xml" for name in ("17pass-1fail-26na.rc2", "all-notapplicable.rc0")}
DOCUMENTS |= {f"{GLPI}/05-inventory-no-category.first-20-softwares.request.json"}
NAMELESS = f"{CYCLONE}/python-environment.first-12.cdx.json"
"""A bill that does not say of which machine it is."""
FORMS = {f"{LYNIS}/01-license.http", f"{LYNIS}/02-upload.http", f"{CYCLONE}/dependency-track-upload-by-cdxgen-12.8.4.http"}
OURS = ("host", "content-length", "connection", "keep-alive", "authorization", "x-api-key")
"""What the sender's library sets anew, and what names the listener of that day."""


def head(text: bytes) -> tuple[str, dict[str, str]]:
    """Method and headers of a recorded request."""
    lines = text.decode().partition("\n\n")[0].splitlines()
    pairs = (line.partition(": ") for line in lines[1:])
    return lines[0].split()[0], {name: value for name, _, value in pairs if name.lower() not in OURS}


def test_every_recording_is_read_by_a_test(shared: Path) -> None:
    folder = shared / "samples"
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "README.md"}
    read = {f"{name}.http" for name in INVENTORIES} | set(INVENTORIES.values()) | DOCUMENTS | FORMS | {NAMELESS}
    read |= {f"{OSQUERY}/{name}.{kind}" for name in CALLS for kind in ("http", "request.json")}
    assert there - read == set()


@pytest.mark.parametrize("name", sorted(INVENTORIES))
def test_inventory_agents_get_an_answer_they_take(client: FlaskClient, ledger: Ledger, recording: Read, name: str) -> None:
    method, headers = head(recording(f"{name}.http"))
    packed = "zlib" in headers["Content-Type"] or headers["Content-Type"] == "application/x-compress"
    body = recording(INVENTORIES[name])
    token = ledger.agent_tokens.add("t", ownership="corporate")
    reply = client.open(f"/agent/{token}", method=method, headers=headers, data=zlib.compress(body) if packed else body)
    assert reply.status_code == 200
    glpi = name.startswith(GLPI)
    if packed and not glpi:  # FusionInventory looks for 78 9C, and OCS takes nothing that is not packed
        assert reply.content_type == "application/x-compress-zlib"
        assert reply.data[:2] == b"\x78\x9c"
    said = zlib.decompress(reply.data).decode() if packed and not glpi else reply.text
    if glpi:
        assert reply.content_type == "application/json"
        told = json.loads(said)
        assert told["status"] in ("ok", "pending")
        assert told.get("expiration", 24) > 0
    else:
        assert "<REPLY>" in said
        assert ("<RESPONSE>SEND</RESPONSE>" in said) is ("prolog" in name or "auth" in name)
    held = [entry.meta.get("deviceid") for entry in ledger.intake.list()]
    assert len(held) == ("-inventory" in INVENTORIES[name])


@pytest.mark.parametrize("name", sorted(CALLS))
def test_osquery_gets_an_answer_it_takes(client: FlaskClient, ledger: Ledger, recording: Read, name: str) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    first = json.loads(recording(f"{OSQUERY}/01-enroll.request.json")) | {"enroll_secret": token}
    key = client.post("/api/osquery/enroll", json=first).get_json()["node_key"]
    message = json.loads(recording(f"{OSQUERY}/{name}.request.json"))
    message |= {"enroll_secret": token} if name == "01-enroll" else {"node_key": key}
    with_head = f"{OSQUERY}/{name if name < '06' else '05-log-result'}.http"
    method, headers = head(recording(with_head))
    headers.pop("Content-Encoding", None)
    reply = client.open(f"/api/osquery/{CALLS[name]}", method=method, headers=headers, data=json.dumps(message).encode())
    told = reply.get_json()
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert "error" not in told
    assert told["node_invalid"] is False
    if name == "02-config":
        assert all(query["query"].startswith("SELECT ") and query["snapshot"] for query in told["schedule"].values())
    if name == "03-distributed_read":
        assert told["queries"], "asked for everything at first"


def test_lynis_own_uploader(client: FlaskClient, ledger: Ledger, recording: Read) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    forms = {
        "license": {"licensekey": "11111111-2222-3333-4444-555555555555", "collector_version": "105"},
        "upload": {"data": recording(f"{LYNIS}/lynis-report.dat").decode(), "licensekey": "1", "hostid": "6dbf", "hostid2": "e5cd"},
    }
    for name, file in (("license", "01-license"), ("upload", "02-upload")):
        method, headers = head(recording(f"{LYNIS}/{file}.http"))
        reply = client.open(f"/agent/{token}/{name}/", method=method, headers=headers, data=forms[name])
        assert reply.text.startswith("Response 100")
    assert len(ledger.intake.list()) == 1


def test_dependency_tracks_upload(client: FlaskClient, ledger: Ledger, recording: Read) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    method, headers = head(recording(f"{CYCLONE}/dependency-track-upload-by-cdxgen-12.8.4.http"))
    bill = base64.b64encode(recording(f"{CYCLONE}/python-environment.first-12.cdx.json")).decode()
    body = json.dumps({"autoCreate": "true", "bom": bill, "projectName": "endpoint-42", "projectVersion": "1"})
    reply = client.open("/api/v1/bom", method=method, headers={**headers, "X-Api-Key": token}, data=body)
    assert reply.status_code == 200
    assert len(reply.get_json()["token"]) >= 32


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_documents_as_they_are(client: FlaskClient, ledger: Ledger, recording: Read, name: str) -> None:
    token = ledger.agent_tokens.add("t", ownership="corporate")
    reply = client.post(f"/agent/{token}", data=recording(name))
    assert reply.status_code == 200, reply.text
    assert len(ledger.intake.list()) == 1


def test_a_bill_without_a_machine_is_refused_with_the_way_out(client: FlaskClient, ledger: Ledger, recording: Read) -> None:
    reply = client.post(f"/agent/{ledger.agent_tokens.add('t')}", data=recording(NAMELESS))
    assert reply.status_code == 400
    assert "give the host name as metadata.component.name" in reply.text
    assert not ledger.intake.list()
