"""Doors of tools that upload documents in their own way: Lynis (`license/`, then `upload/`), and Dependency-Track's `PUT /api/v1/bom`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from cmdb.errors import Invalid, NotFound
from cmdb.store import AgentToken
from discovery.reports.documents import bill_of_json, bill_of_xml, spdx
from discovery.reports.jsontree import read_json
from discovery.reports.message import Message, read_message
from discovery.reports.own_time import once
from discovery.reports.reply import Reply
from discovery.reports.text import tidy, to_utf8
from discovery.reports.wire import unwrap
from discovery.reports.xmltree import read_xml as xml_of
from web.agent.desk import Desk

LYNIS_YES = Reply(b"Response 100\n", "text/plain; charset=utf-8")
"""What Lynis' uploader looks for (include/data_upload)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A request of an upload: its body, and its form where it has one (text fields, and files as bytes)."""

    data: bytes
    form: Mapping[str, str]
    files: Mapping[str, bytes]


def lynis(desk: Desk, upload: Upload, call: str, token: AgentToken) -> Reply:
    """`license` says that the server is there; `upload` brings the report. The licence key is not read: the address is the permission."""
    if call == "license":
        return LYNIS_YES
    data = upload.form.get("data", "").encode("utf-8", "replace") or upload.files.get("data", b"")
    if not data:
        raise Invalid("The upload has no field data with the report.", field="data")
    message = read_message(data)
    if message.product != "lynis":
        raise Invalid("The field data holds no Lynis report.", field="data")
    desk.take(message, token)
    return LYNIS_YES


def bom(desk: Desk, upload: Upload, token: AgentToken) -> Reply:
    """A bill of material, in Dependency-Track's JSON (base64), its form, or raw. Answers with the token of the upload."""
    if upload.files.get("bom") or upload.form.get("bom"):
        data = upload.files.get("bom") or upload.form["bom"].encode("utf-8", "replace")
        message = read_bill(data, upload.form.get("projectName", ""))
    else:
        message = _of_body(upload.data)
    return Reply(orjson.dumps({"token": str(UUID(desk.take(message, token)))}), "application/json")


def processing(desk: Desk, number: str, token: AgentToken) -> Reply:
    """Whether an upload still waits (Dependency-Track's `GET /api/v1/bom/token/…`). Raises NotFound for one of another token."""
    try:
        entry = desk.ledger.intake.get(UUID(number).hex)
    except ValueError:
        raise NotFound("There is no such upload.") from None
    if entry.meta.get("token_id") != token.id:
        raise NotFound("There is no such upload.")
    return Reply(orjson.dumps({"processing": entry.state in ("waiting", "running")}), "application/json")


def _of_body(data: bytes) -> Message:
    body, _ = unwrap(data)
    clean, _ = to_utf8(body)
    if clean.lstrip()[:1] != b"{":
        return read_bill(data, "")
    tree = read_json(clean)
    packed = tree.get("bom")
    if not isinstance(packed, str):
        made = _of_tree(tree, "")
        return replace(made, once=once(clean, tree, made.deviceid))
    try:
        inner = base64.b64decode(packed, validate=False)
    except (binascii.Error, ValueError):
        raise Invalid("The bom is no base64.", field="bom") from None
    name = tree.get("projectName")
    return read_bill(inner, name if isinstance(name, str) else "")


def read_bill(data: bytes, subject: str) -> Message:
    """The bill in the bytes; `subject` is the host name that came with it. Raises Invalid for what is no bill."""
    body, compression = unwrap(data)
    clean, notes = to_utf8(body)
    said: Any
    if clean.lstrip()[:1] == b"<":
        said = root = xml_of(clean)
        found = bill_of_xml(root, tidy(subject))
        if found is None:
            raise Invalid("The XML is neither CycloneDX nor SPDX.", field="bom")
        made = found
    elif spdx.is_tags(clean):
        said, made = {}, spdx.read_tags(clean, tidy(subject))
    else:
        said = read_json(clean)
        made = _of_tree(said, tidy(subject))
    return replace(made, compression=compression, notes=tuple(notes), once=once(clean, said, made.deviceid))


def _of_tree(tree: dict[str, Any], subject: str) -> Message:
    found = bill_of_json(tree, subject)
    if found is None:
        raise Invalid("The body is neither CycloneDX nor SPDX.", field="bom")
    return found
