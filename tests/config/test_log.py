"""The log: one line a record, and no secrets in it."""

from __future__ import annotations

import io
import json
import logging

import pytest

from cmdb.log import JsonLines, OneLine

CANARY = "c4n4ry-Xy9"


@pytest.mark.parametrize(
    "text",
    [
        f"token mrg_{CANARY} is unknown",
        f"POST /agent/agt_{CANARY} 200",
        f"GET /sign-in/{CANARY}abcdef",
        f"Authorization: Bearer {CANARY}abcdef",
        f"mysql --password={CANARY} -h db",
        f"community: {CANARY}",
        f"neo4j+s://neo4j:{CANARY}@db:7687",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----",
    ],
)
@pytest.mark.parametrize("form", [OneLine, JsonLines])
def test_no_secret_is_written(text: str, form: type[logging.Formatter]) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form())
    try:
        raise ValueError(text)
    except ValueError as error:
        handler.handle(logging.LogRecord("x", logging.ERROR, "f.py", 1, "%s", (text,), (type(error), error, error.__traceback__)))
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().strip()


def test_what_a_device_says_stays_one_line() -> None:
    record = logging.LogRecord("cmdb.x", logging.INFO, "f.py", 1, "name=%s", ("a\nb",), None)
    assert "name=a\\nb" in OneLine().format(record)
    assert json.loads(JsonLines().format(record))["message"] == "name=a\nb"
