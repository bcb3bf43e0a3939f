"""Silencing single looks: a source record parted into what other looks still say and what only the doubted ones said. Pure.

A record is a join of what its source said over time (reconciliation/records.py), so a look that is doubted can be taken out of it: the
words that carry its time leave to a record of their own which is distrusted, and what it had overwritten comes back from the other looks.
Both together are the record again, whatever was said in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciliation import records, voices
from reconciliation.moving import unmarked
from reconciliation.records import Claim, Look, Record

_MARK = "+look-"


def is_silenced(record: Record) -> bool:
    """Whether it is the record of looks that are doubted, beside the one that speaks."""
    return _MARK in record.subject and bool(record.distrusted)


def silenced_subject(record: Record, order: str) -> str:
    """The subject under which the words of an order's looks are kept."""
    return f"{record.subject}{_MARK}{hashlib.blake2b(order.encode(), digest_size=4).hexdigest()}"


def plain(record: Record) -> Record:
    """The record under the subject that its source gave."""
    subject = record.subject.partition(_MARK)[0]
    return replace(record, subject=subject) if subject != record.subject else unmarked(record)


def parted(record: Record, times: Collection[str], said: Record | None, others: Record | None) -> tuple[Record | None, Record | None]:
    """What speaks on and what falls silent of a record; None where nothing is left or nothing leaves.

    `times`: of the doubted looks. `said`: all that they said of it. `others`: all that the other looks said that are still kept.
    """
    leaving = _only(record, times, keep=True)
    if not _speaks(leaving) and record.observed_at not in times and (said is None or not said.identifiers):
        return record, None
    staying = _only(record, times, keep=False)
    shown = _shown(record, staying, said, others)
    if others is not None:
        staying = _joined(staying, others)
    silent = leaving if said is None else _joined(leaving, said)
    heard = replace(staying, identifiers=shown, said="", absent_at="" if record.absent_at in times else record.absent_at)
    whole = replace(silent, said="", absent_at="", identifiers={**(said.identifiers if said else {}), **_lost(record, shown)})
    if not _speaks(leaving) and heard.identifiers == record.identifiers and heard.observed_at == record.observed_at:
        return record, None  # all of it was said again since
    return (heard if _speaks(heard) or heard.observed_at else None), whole


def together(record: Record | None, silent: Record) -> Record:
    """Both as one again. `record`: what spoke on, if anything."""
    if record is None:
        return replace(silent, said="", rev=0)
    whole = _joined(record, silent)
    ends = [at for at in (record.absent_at, silent.absent_at) if at > whole.observed_at]
    return replace(whole, verdict=record.verdict or silent.verdict, absent_at=min(ends, default=""), said="")


def _joined(one: Record, other: Record) -> Record:
    return replace(records.added(one, other), coverage=voices.looks_of([one, other]))


def _speaks(record: Record) -> bool:
    return bool(
        record.attributes or record.classes or record.relations or record.children or record.coverage or record.software is not None
    )


def _shown(record: Record, staying: Record, said: Record | None, others: Record | None) -> Mapping[str, tuple[str, str, str, str]]:
    """Identifiers that are still shown: not those that only the doubted looks showed, as far as that can be known."""
    if said is None:
        return record.identifiers
    known = others.identifiers if others is not None else {}
    told = set(_times(others)) if others is not None else set()
    if not set(_times(staying)) <= told:
        return record.identifiers  # something was said by looks that are not kept: they may have shown it
    return {key: what for key, what in record.identifiers.items() if key not in said.identifiers or key in known}


def _lost(record: Record, shown: Mapping[str, tuple[str, str, str, str]]) -> dict[str, tuple[str, str, str, str]]:
    return {key: what for key, what in record.identifiers.items() if key not in shown}


def _times(record: Record) -> list[str]:
    """When its words were said; not when it was looked at without a word."""
    claims = (*record.relations.values(), *record.children.values())
    found = [at for _, at in record.attributes.values()] + [claim.at for claim in claims] + list(record.classes.values())
    return found + ([record.software_at] if record.software is not None else [])


def _only(record: Record, times: Collection[str], *, keep: bool) -> Record:
    """The words of these times (`keep`), or all but them."""

    def mine(at: str) -> bool:
        return (at in times) == keep

    listed = record.software is not None and mine(record.software_at)
    cut = replace(
        record,
        classes={name: at for name, at in record.classes.items() if mine(at)},
        attributes={name: word for name, word in record.attributes.items() if mine(word[1])},
        notes={name: note for name, note in record.notes.items() if name in record.attributes and mine(record.attributes[name][1])},
        relations=_claims(record.relations, times, keep=keep),
        children=_claims(record.children, times, keep=keep),
        coverage=_looks(record.coverage, times, keep=keep),
        software=record.software if listed else None,
        software_at=record.software_at if listed else "",
    )
    if mine(record.observed_at):
        return cut
    looked = [look.at for look in cut.coverage.values()]
    return replace(cut, observed_at=max([*_times(cut), *looked], default=record.observed_at if keep else ""))


def _claims(claims: Mapping[str, Claim], times: Collection[str], *, keep: bool) -> dict[str, Claim]:
    return {key: claim for key, claim in claims.items() if (claim.at in times) == keep}


def _looks(looks: Mapping[str, Look], times: Collection[str], *, keep: bool) -> dict[str, Look]:
    found: dict[str, Look] = {}
    for part, look in looks.items():
        complete = look.complete_at if look.complete_at and (look.complete_at in times) == keep else ""
        if (look.at in times) == keep:
            found[part] = replace(look, complete_at=complete)
        elif complete:
            found[part] = Look("complete", complete, "", complete)
    return found
