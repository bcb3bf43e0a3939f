"""Source records: the last word of one source on one CI, and how a new observation changes it. Pure.

A record is a join of what its source said over time: per attribute the newest word, per relation and child the newest sighting,
per part the newest complete look. Joining is commutative, associative and idempotent, so the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from cmdb.model.observation import Value
from reconciliation.ageing import patient_until


@dataclass(frozen=True, slots=True)
class Claim:
    """That a relation or a child exists: the part it was read from, and when it was last seen (ISO text).

    `far`: an identifier by which the source knew the other end (it tells on which side the claim belongs when that end is split);
    `details`: the relation's own attributes as this source said them.
    """

    part: str
    at: str
    far: str = ""
    details: Mapping[str, Value] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Look:
    """How a part was last looked at: state, when, reason; `complete_at` is the newest complete look ("" if there never was one)."""

    state: str
    at: str
    reason: str = ""
    complete_at: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The last word of `source` on `ci`, of one subject (what the source itself calls this thing: reconciliation/subjects.py).

    `attributes`: name → (value, when it was said). `identifiers`: what the source showed, as key → (kind, value, grade, scope); a key of
    what lies in a CI has `^` for that CI's id. `distrusted` names the order by which it is not listened to. `rev` counts the writes.
    """

    ci: str
    source: str
    observed_at: str
    subject: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    relations: Mapping[str, Claim] = field(default_factory=dict)
    children: Mapping[str, Claim] = field(default_factory=dict)
    coverage: Mapping[str, Look] = field(default_factory=dict)
    software: tuple[str, ...] | None = None
    software_at: str = ""
    absent_at: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    """Of what people said: attribute → (who, why, until when: ISO text or "")"""
    said: str = ""
    identifiers: Mapping[str, tuple[str, str, str, str]] = field(default_factory=dict)
    distrusted: str = ""
    rev: int = 0

    @property
    def key(self) -> str:
        """What the graph keeps unique."""
        return f"{self.ci}|{self.source}|{self.subject}"

    @property
    def slot(self) -> str:
        """Its place among the records of its CI."""
        return f"{self.source}|{self.subject}"

    @property
    def source_kind(self) -> str:
        """`agent` of `agent:ocs`."""
        return self.source.partition(":")[0]

    @property
    def cls(self) -> str:
        """The class this source last called the CI; of equal times the alphabetically last, so that order does not matter."""
        return max(self.classes, key=lambda name: (self.classes[name], name), default="")

    def live_relations(self) -> frozenset[str]:
        """Keys of the relations this record still claims."""
        return frozenset(key for key, claim in self.relations.items() if not self._ended(claim))

    def live_children(self) -> frozenset[str]:
        """Ids of the children this record still claims."""
        return frozenset(ci for ci, claim in self.children.items() if not self._ended(claim))

    def waning(self) -> bool:
        """Whether a claim is still counted although a complete look no longer showed it: time alone will end it."""
        claims = (*self.relations.values(), *self.children.values())
        looks = self.coverage
        return any(c.part in looks and looks[c.part].complete_at > c.at and not self._ended(c) for c in claims)

    def _ended(self, claim: Claim) -> bool:
        look = self.coverage.get(claim.part)
        if look is None or not look.complete_at > claim.at:
            return False
        return look.complete_at > patient_until(claim.part, claim.at)


def said(record: Record, attributes: Mapping[str, Value], cls: str, at: str, note: tuple[str, str, str] = ("", "", "")) -> Record:
    """The record after its source said these attributes (and this class) at `at`; `note`: who, why, until when."""
    words, notes = dict(record.attributes), dict(record.notes)
    for name, value in attributes.items():
        if name not in words or _newer((value, at), words[name]):
            words[name] = (value, at)
            notes.pop(name, None)
            if any(note):
                notes[name] = note
    classes = dict(record.classes)
    classes[cls] = max(classes.get(cls, ""), at)
    return replace(record, attributes=words, notes=notes, classes=classes, observed_at=max(record.observed_at, at))


