"""Distrust of single looks: one report, one host of a scan, a whole scan, one import of a file. What they said falls silent; what they had
overwritten is said again by the looks that are still kept. Trusting them again gives the same as if they had never been doubted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from cmdb.errors import Invalid, NotFound
from cmdb.graph import distrust as orders
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Observation
from reconciliation import silencing
from reconciliation.ageing import patient_until
from reconciliation.assertions import DEFAULT_PART
from reconciliation.distrust import AT_ONCE, drawn_anew, give
from reconciliation.distrust_joins import caused_by, undone
from reconciliation.distrusting import Course, Order, given_before, orders_of
from reconciliation.records import Record
from reconciliation.said_again import Said, said_again
from reconciliation.subjects import root_of

LOOK, SCAN = "look:", "scan:"
"""How an order about looks is named: by its entry of the intake, or by the job of the scan."""


class Kept(Protocol):
    """The looks that are still kept, as observations."""

    def told(self, entries: Collection[str]) -> Iterable[Observation]:
        """Those of these entries. Raises NotFound, Invalid for one whose body is not kept."""

    def others(self, source: str, without: Collection[str], cis: Collection[str]) -> Iterable[Observation]:
        """All others of a source that were applied and may speak of one of these CIs."""


@dataclass(frozen=True, slots=True)
class _Doubted:
    """What an order about looks needs to know. `roots`: root subject → times of the looks; `families`: CIs that lie in one root."""

    order: Order
    said: Said
    others: Said
    roots: Mapping[str, frozenset[str]]
    families: tuple[frozenset[str], ...]
    catalogue: Catalogue


def is_look(name: str) -> bool:
    """Whether the name (an order's subject) is that of single looks."""
    return name.startswith((LOOK, SCAN))


def distrust_looks(
    graph: Graph,
    catalogue: Catalogue,
    words: Mapping[str, str],
    entries: Collection[str],
    kept: Kept,
    *,
    apply: bool = False,
    course: Course = AT_ONCE,
) -> Changes:
    """Do not listen to what these entries of the intake said. `words`: source, subject (`look:…` or `scan:…`), by, reason.

    Every Change that follows is returned; nothing is written unless `apply`. Raises Invalid naming the field, NotFound where they said
    nothing that stands anywhere, Conflict where they are distrusted already.
    """
    order = _order(words, entries)
    standing = [one for one in orders_of(orders.orders(graph)).orders if one.source == order.source and one.entries]
    given = given_before(standing, order.key, course)
    doubted = _doubted(graph, catalogue, order, kept, frozenset(entry for one in standing for entry in one.entries))

    def silence(by_ci: dict[str, dict[str, Record]]) -> None:
        _silence(by_ci, doubted)

    if given is None:
        caused = caused_by(graph, kept.told(order.entries), silence)
        if apply:
            give(graph, order, caused, course)
    else:
        caused = list(given.parted)
        course.stands()
    told, who = Change("distrusted", "", "", order.source, "", None, order.key, order.source, order.reason), (order.by, order.reason)
    done = drawn_anew(graph, catalogue, doubted.families, silence, told, who, apply=apply, course=course)
    parted = undone(graph, catalogue, caused, who, course, apply=apply)
    return replace(done, changes=(*done.changes, *parted))


def _order(words: Mapping[str, str], entries: Collection[str]) -> Order:
    source, subject, reason = words["source"], words["subject"], words["reason"].strip()[:500]
    if source.partition(":")[0] in ("person", "rule"):
        raise Invalid(
            "What people and rules say is changed by editing; only machines, files and services can be distrusted.", field="source"
        )
    if not is_look(subject):
        raise Invalid("Name it look: and an entry of the intake, or scan: and a job.", field="subject")
    if not reason:
        raise Invalid("Say why it is not to be believed.", field="reason")
    if not entries:
        raise NotFound("Nothing of it was applied.")
    at = times.to_text(times.now())
    return Order(f"{source}|{subject}", source, subject, words["by"], reason, at, tuple(sorted(entries)))


def _doubted(graph: Graph, catalogue: Catalogue, order: Order, kept: Kept, silent: frozenset[str]) -> _Doubted:
    places: dict[str, str] = {}
    inside: dict[str, set[str]] = {}
    for row in orders.spoken_of(graph, order.source):
        subject = str(row["subject"]).partition("+")[0]
        places[subject] = str(row["ci"])
        inside.setdefault(root_of(subject), set()).add(str(row["ci"]))
    told = list(kept.told(order.entries))
    if any(one.source.key != order.source for one in told):
        raise Invalid(f"Not all of it was said by {order.source}.", field="source")
    said, spoken = said_again(graph, catalogue, told, places)
    roots = {root: frozenset(at) for root, at in spoken.items() if root in inside}
    if not roots:
        raise NotFound("Nothing that it said stands anywhere any more.")
    by_root: dict[str, set[str]] = {}
    for root, cis in inside.items():  # several subjects of one thing are one family: one voice
        by_root.setdefault(places.get(root, min(cis)), set()).update(cis)
    families = tuple(frozenset(by_root[ci]) for ci in sorted({places.get(root, min(inside[root])) for root in roots}))
    affected = {ci for family in families for ci in family}
    known_as = affected | orders.kin_by_history(graph, affected)
    others, _ = said_again(graph, catalogue, kept.others(order.source, silent | set(order.entries), known_as), places, roots.keys())
    return _Doubted(order, said, others, roots, families, catalogue)


def _silence(by_ci: dict[str, dict[str, Record]], doubted: _Doubted) -> None:
    changed: list[tuple[str, str]] = []
    for ci, by_slot in by_ci.items():
        for slot, record in list(by_slot.items()):
            if record.source != doubted.order.source or silencing.is_silenced(record):
                continue
            heard, silent = _parted(record, doubted)
            del by_slot[slot]
            if heard is not None:
                by_slot[slot] = heard
            if silent is not None:
                subject = silencing.silenced_subject(record, doubted.order.key)
                silent = replace(silent, subject=subject, distrusted=doubted.order.key, rev=0, said="")
                by_slot[silent.slot] = silent
                changed.append((ci, slot))
    _still_absent(by_ci, changed, doubted)


def _parted(record: Record, doubted: _Doubted) -> tuple[Record | None, Record | None]:
    subject = record.subject.partition("+")[0]
    spot, said_at = (record.ci, subject), doubted.roots.get(root_of(subject), frozenset())
    said = doubted.said.get(spot) if subject == record.subject else None  # beside another record of this subject, only what it holds
    heard, silent = silencing.parted(record, said_at, said, doubted.others.get(spot))
    if heard is not None and any(record.absent_at in at for at in doubted.roots.values()):
        heard = replace(heard, absent_at="", said="")
        silent = replace(silent or _empty(record), absent_at=record.absent_at)
    return heard, silent


def _empty(record: Record) -> Record:
    return Record(record.ci, record.source, record.observed_at, record.subject)


def _still_absent(by_ci: dict[str, dict[str, Record]], changed: Iterable[tuple[str, str]], doubted: _Doubted) -> None:
    """What another complete look does not show is absent all the same."""
    looks: dict[str, dict[str, str]] = {}
    for by_slot in by_ci.values():
        for record in by_slot.values():
            if record.source == doubted.order.source and not record.distrusted and "/" not in record.subject:
                for part, look in record.coverage.items():
                    mine = looks.setdefault(record.ci, {})
                    mine[part] = max(mine.get(part, ""), look.complete_at)
    roots = {ci: family for family in doubted.families for ci in family}
    for ci, slot in changed:
        left = by_ci[ci].get(slot)
        if left is None or "/" not in left.subject or left.absent_at:
            continue
        kind = doubted.catalogue.classes.get(left.cls)
        part = (kind.part if kind is not None else "") or DEFAULT_PART
        complete = max((looks[one].get(part, "") for one in roots.get(ci, ()) if one in looks), default="")
        if complete > patient_until(part, left.observed_at):
            by_ci[ci][slot] = replace(left, absent_at=complete)
