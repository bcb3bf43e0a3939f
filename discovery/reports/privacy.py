"""What may come in: the filter between the wire and everything else. It works by a list of what is allowed (data/privacy.yaml), for each
ownership class; unknown sections and fields never come in. It runs before the report is stored, logged or turned into an Observation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson

from cmdb.errors import Invalid
from discovery.reports.cut import SECTION, Fields, JsonList, LongList, is_long, place_of
from discovery.reports.kept import KeptRows
from discovery.reports.memory import Aside, Memory, OneRow, memory_of
from discovery.reports.message import Headers, Message, read_message
from discovery.reports.pseudonym import pseudonym
from discovery.reports.report import Report, Row
from discovery.reports.site_privacy import Drop, in_force
from discovery.reports.tables import table
from discovery.reports.text import tidy
from discovery.reports.vocabulary import json_fields, json_sections, shipped_vocabulary, xml_fields

LETTERS = {"corporate": "C", "loaned": "L", "personal": "P"}
MAX_LIST = 500
HASHED = "_hash"
"""`ssn` of a personal device is kept as `ssn_hash`."""


@dataclass(frozen=True, slots=True)
class SectionRule:
    """One section for one ownership class: field → True (keep) or False (keep a keyed hash); `known` fields are named when dropped."""

    keep: dict[str, bool]
    known: frozenset[str]
    lists: frozenset[str] = frozenset()
    admins: bool = False
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """data/privacy.yaml for one ownership class."""

    sections: dict[str, SectionRule]
    envelope: frozenset[str]
    watch: re.Pattern[str]
    admin_groups: frozenset[str]
    no_category: str


def ownership_class(ownership: str) -> str:
    """corporate, loaned or personal; everything else counts as personal until somebody claims the device."""
    return ownership if ownership in LETTERS else "personal"


def rules_for(ownership: str) -> Rules:
    """The rules of an ownership class (an unknown one has the rules of a personal device), with what the site drops beyond them."""
    return _rules(ownership_class(ownership), in_force())


@lru_cache(maxsize=8)
def _rules(name: str, drops: tuple[Drop, ...]) -> Rules:
    data, letter = table("privacy"), LETTERS[name]
    words = sorted({word for entry in data["watch_list"] for word in entry["words"]}, key=len, reverse=True)
    return Rules(
        sections={section: _tightened(section, _rule(section, given, letter), name, drops) for section, given in data["sections"].items()},
        envelope=frozenset(data["envelope"]),
        watch=re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, words))})(?![a-z0-9])", re.IGNORECASE),
        admin_groups=frozenset(data["admin_groups"]),
        no_category=",".join(data["no_category"][name]),
    )


def _tightened(section: str, rule: SectionRule, name: str, drops: tuple[Drop, ...]) -> SectionRule:
    """The rule without what the site drops; it can never hold more than before."""
    keep = dict(rule.keep)
    for drop in drops:
        if drop.section == section and name in drop.of:
            keep = {one: whole for one, whole in keep.items() if drop.fields and one not in drop.fields}
    return replace(rule, keep=keep)


def _rule(section: str, given: dict[str, Any], letter: str) -> SectionRule:
    keep: dict[str, bool] = {}
    known: set[str] = set()
    for who, fields in given.items():
        if who in ("admins", "watched"):
            continue
        known.update(fields)
        if who == "never":
            continue
        if letter in who:
            keep.update(dict.fromkeys(fields, True))
        elif letter.lower() in who:
            keep.update(dict.fromkeys(fields, False))
    return SectionRule(keep, frozenset(known), _lists(section), bool(given.get("admins")), letter in given.get("watched", ""))


@dataclass(slots=True)
class _Draft:
    """The report while it is filtered."""

    rules: Rules
    key: bytes
    content: dict[str, Sequence[Row]] = field(default_factory=dict)
    present: dict[str, None] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)
    fields: dict[tuple[str, str], None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    unknown: int = 0

    def rule(self, section: str) -> SectionRule | None:
        """The rule of a section that keeps something of it; notes the others."""
        if section in self.rules.envelope:
            return None
        rule = self.rules.sections.get(section)
        if rule is None:
            self.unknown += 1
            return None
        self.present[section] = None
        if not rule.keep:
            self.dropped[section] = None
            return None
        self.content.setdefault(section, [])
        return rule

    def add(self, section: str, rule: SectionRule, fields: Iterable[tuple[str, Any]]) -> None:
        """Keep what may be kept of one row."""
        row = self._filtered(section, rule, fields)
        if row:
            self._rows(section).append(row)

    def _rows(self, section: str) -> list[Row]:
        """The rows so far, to add to."""
        rows = self.content[section]
        if not isinstance(rows, list):
            rows = self.content[section] = list(rows)
        return rows

    def add_list(self, section: str, rule: SectionRule, given: LongList, memory: Memory) -> None:
        """Keep what may be kept of a long list; rows that were seen before come out as they did then."""
        found = memory.filtered(given, lambda rows, places: [_alone(self, section, rule, fields) for fields in rows.fields(places)])
        self.fields |= dict.fromkeys((section, name) for name in found.aside.fields)
        self.dropped |= dict.fromkeys(found.aside.dropped)
        self.unknown += found.aside.unknown
        if rule.watched:
            self.counts[section] = self.counts.get(section, 0) + found.rows
        rows = KeptRows(found.packed)
        self.content[section] = [*self.content[section], *rows] if self.content[section] else rows

    def _filtered(self, section: str, rule: SectionRule, fields: Iterable[tuple[str, Any]]) -> Row:
        row: Row = {}
        keep, lists = rule.keep, rule.lists
        for name, value in fields:
            whole = keep.get(name)
            if whole is None:
                self._drop(section, rule, name)
            elif whole and type(value) is str and name not in lists:  # nearly all of a report: kept as short as can be
                if (kept := tidy(value)) and name not in row:
                    row[name] = kept
            else:
                self._keep(row, section, name, whole, _value(section, name, value))
        if rule.watched:
            self.counts[section] = self.counts.get(section, 0) + 1
            if not self.rules.watch.search(str(row.get("name", ""))):
                self.dropped[f"{section} (all but the watch list)"] = None
                return {}
        if rule.admins and not _makes_admin(section, row, self.rules.admin_groups):
            self.dropped[f"{section} (all but administrators)"] = None
            return {}
        return row

    def _drop(self, section: str, rule: SectionRule, name: str) -> None:
        if name in rule.known:
            self.fields[section, name] = None
        else:
            self.unknown += 1

    def _keep(self, row: Row, section: str, name: str, whole: bool, value: Any) -> None:
        if value in ("", None, []):
            return
        if not whole:
            self._hash(row, section, name, value)
        elif name not in row:
            row[name] = value
        elif isinstance(value, list) and isinstance(row[name], list):
            row[name] = (row[name] + value)[:MAX_LIST]

    def _hash(self, row: Row, section: str, name: str, value: Any) -> None:
        self.dropped[f"{section}.{name} (a keyed hash is kept)"] = None
        hashes = [
            h for part in (value if isinstance(value, list) else [value]) if (h := pseudonym(f"{section}.{name}", str(part), self.key))
        ]
        if hashes:
            row[name + HASHED] = hashes if isinstance(value, list) else hashes[0]


def _alone(draft: _Draft, section: str, rule: SectionRule, fields: Fields) -> OneRow:
    """One row by itself, with what the filter notes beside it."""
    alone = _Draft(draft.rules, draft.key)
    row = alone._filtered(section, rule, fields)
    noted = Aside(frozenset(name for _, name in alone.fields), frozenset(alone.dropped), bool(alone.unknown))
    return (orjson.dumps(row, option=orjson.OPT_SORT_KEYS) if row else b""), noted


def _value(section: str, name: str, value: Any) -> Any:
    """One value as it is kept: tidy text, number or boolean; a list of texts, or a small dictionary, where the vocabulary says so."""
    if name in _lists(section):
        return _texts(value)
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, (bool, int)):
        return value if abs(value) < 2**63 else ""
    if isinstance(value, float):
        return value if abs(value) < 2**53 else ""
    nested = shipped_vocabulary().nested.get(section, {}).get(name)
    if nested and isinstance(value, dict):
        return {k: t for k, part in value.items() if k in nested and isinstance(part, str) and (t := tidy(part))} or None
    return ""


def _texts(value: Any) -> list[str]:
    """A list of texts, from an array, from `a,b`, from one value, or from the values of an object."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    flat = (one for part in list(parts)[:MAX_LIST] for one in (part.split(",") if isinstance(part, str) else [part]))
    words = (
        tidy(part) if isinstance(part, str) else str(part) for part in flat if isinstance(part, (str, int)) and not isinstance(part, bool)
    )
    return [word for word in words if word][:MAX_LIST]


