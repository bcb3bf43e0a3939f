"""What the operator sees of the agents' doors: configuration to paste, refusals with reasons, rotation; and the published schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from cmdb.store import Ledger
from tests.web.visitor import Visitor

Visit = Callable[[str], Visitor]


def test_configuration_for_every_agent(visit: Visit) -> None:
    text = visit("otto").get("/admin/agents").text
    for words in ("glpi-agent --force", "fusioninventory-agent", "OCS-Windows-Agent", "--enroll_tls_endpoint=/api/osquery/enroll"):
        assert words in text
    for words in ("server = http://127.0.0.1:8765/agent/TOKEN", "--results-arf", "cyclonedx-json", "/api/v1/schemas/endpoint-report.json"):
        assert words in text
    assert "agt_" not in text
    assert "without TLS" in text
    assert "upload-server=" not in text, "Lynis' uploader speaks TLS only"
    assert "No other machine reaches the address" in text


def test_refusals_are_listed_with_the_reason_and_the_tokens_name(visit: Visit, ledger: Ledger) -> None:
    ledger.agent_tokens.add("laptops of HQ")
    token = ledger.agent_tokens.list()[0].id
    ledger.refusals.note("revoked-token", "the enrolment token was revoked", address="10.1.2.3", token_id=token)
    ledger.refusals.note("unreadable", "<script>alert(1)</script>", address="10.1.2.4", detail="curl")
    text = visit("vera").get("/admin/refusals").text
    for words in ("laptops of HQ", "10.1.2.3", "the enrolment token was revoked", "&lt;script&gt;", "curl"):
        assert words in text
    only = visit("vera").get("/admin/refusals?kind=unreadable").text
    assert "10.1.2.4" in only
    assert "10.1.2.3" not in only


def test_refusals_by_the_api(app: Flask, ledger: Ledger) -> None:
    token = ledger.api_tokens.add("t", "viewer")
    for number in range(3):
        ledger.refusals.note("unreadable", f"reason {number}", address="10.1.2.3", token_id=str(number % 2))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}

    def get(words: str) -> dict[str, Any]:
        answer = client.get(f"/api/v1/refusals{words}", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    first = get("?limit=2")
    assert [row["reason"] for row in first["items"]] == ["reason 2", "reason 1"]
    assert [row["reason"] for row in get(f"?limit=2&cursor={first['next']}")["items"]] == ["reason 0"]
    assert [row["reason"] for row in get("?token=1")["items"]] == ["reason 1"]
    assert get("?kind=too-many") == {"items": [], "next": None}
    assert client.get("/api/v1/refusals").status_code == 401


def test_everybody_may_read_the_schema(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/schemas/endpoint-report.json")
    assert answer.status_code == 200
    assert answer.get_json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert answer.get_json()["properties"]["format"]["const"] == "moorings-endpoint-report"


def test_a_token_is_rotated_on_the_page(visit: Visit, ledger: Ledger) -> None:
    old = ledger.agent_tokens.add("laptops", site="HQ")
    number = ledger.agent_tokens.list()[0].id
    answer = visit("ada").post(f"/admin/tokens/agent/{number}/rotate")
    new = re.search(r'value="(agt_[^"]+)"', answer.text)
    assert new is not None
    for plain in (old, new[1]):
        found = ledger.agent_tokens.find(plain)
        assert found is not None
        assert found.id == number
    assert "rotated" in visit("ada").get("/admin/tokens").text
    assert ledger.audit.list()[0].action == "agent_token.rotate"
    assert new[1] not in repr(ledger.audit.list())
