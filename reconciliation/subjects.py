"""Subjects: what a source itself calls the one thing it speaks of, as a short stable text. Pure.

Two machines that were joined by mistake and report through one source keep a source record each, because their subjects differ; so a join
can be undone. A subject comes from the item's own identifiers in this one observation and nothing else: what is known already, the order of
observations and renaming have no part in it. Names and network cards take part only where there is nothing better.

Form: `serial:4f1c….9b2e…`: the deciding kind, `:` where another value of it means another thing and `~` where it does not, a digest of the
value, and a digest of the other lasting identifiers. Of what lies in something: the subject of that, `/`, and its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cmdb.model.observation import Item
from reconciliation.evidence import Evidence, kind_of
from reconciliation.prepare import DIRECT, Prepared

_LASTING = ("machine_id", "agent_id", "external_id", "ssh_host_key", "snmp_engine_id", "chassis_serial", "board_serial", "chassis_id")
"""After the strong kinds, in this order."""

_BESIDE = ("machine_id", "agent_id", "external_id")
"""Kinds that tell two things with one placeholder for a serial apart, beside the strong ones."""

_FLEETING = ("mac", "login", "fqdn", "hostname", "name")
"""Only where there is nothing else."""

_BY_HAND = ("person", "rule")
LEGACY = "before"
"""Subject of records that were written before subjects were kept."""


def subject_of(ref: str, prepared: Prepared, evidence: Sequence[Evidence], outer: str) -> str:
    """The subject of one item. `evidence`: the item's own; `outer`: the subject of what it lies in, or ""."""
    item = prepared.items[ref]
    named = next((i.value for i in item.identifiers if i.kind == DIRECT), None)
    if named is not None and (prepared.observation.source.kind in _BY_HAND or not _own(ref, prepared)):
        return by_id(named.removeprefix("new:"))
    own = _described(item, evidence)
    return f"{outer}/{own}" if outer else own


def by_id(ci: str) -> str:
    """The subject of what is said of a CI by its id, without any identifier: edits, answers, rules."""
    return f"id~{_digest(ci)}"


def root_of(subject: str) -> str:
    """The subject of the outermost thing."""
    return subject.partition("/")[0]


def deciding(subject: str) -> str:
    """The part that says which thing it is, where another value means another thing; else ""."""
    first = root_of(subject).partition(".")[0]
    return first if ":" in first else ""


def _own(ref: str, prepared: Prepared) -> bool:
    """Whether the source gave an identifier of its own beside the id (a report that waited for a person's answer does)."""
    given = next((item for item in prepared.observation.items if item.ref == ref), None)
    return given is not None and any(i.kind != DIRECT for i in given.identifiers)


def _described(item: Item, evidence: Sequence[Evidence]) -> str:
    usable = [e for e in evidence if e.grade != "none" and e.kind != "listens_at"]
    if not usable:
        return f"class~{_digest(item.cls)}"
    chosen = min(usable, key=_place)
    beside = sorted({_plain(e) for e in usable if (e.grade == "strong" or e.kind in _BESIDE) and e.kind != chosen.kind})
    mark = ":" if chosen.grade == "strong" and kind_of(chosen.kind).differs == "conflict" else "~"
    rest = f".{_digest(*beside)}" if beside else ""
    return f"{chosen.kind}{mark}{_digest(_plain(chosen))}{rest}"


def _place(one: Evidence) -> tuple[int, int, str, str]:
    if one.grade == "strong":
        return (0, kind_of(one.kind).rank, one.kind, one.value)
    for step, kinds in ((1, _LASTING), (3, _FLEETING)):
        if one.kind in kinds:
            return (step, kinds.index(one.kind), one.kind, one.value)
    return (2, 0, one.kind, one.value)


def _plain(one: Evidence) -> str:
    """The identifier without the id of the CI it lies in: that id is ours, not the source's."""
    return f"{one.kind}|{one.value}"


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