def _lists(section: str) -> frozenset[str]:
    return shipped_vocabulary().lists.get(section, frozenset())


def _makes_admin(section: str, row: Row, groups: frozenset[str]) -> bool:
    number = str(row.get("id", ""))
    if section == "local_groups":
        return number == "S-1-5-32-544" or str(row.get("name", "")).casefold() in groups
    return number.endswith("-500") if number.startswith("S-1-5-21-") else (number or _root_without_id(row)) == "0"


def _root_without_id(row: Row) -> str:
    """OCS leaves an id of 0 out: the user `root` without an id is user 0."""
    return "0" if row.get("login") == "root" else ""


def clean(message: Message, ownership: str, key: bytes = b"") -> Report:
    """The report of an inventory message, with only what this ownership class may keep.

    `key` is the site's secret for pseudonyms; without one, what a personal device may keep only as a hash is dropped.
    Raises Invalid for a message that is no inventory, and for a value of more than a megabyte.
    """
    if message.kind != "inventory" or message.tree is None:
        raise Invalid("Only an inventory has a content to keep.", field="body")
    draft = _Draft(rules_for(ownership), key)

    def memory() -> Memory:
        return memory_of(message.wire, (ownership_class(ownership), in_force(), key))

    (_fill if isinstance(message.tree, dict) else _fill_from_xml)(draft, message, memory)
    notes = list(message.notes)
    if draft.unknown:
        notes.append("sections or fields that are not on the list of what may be kept were left out")
    return Report(
        product=message.product,
        agent=message.agent,
        wire=message.wire,
        deviceid=message.deviceid,
        agent_id=message.agent_id,
        itemtype=message.itemtype,
        partial=message.partial,
        tag=message.tag,
        ownership=ownership if ownership in LETTERS else "",
        content=draft.content,
        present=tuple(sorted(draft.present)),
        dropped=tuple(sorted({*draft.dropped, *(f"{section}.{name}" for section, name in draft.fields)})),
        counts=draft.counts,
        notes=tuple(notes),
        failed={section: why for section, why in message.failed.items() if section in draft.rules.sections},
    )


