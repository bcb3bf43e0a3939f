"""What an agent is answered, by the matrix measured with the real agents.

- XML: zlib at the default level with `application/x-compress-zlib` where the request was zlib, plain where it was plain. FusionInventory
  refuses level 9 and crashes on gzip, OCS refuses plain after zlib, GLPI refuses `application/x-compressed`: this answer suits all.
  Only OCS ever wants gzip back (it unpacks with the program it packed with).
- Android looks for the text `<reply>` in the answer and cannot unpack: never compressed, never `<REPLY/>`.
- JSON: plain `application/json`, with the request's GLPI-Request-ID.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from discovery.reports.message import Message
from discovery.reports.privacy import no_category
from discovery.reports.wire import Compression, wrap

REPORT_EVERY_HOURS = 24
_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_SERVER = {"server": "glpi", "version": "10.0.0"}
"""What a GLPI agent must read to send its inventory as JSON: the server it takes us for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def to_prolog(message: Message, *, hours: int = REPORT_EVERY_HOURS, needs_full: bool = False) -> Reply:
    """May I send? Yes.

    A GLPI agent is told that we speak JSON (`pending`, without an expiration: it then sends its contact at once), except while a full
    report is wanted from it: an XML answer makes it send one, in XML.
    """
    if message.agent_id and not needs_full:
        return _json(message, {"status": "pending"})
    return _xml(message, f"<RESPONSE>SEND</RESPONSE><PROLOG_FREQ>{hours}</PROLOG_FREQ>")


def to_contact(message: Message, ownership: str, *, hours: int = REPORT_EVERY_HOURS, needs_full: bool = False) -> Reply:
    """A GLPI agent's contact: send your inventory, and leave out at the source what may not come in.

    With `needs_full` the answer is an empty XML reply: the agent then forgets that we speak JSON, begins anew with a prolog, and (answered
    in XML) sends everything (measured; it has no request for a full report of its own).
    """
    if needs_full:
        return _xml(message, "")
    inventory: dict[str, Any] = dict(_SERVER)
    left_out = no_category(ownership)
    if left_out:
        inventory["no-category"] = left_out
    return _json(message, {"status": "ok", "expiration": hours, "tasks": {"inventory": inventory}})


def to_inventory(message: Message, *, hours: int = REPORT_EVERY_HOURS) -> Reply:
    """Taken. Only after it was stored: a GLPI agent never sends again what it believes we have."""
    if message.wire in ("json", "document"):
        return _json(message, {"status": "ok", "expiration": hours})
    return _xml(message, "<RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE>")


def to_other(message: Message) -> Reply:
    """Something else (a network discovery, a download's end): understood, and nothing is done with it."""
    if message.wire == "json":
        return _json(message, {"status": "ok"})
    return _xml(message, "")


def to_plugin() -> Reply:
    """The plugin protocol (`GET ?action=getConfig…`): no jobs."""
    return Reply(b"{}", "application/json")


def refusal(status: int, sentence: str, *, retry_after_s: int = 0) -> Reply:
    """Not taken, and why, as a line of text: agents show it in their log."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return Reply(f"{sentence}\n".encode(), "text/plain; charset=utf-8", status, headers)


def _xml(message: Message, inside: str) -> Reply:
    body = _XML + b"<REPLY>" + inside.encode() + b"</REPLY>\n"
    packing: Compression = message.compression
    if message.product == "glpi-android" or (packing == "gzip" and message.product != "ocs"):
        packing = "plain"
    types = {"zlib": "application/x-compress-zlib", "gzip": "application/x-compress-gzip", "plain": "application/xml"}
    return Reply(wrap(body, packing), types[packing], 200, _echo(message))


def _json(message: Message, value: dict[str, Any]) -> Reply:
    return Reply(orjson.dumps(value), "application/json", 200, _echo(message))


def _echo(message: Message) -> dict[str, str]:
    return {"GLPI-Request-ID": message.request_id} if message.request_id else {}
