"""Logging, configured once by whoever starts the process: text for people or one JSON object a line, to standard error."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(mrg_|agt_)[A-Za-z0-9_-]{6,}"), r"\1…"),
    (re.compile(r"(/sign-in/|/agent/)[A-Za-z0-9_-]{8,}"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?i)\b(pass(?:word|wd|phrase)?|secret|community|token|api[_-]?key)(\s*[=:]\s*)(?!…)[^\s,;'\"&)]+"), r"\1\2…"),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), "…"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), "(private key)"),
)


def redacted(text: str) -> str:
    """The text without tokens, passwords and keys. The last net: nobody should log one in the first place."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            said["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


class OneLine(logging.Formatter):
    """`2026-11-22 10:00:00 warning cmdb.graph: message`; line breaks in a message (they may come from a device) are shown, not obeyed."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback where there is one."""
        return redacted(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name logging gives it
        """The line before any traceback."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        record.levelname = record.levelname.lower()
        return super().formatMessage(record)


def configure(level: str, form: str) -> None:
    """Send everything at or above `level` (debug, info, warning, error) to standard error; `form` is text or json."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These talk about every connection and packet; their warnings are kept.
    for chatty in ("neo4j", "paramiko", "waitress", "pysnmp", "urllib3"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    # Warns of each request that waits a moment for a thread: in a storm, a line more for every report.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