def _fill_from_xml(draft: _Draft, message: Message, memory: Callable[[], Memory]) -> None:
    """Row by row: hundreds of elements (processes) are of few sections, and each section is looked up once."""
    place = place_of(message.tree) if message.software is not None else None
    words, ruled = shipped_vocabulary(), dict[str, tuple[str, SectionRule | None]]()
    for element in message.tree:
        known = ruled.get(element.tag)
        if known is None:
            section = words.section(str(element.tag))
            known = ruled[element.tag] = (section, draft.rule(section))
        section, rule = known
        if rule is None:
            continue
        if message.software is not None and element is place:
            draft.add_list(section, rule, message.software, memory())
        else:
            draft.add(section, rule, xml_fields(section, element))


def _fill(draft: _Draft, message: Message, memory: Callable[[], Memory]) -> None:
    for section, rows in json_sections(message.tree):
        rule = draft.rule(section)
        if rule is None:
            continue
        if section == SECTION and is_long(rows) and message.wire == "json":
            draft.add_list(section, rule, JsonList(rows), memory())
            continue
        for row in rows:
            draft.add(section, rule, json_fields(section, row))


def filter_body(body: bytes, ownership: str, *, key: bytes = b"", headers: Headers | None = None) -> tuple[bytes, list[str]]:
    """An inventory's body, as it came over the wire, as the canonical bytes that may be stored, and the names of what was dropped.

    Raises Invalid for a body that is no inventory.
    """
    report = clean(read_message(body, headers), ownership, key)
    return report.to_bytes(), list(report.dropped)


def no_category(ownership: str) -> str:
    """The categories that a GLPI agent of this ownership class is asked not to collect at all."""
    return rules_for(ownership).no_category
