"""Sharing: what follows when two living things turn out to show one identifier.

Questions that this answers are closed, weak matches that it contradicts are taken back, and what rests on the shared value alone is offered
for splitting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from cmdb.errors import Conflict, GraphConflict, Invalid, NotFound
from cmdb.graph import candidates, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from reconciliation.joining import join
from reconciliation.memory import digest
from reconciliation.records import Record, from_row
from reconciliation.resolve import Resolution
from reconciliation.splitting import split
from reconciliation.subjects import root_of
from reconciliation.verdict import Verdict

SELF = "moorings"
"""Who closes a question that answered itself, and takes back a weak match."""

MOST = 50
"""CIs that are looked at again for one item; who is tied to more has a value that is shared by now, and ties nobody any more."""


def learn(graph: Graph, catalogue: Catalogue, source: str, resolution: Resolution, *, again: bool = False) -> list[Change]:
    """Look at what one applied batch taught. Reads and writes only where something was shown to be another than was thought.

    `again`: what it showed to be shared may be marked already, by a try that died before this.
    Returns the Changes it made. Raises what the graph raises.
    """
    changes: list[Change] = []
    for ref, verdict in resolution.verdicts.items():
        ci = resolution.ci(ref)
        # A name alone ties thousands together (screens of one model), and nothing weak was ever put to them by it.
        lost = {c.ci for c in verdict.candidates if c.against.startswith("another ") and (c.medium or len(c.weak) > 1)}
        if not ci or not (lost or verdict.apart):
            continue
        lost = set(sorted(lost)[:MOST])
        about = _records(graph, {ci, *lost, *verdict.apart[:MOST]})
        changes += _close(graph, ci, verdict)
        values = {(e.kind, e.value) for e in resolution.evidence[ref]}
        for other in sorted(lost & about.keys()):
            changes += _take_back(graph, catalogue, source, (other, ci), about[other], values)
        shared = verdict.shared if again else [key for key in verdict.shared if key not in resolution.shared]
        changes += _offer(graph, about, resolution, shared, source)
    return changes


def _records(graph: Graph, ids: Collection[str]) -> dict[str, tuple[Mapping[str, Any], list[Record]]]:
    return {ci: (properties, [from_row(row) for row in rows]) for ci, (properties, rows) in candidates.states(graph, ids).items()}


def _close(graph: Graph, ci: str, verdict: Verdict) -> list[Change]:
    """Questions whether two CIs are one, when both were seen alive showing the same thing and differing otherwise."""
    closed: list[Change] = []
    known = {ci, *verdict.apart[:MOST]}
    for asked in reviews.resting_on(graph, (), known) if verdict.apart else ():
        about = {str(c["id"]) for c in asked["candidates"]}
        if asked["kind"] != "double" or len(about) < 2 or not about <= known:
            continue
        rule = "both were seen alive, and differ: they are two"
        try:
            review_writes.close(
                graph,
                asked["id"],
                answer="solved:different",
                decided="",
                by=SELF,
                reason=rule,
                at=times.to_text(times.now()),
                state="solved",
            )
        except Conflict:
            continue
        closed.append(Change("review_closed", ci, str(asked["class"]), str(asked["title"]), source=str(asked["source"]), reason=rule))
    return closed


def _take_back(
    graph: Graph,
    catalogue: Catalogue,
    source: str,
    ends: tuple[str, str],
    about: tuple[Mapping[str, Any], list[Record]],
    values: Collection[tuple[str, str]],
) -> list[Change]:
    """What this source said of the other CI by weak evidence only, and has now said of this one with something that decides."""
    other, ci = ends
    records = about[1]
    wrong = {root_of(r.subject) for r in records if r.source == source and r.verdict.get("weak") and _rests_on(r, values)}
    if not wrong or wrong >= {root_of(r.subject) for r in records}:
        return []
    reason = "a weak match, which stronger evidence contradicts"
    try:
        done = split(graph, catalogue, other, sorted(wrong), by=SELF, reason=reason)
        fresh = next(str(change.ci) for change in done.changes if change.kind == "split" and change.before == other)
        keep, gone = sorted((fresh, ci))
        return [*done.changes, *join(graph, catalogue, keep, gone, reason=reason, source="rule:identity", by=SELF).changes]
    except (Invalid, NotFound, GraphConflict, StopIteration):
        return []  # somebody else mended or moved it meanwhile


def _agreed(record: Record) -> list[tuple[str, str, str]]:
    """Kind, value and grade of what made this record's source recognise its CI; empty where it created it."""
    found = (c for c in record.verdict.get("candidates", ()) if not c.get("against"))
    return [(e["kind"], e["value"], e["grade"]) for c in found for e in c["evidence"] if e["agrees"]]


def _rests_on(record: Record, values: Collection[tuple[str, str]]) -> bool:
    agreed = _agreed(record)
    return bool(agreed) and all((kind, value) in values for kind, value, _ in agreed)


def _offer(
    graph: Graph,
    about: Mapping[str, tuple[Mapping[str, Any], list[Record]]],
    resolution: Resolution,
    shared: Collection[str],
    source: str,
) -> list[Change]:
    """Records that were put to a CI by nothing better than what is shared now: a person may part them from it."""
    values = {(e.kind, e.value) for evidence in resolution.evidence.values() for e in evidence if e.key in shared}
    rows: list[dict[str, Any]] = []
    changes: list[Change] = []
    at = times.to_text(times.now())
    for ci, (properties, records) in sorted(about.items()):
        roots = {root_of(r.subject) for r in records}
        doubtful = [r for r in records if _only_by(r, values)]
        if not values or not doubtful or len(roots) < 2:
            continue
        kinds = ", ".join(sorted({kind.replace("_", " ") for kind, _ in values}))
        subjects = sorted({r.subject for r in doubtful})
        title, rule = str(properties.get("display_name", ci)), f"recognised by {kinds} only, which several living things show"
        props = {
            "kind": "split",
            "class": str(properties["class"]),
            "title": title,
            "rule": rule,
            "verdict": orjson.dumps({"subjects": subjects}).decode(),
            "source": source,
            "seen_at": at,
            "ref": subjects[0],
            "body": "",
            "group": digest("group", "split", rule)[:24],
            "pattern": "shared",
        }
        rows.append({"key": digest("split", ci, *subjects), "id": uuid7(), "at": at, "props": props, "candidates": [ci]})
        changes.append(Change("review_opened", ci, str(properties["class"]), title, source=source, reason=rule))
    if rows:
        graph.writing(lambda tx: review_writes.ask(tx, rows))
    return changes


def _only_by(record: Record, values: Collection[tuple[str, str]]) -> bool:
    """Whether nothing but these values, and names, made its source recognise the CI."""
    firm = [(kind, value) for kind, value, grade in _agreed(record) if grade in ("strong", "medium")]
    return record.verdict.get("outcome") in ("match", "join") and bool(firm) and all(pair in values for pair in firm)
