"""From what one message says to a report: joined with what is remembered of the agent, filtered by whose the device is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from discovery.reports.message import Message
from discovery.reports.osquery.logs import Delta, Enrolment, Told
from discovery.reports.osquery.rows import Sections, sections
from discovery.reports.osquery.schedule import sections_of
from discovery.reports.platform import kind_of, platform
from discovery.reports.privacy import clean
from discovery.reports.report import Report, Row

QUERY_FAILED = "the query for it failed on the endpoint"
RESULT_LOST = "a result in between is missing"
SINGLE = ("hardware", "bios", "operatingsystem", "posture")
_KEPT = ("hardware", "bios", "cpus", "operatingsystem", "batteries")
MAX_SEEN = 400
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A report, what to remember of the agent now, and the class and platform that the report is of."""

    report: Report
    state: dict[str, Any]
    cls: str
    platform: str


def enrolled(who: Enrolment, ownership: str, key: bytes) -> Taken:
    """The first report of an agent: what it says of itself when it enrols. Its state holds only what may be kept."""
    told = Told(wholes={name: [row] for name, row in (("system", who.system), ("os", who.os)) if row})
    state = {"platform": who.platform, "deviceid": who.installation, "agent": f"osquery {who.version}".strip()}
    return take(state, told, ownership, key)


def take(state: Mapping[str, Any], told: Told, ownership: str, key: bytes) -> Taken:
    """The report of one message. Raises Invalid for a value no report can have.

    It is partial: only what was asked and answered is in it, and a section whose query failed is `failed`, which is not "none".
    """
    family = str(state.get("platform") or "")
    found: Sections = {}
    for name, rows in told.wholes.items():
        _merge(found, sections(name, rows[:MAX_ROWS], family))
    report = clean(replace(_message(state, found), notes=tuple(told.left)), ownership, key)
    content = dict(report.content)
    tables = dict(_object(state.get("tables")))
    lost: dict[str, None] = {}
    for delta in told.deltas:
        came, gone = (
            clean(_message(state, sections(delta.name, rows, family)), ownership, key).content for rows in (delta.added, delta.removed)
        )
        tables[delta.name] = _after(_object(tables.get(delta.name)), delta, came, gone)
        if tables[delta.name]["lost"]:
            lost[delta.name] = None
        else:
            content |= tables[delta.name]["rows"]
    why = {section: RESULT_LOST for name in lost for section in sections_of(name)}
    why |= {section: QUERY_FAILED for name in told.failed for section in sections_of(name)}
    failed = {section: reason for section, reason in why.items() if section not in content}
    base = {**_object(state.get("base")), **{name: _lasting(_joined(state, name, content[name])) for name in _KEPT if content.get(name)}}
    content = {**{name: base[name] for name in ("hardware", "bios") if base.get(name)}, **content}
    report = replace(report, content=content, present=tuple(sorted({*report.present, *content})), failed=failed)
    whole = replace(report, content=base)
    seen = [*_list(state.get("seen")), *told.keys][-MAX_SEEN:]
    after = {**state, "base": base, "tables": tables, "seen": seen}
    return Taken(report, after, kind_of(whole), platform(whole) or family)


def _after(before: Mapping[str, Any], delta: Delta, came: Mapping[str, Sequence[Row]], gone: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """What a differential query lists after a difference. Counter 0 is everything (osquery starts so in each epoch); then each number
    must follow the one before, else what is between them is lost and nothing is known until the next 0."""
    step = {"epoch": delta.epoch, "counter": delta.counter, "lost": False}
    if delta.counter == 0:
        return {**step, "rows": {name: rows[:MAX_ROWS] for name, rows in came.items()}}
    if before.get("lost", True) or before.get("epoch") != delta.epoch or delta.counter != before.get("counter", -2) + 1:
        return {**step, "lost": True, "rows": {}}
    rows = {name: list(kept) for name, kept in _object(before.get("rows")).items()}
    for name, old in gone.items():
        for row in old:
            if row in rows.get(name, []):
                rows[name].remove(row)
    for name, new in came.items():
        rows[name] = [*rows.get(name, []), *new][:MAX_ROWS]
    return {**step, "rows": rows}


def _message(state: Mapping[str, Any], tree: Sections) -> Message:
    return Message(
        kind="inventory",
        wire="document",
        compression="plain",
        product="osquery",
        agent=str(state.get("agent") or "osquery"),
        deviceid=str(state.get("deviceid") or ""),
        partial=True,
        tree=tree,
    )


def _merge(found: Sections, more: Sections) -> None:
    """Sections of one row grow together (serial and secure boot come by two queries), lists follow each other."""
    for section, rows in more.items():
        if section in SINGLE and found.get(section) and rows:
            found[section][0].update(rows[0])
        else:
            found.setdefault(section, []).extend(rows)


def _joined(state: Mapping[str, Any], section: str, rows: Sequence[Row]) -> Sequence[Row]:
    """A section of one row keeps the fields that this message does not have."""
    before = _object(state.get("base")).get(section)
    return [{**before[0], **rows[0]}] if section in SINGLE and before else rows


def _lasting(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows without what must be said anew each time: repeated from memory, secure boot would be on for ever."""
    return [{key: value for key, value in row.items() if key != "secure_boot"} for row in rows]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []
