"""What docs/reference/endpoint-report.md and docs/how-to/report-from-endpoints.md show is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from discovery.reports.message import read_message
from discovery.reports.osquery.schedule import full_name
from discovery.reports.tables import table
from tests.discovery.tables.reading import read
from web.agent.native import read_native, schema
from web.frame.agent_commands import agent_commands

DOCS = Path(__file__).resolve().parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "endpoint-report.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "how-to" / "report-from-endpoints.md").read_text(encoding="utf-8")


def _fence(text: str, word: str) -> str:
    found = re.search(rf"^```{word}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_fits_the_schema_and_is_read() -> None:
    example = _fence(REFERENCE, "json")
    Draft202012Validator(schema()).validate(json.loads(example))
    message, looked_at = read_native(read_message(example.encode()))
    assert (message.deviceid, message.itemtype) == ("mdm-export:9b1c2d", "Phone")
    assert looked_at is not None


@pytest.mark.parametrize("wrong", [{"version": 2}, {"colour": "red"}, {"device": {}}, {"security": {"tpm": "perhaps"}}])
def test_the_schema_refuses_what_the_door_refuses(wrong: dict[str, object]) -> None:
    report = json.loads(_fence(REFERENCE, "json")) | wrong
    assert not Draft202012Validator(schema()).is_valid(report)


def test_the_table_of_phones_is_imported_without_an_error() -> None:
    result = read(_fence(GUIDE, "csv"))
    assert not result.errors
    assert [item.cls for item in result.observation.items if item.cls in ("phone", "tablet")] == ["phone", "tablet"]


def test_the_flags_in_the_guide_are_those_of_the_page() -> None:
    shown = set(_fence(GUIDE, "text").split())
    linux = next(c for c in agent_commands("https://cmdb.example.org/agent/TOKEN") if (c.agent, c.platform) == ("osquery", "Linux"))
    assert shown <= set(linux.text.split())


def test_names_of_queries_are_ours() -> None:
    assert all(full_name(name).startswith("moorings_") for name in table("osquery")["queries"])