def _newer(one: tuple[Value, str], other: tuple[Value, str]) -> bool:
    """Later wins; of two words of one moment the one that sorts last, so that the order of arrival does not matter."""
    return (one[1], repr(one[0])) > (other[1], repr(other[0]))


def claimed(record: Record, relations: Mapping[str, Claim], children: Mapping[str, str], at: str) -> Record:
    """The record after its source saw these relations (key → claim) and children (id → part) at `at`."""
    return replace(
        record,
        relations=newest_claims(record.relations, relations),
        children=newest_claims(record.children, {ci: Claim(part, at) for ci, part in children.items()}),
        observed_at=max(record.observed_at, at),
    )


def newest_claims(known: Mapping[str, Claim], now: Mapping[str, Claim]) -> dict[str, Claim]:
    """Both together, of each key the newest sighting."""
    claims = dict(known)
    for key, claim in now.items():
        before = claims.get(key)
        if before is None:
            claims[key] = claim
            continue
        newer, older = (claim, before) if claim.at > before.at else (before, claim)
        # Saying nothing of an attribute is not saying that there is none: the last word of it stays.
        claims[key] = replace(newer, far=newer.far or older.far, details=newer.details or older.details)
    return claims


def shown(record: Record, identifiers: Mapping[str, tuple[str, str, str, str]]) -> Record:
    """The record after its source showed these identifiers."""
    if all(record.identifiers.get(key) == what for key, what in identifiers.items()):
        return record
    return replace(record, identifiers={**record.identifiers, **identifiers})


def added(whole: Record, record: Record) -> Record:
    """Both as one record, per word the newest; coverage is not looked at."""
    words, notes = dict(whole.attributes), dict(whole.notes)
    for name, word in record.attributes.items():
        if name not in words or _newer(word, words[name]):
            words[name] = word
            notes.pop(name, None)
            notes |= {name: record.notes[name]} if name in record.notes else {}
    listing = record if record.software is not None and (whole.software is None or record.software_at > whole.software_at) else whole
    return replace(
        whole,
        observed_at=max(whole.observed_at, record.observed_at),
        attributes=words,
        notes=notes,
        classes={n: max(whole.classes.get(n, ""), record.classes.get(n, "")) for n in {*whole.classes, *record.classes}},
        relations=newest_claims(whole.relations, record.relations),
        children=newest_claims(whole.children, record.children),
        identifiers={**whole.identifiers, **record.identifiers},
        software=listing.software,
        software_at=listing.software_at,
    )


def looked(record: Record, part: str, state: str, at: str, reason: str = "") -> Record:
    """The record after its source looked at a part."""
    before = record.coverage.get(part)
    complete_at = max(before.complete_at if before else "", at if state == "complete" else "")
    if before is None or (before.at, before.state) < (at, state):
        look = Look(state, at, reason, complete_at)
    else:
        look = replace(before, complete_at=complete_at)
    return replace(record, coverage={**record.coverage, part: look})


def listed(record: Record, chunks: tuple[str, ...], at: str) -> Record:
    """The record after its source gave a software list (as chunk keys)."""
    if record.software is not None and (record.software_at, record.software) >= (at, chunks):
        return record
    return replace(record, software=chunks, software_at=at, observed_at=max(record.observed_at, at))


def forget_ended(record: Record) -> Record:
    """The record without claims that a later complete look of its own ended (they live on in the history)."""
    live_r, live_c = record.live_relations(), record.live_children()
    if len(live_r) == len(record.relations) and len(live_c) == len(record.children):
        return record
    return replace(
        record,
        relations={k: c for k, c in record.relations.items() if k in live_r},
        children={k: c for k, c in record.children.items() if k in live_c},
    )


