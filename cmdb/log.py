"""Logging, configured once by whoever starts the process: text for people or one JSON object a line, to standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


class OneLine(logging.Formatter):
    """`2026-11-22 10:00:00 warning cmdb.graph: message`; line breaks in a message (they may come from a device) are shown, not obeyed."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

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
