"""What osquery sends: enrolment, log lines, answers to distributed queries. Read within bounds; what is not ours is left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.errors import Invalid
from discovery.reports.jsontree import read_json
from discovery.reports.osquery.rows import Columns, columns_of
from discovery.reports.osquery.schedule import left_out, platform_of, short_name
from discovery.reports.text import tidy, to_utf8
from discovery.reports.wire import MAX_BODY, unwrap

MAX_LINES = 20_000
_FAILED = re.compile(r"Error executing scheduled query ([^\s:]{1,200}): ?(.{0,300})", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who enrols. `installation` is the id of the agent's own folder, empty where it gives none: names and host identifiers are not it."""

    secret: str
    host: str
    installation: str
    platform: str
    version: str
    system: Columns
    os: Columns


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows that came and went since the result before, of one differential query."""

    name: str
    epoch: int
    counter: int
    added: tuple[Columns, ...]
    removed: tuple[Columns, ...]


@dataclass(slots=True)
class Told:
    """What one message says: whole results, differences, failed queries; `keys` tell its lines from those of other messages, `left` why
    answers to queries of somebody else were not read."""

    wholes: dict[str, list[Columns]] = field(default_factory=dict)
    deltas: list[Delta] = field(default_factory=list)
    failed: dict[str, None] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    left: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.wholes or self.deltas or self.failed)


def read_body(data: bytes, limit: int = MAX_BODY) -> dict[str, Any]:
    """The object in a body, plain or gzip. Raises Invalid for everything else, within the bounds of every report."""
    body, _ = unwrap(data, limit)
    clean, _ = to_utf8(body)
    return read_json(clean)


def read_enrolment(tree: Mapping[str, Any]) -> Enrolment:
    """The enrolment. Raises Invalid where it names no host."""
    details = _object(tree.get("host_details"))
    system, os, info = (_first(details.get(name)) for name in ("system_info", "os_version", "osquery_info"))
    host = _word(tree.get("host_identifier")) or system.get("hostname", "")
    if not host:
        raise Invalid("The enrolment has no host_identifier.", field="host_identifier")
    installation = info.get("instance_id", "") or (host if _UUID.fullmatch(host) else "")
    return Enrolment(
        secret=_word(tree.get("enroll_secret")),
        host=host[:200],
        installation=installation.lower() if _UUID.fullmatch(installation) else "",
        platform=platform_of(tree.get("platform_type"), os.get("platform", "")),
        version=tidy(info.get("version", ""))[:40],
        system=system,
        os=os,
    )


def read_log(tree: Mapping[str, Any], seen: Collection[str]) -> Told:
    """A log message. Lines whose key is in `seen` came before: osquery sends lines again, in growing batches, until they are taken."""
    lines = tree.get("data")
    told = Told()
    known = set(seen)
    for line in lines[:MAX_LINES] if isinstance(lines, list) else []:
        if isinstance(line, dict):
            if tree.get("log_type") == "status":
                _status(told, line, known)
            elif tree.get("log_type") == "result":
                _result(told, line, known)
    return told


def read_distributed(tree: Mapping[str, Any]) -> Told:
    """Answers to distributed queries. `[]` or "" with status 0 says "none"; another status, as number or text, says nothing."""
    told = Told()
    statuses, found = _object(tree.get("statuses")), _object(tree.get("queries"))
    for name in list(dict.fromkeys((*found, *statuses)))[:MAX_LINES]:
        short = short_name(name)
        if not short:
            if why := left_out(name):
                told.left[why] = None
            continue
        rows = columns_of(found.get(name))
        status = str(statuses.get(name, "0" if rows else "")).strip()
        if status == "0":
            told.wholes[short] = rows
        else:
            told.failed[short] = None
    return told


def _result(told: Told, line: Mapping[str, Any], known: set[str]) -> None:
    short = short_name(line.get("name"))
    key = _key(line)
    if not short or key in known:
        return
    action = line.get("action")
    if action == "snapshot" or "snapshot" in line:
        if isinstance(line.get("snapshot"), (list, str)):
            told.wholes[short] = columns_of(line.get("snapshot"))
            told.failed.pop(short, None)
            _note(told, key)
        return
    changes = _object(line.get("diffResults"))
    row = columns_of([line["columns"]]) if isinstance(line.get("columns"), dict) else []
    added = row if action == "added" else columns_of(changes.get("added"))
    removed = row if action == "removed" else columns_of(changes.get("removed"))
    if added or removed:
        _join(told, Delta(short, _whole(line.get("epoch")), _whole(line.get("counter")), tuple(added), tuple(removed)))
        _note(told, key)


def _join(told: Told, delta: Delta) -> None:
    """Lines of one result, one a row, are one difference."""
    last = told.deltas[-1] if told.deltas else None
    if last and (last.name, last.epoch, last.counter) == (delta.name, delta.epoch, delta.counter):
        told.deltas[-1] = Delta(last.name, last.epoch, last.counter, last.added + delta.added, last.removed + delta.removed)
    else:
        told.deltas.append(delta)


def _status(told: Told, line: Mapping[str, Any], known: set[str]) -> None:
    """A scheduled query that fails gives no result at all, only this line (measured)."""
    message = line.get("message")
    found = _FAILED.match(message) if isinstance(message, str) else None
    short = short_name(found[1]) if found else ""
    key = _key({**line, "name": f"status {short}"})
    if short and key not in known:
        told.failed[short] = None
        told.wholes.pop(short, None)
        _note(told, key)


def _note(told: Told, key: str) -> None:
    if not told.keys or told.keys[-1] != key:
        told.keys.append(key)


def _key(line: Mapping[str, Any]) -> str:
    """(query, epoch, counter, time), which is all that tells two results apart."""
    parts = [str(line.get(name, ""))[:200] for name in ("name", "epoch", "counter", "unixTime")]
    return hashlib.sha256("|".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> Columns:
    rows = columns_of([value] if isinstance(value, dict) else value)
    return rows[0] if rows else {}


def _word(value: object) -> str:
    return tidy(value) if isinstance(value, str) else ""


def _whole(value: object) -> int:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