def same_words(one: Record, other: Record) -> bool:
    """Whether two states of one record differ only in times."""
    return (
        {n: v for n, (v, _) in one.attributes.items()} == {n: v for n, (v, _) in other.attributes.items()}
        and one.cls == other.cls
        and {k: (c.far, c.details) for k, c in one.relations.items()} == {k: (c.far, c.details) for k, c in other.relations.items()}
        and one.children.keys() == other.children.keys()
        and {p: (k.state, k.reason) for p, k in one.coverage.items()} == {p: (k.state, k.reason) for p, k in other.coverage.items()}
        and one.software == other.software
        and bool(one.absent_at) == bool(other.absent_at)
        and one.verdict == other.verdict
        and one.identifiers == other.identifiers
        and one.notes == other.notes
    )


def to_data(record: Record) -> str:
    """The record's body as JSON text. Times equal to `observed_at` are left out, so an unchanged repeat rewrites next to nothing."""
    at = record.observed_at

    def when(time: str) -> str:
        return "" if time == at else time

    body: dict[str, Any] = {
        "c": {name: when(t) for name, t in record.classes.items()},
        "a": {n: [list(v) if isinstance(v, tuple) else v, when(t)] for n, (v, t) in record.attributes.items()},
    }
    if record.relations:
        body["r"] = {k: _claim_row(c, when(c.at)) for k, c in record.relations.items()}
    if record.children:
        body["k"] = {k: [c.part, when(c.at)] for k, c in record.children.items()}
    if record.coverage:
        body["p"] = {p: [k.state, when(k.at), k.reason, k.complete_at and (when(k.complete_at) or "=")] for p, k in record.coverage.items()}
    if record.software is not None:
        body["s"] = [list(record.software), when(record.software_at)]
    if record.verdict:
        body["v"] = record.verdict
    if record.identifiers:
        body["i"] = {key: list(what) for key, what in record.identifiers.items()}
    if record.notes:
        body["n"] = {name: list(note) for name, note in record.notes.items()}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def _claim_row(claim: Claim, when: str) -> list[Any]:
    if claim.details:
        return [claim.part, when, claim.far, {k: list(v) if isinstance(v, tuple) else v for k, v in claim.details.items()}]
    return [claim.part, when, claim.far] if claim.far else [claim.part, when]


def _claim(row: list[Any], at: str) -> Claim:
    details: Mapping[str, Any] = row[3] if len(row) > 3 else {}
    words = {k: tuple(v) if isinstance(v, list) else v for k, v in details.items()}
    return Claim(row[0], row[1] or at, row[2] if len(row) > 2 else "", words)


def from_row(row: Mapping[str, Any]) -> Record:
    """A record as the graph gives it: ci, source, subject, observed_at, absent_at, rev, data."""
    at = str(row["observed_at"])
    body = orjson.loads(row["data"])

    def when(time: str) -> str:
        return time or at

    software = body.get("s")
    return Record(
        ci=str(row["ci"]),
        source=str(row["source"]),
        observed_at=at,
        classes={n: when(t) for n, t in body["c"].items()},
        attributes={n: (tuple(v) if isinstance(v, list) else v, when(t)) for n, (v, t) in body["a"].items()},
        relations={k: _claim(claim, at) for k, claim in body.get("r", {}).items()},
        children={k: Claim(p, when(t)) for k, (p, t) in body.get("k", {}).items()},
        coverage={p: Look(s, when(t), r, at if c == "=" else c) for p, (s, t, r, c) in body.get("p", {}).items()},
        software=tuple(software[0]) if software else None,
        software_at=when(software[1]) if software else "",
        absent_at=str(row.get("absent_at") or ""),
        verdict=body.get("v", {}),
        said=str(row.get("said") or ""),
        subject=str(row.get("subject") or ""),
        identifiers={key: (what[0], what[1], what[2], what[3]) for key, what in body.get("i", {}).items()},
        notes={name: (note[0], note[1], note[2]) for name, note in body.get("n", {}).items()},
        distrusted=str(row.get("distrusted") or ""),
        rev=int(row["rev"]),
    )
